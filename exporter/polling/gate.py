"""Admission to a vendor: one poll of a target at a time, and none while the target is paused."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from exporter.runtime.clock import Clock


class Gate:
    """Admits the polls of one target."""

    def __init__(self, clock: Clock, slots: asyncio.Semaphore) -> None:
        """Start open.

        Args:
            clock: Measures pauses.
            slots: Limits the concurrent polls of all targets.
        """
        self._clock = clock
        self._slots = slots
        self._lock = asyncio.Lock()
        self._paused_until = float("-inf")

    def pause(self, seconds: float) -> None:
        """Pause all resources of this target; a rate limit applies to the whole target."""
        self._paused_until = max(self._paused_until, self._clock.monotonic() + seconds)

    def remaining_pause(self) -> float:
        """Return the seconds until the vendor may be asked."""
        return max(0.0, self._paused_until - self._clock.monotonic())

    @asynccontextmanager
    async def slot(self, wait_at_most: float | None) -> AsyncIterator[None]:
        """Acquire the target's lock, because vendors limit concurrent requests, and a slot of the process.

        Args:
            wait_at_most: The seconds after which to proceed without the lock; None waits for it.
        """
        locked = False
        with suppress(TimeoutError):
            async with asyncio.timeout(wait_at_most):
                await self._lock.acquire()
                locked = True
        try:
            async with self._slots:
                yield
        finally:
            if locked:
                self._lock.release()

    @asynccontextmanager
    async def unlocked_slot(self) -> AsyncIterator[None]:
        """Acquire only a slot of the process: for paced resources and those that timed out last time."""
        async with self._slots:
            yield
