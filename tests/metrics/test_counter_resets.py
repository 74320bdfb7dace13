"""Running totals: the vendor's values poll by poll, and the exported ones."""

import pytest

from exporter.metrics import catalog
from exporter.metrics.counter_resets import RunningTotals
from exporter.metrics.mapping import Column, Entity
from exporter.model import Period

OFFERED = Column(catalog.QUEUE_CONTACTS_OFFERED)
ANSWERED = Column(catalog.QUEUE_CONTACTS_ANSWERED)
WAITING = Column(catalog.QUEUE_WAITING_CONTACTS)
HOUR = 3600.0
MIDNIGHT = 1_800_000_000.0


def export(  # noqa: PLR0913 - an example sets what it is about
    totals: RunningTotals,
    returned: float,
    *,
    queue: str = "7",
    column: Column = OFFERED,
    now: float = 0,
    period: Period | None = None,
) -> float:
    """Return the exported value after a poll that returned one total of a queue."""
    (entity,) = totals.hold([Entity((("queue_id", queue),), [(column, returned)])], now, period)
    ((_, exported),) = entity.samples
    return exported


def day(name: str, *, settled: bool = True) -> Period:
    """Return a day, named by a letter."""
    return Period(name=name, began=MIDNIGHT + (ord(name) - ord("a")) * 24 * HOUR, settled=settled)


@pytest.mark.parametrize(
    ("returned", "exported", "corrections"),
    [
        pytest.param([0, 5, 5, 9], [0, 5, 5, 9], 0, id="a total that grows is exported as it is"),
        pytest.param([100, 98, 99, 101], [100, 100, 100, 101], 1, id="a small drop is held until it is caught up with"),
        pytest.param([100, 98, 98, 98], [100, 100, 100, 100], 1, id="a drop that stays is one drop"),
        pytest.param([100, 98, 97], [100, 100, 100], 2, id="a drop below a drop is another"),
        pytest.param([100, 98, 99, 98], [100, 100, 100, 100], 2, id="up and down again is another"),
        pytest.param([100, 98, 101, 99], [100, 100, 101, 101], 2, id="a drop after catching up is another"),
        pytest.param([100, 98, 100], [100, 100, 100], 1, id="back at the last value"),
        pytest.param([100, 50], [100, 100], 1, id="exactly half is held"),
        pytest.param([100, 49.9, 49.9], [100, 100, 49.9], 0, id="less than half twice is a restart"),
        pytest.param([100, 0, 3, 4], [100, 100, 3, 4], 0, id="a new day"),
        pytest.param([1000, 0, 1001, 1002], [1000, 1000, 1001, 1002], 1, id="a 0 that is not confirmed is a hiccup"),
        pytest.param([1000, 0, 998, 1000], [1000, 1000, 1000, 1000], 1, id="a hiccup before a correction"),
        pytest.param([1000, 0, 1000, 0, 1000], [1000] * 5, 2, id="one hiccup after another"),
        pytest.param([100, 98, 49, 51], [100, 100, 100, 51], 1, id="a restart while a value is held"),
        pytest.param([100, 49, 90, 91], [100, 100, 100, 100], 1, id="a hiccup that comes back below the held value"),
        pytest.param([100, 60, 55, 51, 49, 48], [100] * 5 + [48], 3, id="drops add up against the value exported"),
        pytest.param([1, 0, 0, 1], [1, 1, 0, 1], 0, id="one contact and a new day"),
        pytest.param([0, 0], [0, 0], 0, id="nothing happens"),
        pytest.param([10.5, 10.25], [10.5, 10.5], 1, id="fractions"),
    ],
)
def test_a_total_poll_by_poll(returned: list[float], exported: list[float], corrections: int) -> None:
    totals = RunningTotals()
    assert [export(totals, value) for value in returned] == exported
    assert totals.suppressed_decreases == corrections


