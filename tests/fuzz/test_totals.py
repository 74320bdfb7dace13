"""Whatever a vendor's running totals do, what is shown of them falls only where a reporting period begins anew."""

from hypothesis import strategies as st

from exporter.metrics import catalog
from exporter.metrics.counter_resets import RunningTotals
from exporter.metrics.mapping import Column, Entity
from tests.fuzz.profiles import cases

OFFERED, WAITING = Column(catalog.QUEUE_CONTACTS_OFFERED), Column(catalog.QUEUE_WAITING_CONTACTS)
_said = st.integers(0, 200) | st.integers(0, 10**18) | st.floats(0, 1e18)
# What three queues say, poll by poll; None is a poll that does not name the queue.
polls = st.lists(
    st.tuples(st.floats(0, 900), st.lists(st.none() | _said, min_size=3, max_size=3)), min_size=1, max_size=12
)


@cases(80, 15_000, polls=polls)
def test_totals_fall_only_at_a_reset(polls: list[tuple[float, list[float | None]]]) -> None:
    totals = RunningTotals()
    last: dict[str, tuple[float, float]] = {}
    now, corrections = 0.0, 0
    for gap, said in polls:
        # Nothing is away for an hour here, which is when a total may be forgotten.
        now += min(gap, 3600 / len(polls))
        named = {str(queue): value for queue, value in enumerate(said) if value is not None}
        entities = [
            Entity((("queue_id", queue),), [(OFFERED, value), (WAITING, value)]) for queue, value in named.items()
        ]
        for entity in totals.hold(entities, now):
            [(_, queue)], samples = entity.labels, dict(entity.samples)
            value, shown = named[queue], samples[OFFERED]
            said_before, shown_before = last.get(queue, (value, value))
            assert samples[WAITING] == value, "a gauge falls as it likes"
            assert shown >= value
            assert shown in {value, shown_before}
            assert shown >= shown_before or value < shown_before / 2, "a fall is a reset"
            corrections += shown > value and value < said_before
            last[queue] = (value, shown)
    assert totals.suppressed_decreases == corrections
