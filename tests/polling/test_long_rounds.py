"""A round of requests that takes longer than the interval: it stretches the effective interval and fails no poll."""

from collections.abc import Sequence
from itertools import pairwise

import pytest

from exporter import plugins
from exporter.metrics.pages import Exposition, Format
from exporter.model import Queue, Snapshot
from exporter.polling.collector import Collector
from exporter.runtime.clock import Clock
from exporter.settings import TargetSettings
from exporter.vendors.base import Resource, Vendor
from exporter.vendors.toolkit.cadence import Cadence
from exporter.vendors.toolkit.http import Http
from exporter.vendors.toolkit.item_rounds import ItemRounds
from tests.support.clock import ManualClock
from tests.support.exposition import page_bytes, read

TARGET = TargetSettings(name="amsterdam", vendor="fake", url="http://127.0.0.1:9")
QUEUES = [str(number) for number in range(100)]
INTERVAL = "contactcenter_poll_interval_seconds"


class Slow:
    """A vendor with a slow request for each queue.

    Attributes:
        seconds: How long a request takes.
        polls: The moment at which each poll began.
    """

    def __init__(self, clock: ManualClock, seconds: float) -> None:
        self.seconds = seconds
        self.polls: list[float] = []
        self._clock = clock
        self._cadence = Cadence(TARGET.poll, paced=True)
        self._rounds: ItemRounds[str, Queue] = ItemRounds("queues", self._cadence, clock)

    @property
    def resources(self) -> Sequence[Resource]:
        return [Resource.in_rounds("queues", self.fetch, self._cadence)]

    async def fetch(self) -> Snapshot:
        self.polls.append(self._clock.monotonic())
        responses = await self._rounds.poll(QUEUES, self._request)
        return Snapshot(queues=tuple(responses.known.values()), poll_items=responses.items)

    async def _request(self, queue: str) -> Queue:
        await self._clock.sleep(self.seconds)
        return Queue(id=queue, waiting_contacts=1)

    async def close(self) -> None:
        pass


def shown(collector: Collector) -> float:
    """Return the effective interval that is exported."""
    page = read(page_bytes(collector, Format.TEXT), Format.TEXT)
    return next(sample.value for family in page for sample in family.samples if sample.name == INTERVAL)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def slow(clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> Slow:
    client = Slow(clock, seconds=0.5)

    def connect(_target: TargetSettings, _http: Http, _clock: Clock) -> Slow:
        return client

    vendor = Vendor(name="fake", settings=TargetSettings, connect=connect, tables=())
    monkeypatch.setattr(plugins, "load", lambda _name: vendor)
    return client


async def test_the_effective_interval_is_the_length_of_a_round_as_long_as_rounds_are_long(
    clock: ManualClock, slow: Slow
) -> None:
    collector = Collector([TARGET], Exposition(lambda _form: b""), clock)
    await collector.start()
    await clock.advance(100)
    [health] = collector.health[0].resources
    stretched = shown(collector)
    gaps = [later - earlier for earlier, later in pairwise(slow.polls[2:])]
    slow.seconds = 0.01
    await clock.advance(60)
    ended = shown(collector)
    await collector.stop()
    assert not health.failures
    assert not health.stale
    assert health.items["queues"] == len(QUEUES)
    assert stretched == pytest.approx(15 * 100 / 28, rel=0.1)
    assert gaps == pytest.approx([15] * len(gaps))
    assert ended == 15
