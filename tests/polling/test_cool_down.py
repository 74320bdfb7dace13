"""A resource that is paused by other requests, or because another resource was throttled."""

import asyncio
from collections.abc import Sequence

import pytest

from exporter import plugins
from exporter.errors import PollError, Reason
from exporter.metrics.pages import Exposition
from exporter.model import Snapshot
from exporter.polling.collector import Collector
from exporter.runtime.clock import Clock
from exporter.settings import TargetSettings
from exporter.vendors.base import Resource, Vendor
from exporter.vendors.toolkit.http import Http
from tests.support.clock import ManualClock
from tests.support.fake_vendor import Fetch, install

TARGET = TargetSettings(name="amsterdam", vendor="fake", url="http://127.0.0.1:9")


class Resting:
    """A vendor that may not be asked before a moment, which a test may put off."""

    def __init__(self, clock: ManualClock, until: float) -> None:
        self.until = until
        self.asked: list[float] = []
        self._clock = clock

    @property
    def resources(self) -> Sequence[Resource]:
        return [Resource("operators", self.fetch, remaining_pause=self.remaining_pause)]

    async def fetch(self) -> Snapshot:
        self.asked.append(self._clock.monotonic())
        return Snapshot()

    def remaining_pause(self) -> float:
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
    monkeypatch.setattr(plugins, "load", lambda _name: vendor)
    return client


async def test_a_poll_waits_for_the_pause_and_does_not_count_as_failed(clock: ManualClock, resting: Resting) -> None:
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


async def test_later_polls_wait_too(clock: ManualClock, resting: Resting) -> None:
    resting.until = 0.0
    collector = Collector([TARGET], Exposition(lambda _form: b""), clock)
    await collector.start()
    await clock.advance(1)
    assert len(resting.asked) == 1
    resting.until = 100.0
    await clock.advance(99.5)
    await collector.stop()
    assert resting.asked[1:] == [100.0]


async def test_a_first_poll_that_waits_for_the_vendor_does_not_delay_readiness(
    clock: ManualClock, resting: Resting
) -> None:
    ready: list[float] = []
    collector = Collector([TARGET], Exposition(lambda _form: b""), clock, lambda: ready.append(clock.monotonic()))
    await collector.start()
    assert not collector.ready
    await clock.advance(1)
    assert collector.ready
    assert not resting.asked
    await collector.stop()
    assert len(ready) == 1


async def test_the_next_poll_is_shown_when_the_vendor_allows_it(clock: ManualClock, resting: Resting) -> None:
    resting.until = 0.0
    collector = Collector([TARGET], Exposition(lambda _form: b""), clock)
    await collector.start()
    await clock.advance(2)
    [health] = collector.health[0].resources
    assert health.due is not None
    assert health.due < 30
    resting.until = 77.0
    assert collector.health[0].resources[0].due == 77
    await collector.stop()


async def test_regular_waits_for_the_vendor_stretch_the_effective_interval(
    clock: ManualClock, resting: Resting
) -> None:
    resting.until = 0.0
    collector = Collector([TARGET], Exposition(lambda _form: b""), clock)
    await collector.start()
    for _ in range(5):
        await clock.advance(1)
        resting.until = clock.monotonic() + 50
        await clock.advance(50)
    [health] = collector.health[0].resources
    stale = health.stale
    await collector.stop()
    assert health.interval == pytest.approx(51, abs=1)
    assert not stale


# Throttling is the whole target's


class Throttled:
    """Two resources of a target; one is throttled.

    Attributes:
        asked: When each was asked, the quick one first.
        error: The error of the first one, None if it succeeds.
    """

    def __init__(self, clock: ManualClock, error: PollError | None) -> None:
        self.asked: dict[str, list[float]] = {"agents": [], "queues": []}
        self.error = error
        self._clock = clock

    def resource(self, name: str) -> Fetch:
        async def fetch() -> Snapshot:
            self.asked[name].append(self._clock.monotonic())
            if name == "agents" and self.error is not None:
                raise self.error
            return Snapshot()

        return fetch

    def forget(self) -> None:
        for moments in self.asked.values():
            moments.clear()


def throttled(clock: ManualClock, monkeypatch: pytest.MonkeyPatch, error: PollError | None = None) -> Throttled:
    vendor = Throttled(clock, error)
    install(monkeypatch, {name: vendor.resource(name) for name in vendor.asked})
    return vendor


def throttled_for(seconds: float | None) -> PollError:
    return PollError(Reason.THROTTLED, "slow down", retry_after=seconds)


