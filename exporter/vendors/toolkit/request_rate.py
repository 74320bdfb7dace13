"""The vendor's limit of requests in a span of time."""

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

from exporter.runtime.clock import Clock


class Limit(NamedTuple):
    """A limit of requests.

    Attributes:
        requests: The most requests within the span.
        seconds: The length of the span.
    """

    requests: int
    seconds: float

    @classmethod
    def of(cls, rate: float, seconds: float) -> "Limit":
        """Return the limit of a rate; one of less than a request in the span becomes one request in a longer span."""
        return cls(int(rate), seconds) if rate >= 1 else cls(1, seconds / rate)


class RequestRate:
    """Delays requests so that no span of time has more of them than the vendor allows."""

    def __init__(self, limits: Sequence[Limit], clock: Clock) -> None:
        """Start without requests.

        Args:
            limits: The limits; all of them apply.
            clock: Measures time.
        """
        self._limits = limits
        self._clock = clock
        self._lock = asyncio.Lock()
        self._sent: deque[float] = deque(maxlen=max((limit.requests for limit in limits), default=0))

    async def wait(self) -> None:
        """Return when a request may be sent, and count it."""
        async with self._lock:
            while (delay := self._delay()) > 0:
                await self._clock.sleep(delay)
            self._sent.append(self._clock.monotonic())

    def _delay(self) -> float:
        """Return the seconds until a request is allowed."""
        now = self._clock.monotonic()
        full = (limit for limit in self._limits if len(self._sent) >= limit.requests)
        return max((self._sent[-limit.requests] + limit.seconds - now for limit in full), default=0.0)
