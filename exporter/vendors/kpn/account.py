"""What the gateway limits by application: token, pause and quota, shared by all targets with one `client_id`.

The page names the headers `quota-limit`, `quota-used` and `quota-reset-UTC`; past the limit the gateway answers 429.
"""

import hashlib
from collections.abc import Hashable
from datetime import UTC, datetime
from weakref import WeakKeyDictionary

from exporter.runtime.clock import Clock
from exporter.vendors.kpn.settings import KpnSettings
from exporter.vendors.toolkit.bearer_tokens import TokenSource
from exporter.vendors.toolkit.http import Response, seconds_until
from exporter.vendors.toolkit.requested_pause import RequestedPause

# Above this share of the quota, the remaining requests are spread over the rest of its period. That delays none unless
# more are due than are left.
_FREE_SHARE = 0.5

# A wrong date in a header must not stop a target; the vendor's 429 can.
_MOST_SPACING_SECONDS = 60.0

# By clock, because times of different clocks cannot be compared.
_ACCOUNTS: WeakKeyDictionary[Clock, dict[Hashable, "Account"]] = WeakKeyDictionary()


class Account:
    """One application at the gateway.

    Attributes:
        tokens: Its current token.
        pause: The pause that the gateway requested with 429.
    """

    def __init__(self, clock: Clock, pause: float) -> None:
        """Start without a token and with an unknown quota.

        Args:
            clock: The time.
            pause: Seconds before a refused sign-in is repeated, and to pause after a 429 that names no time.
        """
        self.tokens = TokenSource(None, clock, pause=pause)
        self.pause = RequestedPause(clock, pause)
        self._clock = clock
        self._limit: float | None = None
        self._used = 0.0
        self._resets_at = float("-inf")
        self._next_at = float("-inf")

    def remaining_pause(self) -> float:
        """Return the seconds until the next request is allowed, 0 if it is allowed now."""
        now = self._clock.monotonic()
        slowed_down = self._next_at - now if now < self._resets_at else 0.0
        return max(0.0, slowed_down, self.pause.remaining())

    def begin(self) -> None:
        """Record the start of a request; the next one waits if the quota is nearly used."""
        self._used += 1
        self._slow_down()

    def record(self, response: Response) -> tuple[float, float] | None:
        """Read the quota from the headers of a response; return the limit and how much is used, None if absent."""
        limit, used = (_number(response.headers.get(f"quota-{name}", "")) for name in ("limit", "used"))
        if limit is None or used is None:
            return None
        resets_in = quota_reset(response, self._clock.time())
        self._limit, self._used = limit, used
        self._resets_at = float("-inf") if resets_in is None else self._clock.monotonic() + resets_in
        self._slow_down()
        return limit, used

    def _slow_down(self) -> None:
        now = self._clock.monotonic()
        if self._limit is None or now >= self._resets_at or self._used < _FREE_SHARE * self._limit:
            self._next_at = float("-inf")
            return
        spacing = (self._resets_at - now) / max(1.0, self._limit - self._used + 1)
        self._next_at = now + min(spacing, _MOST_SPACING_SECONDS)


def account_of(target: KpnSettings, clock: Clock) -> Account:
    """Return the account of a target; targets with the same application share it.

    A refused sign-in is repeated at once: the application may have been corrected since.
    """
    secret = hashlib.sha256(target.client_secret.get_secret_value().encode()).digest()
    key = (target.token_url, target.client_id, secret)
    accounts = _ACCOUNTS.setdefault(clock, {})
    account = accounts.get(key)
    if account is None:
        account = accounts[key] = Account(clock, target.poll.interval)
    account.tokens.retry_sign_in()
    return account


def quota_reset(response: Response, now: float) -> float | None:
    """Return the seconds until the quota resets, None if unknown.

    Args:
        response: The response; its header is an ISO 8601 date or milliseconds since the epoch.
        now: The time in seconds since the epoch if the response has no `Date`.
    """
    now = now if response.date is None else response.date
    header = response.headers.get("quota-reset-UTC", "").strip()
    if header.isascii() and header.isdigit():
        return seconds_until(float(header) / 1000, now)
    try:
        moment = datetime.fromisoformat(header)
    except ValueError:
        return None
    return seconds_until((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp(), now)


def _number(header: str) -> float | None:
    text = header.strip()
    return float(text) if text.isascii() and text.isdigit() else None
