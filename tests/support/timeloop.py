"""An event loop whose time passes only when nothing else is left to do, so that hours over real sockets take seconds.

Sockets are real. Whatever lies in one is read before time moves on, so that no load on the machine makes a fault out of
a slow answer, and none makes a slow answer out of a fault.
"""

import asyncio
import math
import selectors
import socket
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from aiohttp import connector

T = TypeVar("T")

# Where names are resolved by the loop itself; RFC 6761 keeps it free for tests.
_OURS = ".test"
_ONE_MILLIONTH = 1e-6
_MOMENT_SECONDS = 0.1
# How long to look at the sockets before time may move on. What is sent to this machine itself is there at once.
_LOOK_SECONDS = 0.001


class _Patient(selectors.DefaultSelector):
    """A selector that lets a loop's time jump instead of waiting for it."""

    def __init__(self, jump: Callable[[float], None]) -> None:
        super().__init__()
        self._jump = jump

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Return what is ready; where nothing is, nothing, once the time has come for whoever waits for it."""
        if timeout is None or timeout <= 0:
            return list(super().select(timeout))
        ready = list(super().select(_LOOK_SECONDS))
        if not ready:
            self._jump(timeout)
        return ready


class TimeLoop(asyncio.SelectorEventLoop):
    """The loop.

    Attributes:
        wall: Seconds since the Unix epoch at the loop's own 0; may be set, as an operator or NTP sets a clock.
        unknown: Names ending in `.test` that do not resolve; all others there are this machine.
    """

    def __init__(self, wall: float = 1_800_000_000.0) -> None:
        """Begin at some moment: 2027-01-15 08:00 UTC unless given."""
        self._now = 0.0
        self.wall = wall
        self.unknown: set[str] = set()
        super().__init__(_Patient(self._jump))

    def time(self) -> float:
        """Return seconds since the loop was made."""
        return self._now

    async def getaddrinfo(self, host: Any, port: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the library's signature
        """Resolve a name, those of tests without asking anybody."""
        if isinstance(host, str) and host.endswith(_OURS):
            if host in self.unknown:
                raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
            host = "127.0.0.1"
        return socket.getaddrinfo(host, port, **kwargs)

    def _jump(self, seconds: float) -> None:
        # What is due in the same moment, more or less, happens in one.
        self._now = math.ceil((self._now + seconds) / _MOMENT_SECONDS + _ONE_MILLIONTH) * _MOMENT_SECONDS


class LoopClock:
    """An `exporter.runtime.clock.Clock` that goes by the loop."""

    def __init__(self, loop: TimeLoop) -> None:
        """Show the loop's time."""
        self._loop = loop

    def time(self) -> float:
        """Return seconds since the Unix epoch."""
        return self._loop.wall + self._loop.time()

    def monotonic(self) -> float:
        """Return seconds since the loop was made."""
        return self._loop.time()

    async def sleep(self, seconds: float) -> None:
        """Return after that many seconds of the loop's time."""
        # A moment too short to tell would not pass at all.
        await asyncio.sleep(max(seconds, _ONE_MILLIONTH) if seconds else 0)


def run(main: Callable[[TimeLoop], Coroutine[Any, Any, T]], *, wall: float = 1_800_000_000.0) -> T:
    """Run something in a loop of its own."""
    loop = TimeLoop(wall)
    resolved_by = connector.monotonic  # type: ignore[attr-defined]
    # Names and idle connections are kept by the machine's time, which stands still here.
    connector.monotonic = loop.time  # type: ignore[attr-defined]
    try:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            return runner.run(main(loop))
    finally:
        connector.monotonic = resolved_by  # type: ignore[attr-defined]
