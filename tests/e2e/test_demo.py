"""The first minutes of `make demo`, second by second, on a clock that skips idle time."""

import asyncio
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import pytest
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from exporter.cli.demo import demo_targets
from exporter.metrics.pages import Exposition, Format
from exporter.polling.collector import Collector
from exporter.simulator import http_server
from exporter.simulator.default import busy_half_hour
from exporter.simulator.driver import Driver
from tests.support.exposition import no_process, page_bytes
from tests.support.timeloop import LoopClock, TimeLoop, run

pytestmark = pytest.mark.slow

SECONDS = 100
# The lines that are parsed: parsing a hundred whole pages takes several times as long.
NEEDED = re.compile(r"^contactcenter_(?:queue_waiting_contacts|poll_\w+)\{.*\n", re.MULTILINE)
WITH_WAITING_CONTACTS = {"amsterdam", "helsinki", "oakland", "paris"}  # APIO reports none


class Second(NamedTuple):
    """What a newcomer sees at one second.

    Attributes:
        number: The second.
        troubled: The resources that are down or stale.
        waiting: The targets at which a contact waits.
        slow: The resources whose last poll took more than half its interval.
        of_items: The resources that export how many items they ask for.
    """

    number: int
    troubled: list[str]
    waiting: set[str]
    slow: set[tuple[str, str]]
    of_items: set[tuple[str, str]]


async def _watch(loop: TimeLoop) -> list[Second]:
    clock = LoopClock(loop)
    server = await http_server.start("127.0.0.1", 0, Driver(busy_half_hour(), clock))
    exposition = Exposition(no_process)
    collector = Collector(demo_targets(server.url, contacts=True), exposition, clock)
    await collector.start()
    seen = []
    for number in range(1, SECONDS + 1):
        await asyncio.sleep(1)
        troubled = [
            f"{target.name} {resource.name}"
            for target in collector.health
            for resource in target.resources
            if resource.up is False or resource.stale
        ]
        page = "".join(NEEDED.findall(page_bytes(exposition, Format.TEXT).decode()))
        families = list(text_string_to_metric_families(page))
        waiting = {sample.labels["target"] for sample in _samples(families, "queue_waiting_contacts") if sample.value}
        took, every, items = (
            {(sample.labels["target"], sample.labels["resource"]): sample.value for sample in _samples(families, name)}
            for name in ("poll_duration_seconds", "poll_interval_seconds", "poll_items")
        )
        slow = {resource for resource, seconds in took.items() if seconds > 0.5 * every[resource]}
        seen.append(Second(number, troubled, waiting, slow, {*items}))
    await collector.stop()
    await server.stop()
    return seen


def _samples(families: Iterable[Metric], name: str) -> Iterator[Sample]:
    """Yield the samples of a family, given without the common prefix."""
    return (each for family in families for each in family.samples if each.name == f"contactcenter_{name}")


@pytest.fixture(scope="module")
def seconds() -> list[Second]:
    return run(_watch)


def test_nothing_is_down_or_stale(seconds: list[Second]) -> None:
    assert not {second.number: second.troubled for second in seconds if second.troubled}


def test_only_resources_of_many_items_take_more_than_half_their_interval(seconds: list[Second]) -> None:
    """The alert on slow polls leaves these out: they spread their requests over the interval."""
    assert any(second.slow for second in seconds)
    assert not {second.number: second.slow - second.of_items for second in seconds if second.slow - second.of_items}


def test_contacts_wait_within_the_first_minute(seconds: list[Second]) -> None:
    assert set[str]().union(*(second.waiting for second in seconds[:60])) == WITH_WAITING_CONTACTS


def test_the_peak_has_ended_at_half_past() -> None:
    centre = busy_half_hour()
    begin = centre.ledger.queues()
    assert sum(queue.waiting_contacts or 0 for queue in begin if queue.channel == "voice") >= 5
    centre.advance(10.75 * 3600)
    assert sum(queue.waiting_contacts or 0 for queue in centre.ledger.queues() if queue.channel == "voice") < 5
