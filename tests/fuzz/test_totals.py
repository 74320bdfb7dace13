"""Whatever a vendor's running totals do, exported totals decrease only at a reset."""

from hypothesis import strategies as st

from exporter.metrics import catalog
from exporter.metrics.counter_resets import RunningTotals
from exporter.metrics.mapping import Column, Entity
from tests.fuzz.profiles import cases

OFFERED, WAITING = Column(catalog.QUEUE_CONTACTS_OFFERED), Column(catalog.QUEUE_WAITING_CONTACTS)
_totals = st.integers(0, 200) | st.integers(0, 10**18) | st.floats(0, 1e18)
# Totals of three queues, poll by poll; None is a poll without the queue.
polls = st.lists(
    st.tuples(st.floats(0, 900), st.lists(st.none() | _totals, min_size=3, max_size=3)),
    min_size=1,
    max_size=12,
)


@cases(80, 15_000, polls=polls)
def test_totals_decrease_only_at_a_reset(polls: list[tuple[float, list[float | None]]]) -> None:
    totals = RunningTotals()
    last: dict[str, tuple[float, float]] = {}
    now, suppressed = 0.0, 0
    for gap, reported in polls:
        # No queue is absent for an hour, after which its total may be dropped.
        now += min(gap, 3600 / len(polls))
        present = {str(queue): value for queue, value in enumerate(reported) if value is not None}
        entities = [
            Entity((("queue_id", queue),), [(OFFERED, value), (WAITING, value)]) for queue, value in present.items()
        ]
        for entity in totals.hold(entities, now):
            [(_, queue)], samples = entity.labels, dict(entity.samples)
            value, exported = present[queue], samples[OFFERED]
            value_before, exported_before = last.get(queue, (value, value))
            assert samples[WAITING] == value, "a gauge is not held"
            assert exported >= value
            assert exported in {value, exported_before}
            assert exported >= exported_before or value < exported_before / 2, "a decrease is a reset"
            suppressed += exported > value and value < value_before
            last[queue] = (value, exported)
    assert totals.suppressed_decreases == suppressed
