"""Rounds of requests: slow, throttled and failing requests cost no response that was received."""

from collections.abc import Awaitable, Callable

import pytest

from exporter.errors import PollError, Reason
from exporter.settings import Poll
from exporter.vendors.toolkit.cadence import Cadence
from exporter.vendors.toolkit.item_rounds import ItemRounds, Responses
from tests.support.clock import ManualClock
from tests.support.vendors.polls import failure, passing

INTERVAL = 15.0


class Vendor:
    """A vendor that takes a fixed time for each request and fails for some items.

    Attributes:
        failing: The error of each failing item.
        requested: The requested items, in order.
    """

    def __init__(self, clock: ManualClock, seconds: float = 0.0) -> None:
        self.failing: dict[int, PollError] = {}
        self.requested: list[int] = []
        self._clock = clock
        self._seconds = seconds

    async def request(self, item: int) -> str:
        self.requested.append(item)
        await self._clock.sleep(self._seconds)
        if item in self.failing:
            raise self.failing[item]
        return f"{item} at {self._clock.monotonic():.0f}"


def rounds(clock: ManualClock, at_once: int = 1) -> ItemRounds[int, str]:
    return ItemRounds("items", Cadence(Poll(interval=INTERVAL), paced=True), clock, at_once=at_once)


def error(reason: Reason, *, retry_after: float | None = None, sign_in: bool = False) -> PollError:
    return PollError(reason, f"no {reason.value}", retry_after=retry_after, sign_in=sign_in)


class Polls:
    """Polls of one resource, one per interval."""

    def __init__(
        self, clock: ManualClock, items: int, request: Callable[[int], Awaitable[str]], at_once: int = 1
    ) -> None:
        self.clock = clock
        self._items = range(items)
        self._request = request
        self._rounds = rounds(clock, at_once)
        self._next = 0.0

    async def next(self) -> Responses[int, str]:
        """Return the result of the next poll, which begins on its interval."""
        await self.clock.advance(max(0.0, self._next - self.clock.monotonic()))
        self._next += INTERVAL
        return await passing(self.clock, self._rounds.poll(self._items, self._request))


async def test_a_slow_vendor_is_complete_after_the_polls_that_a_round_takes() -> None:
    clock = ManualClock()
    vendor = Vendor(clock, seconds=0.2)
    polls = Polls(clock, 100, vendor.request)
    first = await polls.next()
    assert (first.items.asked, first.items.answered, len(first.known)) == (72, 72, 72)
    assert first.pending == frozenset(range(72, 100))
    assert first.items.round_seconds == pytest.approx(15 * 100 / 72)
    for _ in range(5):
        later = await polls.next()
        assert later.complete
        assert len(later.known) == 100


async def test_a_poll_continues_where_the_last_one_stopped() -> None:
    clock = ManualClock()
    vendor = Vendor(clock, seconds=0.5)
    polls = Polls(clock, 40, vendor.request)
    first = await polls.next()
    second = await polls.next()
    requested = first.items.asked + second.items.asked
    assert 40 < requested < 80
    assert vendor.requested[:requested] == [*range(40), *range(requested - 40)]


async def test_a_failing_item_keeps_its_last_response_for_two_rounds() -> None:
    clock = ManualClock()
    vendor = Vendor(clock)
    polls = Polls(clock, 40, vendor.request, at_once=4)
    await polls.next()
    vendor.failing[7] = error(Reason.HTTP, retry_after=1.0)
    kept = await polls.next()
    assert kept.complete
    assert kept.known[7] == "7 at 0"
    assert (kept.items.answered, kept.items.kept, kept.items.failed) == (39, 1, 1)
    assert kept.items.error == "no http"
    await polls.next()
    lost = await polls.next()
    assert lost.failed.keys() == {7}
    assert len(lost.known) == 39
    del vendor.failing[7]
    assert (await polls.next()).complete


@pytest.mark.parametrize("reason", [Reason.HTTP, Reason.DECODE, Reason.INVALID, Reason.CONNECTION, Reason.TIMEOUT])
async def test_one_failing_item_affects_no_other(reason: Reason) -> None:
    clock = ManualClock()
    vendor = Vendor(clock)
    vendor.failing[0] = error(reason)
    polls = Polls(clock, 40, vendor.request)
    for _ in range(3):
        responses = await polls.next()
        assert responses.failed.keys() == {0}
        assert responses.items.answered == 39


async def test_a_throttled_poll_continues_after_the_requested_pause() -> None:
    clock = ManualClock()
    polls: Polls
    allowed = 25

    async def request(_item: int) -> str:
        nonlocal allowed
        if clock.monotonic() >= 20:
            return "later"
        if not allowed:
            raise error(Reason.THROTTLED, retry_after=20.0)
        allowed -= 1
        return "first"

    polls = Polls(clock, 60, request)
    first = await polls.next()
    assert (len(first.known), len(first.pending)) == (25, 35)
    await clock.advance(20)
    second = await polls.next()
    assert second.complete
    assert second.items.round_seconds == INTERVAL