@pytest.mark.parametrize(
    ("polls", "exported", "suppressed"),
    [
        pytest.param(["a3", "a3", "b2", "b3", "b4"], [3, 3, 2, 3, 4], 0, id="a new day above half of the last"),
        pytest.param(["a3", "b0", "b1"], [3, 0, 1], 0, id="a new day at once"),
        pytest.param(["a3", "b5"], [3, 5], 0, id="a new day above the last"),
        pytest.param(["a1000", "a0", "a0", "a1001"], [1000, 1000, 1000, 1001], 1, id="a 0 within a day, however long"),
        pytest.param(["a100", "a98", "b1"], [100, 100, 1], 1, id="a new day while a value is held"),
        pytest.param(["a100", "a98", "b99"], [100, 100, 99], 1, id="a new day just below the held value"),
    ],
)
def test_a_known_period_determines_what_a_restart_is(polls: list[str], exported: list[float], suppressed: int) -> None:
    totals = RunningTotals()
    assert [export(totals, int(poll[1:]), period=day(poll[0])) for poll in polls] == exported
    assert totals.suppressed_decreases == suppressed


@pytest.mark.parametrize(
    ("polls", "exported", "suppressed"),
    [
        pytest.param(["a100", "a0", "a3", "a4"], [100, 100, 3, 4], 0, id="a restart within the period is confirmed"),
        pytest.param(["a100", "a0", "a101"], [100, 100, 101], 1, id="a 0 that is not confirmed is a hiccup"),
        pytest.param(["a100", "a60"], [100, 100], 1, id="a small drop is held"),
        pytest.param(["a100", "b60"], [100, 60], 0, id="a new period at once"),
    ],
)
def test_single_items_may_restart_within_a_period(polls: list[str], exported: list[float], suppressed: int) -> None:
    totals = RunningTotals()
    periods = {name: Period(name=name, began=float("-inf"), restarts_within=True) for name in "ab"}
    assert [export(totals, float(poll[1:]), period=periods[poll[0]]) for poll in polls] == exported
    assert totals.suppressed_decreases == suppressed


def test_a_period_that_began_at_an_unknown_time_has_no_start() -> None:
    period = Period(name="a", began=float("-inf"))
    [entity] = RunningTotals().hold([Entity((("queue_id", "7"),), [(OFFERED, 1)])], 0, period)
    assert entity.began is None


def test_a_period_that_was_unknown_restarts_nothing() -> None:
    totals = RunningTotals()
    assert [export(totals, 100), export(totals, 98, period=day("a")), export(totals, 97, period=day("b"))] == [
        100,
        100,
        97,
    ]


@pytest.mark.parametrize(
    ("polls", "exported", "days"),
    [
        pytest.param("a9 b?9 b?0 b?2 b3", [9, 9, 0, 2, 3], "aabbb", id="the vendor's clock is behind"),
        pytest.param("a9 b?9 b?7 b8", [9, 9, 7, 8], "aabb", id="a new day above half of the last"),
        pytest.param("a9 b?0 b?2 b?1", [9, 0, 2, 2], "abbb", id="a decrease after the restart is held"),
        pytest.param("a3 b?5 b6 b5", [3, 5, 6, 6], "aabb", id="without a decrease, the day counts once it is settled"),
        pytest.param("b?9 b?0 b1", [9, 0, 1], "-bb", id="the exporter starts before the vendor's day does"),
        pytest.param("b?5 b?6 b7", [5, 6, 7], "--b", id="the exporter starts just after the vendor's day did"),
        pytest.param("a9 a0 b?1 b?2", [9, 9, 1, 2], "aabb", id="the vendor's clock is ahead"),
        pytest.param("a9 a8 b?9 b?8", [9, 9, 9, 8], "aaab", id="a correction is caught up with, then the day restarts"),
    ],
)
def test_totals_are_of_the_last_day_until_they_decrease_or_the_day_is_settled(
    polls: str, exported: list[float], days: str
) -> None:
    totals = RunningTotals()
    shown: list[tuple[float, float | None]] = []
    for poll in polls.split():
        period = day(poll[0], settled="?" not in poll)
        (entity,) = totals.hold([Entity((), [(OFFERED, int(poll[1:].lstrip("?")))])], 0, period)
        shown.append((entity.samples[0][1], entity.began))
    began = [None if name == "-" else day(name).began for name in days]
    assert shown == list(zip(exported, began, strict=True))


