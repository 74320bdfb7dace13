"""What the vendor limits by account: the rate of requests, the pause that it requested, and its quota."""

from collections.abc import Hashable, Iterator
from typing import Final
from weakref import WeakKeyDictionary

from exporter.errors import PollError, Reason
from exporter.runtime.clock import Clock
from exporter.settings import TargetSettings
from exporter.vendors.definitions.language import Limits
from exporter.vendors.toolkit.http import Http, Response
from exporter.vendors.toolkit.quota import Quota, QuotaHeaders
from exporter.vendors.toolkit.request_rate import Limit, RequestRate
from exporter.vendors.toolkit.requested_pause import RequestedPause

_MINUTE: Final = 60.0

# By clock, because times of different clocks cannot be compared.
_ACCOUNTS: Final[WeakKeyDictionary[Clock, dict[Hashable, "Account"]]] = WeakKeyDictionary()


class Account:
    """The limits of one account, which all its targets share and a reload keeps.

    Attributes:
        pause: The pause that the vendor requested.
    """

    def __init__(self, limits: Limits, clock: Clock, pause: float) -> None:
        """Start without requests.

        Args:
            limits: The limits of the definition.
            clock: The time.
            pause: Seconds to pause after a 429 that names no time.
        """
        self.pause = RequestedPause(clock, pause)
        self._rate = RequestRate(tuple(_rates(limits)), clock)
        headers = limits.quota
        self._quota = (
            None if headers is None else Quota(QuotaHeaders(headers.limit, headers.used, headers.reset), clock)
        )

    def remaining_pause(self) -> float:
        """Return the seconds until a poll may begin."""
        return max(self.pause.remaining(), 0.0 if self._quota is None else self._quota.remaining_pause())

    async def begin(self) -> None:
        """Return when a request may be sent, and count it."""
        await self._rate.wait()
        if self._quota is not None:
            self._quota.begin()

    def record(self, response: Response, http: Http) -> None:
        """Read the quota from a response and report it."""
        quota = None if self._quota is None else self._quota.record(response)
        if quota is not None:
            http.report_quota(*quota)

    def failed(self, error: PollError, response: Response) -> None:
        """Pause if the vendor throttles; the end of a quota that is used up ends the pause."""
        if error.reason is Reason.THROTTLED and error.retry_after is None and self._quota is not None:
            error.retry_after = self._quota.retry_after(response)
        self.pause.record(error)


def account_of(target: TargetSettings, limits: Limits, clock: Clock) -> Account:
    """Return the account of a target.

    Args:
        target: The target.
        limits: The limits of its definition; others make another account.
        clock: The time.
    """
    key = (*target.account(), limits.model_dump_json())
    accounts = _ACCOUNTS.setdefault(clock, {})
    if key not in accounts:
        accounts[key] = Account(limits, clock, target.poll.interval)
    return accounts[key]


def _rates(limits: Limits) -> Iterator[Limit]:
    for rate, seconds in ((limits.per_second, 1.0), (limits.per_minute, _MINUTE)):
        if rate is not None:
            yield Limit.of(rate, seconds)
