"""A failing vendor is asked no more often than a healthy one, and again soon after it has recovered."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import pytest

from exporter.errors import PollError, Reason
from exporter.metrics.pages import Exposition
from exporter.model import Queue, Snapshot
from exporter.polling.collector import Collector
from exporter.settings import TargetSettings
from tests.support.clock import ManualClock
from tests.support.fake_vendor import Fetch, install

INTERVAL = 15.0
HOUR = 3600.0
RESOURCES = ("agents", "queues", "trunks")
TARGET = TargetSettings(name="amsterdam", vendor="fake", url="http://127.0.0.1:9")
Failure = Callable[[], PollError | None]


class Vendor:
    """A vendor that fails while a test wants it to, and remembers when it was asked for each resource."""

    def __init__(self, clock: ManualClock) -> None:
        self.asked: dict[str, list[float]] = {name: [] for name in RESOURCES}
        self.failure: Failure = lambda: None
        self._clock = clock

    def resource(self, name: str) -> Fetch:
        async def fetch() -> Snapshot:
            self.asked[name].append(self._clock.monotonic())
            error = self.failure()
            if error is not None:
                raise error
            return Snapshot(queues=(Queue(id="1", name="Sales", channel="voice"),))

        return fetch

    def count(self) -> int:
        return sum(len(moments) for moments in self.asked.values())


def down(reason: Reason, retry_after: float | None = None) -> Failure:
    return lambda: PollError(reason, "down", retry_after=retry_after, sign_in=reason is Reason.AUTH)


async def asked_in_an_hour(
    monkeypatch: pytest.MonkeyPatch, failure: Failure, *, healthy_first: bool, floors: dict[str, float]
) -> int:
    clock = ManualClock()
    vendor = Vendor(clock)
    install(monkeypatch, {name: vendor.resource(name) for name in RESOURCES}, floors)
    collector = Collector([TARGET], Exposition(lambda _form: b""), clock)
    if not healthy_first:
        vendor.failure = failure
    await collector.start()
    await clock.advance(100)
    before = vendor.count() if healthy_first else 0
    vendor.failure = failure
    await clock.advance(HOUR if healthy_first else HOUR - 100)
    await collector.stop()
    return vendor.count() - before


@pytest.mark.slow
@pytest.mark.parametrize(
    ("reason", "retry_after", "healthy_first", "floors"),
    [
        *((reason, None, False, {}) for reason in Reason),
        (Reason.HTTP, 1.0, True, {}),
        (Reason.TIMEOUT, None, True, {"agents": 30.0}),
    ],
)
async def test_an_hour_of_outage_has_at_most_one_request_more_for_each_resource(
    monkeypatch: pytest.MonkeyPatch,
    reason: Reason,
    retry_after: float | None,
    healthy_first: bool,  # noqa: FBT001 - a parameter of the cases
    floors: dict[str, float],
) -> None:
    healthy = await asked_in_an_hour(monkeypatch, lambda: None, healthy_first=healthy_first, floors=floors)
    failing = await asked_in_an_hour(monkeypatch, down(reason, retry_after), healthy_first=healthy_first, floors=floors)
    assert failing <= healthy + len(RESOURCES)
    if reason is Reason.AUTH:
        assert failing < healthy / 10


def failures() -> Sequence[Reason]:
    """Return the reasons that do not pause the whole target."""
    return [reason for reason in Reason if reason not in {Reason.AUTH, Reason.THROTTLED}]


@pytest.mark.parametrize("reason", failures())
@pytest.mark.parametrize("lasted", [1.0, 16.0, 44.0])
async def test_a_poll_starts_within_an_interval_of_the_end_of_an_outage(
    monkeypatch: pytest.MonkeyPatch, reason: Reason, lasted: float
) -> None:
    clock = ManualClock()
    vendor = Vendor(clock)
    install(monkeypatch, {name: vendor.resource(name) for name in RESOURCES})
    collector = Collector([TARGET], Exposition(lambda _form: b""), clock)
    await collector.start()
    await clock.advance(100)
    vendor.failure = down(reason)
    await clock.advance(lasted)
    vendor.failure = lambda: None
    await clock.advance(INTERVAL + 0.01)
    up = [resource.up for resource in collector.health[0].resources]
    await collector.stop()
    assert up == [True] * len(RESOURCES)
    for moments in vendor.asked.values():
        assert [each for each in moments if 100 + lasted <= each <= 100 + lasted + INTERVAL]


async def test_an_outage_has_one_early_retry_for_each_resource(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ManualClock()
    vendor = Vendor(clock)
    install(monkeypatch, {name: vendor.resource(name) for name in RESOURCES})
    collector = Collector([TARGET], Exposition(lambda _form: b""), clock)
    await collector.start()
    await clock.advance(100)
    vendor.failure = down(Reason.HTTP)
    await clock.advance(600)
    await collector.stop()
    for moments in vendor.asked.values():
        gaps = [later - earlier for earlier, later in pairwise(moments)]
        assert len([gap for gap in gaps[2:] if gap < INTERVAL - 0.01]) == 1