async def test_a_short_pause_is_waited_for_within_the_poll() -> None:
    clock = ManualClock()
    throttled = [error(Reason.THROTTLED, retry_after=2.0)]

    async def request(item: int) -> str:
        if item == 5 and throttled:
            raise throttled.pop()
        return "fine"

    polls = Polls(clock, 10, request)
    first = await polls.next()
    assert first.pending == {5}
    assert len(first.known) == 9
    assert (await polls.next()).complete


@pytest.mark.parametrize(
    ("failing", "requests"),
    [
        (error(Reason.CONNECTION), 2),
        (error(Reason.TIMEOUT), 2),
        (error(Reason.AUTH, sign_in=True), 1),
        (error(Reason.THROTTLED, retry_after=60.0), 1),
        (error(Reason.HTTP), 10),
    ],
)
async def test_a_failing_vendor_is_asked_less(failing: PollError, requests: int) -> None:
    clock = ManualClock()
    vendor = Vendor(clock)
    vendor.failing = dict.fromkeys(range(100), failing)
    caught = await failure(Polls(clock, 100, vendor.request).next())
    assert (caught.reason, caught.retry_after, caught.sign_in) == (
        failing.reason,
        failing.retry_after,
        failing.sign_in,
    )
    assert len(vendor.requested) == requests


async def test_many_failing_items_do_not_hide_the_others_for_ever() -> None:
    clock = ManualClock()
    vendor = Vendor(clock)
    vendor.failing = dict.fromkeys(range(30), error(Reason.HTTP))
    polls = Polls(clock, 60, vendor.request)
    for _ in range(3):
        await failure(polls.next())
    assert len((await polls.next()).known) == 30


async def test_many_failing_items_are_faulty_only_if_they_fail_again() -> None:
    clock = ManualClock()
    vendor = Vendor(clock)
    vendor.failing = dict.fromkeys(range(4), error(Reason.INVALID))
    polls = Polls(clock, 10, vendor.request)
    first, second = await polls.next(), await polls.next()
    assert not first.failed
    assert first.pending == {0, 1, 2, 3}
    assert second.failed.keys() == {0, 1, 2, 3}
    assert not second.pending


async def test_a_refused_item_is_requested_last() -> None:
    clock = ManualClock()
    vendor = Vendor(clock)
    vendor.failing[0] = error(Reason.AUTH, sign_in=True)
    polls = Polls(clock, 5, vendor.request)
    await failure(polls.next())
    assert (await polls.next()).known.keys() == {1, 2, 3, 4}
    assert (await polls.next()).known.keys() == {1, 2, 3, 4}
    assert vendor.requested == [0, *([1, 2, 3, 4, 0] * 2)]


async def test_an_item_is_not_requested_before_the_time_it_asked_for() -> None:
    clock = ManualClock()
    vendor = Vendor(clock)
    vendor.failing[1] = error(Reason.HTTP, retry_after=40.0)
    polls = Polls(clock, 20, vendor.request)
    for _ in range(3):
        assert (await polls.next()).failed.keys() == {1}
    assert vendor.requested.count(1) == 1
    await polls.next()
    assert vendor.requested.count(1) == 2


async def test_removed_items_are_forgotten_and_no_items_are_no_failure() -> None:
    clock = ManualClock()
    vendor = Vendor(clock)
    many = rounds(clock)
    await many.poll([1, 2], vendor.request)
    assert many.known(2) == "2 at 0"
    assert (await many.poll([], vendor.request)).complete
    assert many.known(2) is None


async def test_a_vendor_that_failed_is_asked_once_until_it_responds() -> None:
    clock = ManualClock()
    vendor = Vendor(clock)
    vendor.failing = dict.fromkeys(range(100), error(Reason.CONNECTION))
    polls = Polls(clock, 100, vendor.request, at_once=8)
    await failure(polls.next())
    vendor.requested.clear()
    await failure(polls.next())
    assert len(vendor.requested) == 1
    vendor.failing.clear()
    assert (await polls.next()).complete


async def test_a_failed_poll_requests_every_item_after_the_requested_delay() -> None:
    clock = ManualClock()
    vendor = Vendor(clock)
    vendor.failing = dict.fromkeys(range(2), error(Reason.HTTP, retry_after=40.0))
    polls = Polls(clock, 2, vendor.request)
    assert (await failure(polls.next())).retry_after == 40.0
    vendor.failing.clear()
    assert (await polls.next()).complete


async def test_a_failed_poll_keeps_the_delays_of_items_it_did_not_request() -> None:
    clock = ManualClock()
    vendor = Vendor(clock)
    vendor.failing[1] = error(Reason.HTTP, retry_after=100.0)
    polls = Polls(clock, 2, vendor.request)
    await polls.next()
    vendor.failing[0] = error(Reason.HTTP)
    await failure(polls.next())
    del vendor.failing[0]
    for _ in range(4):
        await polls.next()
    assert vendor.requested.count(1) == 1
    await clock.advance(30)
    await polls.next()
    assert vendor.requested.count(1) == 2