async def test_throttling_pauses_every_resource_of_the_target(
    clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    vendor = throttled(clock, monkeypatch)
    collector = Collector([TARGET], Exposition(lambda _form: b""), clock)
    await collector.start()
    await clock.advance(20)
    vendor.error = throttled_for(100.0)
    vendor.asked["agents"].clear()
    while not vendor.asked["agents"]:
        await clock.advance(0.5)
    [since] = vendor.asked["agents"]
    vendor.forget()
    await clock.advance(since + 99 - clock.monotonic())
    assert vendor.asked == {"agents": [], "queues": []}
    agents, queues = collector.health[0].resources
    assert (agents.up, queues.up) == (False, True)
    assert not queues.failures
    vendor.error = None
    await clock.advance(2)
    # The one that was throttled lets the other go first.
    assert vendor.asked == {"agents": [since + 100.75], "queues": [since + 100]}
    await collector.stop()


async def test_without_retry_after_the_others_wait_an_interval(
    clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    vendor = throttled(clock, monkeypatch, throttled_for(None))
    collector = Collector([TARGET], Exposition(lambda _form: b""), clock)
    await collector.start()
    await clock.advance(600)
    await collector.stop()
    for earlier in vendor.asked["agents"]:
        assert not [moment for moment in vendor.asked["queues"] if earlier < moment < earlier + 15]
    # The others are delayed but still polled between two refusals.
    assert len(vendor.asked["queues"]) >= 15


async def test_only_throttling_affects_the_others(clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    vendor = throttled(clock, monkeypatch, PollError(Reason.HTTP, "down for maintenance", retry_after=300.0))
    collector = Collector([TARGET], Exposition(lambda _form: b""), clock)
    await collector.start()
    await clock.advance(150)
    await collector.stop()
    assert len(vendor.asked["agents"]) == 1
    assert len(vendor.asked["queues"]) >= 9


async def test_other_targets_are_not_affected(clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    vendor = throttled(clock, monkeypatch, throttled_for(1000.0))
    others = [TARGET, TARGET.model_copy(update={"name": "rotterdam"})]
    collector = Collector(others, Exposition(lambda _form: b""), clock)
    await collector.start()
    await clock.advance(30)
    await collector.stop()
    assert len(vendor.asked["agents"]) == 2


async def test_a_throttled_target_counts_as_polled(clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    vendor = throttled(clock, monkeypatch, throttled_for(1000.0))
    collector = Collector([TARGET], Exposition(lambda _form: b""), clock)
    await collector.start()
    await clock.advance(1)
    assert vendor.asked["agents"]
    assert not vendor.asked["queues"]
    assert collector.ready
    await collector.stop()


async def test_a_reload_cannot_bypass_a_pause_caused_by_another_resource(
    clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    vendor = throttled(clock, monkeypatch, throttled_for(60.0))
    collector = Collector([TARGET], Exposition(lambda _form: b""), clock)
    await collector.start()
    await clock.advance(1)
    [since] = vendor.asked["agents"]
    vendor.forget()
    await collector.reconfigure([TARGET.model_copy(update={"url": "http://127.0.0.1:10"})])
    await clock.advance(since + 59 - clock.monotonic())
    assert vendor.asked == {"agents": [], "queues": []}
    vendor.error = None
    await clock.advance(3)
    assert [len(moments) for moments in vendor.asked.values()] == [1, 1]
    await collector.stop()


async def test_a_resource_that_waits_for_its_slot_is_paused_too(
    clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    vendor = throttled(clock, monkeypatch)
    answered = asyncio.Event()
    asking = vendor.resource("agents")

    async def slow() -> Snapshot | None:
        if vendor.error is not None:
            await answered.wait()
        return await asking()

    install(monkeypatch, {"agents": slow, "queues": vendor.resource("queues")})
    collector = Collector([TARGET], Exposition(lambda _form: b""), clock)
    await collector.start()
    await clock.advance(40)
    vendor.error = throttled_for(100.0)
    await clock.advance(40)  # the one hangs and the other is due behind it
    vendor.forget()
    answered.set()
    await clock.advance(90)
    assert len(vendor.asked["agents"]) == 1
    assert not vendor.asked["queues"]
    await collector.stop()


async def test_unmapped_values_of_a_failed_poll_are_counted(
    clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    throttled(clock, monkeypatch, PollError(Reason.INVALID, "no row", unmapped=(("agents.Logid", "no id"),)))
    collector = Collector([TARGET], Exposition(lambda _form: b""), clock)
    await collector.start()
    await clock.advance(1)
    health = collector.health[0]
    await collector.stop()
    assert health.unmapped["agents.Logid"] == health.resources[0].failures[Reason.INVALID] >= 1
