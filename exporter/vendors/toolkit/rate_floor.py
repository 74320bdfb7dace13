"""Floors that outlive a reload: when each account was last asked, remembered for as long as the process lives.

A vendor counts requests by account, and neither a new client nor a second target with the same account makes them
fewer.
"""

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from weakref import WeakKeyDictionary

from exporter.runtime.clock import Clock

_Asked = dict[Hashable, float]
# By the clock that tells the moments: those of different clocks have nothing to do with each other.
_ASKED: WeakKeyDictionary[Clock, _Asked] = WeakKeyDictionary()


class Floor:
    """The seconds that must lie between two requests of one account."""

    def __init__(self, account: Hashable, seconds: float, clock: Clock) -> None:
        """Share the memory of everybody who asks for the same account by the same clock.

        Args:
            account: What the vendor counts by; no secret.
            seconds: How long to leave it alone after each request.
            clock: Tells the moments.
        """
        self._account = account
        self._seconds = seconds
        self._clock = clock
        self._asked = _ASKED.setdefault(clock, {})

    def remaining_pause(self) -> float:
        """Return the seconds that must still pass before the next request, 0 where none must."""
        asked = self._asked.get(self._account)
        return 0.0 if asked is None else max(0.0, asked + self._seconds - self._clock.monotonic())

    def begin(self) -> None:
        """Count a request that begins now, and only its beginning."""
        self._asked[self._account] = self._clock.monotonic()

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Count what is done within as one request, from its start and, once over, from its end.

        From its end, because the vendor counts from when the request reached it, which is some time in between.
        """
        self.begin()
        try:
            yield
        finally:
            self.begin()
