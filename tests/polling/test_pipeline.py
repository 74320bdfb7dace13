"""One snapshot through every step of the pipeline."""

from datetime import UTC, datetime

import pytest

from exporter.metrics.catalog import FAMILIES, QUEUE_CONTACTS_OFFERED
from exporter.model import Queue, Snapshot
from exporter.polling.pipeline import Processed
from exporter.settings import TargetSettings
from exporter.vendors.toolkit.reporting_day import ReportingDay
from tests.support.pipelines import pipeline_of

SETTINGS = TargetSettings.model_validate(
    {
        "name": "a",
        "vendor": "kpn",
        "url": "http://127.0.0.1",
        "select": {"queues": {"exclude": ["Test*"]}, "families": {"exclude": ["queue_staffed_agents"]}},
        "thresholds": [{"queue": "*", "warning": {"waiting_contacts": 5}}],
    }
)


TIME = 1_800_000_000.0


def shown(processed: Processed) -> str:
    chunks = processed.block.chunks
    return "".join(chunks[family].decode() for family in FAMILIES if family in chunks)


def centre(offered: int) -> Snapshot:
    sales = Queue(id="1", name="Sales", waiting_contacts=3, staffed_agents=4, contacts_offered=offered)
    return Snapshot(queues=(sales, Queue(id="2", name="Test line", waiting_contacts=9)))


def test_a_snapshot_is_selected_given_thresholds_mapped_held_and_rendered() -> None:
    pipeline = pipeline_of(SETTINGS, carries_thresholds=True)
    pipeline.process(centre(100), 0.0, TIME, 100)
    processed = pipeline.process(centre(98), 15.0, TIME, 100)
    labels = 'target="a",queue_id="1",queue="Sales",channel=""'
    assert shown(processed) == (
        f"contactcenter_queue_waiting_contacts{{{labels}}} 3\n"
        f"contactcenter_queue_contacts_offered_total{{{labels}}} 100\n"
        f'contactcenter_queue_waiting_contacts_threshold{{{labels},severity="warning"}} 5.0\n'
    )
    assert processed.suppressed_decreases == 1
    assert processed.emptied == []


def test_families_beyond_the_series_budget_are_dropped() -> None:
    block = pipeline_of(SETTINGS, carries_thresholds=True).process(centre(100), 0.0, TIME, 2).block
    assert (block.series, block.dropped) == (2, 1)


def test_a_selection_that_leaves_nothing_is_reported() -> None:
    snapshot = Snapshot(queues=(Queue(id="2", name="Test line"),))
    assert pipeline_of(SETTINGS, carries_thresholds=True).process(snapshot, 0.0, TIME, 100).emptied == ["queues"]


def test_only_one_resource_carries_the_configured_thresholds() -> None:
    processed = pipeline_of(SETTINGS).process(centre(100), 0.0, TIME, 100)
    assert "threshold" not in shown(processed)


def test_a_configured_day_makes_a_new_day_above_half_of_the_last_a_restart() -> None:
    settings = SETTINGS.model_copy(update={"timezone": "Europe/Amsterdam", "day_starts": "00:00"})
    pipeline = pipeline_of(settings)
    midnight = datetime(2027, 1, 15, 23, tzinfo=UTC).timestamp()  # in Amsterdam
    totals = [
        shown(pipeline.process(centre(offered), 0.0, midnight + seconds, 100)).rpartition(" ")[2].strip()
        for offered, seconds in ((3, -30), (3, -15), (2, 15), (3, 30), (4, 45))
    ]
    assert totals == ["3", "3", "2", "3", "4"]


@pytest.mark.parametrize(
    ("starts", "at", "day"),
    [
        (None, datetime(2027, 1, 15, tzinfo=UTC), None),
        ("00:00", datetime(2027, 1, 15, 22, 59, tzinfo=UTC), "2027-01-15"),
        ("00:00", datetime(2027, 1, 15, 23, tzinfo=UTC), "2027-01-16"),
        ("04:00", datetime(2027, 1, 16, 2, 59, tzinfo=UTC), "2027-01-15"),
        ("04:00", datetime(2027, 1, 16, 3, tzinfo=UTC), "2027-01-16"),
        ("04:00", datetime(2027, 3, 28, 1, 59, tzinfo=UTC), "2027-03-27"),  # clocks went forward at 01:00 UTC
        ("04:00", datetime(2027, 3, 28, 2, tzinfo=UTC), "2027-03-28"),
    ],
)
def test_the_reporting_day_starts_at_the_configured_time_of_day(
    starts: str | None, at: datetime, day: str | None
) -> None:
    found = ReportingDay("Europe/Amsterdam", starts).of(at.timestamp())
    assert (found and found.name) == day


