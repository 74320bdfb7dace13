"""Minimum intervals that outlive a reload: the time of each account's last request is kept for the life of the process.

A vendor limits requests by account, so a new client or a second target with the same account must share the interval.
"""

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from weakref import WeakKeyDictionary

from exporter.runtime.clock import Clock

_LastRequests = dict[Hashable, float]
# By clock, because times of different clocks cannot be compared.
_LAST_REQUESTS: WeakKeyDictionary[Clock, _LastRequests] = WeakKeyDictionary()


class Floor:
    """The minimum interval between two requests of one account."""

    def __init__(self, account: Hashable, seconds: float, clock: Clock) -> None:
        """Share the last request with every floor of the same account and clock.

        Args:
            account: The key by which the vendor limits requests; not a secret.
            seconds: The minimum interval after each request.
            clock: Measures the interval.
        """
        self._account = account
        self._seconds = seconds
        self._clock = clock
        self._last_requests = _LAST_REQUESTS.setdefault(clock, {})

    def remaining_pause(self) -> float:
        """Return the seconds until the next request is allowed, 0 if it is allowed now."""
        last = self._last_requests.get(self._account)
        return 0.0 if last is None else max(0.0, last + self._seconds - self._clock.monotonic())

    def begin(self) -> None:
        """Record the start of a request."""
        self._last_requests[self._account] = self._clock.monotonic()

    @contextmanager
    def request(self) -> Iterator[None]:
        """Record a request at its start and, after the block, again at its end.

        The end counts because the vendor measures from when the request arrives, which is some time in between.
        """
        self.begin()
        try:
            yield
        finally:
            self.begin()
