"""One answer for every target of an account: a vendor that limits requests by account returns the same to each.

The target that is due first requests it for all. Each of the others takes the answer once, without waiting for the
minimum interval that the request has started.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, TypeVar, cast
from weakref import WeakKeyDictionary

from exporter.errors import PollError, Reason
from exporter.runtime.clock import Clock
from exporter.vendors.toolkit.rate_floor import Floor

T = TypeVar("T")


class Answer(NamedTuple, Generic[T]):
    """An answer of a vendor.

    Attributes:
        value: The answer itself.
        age: Seconds since it was requested.
    """

    value: T
    age: float


@dataclass(slots=True)
class _Account:
    """The last answer or error of one account.

    Attributes:
        lock: Held during a request, so that the others wait for its outcome.
        number: The number of requests so far.
        at: When the last one began.
        outcome: What it returned or raised.
    """

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    number: int = 0
    at: float = float("-inf")
    outcome: object = None


# By clock, because times of different clocks cannot be compared.
_ACCOUNTS: WeakKeyDictionary[Clock, dict[Hashable, _Account]] = WeakKeyDictionary()


class SharedAnswer(Generic[T]):
    """One target's view of an answer that all targets with the same credentials share."""

    def __init__(self, credentials: Hashable, floor: Floor, kept: float, clock: Clock) -> None:
        """Start with no answer seen.

        Args:
            credentials: Identifies the account and its credentials; not a secret.
            floor: The minimum interval of the account.
            kept: Seconds up to which an answer that was requested for another target is used.
            clock: Measures the age of an answer.
        """
        self._account = _ACCOUNTS.setdefault(clock, {}).setdefault(credentials, _Account())
        self._floor = floor
        self._kept = kept
        self._clock = clock
        self._seen = 0

    def remaining_pause(self) -> float:
        """Return the seconds until there is an answer this target has not seen, or a request is allowed."""
        return 0.0 if self._has_new() else self._floor.remaining_pause()

    async def get(self, request: Callable[[], Awaitable[T]]) -> Answer[T] | None:
        """Return an answer that this target has not seen, requested now if none is there.

        Args:
            request: Requests the answer.

        Returns:
            The answer; None if it is not yet allowed to request one.

        Raises:
            PollError: The request failed, for this target or for another one since its last poll.
        """
        async with self._account.lock:
            if not self._has_new():
                if self._floor.remaining_pause() > 0:
                    return None
                await self._request(request)
            self._seen = self._account.number
            outcome: Answer[T] | PollError = self._outcome()
        if isinstance(outcome, PollError):
            raise outcome
        return outcome

    def _has_new(self) -> bool:
        account = self._account
        return account.number > self._seen and self._clock.monotonic() - account.at <= self._kept

    async def _request(self, request: Callable[[], Awaitable[T]]) -> None:
        account = self._account
        account.at = self._clock.monotonic()
        account.number += 1
        account.outcome = PollError(Reason.TIMEOUT, "no answer in time")
        with self._floor.request():
            try:
                account.outcome = await request()
            except PollError as error:
                account.outcome = error

    def _outcome(self) -> Answer[T] | PollError:
        outcome = self._account.outcome
        if isinstance(outcome, PollError):
            return _copy(outcome)
        return Answer(cast("T", outcome), self._clock.monotonic() - self._account.at)


def _copy(error: PollError) -> PollError:
    """Return a copy, because a traceback grows each time an error is raised again."""
    return PollError(
        error.reason, str(error), retry_after=error.retry_after, unmapped=error.unmapped, sign_in=error.sign_in
    )
