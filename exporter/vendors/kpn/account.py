"""What the gateway limits by application: token, pause and quota, shared by all targets with one `client_id`.

The page names the headers `quota-limit`, `quota-used` and `quota-reset-UTC`; past the limit the gateway answers 429.
"""

import hashlib
from collections.abc import Hashable
from weakref import WeakKeyDictionary

from exporter.runtime.clock import Clock
from exporter.vendors.kpn.settings import KpnSettings
from exporter.vendors.toolkit.bearer_tokens import TokenSource
from exporter.vendors.toolkit.quota import Quota, QuotaHeaders
from exporter.vendors.toolkit.requested_pause import RequestedPause

_HEADERS = QuotaHeaders("quota-limit", "quota-used", "quota-reset-UTC")

# By clock, because times of different clocks cannot be compared.
_ACCOUNTS: WeakKeyDictionary[Clock, dict[Hashable, "Account"]] = WeakKeyDictionary()


class Account:
    """One application at the gateway.

    Attributes:
        tokens: Its current token.
        pause: The pause that the gateway requested with 429.
        quota: Its quota.
    """

    def __init__(self, clock: Clock, pause: float) -> None:
        """Start without a token and with an unknown quota.

        Args:
            clock: The time.
            pause: Seconds before a refused sign-in is repeated, and to pause after a 429 that names no time.
        """
        self.tokens = TokenSource(None, clock, pause=pause)
        self.pause = RequestedPause(clock, pause)
        self.quota = Quota(_HEADERS, clock)

    def remaining_pause(self) -> float:
        """Return the seconds until the next request is allowed, 0 if it is allowed now."""
        return max(self.quota.remaining_pause(), self.pause.remaining())


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
