"""Request items one by one; slow, throttled and failing requests cost no response that was received.

A round requests every item once. A poll continues the round where the last poll stopped, with the item whose last
request is the longest ago, so a round may take several polls. A response counts until it is two rounds old. What is
computed from all items can therefore be complete although no single poll receives every response.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, TypeVar

from exporter.errors import PollError, Reason
from exporter.model import PollItems
from exporter.runtime.clock import Clock
from exporter.vendors.toolkit.cadence import Cadence
from exporter.vendors.toolkit.pacing import Pace, visit_each
from exporter.vendors.toolkit.requested_pause import RequestedPause

K = TypeVar("K", bound=Hashable)
R = TypeVar("R")

# The rest of the time is for what the poll does with the responses.
_BUDGET_SHARE = 0.95
# One item may hold its slot for this share of the timeout, so that hanging requests do not block the others; concurrent
# requests less, because each holds memory too.
_TIMEOUT_SHARE = 0.5
_CONCURRENT_TIMEOUT_SHARE = 0.25
# Failures that concern the server rather than one item; a few in succession end the poll.
_OF_THE_SERVER = frozenset({Reason.CONNECTION, Reason.TLS, Reason.TIMEOUT, Reason.LIMIT})
# Each refused sign-in counts towards the lockout of the account.
_MOST_REFUSED = 3
# Failures in succession after which the server is asked no more in this poll: at least this many, and a tenth of all.
_MOST_FAILED = 10
# If more than this share of the items fail, the fault may be the server's and end at any moment.
_ISOLATED_SHARE = 0.1
# Polls that an item must fail, with others succeeding, before the item itself is taken for faulty.
_POLLS_TO_FAIL = 2
_NEVER = float("-inf")


class _Answer(NamedTuple, Generic[R]):
    response: R
    requested_at: float


@dataclass(frozen=True, slots=True)
class Responses(Generic[K, R]):
    """What is known of the items after a poll.

    Attributes:
        known: The responses of at most two rounds ago, in the order of the items.
        failed: The last error of each item that has no such response and keeps failing while others succeed.
        pending: The other items without such a response: not requested yet, or possibly failing with the server.
        items: The outcome of the poll by number of items.
    """

    known: Mapping[K, R]
    failed: Mapping[K, PollError]
    pending: frozenset[K]
    items: PollItems

    @property
    def complete(self) -> bool:
        """Whether every item has a response."""
        return not self.failed and not self.pending


class ItemRounds(Generic[K, R]):
    """The rounds of requests of one resource."""

    def __init__(
        self, name: str, cadence: Cadence, clock: Clock, pause: RequestedPause | None = None, *, at_once: int = 1
    ) -> None:
        """Prepare the rounds; nothing is sent yet.

        Args:
            name: Name of the requests, for messages.
            cadence: The times of the resource; a round that takes several polls stretches its effective interval.
            clock: Measures time.
            pause: The pause requested by the vendor, if requests of other resources share it.
            at_once: The most concurrent requests.
        """
        self._name = name
        self._cadence = cadence
        self._clock = clock
        self._pause = pause or RequestedPause(clock, cadence.interval)
        self._at_once = at_once
        share = _TIMEOUT_SHARE if at_once == 1 else _CONCURRENT_TIMEOUT_SHARE
        self._item_timeout = share * cadence.poll.timeout
        self._known: dict[K, _Answer[R]] = {}
        self._errors: dict[K, PollError] = {}
        self._requested_at: dict[K, float] = {}
        self._not_before: dict[K, float] = {}
        self._failed_polls: dict[K, int] = {}
        self._last_began: float | None = None
        self._failing = False

    async def poll(
        self, items: Sequence[K], request: Callable[[K], Awaitable[R]], *, began: float | None = None
    ) -> Responses[K, R]:
        """Request as many items as the time allows and return what is known.

        The first round is not spread over the interval, so that data is available soon after the start.

        Args:
            items: Every item of the resource.
            request: Requests one item; raises PollError if the response is unusable.
            began: When the poll began, in seconds of the monotonic clock; now unless given.

        Raises:
            PollError: No request of this poll had a usable response; the error is the most common one.
        """
        self._forget_all_but(items)
        now = self._clock.monotonic()
        due = [item for item in items if self._not_before.get(item, _NEVER) <= now]
        budget = _BUDGET_SHARE * self._cadence.timeout
        poll: _Poll[K] = _Poll(now if began is None else began, budget, self._at_once, len(due))
        await self._visit_all(sorted(due, key=self._place), request, poll)
        self._failing = not poll.answered
        if self._failing:
            for item in due:  # the error of the poll has the longest of these delays
                self._not_before.pop(item, None)
        poll.require_some(self._name)
        self._count_failed_polls(poll)
        self._last_began = poll.began if poll.requested >= len(due) else None
        if not poll.ended:  # by failures, which are unrelated to the speed
            self._cadence.took_round(self._cadence.interval * max(1.0, len(due) / max(1, poll.requested)))
        return self._responses(items, poll, self._clock.monotonic())

    @property
    def errors(self) -> Mapping[K, PollError]:
        """The error of each item whose last request failed."""
        return self._errors

    def known(self, item: K) -> R | None:
        """Return the response of an item, None if there is none or it is too old."""
        answer = self._known.get(item)
        return None if answer is None or self._is_old(answer, self._clock.monotonic()) else answer.response

    def _place(self, item: K) -> tuple[bool, float]:
        """Return the sort key of an item: those refused come last, because each refusal may count towards a lockout."""
        error = self._errors.get(item)
        return error is not None and error.sign_in, self._requested_at.get(item, _NEVER)

    def _is_old(self, answer: _Answer[R], now: float) -> bool:
        return now - answer.requested_at > self._cadence.answers_kept

    def _forget_all_but(self, items: Sequence[K]) -> None:
        kept = set(items)
        memories: tuple[dict[K, Any], ...] = (
            self._known,
            self._errors,
            self._requested_at,
            self._not_before,
            self._failed_polls,
        )
        for memory in memories:
            for item in memory.keys() - kept:
                del memory[item]

    async def _visit_all(self, items: Sequence[K], request: Callable[[K], Awaitable[R]], poll: "_Poll[K]") -> None:
        """Request the items; after a failed poll, one that fails because of the server costs a single request."""
        if self._failing:
            await self._visit(items[:1], request, poll)
            if any(error.reason in _OF_THE_SERVER for error in poll.failures):
                return
            items = items[1:]
        await self._visit(items, request, poll)

    async def _visit(self, items: Sequence[K], request: Callable[[K], Awaitable[R]], poll: "_Poll[K]") -> None:
        async def visit(item: K) -> bool:
            if not await self._wait_for_pause(poll):
                return False
            await self._request(item, request, poll)
            return not self._ends(poll)

        until = self._cadence.spread_until(poll.began, self._last_began)
        await visit_each(items, visit, Pace(until, self._at_once), self._clock)

    async def _wait_for_pause(self, poll: "_Poll[K]") -> bool:
        """Wait for a requested pause to end; False if the poll ends before that."""
        while not self._pause_outlasts(poll) and (pause := self._pause.remaining()) > 0:
            await self._clock.sleep(pause)
        return not self._ends(poll) and self._clock.monotonic() < poll.deadline

    def _ends(self, poll: "_Poll[K]") -> bool:
        return poll.ended or self._pause_outlasts(poll)

    def _pause_outlasts(self, poll: "_Poll[K]") -> bool:
        pause = self._pause.remaining()
        return pause > 0 and self._clock.monotonic() + pause >= poll.deadline

    async def _request(self, item: K, request: Callable[[K], Awaitable[R]], poll: "_Poll[K]") -> None:
        started = self._clock.monotonic()
        left = poll.deadline - started
        try:
            async with asyncio.timeout(min(left, self._item_timeout)):
                response = await request(item)
        except TimeoutError:
            if left >= self._item_timeout:
                self._failed(item, PollError(Reason.TIMEOUT, f"{self._name}: request timed out"), started, poll)
            return  # the end of the poll cut the request, which is not a failure of the item
        except PollError as error:
            self._failed(item, error, started, poll)
            return
        self._requested_at[item] = started
        self._known[item] = _Answer(response, started)
        self._errors.pop(item, None)
        self._failed_polls.pop(item, None)
        poll.answered += 1
        poll.failures_in_succession = 0

    def _failed(self, item: K, error: PollError, started: float, poll: "_Poll[K]") -> None:
        poll.fail(item, error)
        self._pause.record(error)
        if error.reason is Reason.THROTTLED and poll.answered:
            return  # the item keeps its place: it is requested first when the pause ends
        self._requested_at[item] = started
        self._errors[item] = error
        self._not_before[item] = self._clock.monotonic() + (error.retry_after or 0.0)

    def _count_failed_polls(self, poll: "_Poll[K]") -> None:
        isolated = len(poll.failures) <= _ISOLATED_SHARE * poll.total
        for item in poll.failed_items:
            self._failed_polls[item] = _POLLS_TO_FAIL if isolated else self._failed_polls.get(item, 0) + 1

    def _responses(self, items: Sequence[K], poll: "_Poll[K]", now: float) -> Responses[K, R]:
        fresh = {item: answer for item in items if (answer := self._known.get(item)) and not self._is_old(answer, now)}
        missing = [item for item in items if item not in fresh]
        failed = {item: self._errors[item] for item in missing if self._failed_polls.get(item, 0) >= _POLLS_TO_FAIL}
        outcome = PollItems(
            total=len(items),
            asked=poll.requested,
            answered=poll.answered,
            kept=len(fresh) - poll.answered,
            failed=len(poll.failures),
            round_seconds=self._cadence.round_seconds,
            oldest_seconds=max((now - answer.requested_at for answer in fresh.values()), default=0.0),
            error=str(_most_common(poll.failures)) if poll.failures else "",
        )
        known = {item: answer.response for item, answer in fresh.items()}
        return Responses(known, failed, frozenset(missing) - failed.keys(), outcome)


@dataclass(slots=True)
class _Poll(Generic[K]):
    """One poll in progress."""

    began: float
    budget: float
    at_once: int
    total: int
    answered: int = 0
    failures: list[PollError] = field(default_factory=list)
    failed_items: list[K] = field(default_factory=list)
    failures_in_succession: int = 0
    ended: bool = False

    @property
    def deadline(self) -> float:
        return self.began + self.budget

    @property
    def requested(self) -> int:
        return self.answered + len(self.failures)

    def fail(self, item: K, error: PollError) -> None:
        """Count a failed request; end the poll if the next ones would fail too."""
        self.failures.append(error)
        if error.reason is not Reason.THROTTLED:
            self.failed_items.append(item)
        self.failures_in_succession += 1
        self.ended = self.ended or self.failures_in_succession >= self._most_failed(error)

    def _most_failed(self, error: PollError) -> float:
        if error.reason is Reason.THROTTLED:
            return float("inf")  # the requested pause decides
        if error.sign_in:
            # If an item has succeeded the credentials are valid, and a refusal may concern the one item.
            return _MOST_REFUSED if self.answered else 1
        if error.reason in _OF_THE_SERVER:
            return self.at_once + 1
        return max(_MOST_FAILED, self.total // 10)

    def require_some(self, name: str) -> None:
        """Fail if items were due and no request had a usable response.

        Args:
            name: Name of the requests, for messages.

        Raises:
            PollError: There was no usable response.
        """
        if self.answered or not self.total:
            return
        if not self.failures:
            raise PollError(Reason.TIMEOUT, f"{name}: no response within {self.budget:g}s")
        error = _most_common(self.failures)
        if len(self.failures) == 1:
            raise error
        delays = [each.retry_after for each in self.failures if each.retry_after is not None]
        message = f"{error} ({len(self.failures)} requests failed)"
        raise PollError(error.reason, message, retry_after=max(delays, default=None), sign_in=error.sign_in) from error


def _most_common(errors: Sequence[PollError]) -> PollError:
    """Return an error of the most common reason."""
    [(reason, _)] = Counter(error.reason for error in errors).most_common(1)
    return next(error for error in errors if error.reason is reason)
