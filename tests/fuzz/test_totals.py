"""Whatever a vendor's running totals do, an exported total decreases only at a confirmed restart."""

import msgspec
from hypothesis import strategies as st

from exporter.metrics import catalog
from exporter.metrics.counter_resets import RunningTotals
from exporter.metrics.mapping import Column, Entity
from exporter.model import Period
from tests.fuzz.profiles import cases
from tests.support.start_times import increase

OFFERED, WAITING = Column(catalog.QUEUE_CONTACTS_OFFERED), Column(catalog.QUEUE_WAITING_CONTACTS)
_value = st.integers(0, 200) | st.integers(0, 10**18) | st.floats(0, 1e18)
DAY = Period(name="2026-11-26", began=0.0)
# The totals of three queues, poll by poll; None is a poll without the queue.
polls = st.lists(
    st.tuples(st.floats(0, 900), st.lists(st.none() | _value, min_size=3, max_size=3)), min_size=1, max_size=12
)


@cases(80, 15_000, polls=polls)
def test_totals_decrease_only_at_a_confirmed_restart(polls: list[tuple[float, list[float | None]]]) -> None:
    totals = RunningTotals()
    last: dict[str, tuple[float, float]] = {}
    now = 0.0
    for gap, values in polls:
        # No queue is absent for an hour here, after which its total may be forgotten.
        now += min(gap, 3600 / len(polls))
        present = {str(queue): value for queue, value in enumerate(values) if value is not None}
        entities = [
            Entity((("queue_id", queue),), [(OFFERED, value), (WAITING, value)]) for queue, value in present.items()
        ]
        for entity in totals.hold(entities, now):
            [(_, queue)], samples = entity.labels, dict(entity.samples)
            value, exported = present[queue], samples[OFFERED]
            value_before, exported_before = last.get(queue, (value, value))
            assert samples[WAITING] == value, "a gauge is exported as it is"
            assert exported >= value
            assert exported in {value, exported_before}
            confirmed = value_before < exported_before / 2 and value <= (value_before + exported_before) / 2
            assert exported >= exported_before or confirmed, "a decrease is a confirmed restart"
            last[queue] = (value, exported)


@cases(80, 15_000, polls=polls)
def test_within_a_known_period_no_total_decreases(polls: list[tuple[float, list[float | None]]]) -> None:
    totals = RunningTotals()
    highest: dict[int, float] = {}
    for _, values in polls:
        for queue, value in enumerate(values):
            if value is None:
                continue
            [entity] = totals.hold([Entity((("queue_id", str(queue)),), [(OFFERED, value)])], 0.0, DAY)
            highest[queue] = max(value, highest.get(queue, value))
            assert dict(entity.samples)[OFFERED] == highest[queue]


_contacts = st.integers(0, 3) | st.integers(0, 1000)
# Days of contacts that arrive between two polls; a vendor's answer may be lost, or a total 0 or lower once.
_ways = st.sampled_from(("reported", "reported", "reported", "absent", "zero", "lower"))
days = st.lists(st.lists(st.tuples(_contacts, _ways), min_size=1, max_size=5), min_size=1, max_size=4)


@cases(80, 5_000, days=days)
def test_start_times_count_every_contact_of_each_day(days: list[list[tuple[int, str]]]) -> None:
    totals = RunningTotals()
    stored: list[tuple[float, float]] = []
    expected = 0.0
    for number, polls in enumerate(days):
        period = Period(name=str(number), began=number * 1000.0)
        total, reported = 0, []
        for poll, (arrived, way) in enumerate(polls):
            total += arrived
            if way == "absent":
                continue
            reported.append({"reported": total, "zero": 0, "lower": total * 3 // 4}[way])
            [entity] = totals.hold([Entity((), [(OFFERED, reported[-1])])], 0.0, period)
            assert entity.began == period.began, "a day has one start"
            if not stored or stored[-1][0] < period.began:
                stored.append((period.began, 0.0))
            stored.append((period.began + poll + 1, entity.samples[0][1]))
        expected += max(reported, default=0)
    assert increase(stored) == expected


@cases(80, 5_000, day=st.lists(st.tuples(_contacts, st.booleans()), min_size=1, max_size=12))
def test_a_zero_that_is_not_confirmed_counts_nothing(day: list[tuple[int, bool]]) -> None:
    totals = RunningTotals()
    stored: list[tuple[float, float]] = []
    total, was_zero = 0, False
    for poll, (arrived, zero) in enumerate(day):
        total += arrived
        # The first poll has nothing to compare with, and a second 0 would confirm the first.
        was_zero = zero and not was_zero and poll > 0
        [entity] = totals.hold([Entity((), [(OFFERED, 0 if was_zero else total)])], 0.0)
        stored.append((poll, entity.samples[0][1]))
    assert increase(stored) == stored[-1][1] - stored[0][1]
    assert stored[-1][1] in {total, total - day[-1][0]}


@cases(
    80,
    5_000,
    yesterday=_contacts,
    late=st.integers(0, 3),
    today=st.lists(_contacts.filter(bool), min_size=1, max_size=5),
)
def test_a_vendor_whose_clock_is_behind_loses_nothing(yesterday: int, late: int, today: list[int]) -> None:
    totals = RunningTotals()
    last, new = Period(name="a", began=0.0), Period(name="b", began=1000.0, settled=False)
    polls = [(yesterday, last), *[(yesterday, new)] * late, (0, new)]
    polls += [(sum(today[: count + 1]), msgspec.structs.replace(new, settled=True)) for count in range(len(today))]
    exported = [next(totals.hold([Entity((), [(OFFERED, value)])], 0.0, period)) for value, period in polls]
    assert increase([(at, entity.samples[0][1]) for at, entity in enumerate(exported)]) == sum(today)
    starts = [entity.began for entity in exported if entity.began is not None]
    assert starts == sorted(starts), "a start time never decreases"
