"""What an API gateway keeps of its clients: the tokens it gave out and the requests they made."""

import math
import secrets

from exporter.runtime.clock import Clock


class Tokens:
    """Bearer tokens that expire.

    Args:
        clock: The time that they expire by.
        lifetime: Seconds a token is good for.
    """

    def __init__(self, clock: Clock, lifetime: float) -> None:
        self._clock = clock
        self._lifetime = lifetime
        self._expiry: dict[str, float] = {}

    def issue(self) -> str:
        """Give out a new token; the ones before it stay good."""
        now = self._clock.monotonic()
        self._expiry = {token: expiry for token, expiry in self._expiry.items() if now < expiry}
        token = secrets.token_urlsafe(21)
        self._expiry[token] = now + self._lifetime
        return token

    def accepts(self, token: str) -> bool:
        """Tell whether a token was given out and is still good."""
        return self._clock.monotonic() < self._expiry.get(token, -math.inf)

    def revoke(self) -> None:
        """Let every token given out expire at once."""
        self._expiry.clear()


class Quota:
    """At most so many requests in each window of time, the windows following one another without a gap.

    Args:
        clock: The time of the windows.
        limit: Requests allowed in a window.
        seconds: Length of a window.

    Attributes:
        limit: Requests allowed in a window.
        used: Requests made in the present one, the refused ones included.
    """

    def __init__(self, clock: Clock, limit: int, seconds: float) -> None:
        self._clock = clock
        self._seconds = seconds
        self._window = self._index()
        self.limit = limit
        self.used = 0

    def spend(self) -> bool:
        """Count a request and tell whether it is allowed."""
        window = self._index()
        if window != self._window:
            self._window, self.used = window, 0
        self.used += 1
        return self.used <= self.limit

    @property
    def reset_at(self) -> float:
        """When the present window ends, in seconds since the Unix epoch."""
        return (self._window + 1) * self._seconds

    def _index(self) -> int:
        return int(self._clock.time() // self._seconds)
