"""The timetable of a resource, in seconds from a start at 0."""

import random
from itertools import pairwise

import pytest

from exporter.errors import PollError, Reason
from exporter.polling.schedule import Schedule
from exporter.settings import Poll
from exporter.vendors.toolkit.cadence import Cadence

INTERVAL = 15.0


def failure(reason: Reason = Reason.HTTP, retry_after: float | None = None) -> PollError:
    return PollError(reason, "503", retry_after=retry_after)


def schedule_of(
    interval: float = INTERVAL, index: int = 0, floor: float = 0.0, jitter: random.Random | None = None
) -> Schedule:
    return Schedule(Cadence(Poll(interval=interval), floor), index, jitter or random.Random())  # noqa: S311 - no secret


class Chance(random.Random):
    """Chance that always gives the same share of what was asked for, and notes the bounds."""

    def __init__(self, share: float) -> None:
        super().__init__(0)
        self.share = share
        self.bounds: list[tuple[float, float]] = []

    def uniform(self, a: float, b: float) -> float:
        self.bounds.append((a, b))
        return a + (b - a) * self.share


def gaps(moments: list[float], around: float) -> list[float]:
    """Return the distances between neighbours on a circle."""
    ordered = sorted(moment % around for moment in moments)
    return [after - before for before, after in pairwise([*ordered, ordered[0] + around])]


@pytest.mark.parametrize("resources", [1, 2, 3, 15, 1000])
def test_first_polls_start_within_a_second_and_apart(resources: int) -> None:
    first = [schedule_of(INTERVAL, index).first(100.0) - 100.0 for index in range(resources)]
    assert all(0 <= moment < 1 for moment in first)
    assert len(set(first)) == resources


@pytest.mark.parametrize("resources", [2, 3, 15, 100])
def test_later_polls_are_spread_evenly_over_the_interval(resources: int) -> None:
    second = [schedule_of(INTERVAL, index).after_success(0.0, 0.1) for index in range(resources)]
    even = INTERVAL / resources
    assert max(gaps(second, INTERVAL)) < 2 * even
    assert min(gaps(second, INTERVAL)) > even / 3
    assert all(INTERVAL / 2 <= moment < INTERVAL * 1.5 for moment in second)


def test_later_polls_are_spread_evenly_though_first_ones_queued() -> None:
    schedules = [schedule_of(INTERVAL, index) for index in range(300)]
    first = sorted((schedule.first(0.0), schedule.index) for schedule in schedules)
    # One poll takes 30 ms, so the last of those that were due within a second begins after nine.
    second = [
        schedules[index].after_success(0.03 * position, 0.03 * position + 0.03)
        for position, (_, index) in enumerate(first)
    ]
    even = INTERVAL / len(schedules)
    assert max(gaps(second, INTERVAL)) < 2 * even
    assert min(gaps(second, INTERVAL)) > even / 3


def test_polls_follow_at_the_interval_however_long_they_take() -> None:
    schedule = schedule_of(INTERVAL, 0)
    due = schedule.after_success(0.0, 0.5)
    for took in (0.1, 7.0, 14.9, 0.2):
        following = schedule.after_success(due, due + took)
        assert following == due + INTERVAL
        due = following


def test_missed_polls_are_skipped() -> None:
    schedule = schedule_of(INTERVAL, 0)
    due = schedule.after_success(0.0, 0.5)
    assert schedule.after_success(due, due + 3.5 * INTERVAL) == due + 4 * INTERVAL


def test_a_poll_that_ends_at_the_next_slot_waits_for_the_one_after() -> None:
    schedule = schedule_of(INTERVAL, 0)
    due = schedule.after_success(0.0, 0.5)
    assert schedule.after_success(due, due + INTERVAL) == due + 2 * INTERVAL


