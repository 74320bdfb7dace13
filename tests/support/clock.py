"""What tests all over the tree need."""

import asyncio
import heapq
import itertools

# Long enough for a chain of tasks to finish what needs no time: each turn lets every ready task run once.
_TURNS = 50


class ManualClock:
    """An `exporter.runtime.clock.Clock` that passes only when told to.

    `await clock.advance(15)` lets 15 seconds pass: sleepers wake in the order of their time, each seeing the moment it
    asked for, and what they start runs until it sleeps or waits for the outside world. `jump` sets the wall clock
    alone, as an operator or NTP would.
    """

    def __init__(self, wall: float = 1_800_000_000.0) -> None:
        """Start at some moment: 2027-01-15 08:00 UTC unless given."""
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
        """Return once the clock was advanced by that many seconds; at the next turn of the loop for none."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        awake: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._now + seconds, next(self._numbers), awake))
        await awake

    async def advance(self, seconds: float) -> None:
        """Let time pass and everybody who wakes in it run."""
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
        """Set the wall clock forward, or back by a negative number; monotonic time stands still."""
        self._wall += seconds

    @staticmethod
    async def _settle() -> None:
        for _ in range(_TURNS):
            await asyncio.sleep(0)
