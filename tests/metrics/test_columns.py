"""Columns of names: the same at every poll, however many names there are, and forgotten with their totals."""

import weakref

from exporter.metrics import catalog
from exporter.metrics.columns import open_column
from exporter.metrics.counter_resets import RunningTotals
from exporter.metrics.mapping import Detail, entities
from exporter.model import Agent, Period, Snapshot

DAY = Period(name="2027-01-15", began=1_799_971_200.0)
MANY = [f"disposition {number}" for number in range(20_000)]


def test_corrections_of_very_many_totals_are_held() -> None:
    totals = RunningTotals()
    for count in (5, 4):
        agent = Agent("1", state="available", dispositions=dict.fromkeys(MANY, count))
        held = list(totals.hold(entities("a", Snapshot(agents=(agent,)), Detail()), 0, DAY))
    [dispositions] = [entity for entity in held if entity.samples[0][0].family is catalog.DISPOSITIONS]
    assert {value for _, value in dispositions.samples} == {5}
    assert totals.suppressed_decreases == len(MANY)


def test_the_column_of_a_name_is_forgotten_once_nothing_refers_to_it() -> None:
    column = open_column(catalog.DISPOSITIONS, ("disposition", "callback agreed"))
    assert open_column(catalog.DISPOSITIONS, ("disposition", "callback agreed")) is column
    found = weakref.ref(column)
    del column
    assert found() is None