@pytest.mark.parametrize("seed", range(20))
def test_the_floor_is_never_violated(seed: int) -> None:
    """Polls start late, take long and fail at random; two requests are still never closer than the floor."""
    chance = random.Random(seed)  # noqa: S311 - nothing secret
    schedule = schedule_of(interval=30.0, index=seed, floor=30.0, jitter=chance)
    started = schedule.first(0.0)
    for _ in range(200):
        ended = started + chance.uniform(0, 40)
        failed = chance.random() < 0.4
        due = schedule.after_failure(started, ended, failure()) if failed else schedule.after_success(started, ended)
        assert due >= started + 30.0
        assert due >= ended or due == started + 30.0
        started = max(due, ended) + chance.choice((0.0, 0.3, 11.0))


@pytest.mark.parametrize("index", range(20))
def test_no_poll_is_skipped_because_of_the_floor(index: int) -> None:
    """Polls begin a moment late, as they do; after a failure too no more than half an interval is lost."""
    schedule = schedule_of(interval=30.0, index=index, floor=30.0, jitter=Chance(0.5))
    began = schedule.after_success(schedule.first(0.0), 1.0) + 0.01
    for poll in range(50):
        due = (
            schedule.after_failure(began, began + 1, failure())
            if poll % 5 == 1
            else schedule.after_success(began, began + 1)
        )
        assert 30.0 - 1e-6 <= due - began < 45.0
        began = due + 0.01


@pytest.mark.parametrize("index", [0, 5])
def test_resources_that_start_later_fit_in(index: int) -> None:
    early, late = schedule_of(INTERVAL, index), schedule_of(INTERVAL, index)
    assert early.after_success(early.first(0.0), 0.1) % INTERVAL == pytest.approx(
        late.after_success(late.first(777.7), 777.8) % INTERVAL
    )


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_an_outage_has_one_early_retry_and_then_one_poll_an_interval(share: float) -> None:
    chance = Chance(share)
    schedule = schedule_of(jitter=chance)
    began = schedule.first(0.0)
    begins = [began := schedule.after_failure(began, began + 1, failure()) for _ in range(20)]
    assert begins[0] == 1 + share * INTERVAL / 4
    assert [later - earlier for earlier, later in pairwise(begins)] == pytest.approx([INTERVAL] * 19)
    assert chance.bounds == [(0.0, 0.25 * INTERVAL)]


@pytest.mark.parametrize("took", [0.0, 1.0, 10.0, 15.0, 40.0])
@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_a_retry_starts_within_an_interval(share: float, took: float) -> None:
    schedule = schedule_of(jitter=Chance(share))
    for _ in range(20):
        assert took <= schedule.after_failure(0.0, took, failure()) <= max(took, INTERVAL)


def test_every_outage_has_an_early_retry() -> None:
    schedule = schedule_of(jitter=Chance(1.0))
    for _ in range(6):
        schedule.after_failure(0.0, 1.0, failure())
    schedule.after_success(40.0, 41.0)
    assert schedule.after_failure(60.0, 61.0, failure()) == 61.0 + 0.25 * INTERVAL


@pytest.mark.parametrize("floor", [0.0, INTERVAL])
@pytest.mark.parametrize("index", range(50))
def test_no_gap_is_longer_than_one_and_a_half_intervals(index: int, floor: float) -> None:
    schedule = schedule_of(INTERVAL, index, floor)
    begins = [schedule.first(0.0)]
    for _ in range(6):
        begins.append(schedule.after_success(begins[-1], begins[-1] + 0.1))
    gaps = [later - earlier for earlier, later in pairwise(begins)]
    assert all(max(0.5 * INTERVAL, floor) - 1e-9 <= gap <= 1.5 * INTERVAL + 1e-9 for gap in gaps)
    assert gaps[2:] == pytest.approx([INTERVAL] * 4)
    assert (begins[-1] / INTERVAL) % 1 == pytest.approx(index * 0.6180339887498949 % 1)


def test_polls_of_a_round_that_takes_several_keep_the_interval() -> None:
    schedule = schedule_of(INTERVAL, 1)
    due = schedule.after_success(0.0, 0.1)
    schedule.cadence.took_round(2 * INTERVAL)
    begins = [due := schedule.after_success(due, due + 14) for _ in range(4)]
    assert [later - earlier for earlier, later in pairwise(begins)][1:] == pytest.approx([INTERVAL] * 2)


