"""Rate limit requests with a token bucket."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from exporter.runtime.clock import Clock
from exporter.settings import FrozenModel
from exporter.settings.sections import Mistake
from exporter.settings.units import Duration


class RateLimit(FrozenModel):
    """The rate limit for the requests of all clients together."""

    interval: Duration = 0.0
    """The time after which another request is allowed; 0 disables the limit."""

    burst: Annotated[int, Field(ge=0)] = 0
    """The number of requests allowed at once."""

    def mistakes(self) -> Iterator[Mistake]:
        """Yield the error of a burst that would reject all requests."""
        if self.interval and not self.burst:
            yield Mistake("burst", "must be at least 1; otherwise all requests would be rejected")


class Bucket:
    """A token bucket with a token for each request currently allowed."""

    def __init__(self, limit: RateLimit, clock: Clock) -> None:
        """Create a full bucket."""
        self._limit = limit
        self._clock = clock
        self._tokens = float(limit.burst)
        self._filled_at = clock.monotonic()

    def take(self) -> bool:
        """Take a token; return False if there is none."""
        if not self._limit.interval:
            return True
        now = self._clock.monotonic()
        gained = (now - self._filled_at) / self._limit.interval
        self._tokens = min(self._limit.burst, self._tokens + gained)
        self._filled_at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
