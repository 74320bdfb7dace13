"""Whatever a vendor's running totals do, an exported total decreases only at a confirmed restart."""

from hypothesis import strategies as st

from exporter.metrics import catalog
from exporter.metrics.counter_resets import RunningTotals
from exporter.metrics.mapping import Column, Entity
from exporter.model import Period
from tests.fuzz.profiles import cases

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
