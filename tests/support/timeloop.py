"""An event loop whose time advances only when it is idle, so that hours over real sockets take seconds.

Sockets and threads are real. All data in sockets is read and all work in threads is done before time advances, so the
load of the machine can neither turn a slow response into a timeout nor hide one.
"""

import asyncio
import math
import selectors
import socket
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from typing import Any, TypeVar, TypeVarTuple, Unpack

from aiohttp import connector

T = TypeVar("T")
Args = TypeVarTuple("Args")

# Names the loop resolves itself; RFC 6761 reserves the domain for tests.
_TEST_DOMAIN = ".test"
_ONE_MILLIONTH = 1e-6
_STEP_SECONDS = 0.1
# How long to wait for sockets before time advances; local data arrives at once.
_SELECT_SECONDS = 0.001


class _JumpingSelector(selectors.DefaultSelector):
    """A selector that makes the loop's time jump instead of waiting."""

    def __init__(self, jump: Callable[[float], None], is_working: Callable[[], bool]) -> None:
        super().__init__()
        self._jump = jump
        self._is_working = is_working

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Return the ready files; if there are none, advance the time by the timeout."""
        if timeout is None or timeout <= 0:
            return list(super().select(timeout))
        ready = list(super().select(_SELECT_SECONDS))
        if not ready and not self._is_working():
            self._jump(timeout)
        return ready


class TimeLoop(asyncio.SelectorEventLoop):
    """An event loop that skips idle time.

    Attributes:
        wall: Wall-clock time at the loop's own 0, in seconds since the Unix epoch; may be changed like a system clock.
        unknown: Names ending in `.test` that do not resolve; all other such names resolve to this machine.
    """

    def __init__(self, wall: float = 1_800_000_000.0, step: float = _STEP_SECONDS) -> None:
        """Start at a wall-clock time, by default 2027-01-15 08:00 UTC.

        Args:
            wall: That time.
            step: The shortest advance of time; events due within it run together.
        """
        self._now = 0.0
        self._step = step
        self.wall = wall
        self.unknown: set[str] = set()
        self._work: set[asyncio.Future[Any]] = set()
        super().__init__(_JumpingSelector(self._jump, lambda: bool(self._work)))

    def time(self) -> float:
        """Return seconds since the loop was made."""
        return self._now

    async def getaddrinfo(self, host: Any, port: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the library's signature
        """Resolve a name, test names without DNS."""
        if isinstance(host, str) and host.endswith(_TEST_DOMAIN):
            if host in self.unknown:
                raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
            host = "127.0.0.1"
        return socket.getaddrinfo(host, port, **kwargs)

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[Unpack[Args]], T], *args: *Args
    ) -> asyncio.Future[T]:
        """Run work in a thread, while time stands still."""
        work = super().run_in_executor(executor, func, *args)
        self._work.add(work)
        work.add_done_callback(self._work.discard)
        return work

    def _jump(self, seconds: float) -> None:
        # Events due at nearly the same time run in one step.
        self._now = math.ceil((self._now + seconds) / self._step + _ONE_MILLIONTH) * self._step


class LoopClock:
    """An `exporter.runtime.clock.Clock` driven by the loop."""

    def __init__(self, loop: TimeLoop) -> None:
        """Use the loop's time."""
        self._loop = loop

    def time(self) -> float:
        """Return seconds since the Unix epoch."""
        return self._loop.wall + self._loop.time()

    def monotonic(self) -> float:
        """Return seconds since the loop was made."""
        return self._loop.time()

    async def sleep(self, seconds: float) -> None:
        """Return after that many seconds of the loop's time."""
        # A sleep below the clock's precision would not advance the time.
        await asyncio.sleep(max(seconds, _ONE_MILLIONTH) if seconds else 0)


def run(
    main: Callable[[TimeLoop], Coroutine[Any, Any, T]], *, wall: float = 1_800_000_000.0, step: float = _STEP_SECONDS
) -> T:
    """Run a coroutine in a new loop."""
    loop = TimeLoop(wall, step)
    original = connector.monotonic  # type: ignore[attr-defined]
    # aiohttp expires names and idle connections by the machine's clock, which barely advances here.
    connector.monotonic = loop.time  # type: ignore[attr-defined]
    try:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            return runner.run(main(loop))
    finally:
        connector.monotonic = original  # type: ignore[attr-defined]
