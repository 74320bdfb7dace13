"""Histograms that a vendor counts: poll by poll what it returns, and what is exported."""

import subprocess

import pytest

from exporter.metrics import catalog
from exporter.metrics.counter_resets import RunningTotals
from exporter.metrics.mapping import Detail, Entity, entities
from exporter.metrics.pages import Format
from exporter.metrics.render import render
from exporter.model import Histogram, ObservedContacts, Period, Queue, Snapshot
from tests.support.exposition import page_of, read, series_of
from tests.support.tools import require

OWN = 'target="a",queue_id="7",queue="",channel=""'
BOUNDS = (20.0, 60.0)
Counts = tuple[float, ...]


def found(counts: Counts, total_sum: float | None = None, *, bounds: tuple[float, ...] = BOUNDS) -> list[Entity]:
    """Return what a poll returned of one queue: the contacts answered within each bound, and all of them."""
    waits = Histogram(bounds=bounds, counts=counts, sum=total_sum)
    return list(entities("a", Snapshot(queues=(Queue("7", waits={"answered": waits}),)), Detail()))


def export(totals: RunningTotals, counts: Counts, period: Period | None = None, **given: float) -> Histogram:
    """Return what is exported after a poll."""
    (entity,) = totals.hold(found(counts, given.get("total_sum")), 0, period)
    return entity.histograms[0][1]


def day(name: str) -> Period:
    return Period(name=name, began=float(ord(name)))


def test_without_a_sum_there_is_no_count_either() -> None:
    lines = [f'{{{OWN},outcome="answered",le="{le}"}} {n}\n' for le, n in (("20.0", 5), ("60.0", 8), ("+Inf", 9))]
    assert series_of(found((5, 8, 9))) == "".join(f"contactcenter_queue_wait_seconds_bucket{line}" for line in lines)


def test_a_sum_that_the_vendor_publishes_is_exported() -> None:
    text = series_of(found((5, 8, 9), 123.5))
    assert f'contactcenter_queue_wait_seconds_sum{{{OWN},outcome="answered"}} 123.5\n' in text
    assert f'contactcenter_queue_wait_seconds_count{{{OWN},outcome="answered"}} 9\n' in text


@pytest.mark.parametrize("form", Format)
@pytest.mark.parametrize("total_sum", [None, 123.5])
def test_parsers_read_it_as_a_histogram(form: Format, total_sum: float | None) -> None:
    kinds = {metric.name: metric.type for metric in read(page_of(found((5, 8, 9), total_sum), form), form)}
    assert kinds == {"contactcenter_queue_wait_seconds": "histogram"}


def test_promtool_accepts_it() -> None:
    command = (require("promtool"), "check", "metrics")
    checked = subprocess.run(command, input=page_of(found((5, 8, 9))), capture_output=True, text=True, check=False)  # noqa: S603 - promtool itself
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


def test_each_line_is_a_series_of_the_limit() -> None:
    assert render(found((5, 8, 9))).series == 3
    assert render(found((5, 8, 9), 123.5)).series == 5
    assert render(found((5, 8, 9)), 2).left_out == (catalog.QUEUE_WAIT,)


@pytest.mark.parametrize(
    ("returned", "exported", "suppressed"),
    [
        pytest.param([(5, 8, 9), (6, 9, 11)], [(5, 8, 9), (6, 9, 11)], 0, id="it grows"),
        pytest.param([(5, 8, 9), (4, 8, 9), (4, 8, 10)], [(5, 8, 9)] * 2 + [(5, 8, 10)], 1, id="one bucket corrected"),
        pytest.param([(5, 8, 90), (5, 8, 89)], [(5, 8, 90)] * 2, 1, id="the count of all corrected"),
        pytest.param([(5, 8, 9), (0, 1, 1), (1, 2, 3)], [(5, 8, 9)] * 2 + [(1, 2, 3)], 0, id="a restart, confirmed"),
        pytest.param([(5, 8, 9), (0, 0, 0), (5, 8, 10)], [(5, 8, 9)] * 2 + [(5, 8, 10)], 1, id="a hiccup"),
        pytest.param([(5, 8, 9), (7, 7, 9)], [(5, 8, 9), (7, 8, 9)], 1, id="no bucket is below the one before it"),
    ],
)
def test_the_count_of_all_decides_whether_the_histogram_restarts(
    returned: list[Counts], exported: list[Counts], suppressed: int
) -> None:
    totals = RunningTotals()
    assert [export(totals, counts).counts for counts in returned] == exported
    assert totals.suppressed_decreases == suppressed


def test_a_new_reporting_period_restarts_it_whatever_the_values() -> None:
    totals = RunningTotals()
    assert export(totals, (5, 8, 9), day("a"), total_sum=100).sum == 100
    assert export(totals, (4, 8, 9), day("a"), total_sum=99) == Histogram(bounds=BOUNDS, counts=(5, 8, 9), sum=100)
    assert export(totals, (1, 9, 10), day("b"), total_sum=80) == Histogram(bounds=BOUNDS, counts=(1, 9, 10), sum=80)


def test_the_sum_restarts_with_the_counts() -> None:
    totals = RunningTotals()
    polls = [((5, 8, 9), 100.0), ((5, 8, 9), 99.0), ((0, 0, 1), 3.0), ((0, 0, 1), 3.0)]
    assert [export(totals, counts, total_sum=total).sum for counts, total in polls] == [100, 100, 100, 3]


def test_a_restarted_exporter_continues_it() -> None:
    before, after = RunningTotals(), RunningTotals()
    export(before, (5, 8, 9))
    after.restore(before.save(), 10.0)
    assert export(after, (4, 8, 9)).counts == (5, 8, 9)
    assert after.suppressed_decreases == 1


def test_an_added_bound_never_makes_a_bucket_smaller_than_the_one_before_it() -> None:
    totals = RunningTotals()
    export(totals, (5, 8, 9))
    (entity,) = totals.hold(found((3, 4, 7, 9), bounds=(20.0, 40.0, 60.0)), 0)
    assert entity.histograms[0][1].counts == (5, 5, 8, 9)


def test_a_renamed_queue_repeats_what_was_exported() -> None:
    totals = RunningTotals()
    export(totals, (5, 8, 9))
    export(totals, (4, 8, 9))
    (entity,) = totals.repeat(found((4, 8, 9)))
    assert entity.histograms[0][1].counts == (5, 8, 9)


def test_the_exporters_own_histograms_are_not_held() -> None:
    own = Histogram(bounds=BOUNDS, counts=(1, 1, 1), sum=3)
    queue = Queue("7", contacts=ObservedContacts(handling=own))
    totals = RunningTotals()
    list(totals.hold(entities("a", Snapshot(queues=(queue,)), Detail()), 0))
    assert b"handle_seconds" not in totals.save()
