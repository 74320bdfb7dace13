"""Bearer tokens and request quotas of a simulated API."""

import math
import secrets

from exporter.runtime.clock import Clock


class Tokens:
    """Bearer tokens that expire.

    Args:
        clock: The clock for expiry.
        lifetime: Seconds a token is valid.
    """

    def __init__(self, clock: Clock, lifetime: float) -> None:
        self._clock = clock
        self._lifetime = lifetime
        self._expiry: dict[str, float] = {}

    def issue(self) -> str:
        """Issue a new token; earlier tokens stay valid."""
        now = self._clock.monotonic()
        self._expiry = {token: expiry for token, expiry in self._expiry.items() if now < expiry}
        token = secrets.token_urlsafe(21)
        self._expiry[token] = now + self._lifetime
        return token

    def accepts(self, token: str) -> bool:
        """Return whether a token was issued and is still valid."""
        return self._clock.monotonic() < self._expiry.get(token, -math.inf)

    def revoke(self) -> None:
        """Revoke every issued token."""
        self._expiry.clear()


class Quota:
    """Limits the requests in consecutive fixed windows of time.

    Args:
        clock: The clock for the windows.
        limit: Requests allowed per window.
        seconds: Length of a window.

    Attributes:
        limit: Requests allowed per window.
        used: Requests made in the current window, including refused ones.
    """

    def __init__(self, clock: Clock, limit: int, seconds: float) -> None:
        self._clock = clock
        self._seconds = seconds
        self._window = self._index()
        self.limit = limit
        self.used = 0

    def spend(self) -> bool:
        """Count a request and return whether it is allowed."""
        window = self._index()
        if window != self._window:
            self._window, self.used = window, 0
        self.used += 1
        return self.used <= self.limit

    @property
    def reset_at(self) -> float:
        """End of the current window, in seconds since the Unix epoch."""
        return (self._window + 1) * self._seconds

    def _index(self) -> int:
        return int(self._clock.time() // self._seconds)
