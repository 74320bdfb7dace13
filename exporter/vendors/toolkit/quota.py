"""A vendor's quota of requests, reported in the headers of its responses."""

from datetime import UTC, datetime
from typing import NamedTuple

from exporter.runtime.clock import Clock
from exporter.vendors.toolkit.http import Response, seconds_until

# Above this share of the quota, the remaining requests are spread over the rest of its period. That delays none unless
# more are due than are left.
_FREE_SHARE = 0.5

# A wrong date in a header must not stop a target; the vendor's 429 can.
_MOST_SPACING_SECONDS = 60.0
# Digits of the seconds since the epoch; milliseconds have three more.
_LONGEST_SECONDS = 10


class QuotaHeaders(NamedTuple):
    """The headers that report a quota.

    Attributes:
        limit: The header with the requests of a period.
        used: The header with the requests made in this period.
        reset: The header with the end of the period, an ISO 8601 date, or seconds or milliseconds since the epoch.
    """

    limit: str
    used: str
    reset: str


class Quota:
    """The quota of one account."""

    def __init__(self, headers: QuotaHeaders, clock: Clock) -> None:
        """Start with an unknown quota.

        Args:
            headers: The headers that report it.
            clock: The time.
        """
        self._headers = headers
        self._clock = clock
        self._limit: float | None = None
        self._used = 0.0
        self._resets_at = float("-inf")
        self._next_at = float("-inf")

    def remaining_pause(self) -> float:
        """Return the seconds until the next request is allowed, 0 if it is allowed now."""
        now = self._clock.monotonic()
        return max(0.0, self._next_at - now) if now < self._resets_at else 0.0

    def begin(self) -> None:
        """Record the start of a request; the next one waits if the quota is nearly used."""
        self._used += 1
        self._slow_down()

    def record(self, response: Response) -> tuple[float, float] | None:
        """Read the quota from the headers of a response; return the limit and how much is used, None if absent."""
        limit, used = (_number(response.headers.get(name, "")) for name in (self._headers.limit, self._headers.used))
        if limit is None or used is None:
            return None
        resets_in = self.reset(response)
        self._limit, self._used = limit, used
        self._resets_at = float("-inf") if resets_in is None else self._clock.monotonic() + resets_in
        self._slow_down()
        return limit, used

    def reset(self, response: Response) -> float | None:
        """Return the seconds until the quota resets, None if unknown."""
        now = self._clock.time() if response.date is None else response.date
        header = response.headers.get(self._headers.reset, "").strip()
        if header.isascii() and header.isdigit():
            return seconds_until(float(header) / (1 if len(header) <= _LONGEST_SECONDS else 1000), now)
        try:
            moment = datetime.fromisoformat(header)
        except ValueError:
            return None
        return seconds_until((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp(), now)

    def retry_after(self, response: Response) -> float | None:
        """Return the seconds until an exceeded quota resets, None if unknown.

        A time that has passed is not the end of the quota that is exceeded now.
        """
        return self.reset(response) or None

    def _slow_down(self) -> None:
        now = self._clock.monotonic()
        if self._limit is None or now >= self._resets_at or self._used < _FREE_SHARE * self._limit:
            self._next_at = float("-inf")
            return
        spacing = (self._resets_at - now) / max(1.0, self._limit - self._used + 1)
        self._next_at = now + min(spacing, _MOST_SPACING_SECONDS)


def _number(header: str) -> float | None:
    text = header.strip()
    return float(text) if text.isascii() and text.isdigit() else None
