"""A clock that tests advance by hand."""

import asyncio
import heapq
import itertools

# Enough for a chain of tasks to finish their immediate work: each pass runs every ready task once.
_PASSES = 50


class ManualClock:
    """An `exporter.runtime.clock.Clock` that stands still until it is advanced.

    `await clock.advance(15)` lets 15 seconds pass: sleepers wake in the order of their deadlines, each at its own
    deadline, and their tasks run until they sleep or wait for the outside world. `jump` sets the wall clock only, as an
    operator or NTP would.
    """

    def __init__(self, wall: float = 1_800_000_000.0) -> None:
        """Start at this wall-clock time, 2027-01-15 08:00 UTC by default."""
        self._wall = wall
        self._now = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbers = itertools.count()

    def time(self) -> float:
        """Return seconds since the Unix epoch."""
        return self._wall + self._now

    def monotonic(self) -> float:
        """Return seconds since the clock was made."""
        return self._now

    async def sleep(self, seconds: float) -> None:
        """Return once the clock has advanced by that many seconds, immediately for zero."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        awake: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._now + seconds, next(self._numbers), awake))
        await awake

    async def advance(self, seconds: float) -> None:
        """Let time pass and run every task that wakes in it."""
        await self._settle()
        end = self._now + seconds
        while self._sleepers and self._sleepers[0][0] <= end:
            due, _, awake = heapq.heappop(self._sleepers)
            if not awake.done():
                self._now = due
                awake.set_result(None)
                await self._settle()
        self._now = end
        await self._settle()

    def jump(self, seconds: float) -> None:
        """Set the wall clock forward, or back by a negative number, without affecting monotonic time."""
        self._wall += seconds

    @staticmethod
    async def _settle() -> None:
        for _ in range(_PASSES):
            await asyncio.sleep(0)
