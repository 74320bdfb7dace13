"""An event loop that waits for nothing: where nobody has anything to do, its time goes on to the next timer.

Everything in it, sockets of this machine included, runs as always; only the waiting is left out, so that a month takes
as long as the work in it.
"""

import asyncio
import selectors
from collections.abc import Callable
from concurrent.futures import Executor
from typing import TypeVar, TypeVarTuple

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

# For what a thread does, which takes real time; and at most so long until something must have happened.
_REAL_SECONDS = 0.05
_DEADLOCK_SECONDS = 30.0


class _Selector(selectors.DefaultSelector):
    """Asks the system for what is ready, and skips the time in which nothing will be.

    Attributes:
        skipped: Seconds left out so far.
        threads: How many threads are at work for the loop.
    """

    def __init__(self) -> None:
        super().__init__()
        self.skipped = 0.0
        self.threads = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        # What one end of a local connection sends, the other has at once: nothing is ever under way unseen.
        ready = super().select(0)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        if self.threads:
            return super().select(_REAL_SECONDS)
        if timeout is None:
            ready = super().select(_DEADLOCK_SECONDS)
            if not ready:
                raise RuntimeError("nobody waits for anything that could happen")
            return ready
        self.skipped += timeout
        return []


class SkippingLoop(asyncio.SelectorEventLoop):
    """The loop; its time starts at 0 and is simulated seconds."""

    def __init__(self) -> None:
        self._skipping = _Selector()
        super().__init__(self._skipping)

    def time(self) -> float:
        """Return the simulated seconds gone by."""
        return self._skipping.skipped

    def run_in_executor(self, executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts) -> asyncio.Future[T]:
        """Run something in a thread, for which time stands still."""
        future = super().run_in_executor(executor, func, *args)
        self._skipping.threads += 1
        future.add_done_callback(self._thread_done)
        return future

    def _thread_done(self, _future: "asyncio.Future[T]") -> None:
        self._skipping.threads -= 1


class LoopClock:
    """An `exporter.runtime.clock.Clock` that shows the time of the running loop."""

    def __init__(self, wall: float) -> None:
        """Let the loop's time begin at a moment, in seconds since the Unix epoch."""
        self._wall = wall

    def time(self) -> float:
        """Return seconds since the Unix epoch."""
        return self._wall + self.monotonic()

    def monotonic(self) -> float:
        """Return the loop's seconds."""
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        """Return after that many of them."""
        await asyncio.sleep(seconds)