def test_all_totals_of_a_queue_restart_together() -> None:
    totals = RunningTotals()
    first, second = ([(OFFERED, 5), (ANSWERED, 1)], [(OFFERED, 2), (ANSWERED, 1)])
    list(totals.hold([Entity((), first)], 0, day("a")))
    (entity,) = totals.hold([Entity((), second)], 0, day("b", settled=False))
    assert (entity.samples, entity.began) == (second, day("b").began)


def test_the_start_of_a_period_is_unknown_without_one() -> None:
    (entity,) = RunningTotals().hold([Entity((), [(OFFERED, 5)])], 0)
    assert entity.began is None


def test_a_queue_first_seen_during_a_period_has_the_start_of_the_period() -> None:
    totals = RunningTotals()
    list(totals.hold([Entity((("queue_id", "7"),), [(OFFERED, 5)])], 0, day("a")))
    (entity,) = totals.hold([Entity((("queue_id", "8"),), [(OFFERED, 1)])], HOUR, day("a"))
    assert entity.began == day("a").began


def test_a_clock_that_is_set_back_does_not_move_the_start_back() -> None:
    totals = RunningTotals()
    starts = [
        next(totals.hold([Entity((), [(OFFERED, value)])], 0, day(name))).began
        for name, value in (("a", 9), ("b", 0), ("a", 9), ("b", 1))
    ]
    assert starts == [day("a").began, *[day("b").began] * 3]


def test_gauges_may_decrease() -> None:
    totals = RunningTotals()
    assert [export(totals, value, column=WAITING) for value in (100, 98, 3)] == [100, 98, 3]
    assert totals.suppressed_decreases == 0


def test_series_are_independent() -> None:
    totals = RunningTotals()
    assert export(totals, 100, queue="7") == 100
    assert export(totals, 99, queue="8") == 99
    assert export(totals, 98, queue="7", column=ANSWERED) == 98
    assert export(totals, 97, queue="7") == 100
    assert totals.suppressed_decreases == 1


def test_samples_and_entities_keep_their_order() -> None:
    totals = RunningTotals()
    polls = (
        [Entity((("queue_id", "7"),), [(WAITING, 3), (OFFERED, 100)]), Entity((("queue_id", "8"),), [(WAITING, 1)])],
        [Entity((("queue_id", "7"),), [(WAITING, 2), (OFFERED, 99)]), Entity((("queue_id", "8"),), [(WAITING, 0)])],
    )
    assert [list(totals.hold(poll, 0)) for poll in polls] == [
        polls[0],
        [Entity((("queue_id", "7"),), [(WAITING, 2), (OFFERED, 100)]), Entity((("queue_id", "8"),), [(WAITING, 0)])],
    ]


def test_a_total_is_remembered_during_an_absence() -> None:
    totals = RunningTotals()
    export(totals, 100, now=0)
    for minute in range(1, 59):
        export(totals, 1, queue="other", now=60.0 * minute)
    assert export(totals, 98, now=59 * 60) == 100
    assert totals.suppressed_decreases == 1


def test_a_present_total_is_never_forgotten() -> None:
    totals = RunningTotals()
    export(totals, 100)
    for quarter in range(1, 40):
        assert export(totals, 98, now=quarter * HOUR / 4) == 100
    assert totals.suppressed_decreases == 1


def test_a_total_is_forgotten_after_hours() -> None:
    totals = RunningTotals()
    export(totals, 100, now=0)
    for hour in (1, 2):
        export(totals, 1, queue="other", now=hour * HOUR)
    assert export(totals, 98, now=2 * HOUR) == 98
    assert totals.suppressed_decreases == 0


def test_an_absent_total_is_forgotten_though_its_queue_is_present() -> None:
    totals = RunningTotals()
    export(totals, 100, now=0)
    for hour in (1, 2):
        export(totals, 1, column=ANSWERED, now=hour * HOUR)
    assert export(totals, 98, now=2 * HOUR) == 98


def test_a_resource_that_failed_for_hours_starts_over() -> None:
    totals = RunningTotals()
    export(totals, 100, now=0)
    assert export(totals, 98, now=10 * HOUR) == 98