@pytest.mark.parametrize("index", [0, 1, 2, 17, 1000])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 1.0])
def test_after_failures_polls_return_to_their_place(share: float, index: int) -> None:
    schedule = schedule_of(INTERVAL, index, jitter=Chance(share))
    place = schedule.after_success(schedule.first(0.0), 0.1) % INTERVAL
    due = schedule.after_failure(100.0, 101.0, failure())
    following = schedule.after_success(due, due + 0.5)
    assert following % INTERVAL == pytest.approx(place)
    assert 0.5 * INTERVAL <= following - due < 1.5 * INTERVAL


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("reason", [Reason.HTTP, Reason.TIMEOUT, Reason.AUTH])
def test_retry_after_is_honoured(reason: Reason, share: float) -> None:
    schedule = schedule_of(INTERVAL, 0, jitter=Chance(share))
    assert schedule.after_failure(0.0, 2.0, failure(reason, 120.0)) == 122.0
    assert schedule.not_before == 122.0


def test_a_retry_after_shorter_than_the_back_off_does_not_shorten_it() -> None:
    schedule = schedule_of(INTERVAL, 0, jitter=Chance(1.0))
    assert schedule.after_failure(0.0, 2.0, failure(retry_after=1.0)) == 2.0 + 0.25 * INTERVAL


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_a_refused_sign_in_is_retried_after_an_interval_or_the_clients_own_cool_down(share: float) -> None:
    schedule = schedule_of(INTERVAL, 0, jitter=Chance(share))
    assert schedule.after_failure(0.0, 2.0, failure(Reason.AUTH)) == 2.0 + INTERVAL
    client_cool_down = schedule.after_failure(20.0, 22.0, failure(Reason.AUTH, 14.0))
    assert 36.0 <= client_cool_down <= max(36.0, 22.0 + INTERVAL)


@pytest.mark.parametrize(("retry_after", "least"), [(None, INTERVAL), (5.0, INTERVAL), (60.0, 60.0)])
def test_a_throttled_resource_yields_to_the_others_of_its_target(retry_after: float | None, least: float) -> None:
    schedule = schedule_of(INTERVAL, 0, jitter=Chance(0.0))
    assert schedule.after_failure(0.0, 2.0, failure(Reason.THROTTLED, retry_after)) == 2.0 + least + 0.05 * INTERVAL


@pytest.mark.parametrize(
    ("reason", "retry_after", "pause"),
    [
        (Reason.THROTTLED, None, 30.0),
        (Reason.THROTTLED, 7.0, 7.0),
        (Reason.THROTTLED, 0.0, 0.0),
        (Reason.HTTP, 7.0, 0.0),
        (Reason.AUTH, None, 0.0),
    ],
)
def test_only_throttling_pauses_the_whole_target(reason: Reason, retry_after: float | None, pause: float) -> None:
    assert Schedule.target_pause(failure(reason, retry_after), poll_interval=30.0) == pause


@pytest.mark.parametrize(
    ("interval", "retry_after", "pauses"),
    [
        (15.0, None, [15, 30, 60, 120, 240, 480, 900, 900]),
        (600.0, None, [600, 900, 900]),
        (1800.0, None, [1800, 1800]),
        (15.0, 40.0, [40, 40, 60, 120, 240, 480, 900]),
        (15.0, 3600.0, [3600, 3600]),
    ],
)
def test_refused_sign_ins_pause_the_target_for_up_to_a_quarter_of_an_hour(
    interval: float, retry_after: float | None, pauses: list[float]
) -> None:
    refused = failure(Reason.AUTH, retry_after)
    assert [Schedule.sign_in_pause(refused, number, interval) for number in range(len(pauses))] == pauses
    assert Schedule.sign_in_pause(refused, 10**6, interval) == pauses[-1]


def test_a_first_poll_waits_for_what_its_target_inherited() -> None:
    schedule = schedule_of(INTERVAL, 0)
    schedule.not_before = 300.0
    assert schedule.first(100.0) == 300.0
