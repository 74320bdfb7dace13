"""What tests that compare with the ledger share: a centre that stands still, one poll of it, and what that shows."""

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


# What does not answer in a part of the timeout is left out of some polls: no machine is to be so slow.
_PATIENT = Poll(interval=120, timeout=120, stale_after=600)


def standing(seed: int, until: float, scenario: ScenarioName | None = None) -> Driver:
    """Return a centre that has lived until that second of its time and stands still since."""
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
        driver: The centre.
        dialects: The vendors' APIs it is served as.
        targets: Returns what to poll, given the server's address.
    """
    simulated = await http_server.start("127.0.0.1", 0, driver, dialects)
    patient = [each.model_copy(update={"poll": _PATIENT}) for each in targets(simulated.url)]
    collector = Collector(patient, Exposition(lambda _form: b""), SystemClock())
    try:
        await collector.start()
        async with asyncio.timeout(90):
            while not collector.ready:  # noqa: ASYNC110 - readiness is asked for, as a probe does
                await asyncio.sleep(0.02)
        return page_bytes(collector, Format.TEXT).decode()
    finally:
        await collector.stop()
        await simulated.stop()


def shown(page: str) -> Series:
    """Return every series of a page that speaks of the contact centre."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
        if sample.name.startswith(_OF_THE_CENTRE)
    }
