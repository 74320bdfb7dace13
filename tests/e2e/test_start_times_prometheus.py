"""A real Prometheus with `created-timestamp-zero-ingestion` counts the contacts of a simulated midnight.

Older releases do not have the feature for OpenMetrics: the environment variable `PROMETHEUS_3` names the program.
"""

import asyncio
import os
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Final

import aiohttp
import pytest
from aiohttp import web

from exporter.metrics.pages import Exposition, Format
from exporter.model import Period, Queue, Snapshot
from exporter.polling.pipeline import Pipeline
from exporter.settings import TargetSettings
from tests.support.exposition import no_process, page_bytes
from tests.support.pipelines import pipeline_of
from tests.support.programs import running
from tests.support.start_times import increase

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        "PROMETHEUS_3" not in os.environ, reason="PROMETHEUS_3 does not name a Prometheus of 3.0 or newer"
    ),
]

OFFERED = "contactcenter_queue_contacts_offered"
CONFIG = """\
global: {{scrape_interval: 500ms, scrape_timeout: 500ms}}
scrape_configs: [{{job_name: a, static_configs: [{{targets: ["127.0.0.1:{port}"]}}]}}]
"""
SETTINGS = TargetSettings.model_validate({"name": "a", "vendor": "kpn", "url": "http://127.0.0.1"})
SECONDS_TO_MIDNIGHT: Final = 4.6
DAY: Final = 86_400.0
# The totals of each queue second by second; the midnight lies between the fourth and the fifth second.
TOTALS: Final[Mapping[str, tuple[float | None, ...]]] = {
    "restarts": (1, 2, 3, 3, 3, 2, 3, 4, 4, 4),
    "fails over midnight": (1, 2, 3, 3, None, None, 5, 6, 6, 6),
    "first seen after midnight": (None, None, None, None, None, None, 2, 3, 3, 3),
}
LEDGER: Final = {"restarts": 2 + 4, "fails over midnight": 2 + 6, "first seen after midnight": 3}


@pytest.fixture
def exposition() -> Exposition:
    """Return an exposition with start times."""
    return Exposition(no_process, start_times=True)


@pytest.fixture
def scraped() -> asyncio.Event:
    """Return an event that the first scrape sets."""
    return asyncio.Event()


@pytest.fixture
async def port(exposition: Exposition, scraped: asyncio.Event) -> AsyncIterator[int]:
    """Serve the pages as the exporter does."""

    async def scrape(_request: web.Request) -> web.Response:
        scraped.set()
        page = page_bytes(exposition, Format.OPENMETRICS)
        return web.Response(body=page, headers={"Content-Type": Format.OPENMETRICS.value})

    application = web.Application()
    application.router.add_get("/metrics", scrape)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield runner.addresses[0][1]
    await runner.cleanup()


async def replay(exposition: Exposition, scraped: asyncio.Event) -> None:
    """Put the totals of each second, through a midnight; the first ones until they are scraped."""
    pipeline = pipeline_of(SETTINGS, carries_thresholds=False, start_times=True)
    put(exposition, pipeline, 0, Period(name="yesterday", began=time.time() - DAY))
    scraped.clear()
    await scraped.wait()
    midnight = time.time() + SECONDS_TO_MIDNIGHT
    yesterday, today = (Period(name=str(began), began=began) for began in (midnight - DAY, midnight))
    for second in range(len(TOTALS["restarts"])):
        put(exposition, pipeline, second, yesterday if time.time() < midnight else today)
        await asyncio.sleep(1)


def put(exposition: Exposition, pipeline: Pipeline, second: int, period: Period) -> None:
    """Put the totals of one second."""
    found = {queue: totals[second] for queue, totals in TOTALS.items()}
    queues = tuple(Queue(id=queue, contacts_offered=total) for queue, total in found.items() if total is not None)
    now = time.time()
    exposition.put("a", "queues", pipeline.process(Snapshot(queues=queues, period=period), now, now, 100).block)


async def test_prometheus_counts_the_contacts_of_a_midnight(
    exposition: Exposition, scraped: asyncio.Event, port: int, tmp_path: Path
) -> None:
    config = tmp_path / "prometheus.yml"
    config.write_text(CONFIG.format(port=port))
    command = [
        os.environ["PROMETHEUS_3"],
        f"--config.file={config}",
        f"--storage.tsdb.path={tmp_path / 'data'}",
        "--web.listen-address=127.0.0.1:0",
        "--enable-feature=created-timestamp-zero-ingestion",
    ]
    async with running(command, r"Listening on.* address=127\.0\.0\.1:(\d+)") as program:
        await program.wait_for("Server is ready to receive web requests")
        await replay(exposition, scraped)
        async with aiohttp.ClientSession(f"http://127.0.0.1:{program.port}") as session:
            query = {"query": f"{{__name__=~'{OFFERED}.*'}}[5m]"}
            async with session.get("/api/v1/query", params=query) as response:
                result = (await response.json())["data"]["result"]
    names = Counter(found["metric"]["__name__"] for found in result)
    assert names == {f"{OFFERED}_total": 3}, "only totals are stored as series"
    counted = {
        found["metric"]["queue_id"]: increase([(at, float(value)) for at, value in found["values"]]) for found in result
    }
    assert counted == LEDGER
