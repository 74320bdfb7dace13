"""Totals with start times through a midnight: what Prometheus counts equals the contacts that arrived."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from exporter.metrics.pages import Exposition, Format
from exporter.model import Period, Queue, Snapshot
from exporter.settings import TargetSettings
from tests.support.exposition import no_process, page_bytes
from tests.support.pipelines import pipeline_of
from tests.support.start_times import ZeroIngestion, increase

OFFERED = "contactcenter_queue_contacts_offered"
MINUTE = 60.0
DAY = 86_400.0
MIDNIGHT = datetime(2027, 1, 16, tzinfo=UTC).timestamp()
RESTART = "the exporter restarts"
# Minutes since midnight, and the total the vendor returns; None is a poll without the queue.
Poll = tuple[float, float | None]


def stored(polls: Sequence[Poll | str], *, start_times: bool, configured: bool) -> ZeroIngestion:
    """Return what Prometheus stores if it scrapes after each poll."""
    day = {"timezone": "UTC", "day_starts": "00:00"} if configured else {}
    settings = TargetSettings.model_validate({"name": "a", "vendor": "kpn", "url": "http://127.0.0.1", **day})
    prometheus = ZeroIngestion(OFFERED)
    pipeline = pipeline_of(settings, carries_thresholds=False, start_times=start_times)
    for poll in polls:
        if isinstance(poll, str):
            pipeline = pipeline_of(settings, carries_thresholds=False, start_times=start_times)
            continue
        minute, total = poll
        now = MIDNIGHT + minute * MINUTE
        began = MIDNIGHT if minute >= 0 else MIDNIGHT - DAY
        queues = () if total is None else (Queue(id="7", contacts_offered=total),)
        snapshot = Snapshot(queues=queues, period=None if configured else Period(name=str(began), began=began))
        exposition = Exposition(no_process)
        exposition.put("a", "queues", pipeline.process(snapshot, now, now, 100).block)
        prometheus.scrape(page_bytes(exposition, Format.OPENMETRICS), now)
    return prometheus


@pytest.mark.parametrize(
    ("polls", "arrived", "without"),
    [
        pytest.param([(-2, 3), (-1, 3), (1, 2), (2, 4)], 4, 4, id="a midnight"),
        pytest.param([(-2, 3), (1, 0), (2, 4), (3, 4)], 4, 4, id="a midnight without contacts"),
        pytest.param([(-2, 3), (20, 5), (21, 6)], 6, 3, id="a vendor that fails over midnight"),
        pytest.param([(-2, 3), RESTART, (20, 3), (21, 4)], 4, 1, id="an exporter that restarts over midnight"),
        pytest.param([(-2, None), (16, 2), (17, 3)], 3, 1, id="a queue first seen after midnight"),
        pytest.param([(-2, 3), (1, 2), (2, None), (3, 4)], 4, 4, id="a queue that is absent for a poll"),
        pytest.param([(720, 7), RESTART, (721, 8)], 1, 1, id="an exporter that restarts by day"),
        pytest.param([(-2, 3), (1, 2), (2, 1), (3, 4)], 4, 4, id="a correction"),
        # Prometheus accepts no 0 of more than an hour ago.
        pytest.param([(715, None), (720, 7), (721, 8)], 1, 1, id="a queue first seen at noon"),
    ],
)
def test_the_increase_over_a_midnight_equals_the_ledger(
    polls: Sequence[Poll | str], arrived: float, without: float
) -> None:
    with_start_times, without_them = (
        increase(stored(polls, start_times=start_times, configured=False).series["7"]) for start_times in (True, False)
    )
    assert (with_start_times, without_them) == (arrived, without)


@pytest.mark.parametrize(
    ("polls", "arrived"),
    [
        pytest.param([(-2, 3), (-1, 3), (0.25, 2), (1, 4)], 4, id="a midnight"),
        pytest.param([(-1, 500), (0.25, 500), (0.5, 0), (1, 3)], 3, id="a vendor whose clock is behind"),
        pytest.param([(-1, 500), (-0.25, 0), (0.25, 2), (1, 3)], 3, id="a vendor whose clock is ahead"),
        pytest.param([(-1, 500), RESTART, (0.25, 500), (0.5, 1)], 1, id="restart before the vendor's midnight"),
        pytest.param([(-2, 3), RESTART, (20, 3), (21, 4)], 4, id="an exporter that restarts over midnight"),
        pytest.param([(-2, 3), (20, 5), (21, 6)], 6, id="a vendor that fails over midnight"),
        pytest.param([(-1, 500), (1, 500), (4, 501), (6, 502)], 2, id="totals that do not restart"),
    ],
)
def test_a_configured_day_counts_nothing_twice(polls: Sequence[Poll | str], arrived: float) -> None:
    assert increase(stored(polls, start_times=True, configured=True).series["7"]) == arrived