@pytest.mark.parametrize(
    ("starts", "at", "began"),
    [
        ("00:00", datetime(2027, 1, 16, 12, tzinfo=UTC), datetime(2027, 1, 15, 23, tzinfo=UTC)),
        ("04:00", datetime(2027, 1, 16, 2, 59, tzinfo=UTC), datetime(2027, 1, 15, 3, tzinfo=UTC)),
        # Clocks go forward from 02:00 to 03:00, at 01:00 UTC.
        ("02:30", datetime(2027, 3, 28, 0, 59, tzinfo=UTC), datetime(2027, 3, 27, 1, 30, tzinfo=UTC)),
        ("02:30", datetime(2027, 3, 28, 1, tzinfo=UTC), datetime(2027, 3, 28, 1, tzinfo=UTC)),
        ("02:30", datetime(2027, 3, 28, 9, tzinfo=UTC), datetime(2027, 3, 28, 1, tzinfo=UTC)),
        # Clocks go back from 03:00 to 02:00, at 01:00 UTC: the day starts once, at the first 02:30.
        ("02:30", datetime(2027, 10, 31, 0, 29, tzinfo=UTC), datetime(2027, 10, 30, 0, 30, tzinfo=UTC)),
        ("02:30", datetime(2027, 10, 31, 0, 30, tzinfo=UTC), datetime(2027, 10, 31, 0, 30, tzinfo=UTC)),
        ("02:30", datetime(2027, 10, 31, 1, 15, tzinfo=UTC), datetime(2027, 10, 31, 0, 30, tzinfo=UTC)),
    ],
)
def test_a_reporting_day_has_one_start_though_clocks_change(starts: str, at: datetime, began: datetime) -> None:
    found = ReportingDay("Europe/Amsterdam", starts).of(at.timestamp())
    assert found is not None
    assert datetime.fromtimestamp(found.began, UTC) == began


def test_a_configured_day_is_settled_after_five_minutes() -> None:
    reporting_day = ReportingDay("UTC", "00:00")
    midnight = datetime(2027, 1, 16, tzinfo=UTC).timestamp()
    found = [reporting_day.of(midnight + seconds) for seconds in (0, 299, 300, 86_399)]
    assert [period and period.settled for period in found] == [False, False, True, True]


def test_a_vendor_whose_clock_is_behind_restarts_its_totals_after_the_configured_time() -> None:
    settings = SETTINGS.model_copy(update={"timezone": "UTC", "day_starts": "00:00"})
    pipeline = pipeline_of(settings)
    midnight = datetime(2027, 1, 16, tzinfo=UTC).timestamp()
    totals = [
        shown(pipeline.process(centre(offered), 0.0, midnight + seconds, 100)).rpartition(" ")[2].strip()
        for offered, seconds in ((500, -5), (500, 10), (0, 25), (3, 40))
    ]
    assert totals == ["500", "500", "0", "3"]


def test_start_times_are_rendered_beside_their_totals_if_configured() -> None:
    settings = SETTINGS.model_copy(update={"timezone": "UTC", "day_starts": "04:00"})
    labels = 'target="a",queue_id="1",queue="Sales",channel=""'
    total = f"contactcenter_queue_contacts_offered_total{{{labels}}} 7\n"
    start = f"contactcenter_queue_contacts_offered_created{{{labels}}} 1799985600.0\n"
    without, with_ = (
        pipeline_of(settings, start_times=start_times).process(centre(7), 0.0, TIME, 100).block
        for start_times in (False, True)
    )
    assert without.with_start_times == {}
    assert without.chunks == with_.chunks
    assert with_.with_start_times == {QUEUE_CONTACTS_OFFERED: (total + start).encode()}


def test_totals_of_an_unknown_period_have_no_start_time() -> None:
    pipeline = pipeline_of(SETTINGS, start_times=True)
    assert pipeline.process(centre(7), 0.0, TIME, 100).block.with_start_times == {}


def test_start_times_of_dropped_families_are_dropped() -> None:
    settings = SETTINGS.model_copy(update={"timezone": "UTC", "day_starts": "04:00"})
    pipeline = pipeline_of(settings, start_times=True)
    assert pipeline.process(centre(7), 0.0, TIME, 1).block.with_start_times == {}
