"""Whose turn it is to ask a vendor: one resource of a target at a time, and nobody while it wants to be left alone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from exporter.runtime.clock import Clock


class Gate:
    """The gate of one target's resources."""

    def __init__(self, clock: Clock, slots: asyncio.Semaphore) -> None:
        """Share the slots, one a poll under way, with every other target."""
        self._clock = clock
        self._slots = slots
        self._turn = asyncio.Lock()
        self._leave_until = float("-inf")

    def pause(self, seconds: float) -> None:
        """Ask for nothing for a while: who is told to slow down is the whole target, whichever resource it hears it."""
        self._leave_until = max(self._leave_until, self._clock.monotonic() + seconds)

    def remaining_pause(self) -> float:
        """Return the seconds for which the vendor is to be left alone."""
        return max(0.0, self._leave_until - self._clock.monotonic())

    @asynccontextmanager
    async def turn(self, patience: float | None) -> AsyncIterator[None]:
        """Wait until no other resource of this target is being polled: vendors limit what they are asked at once.

        Args:
            patience: The seconds after which to go on without a turn, None to wait for as long as it takes.
        """
        ours = False
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await self._turn.acquire()
                ours = True
        try:
            async with self._slots:
                yield
        finally:
            if ours:
                self._turn.release()

    @asynccontextmanager
    async def no_turn(self) -> AsyncIterator[None]:
        """Wait for a slot only: for who keeps its own pace, or would hold up the others."""
        async with self._slots:
            yield
