"""A resource that somebody else's requests keep from being polled."""

from collections.abc import Sequence

import pytest

from exporter import registry
from exporter.clock import Clock
from exporter.collector import Collector
from exporter.exposition import Exposition
from exporter.model import Snapshot
from exporter.settings import TargetSettings
from exporter.vendors.base import Resource, Vendor
from exporter.vendors.http import Http
from tests.support import ManualClock

TARGET = TargetSettings(name="amsterdam", vendor="fake", url="http://127.0.0.1:9")


class Resting:
    """A vendor that may not be asked before a moment, which a test may put off."""

    def __init__(self, clock: ManualClock, until: float) -> None:
        self.until = until
        self.asked: list[float] = []
        self._clock = clock

    @property
    def resources(self) -> Sequence[Resource]:
        return [Resource("operators", self.fetch, rest=self.rest)]

    async def fetch(self) -> Snapshot:
        self.asked.append(self._clock.monotonic())
        return Snapshot()

    def rest(self) -> float:
        return max(0.0, self.until - self._clock.monotonic())

    async def close(self) -> None:
        pass


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def resting(clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> Resting:
    client = Resting(clock, until=22.0)

    def connect(_target: TargetSettings, _http: Http, _clock: Clock) -> Resting:
        return client

    vendor = Vendor(name="fake", settings=TargetSettings, connect=connect, tables=())
    monkeypatch.setattr(registry, "load", lambda _name: vendor)
    return client


async def test_a_poll_waits_for_the_rest_and_does_not_count_as_failed(clock: ManualClock, resting: Resting) -> None:
    collector = Collector([TARGET], Exposition(lambda _form: b""), clock)
    await collector.start()
    await clock.advance(10)
    resting.until = 40.0
    await clock.advance(50)
    [health] = collector.health[0].resources
    await collector.stop()
    assert resting.asked[0] == 40
    assert len(resting.asked) == health.polls == 2
    assert not health.failures


async def test_later_polls_wait_as_well(clock: ManualClock, resting: Resting) -> None:
    resting.until = 0.0
    collector = Collector([TARGET], Exposition(lambda _form: b""), clock)
    await collector.start()
    await clock.advance(1)
    assert len(resting.asked) == 1
    resting.until = 100.0
    await clock.advance(99.5)
    await collector.stop()
    assert resting.asked[1:] == [100.0]
