"""Helpers for tests that compare with the ledger: a paused centre, one poll of it and the exported series."""

import asyncio
from collections.abc import Callable, Iterable, Sequence

from prometheus_client.parser import text_string_to_metric_families

from exporter.metrics.pages import Exposition, Format
from exporter.polling.collector import Collector
from exporter.runtime.clock import SystemClock
from exporter.settings import Poll, TargetSettings
from exporter.simulator import http_server
from exporter.simulator.default import working_day
from exporter.simulator.dialects import Dialect
from exporter.simulator.driver import Driver
from exporter.simulator.scenarios import ScenarioName
from tests.support.exposition import page_bytes

HOUR = 3600.0

Labels = frozenset[tuple[str, str]]
Series = dict[tuple[str, Labels], float]
Item = tuple[tuple[str, Labels], float]

_OF_THE_CENTRE = ("contactcenter_queue", "contactcenter_trunk", "contactcenter_agent")


# Some polls skip items that exceed a share of the timeout, so allow for slow machines.
_GENEROUS = Poll(interval=120, timeout=120, stale_after=600)


def standing(seed: int, until: float, scenario: ScenarioName | None = None) -> Driver:
    """Return a centre that has run until a simulated second and is paused there."""
    driver = Driver(working_day(seed), SystemClock(), speed=0)
    if scenario is not None:
        driver.centre.scenarios[scenario].on()
    driver.centre.advance(until)
    return driver


async def polled(
    driver: Driver, dialects: Sequence[Dialect], targets: Callable[[str], Iterable[TargetSettings]]
) -> str:
    """Return the page after one poll of every resource over HTTP.

    Args:
        driver: The driver of the centre.
        dialects: The vendors' APIs to serve.
        targets: Returns the targets to poll, given the server's URL.
    """
    simulated = await http_server.start("127.0.0.1", 0, driver, dialects)
    configured = [each.model_copy(update={"poll": _GENEROUS}) for each in targets(simulated.url)]
    collector = Collector(configured, Exposition(lambda _form: b""), SystemClock())
    try:
        await collector.start()
        async with asyncio.timeout(90):
            while not collector.ready:  # noqa: ASYNC110 - polled like a readiness probe
                await asyncio.sleep(0.02)
        return page_bytes(collector, Format.TEXT).decode()
    finally:
        await collector.stop()
        await simulated.stop()


def shown(page: str) -> Series:
    """Return every series of a page about the contact centre."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
        if sample.name.startswith(_OF_THE_CENTRE)
    }
