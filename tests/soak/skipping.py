"""An event loop that skips idle time: when nothing is ready, its time jumps to the next timer.

All else, including local sockets, works as usual, so a simulated month takes only the time of its work.
"""

import asyncio
import selectors
from collections.abc import Callable
from concurrent.futures import Executor
from typing import TypeVar, TypeVarTuple

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

# Real time to wait for a thread, and the limit after which the loop is considered deadlocked.
_REAL_SECONDS = 0.05
_DEADLOCK_SECONDS = 30.0


class _Selector(selectors.DefaultSelector):
    """Selects ready files and skips idle time.

    Attributes:
        skipped: Seconds skipped so far.
        threads: Number of threads working for the loop.
    """

    def __init__(self) -> None:
        super().__init__()
        self.skipped = 0.0
        self.threads = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        # Data sent over a local connection is readable at once, so none is in transit here.
        ready = super().select(0)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        if self.threads:
            return super().select(_REAL_SECONDS)
        if timeout is None:
            ready = super().select(_DEADLOCK_SECONDS)
            if not ready:
                raise RuntimeError("deadlock: no timer, thread or socket is pending")
            return ready
        self.skipped += timeout
        return []


class SkippingLoop(asyncio.SelectorEventLoop):
    """An event loop whose time is simulated seconds from 0."""

    def __init__(self) -> None:
        self._skipping = _Selector()
        super().__init__(self._skipping)

    def time(self) -> float:
        """Return the simulated seconds."""
        return self._skipping.skipped

    def run_in_executor(self, executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts) -> asyncio.Future[T]:
        """Run a function in a thread; simulated time stands still meanwhile."""
        future = super().run_in_executor(executor, func, *args)
        self._skipping.threads += 1
        future.add_done_callback(self._thread_done)
        return future

    def _thread_done(self, _future: "asyncio.Future[T]") -> None:
        self._skipping.threads -= 1


class LoopClock:
    """An `exporter.runtime.clock.Clock` driven by the running loop."""

    def __init__(self, wall: float) -> None:
        """Set the wall-clock time of the loop's start, in seconds since the Unix epoch."""
        self._wall = wall

    def time(self) -> float:
        """Return seconds since the Unix epoch."""
        return self._wall + self.monotonic()

    def monotonic(self) -> float:
        """Return the loop's seconds."""
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        """Return after that many seconds of the loop's time."""
        await asyncio.sleep(seconds)
