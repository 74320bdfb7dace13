"""How many requests are answered: a token bucket."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from exporter.runtime.clock import Clock
from exporter.settings import FrozenModel
from exporter.settings.sections import Mistake
from exporter.settings.units import Duration


class RateLimit(FrozenModel):
    """How often the server answers, whoever asks."""

    interval: Duration = 0.0
    """Time in which one more request may be made; 0 sets no limit."""

    burst: Annotated[int, Field(ge=0)] = 0
    """How many requests may be made at once."""

    def mistakes(self) -> Iterator[Mistake]:
        """Yield a burst that lets nobody in."""
        if self.interval and not self.burst:
            yield Mistake("burst", "must be at least 1, or no request would ever be answered")


class Bucket:
    """Holds a token for each request that may be made now."""

    def __init__(self, limit: RateLimit, clock: Clock) -> None:
        """Begin with a full bucket."""
        self._limit = limit
        self._clock = clock
        self._tokens = float(limit.burst)
        self._filled_at = clock.monotonic()

    def take(self) -> bool:
        """Take a token, and return whether there was one."""
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
