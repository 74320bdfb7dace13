"""The first minutes of `make demo`, second by second, on a clock that skips idle time."""

import asyncio
import re
from typing import NamedTuple

import pytest

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
# The target of a queue in which a contact waits.
WAITING = re.compile(r'^contactcenter_queue_waiting_contacts\{target="(\w+)",.*\} [1-9]', re.MULTILINE)
WITH_WAITING_CONTACTS = {"amsterdam", "helsinki", "oakland", "paris"}  # APIO reports none


class Second(NamedTuple):
    """What a newcomer sees at one second.

    Attributes:
        number: The second.
        troubled: The resources that are down or stale.
        waiting: The targets at which a contact waits.
    """

    number: int
    troubled: list[str]
    waiting: set[str]


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
        waiting = set(WAITING.findall(page_bytes(exposition, Format.TEXT).decode()))
        seen.append(Second(number, troubled, waiting))
    await collector.stop()
    await server.stop()
    return seen


@pytest.fixture(scope="module")
def seconds() -> list[Second]:
    return run(_watch)


def test_nothing_is_down_or_stale(seconds: list[Second]) -> None:
    assert not {second.number: second.troubled for second in seconds if second.troubled}


def test_contacts_wait_within_the_first_minute(seconds: list[Second]) -> None:
    assert set[str]().union(*(second.waiting for second in seconds[:60])) == WITH_WAITING_CONTACTS


def test_the_peak_has_ended_at_half_past() -> None:
    centre = busy_half_hour()
    begin = centre.ledger.queues()
    assert sum(queue.waiting_contacts or 0 for queue in begin if queue.channel == "voice") >= 5
    centre.advance(10.75 * 3600)
    assert sum(queue.waiting_contacts or 0 for queue in centre.ledger.queues() if queue.channel == "voice") < 5
