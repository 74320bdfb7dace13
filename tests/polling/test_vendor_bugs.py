"""Vendor modules with bugs in every hook: each is counted and logged once, affects no other target, and passes."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import structlog
from structlog.typing import EventDict

from exporter import plugins
from exporter.errors import Reason
from exporter.metrics.pages import Exposition, Format
from exporter.model import Queue, Snapshot
from exporter.polling.collector import Collector
from exporter.polling.health import ResourceHealth
from exporter.runtime.clock import Clock
from exporter.runtime.containment import catch_unexpected
from exporter.settings import TargetSettings
from exporter.vendors.base import Client, Resource, Vendor
from exporter.vendors.toolkit.http import Http
from tests.support.exposition import no_process, page_bytes
from tests.support.timeloop import LoopClock, TimeLoop, run

SALES = Snapshot(queues=(Queue(id="1", name="Sales", channel="voice", waiting_contacts=3, contacts_offered=9),))


class OddError(BaseException):
    """What no handler of `Exception` sees."""


ERRORS = [
    ZeroDivisionError("a bug"),
    RecursionError("too deep"),
    MemoryError(),
    StopAsyncIteration(),
    ExceptionGroup("several", [ValueError("one")]),
    asyncio.CancelledError(),
    SystemExit(3),
    OddError("odd"),
]
each_error = pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)


class Buggy:
    """A vendor with a bug in one place, while `ill`."""

    def __init__(self, where: str, error: BaseException) -> None:
        self.where = where
        self.error = error
        self.ill = True
        self.asked = 0

    def at(self, where: str) -> None:
        if self.ill and where == self.where:
            raise self.error

    def connect(self, _target: TargetSettings, _http: Http, _clock: Clock) -> "Buggy":
        self.at("connect")
        return self

    @property
    def resources(self) -> Sequence[Resource]:
        self.at("resources")
        return _Resources(self)

    def remaining_pause(self) -> float:
        self.at("rest")
        return 0.0

    async def fetch(self) -> Snapshot:
        self.asked += 1
        self.at("fetch")
        if self.ill and self.where == "own task":
            task = asyncio.current_task()
            assert task is not None
            task.cancel()
            await asyncio.sleep(0)
        if self.ill and self.where == "snapshot":
            return Snapshot(queues=(7,))  # type: ignore[arg-type]
        if self.ill and self.where == "value":
            return Snapshot(queues=(Queue(id="1", waiting_contacts="n/a"),))  # type: ignore[arg-type]
        if self.ill and self.where == "total":
            return Snapshot(queues=(Queue(id="1", contacts_offered="n/a"),))  # type: ignore[arg-type]
        return SALES

    async def close(self) -> None:
        self.at("close")


class _Resources(Sequence[Resource]):
    """Resources; the second raises."""

    def __init__(self, buggy: Buggy) -> None:
        self._buggy = buggy

    def __len__(self) -> int:
        return 1

    def __getitem__(self, index: Any) -> Any:  # noqa: ANN401 - the library's signature
        if index:
            self._buggy.at("the next resource")
            raise IndexError
        return Resource("queues", self._buggy.fetch, remaining_pause=self._buggy.remaining_pause)


class Healthy:
    """A vendor as it should be."""

    def connect(self, _target: TargetSettings, _http: Http, _clock: Clock) -> "Healthy":
        return self

    @property
    def resources(self) -> Sequence[Resource]:
        return [Resource("queues", self.fetch)]

    async def fetch(self) -> Snapshot:
        return SALES

    async def close(self) -> None:
        pass


class Polled:
    """A collector that polls a target with a bug and one without."""

    def __init__(self, loop: TimeLoop, logged: list[EventDict]) -> None:
        self.targets = [TargetSettings(name=name, vendor=name, url="http://127.0.0.1:9") for name in ("buggy", "well")]
        self.collector = Collector(self.targets, Exposition(no_process), LoopClock(loop))
        self.logged = logged

    def health(self, name: str) -> ResourceHealth:
        [resource] = next(target.resources for target in self.collector.health if target.name == name)
        return resource

    def reported(self) -> list[str]:
        return [line["event"] for line in self.logged if line["log_level"] in {"warning", "error", "info"}]

    def shows(self, name: str) -> bool:
        return f'waiting_contacts{{target="{name}"' in page_bytes(self.collector, Format.TEXT).decode()


@pytest.fixture
def poll(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return what polls a buggy vendor beside a healthy one and runs a scenario with both."""

    def poll_both(buggy: Buggy, scenario: Callable[[Polled], object]) -> None:
        made: dict[str, Callable[..., Client]] = {"buggy": buggy.connect, "well": Healthy().connect}

        def load(name: str) -> Vendor:
            return Vendor(name=name, settings=TargetSettings, connect=made[name], tables=())

        monkeypatch.setattr(plugins, "load", load)

        async def main(loop: TimeLoop) -> None:
            with structlog.testing.capture_logs() as logged:
                polled = Polled(loop, logged)
                await polled.collector.start()
                await scenario(polled)  # type: ignore[misc]
                assert polled.health("well").polls >= 3
                assert not polled.health("well").failures
                assert polled.shows("well")
                await polled.collector.stop()

        run(main)

    return poll_both


@each_error
@pytest.mark.parametrize("where", ["fetch", "rest"])
def test_an_unexpected_error_while_polling_is_counted_and_logged_once(
    poll: Callable[..., None], where: str, error: BaseException
) -> None:
    buggy = Buggy(where, error)

    async def scenario(polled: Polled) -> None:
        await asyncio.sleep(60)
        health = polled.health("buggy")
        assert health.failures[Reason.INVALID] == health.polls >= 3
        assert polled.reported() == ["poll failed"]
        [line] = [line for line in polled.logged if line["event"] == "poll failed"]
        assert (line["target"], line["resource"], type(line["exc_info"])) == ("buggy", "queues", type(error))
        buggy.ill = False
        await asyncio.sleep(16)
        assert health.up
        assert polled.shows("buggy")
        assert polled.reported() == ["poll failed", "poll recovered"]

    poll(buggy, scenario)


@pytest.mark.parametrize("where", ["own task", "snapshot", "value", "total"])
def test_a_vendor_that_cancels_the_task_or_returns_nonsense_stops_nothing(
    poll: Callable[..., None], where: str
) -> None:
    buggy = Buggy(where, OddError())

    async def scenario(polled: Polled) -> None:
        await asyncio.sleep(60)
        health = polled.health("buggy")
        assert health.failures[Reason.INVALID] == health.polls >= 3
        assert health.last_success is None
        buggy.ill = False
        await asyncio.sleep(16)
        assert polled.shows("buggy")
        assert polled.reported() == ["poll failed", "poll recovered"]

    poll(buggy, scenario)


@each_error
@pytest.mark.parametrize("where", ["connect", "resources", "the next resource"])
def test_a_vendor_module_that_cannot_be_used_is_a_target_with_up_0(
    poll: Callable[..., None], where: str, error: BaseException
) -> None:
    async def scenario(polled: Polled) -> None:
        await asyncio.sleep(60)
        health = polled.health("buggy")
        assert (health.name, health.up) == ("client", False)
        assert type(error).__name__ in str(health.last_error)
        assert polled.collector.ready
        assert polled.reported() == ["poll failed"]

    poll(Buggy(where, error), scenario)


@each_error
def test_a_vendor_session_that_cannot_be_closed_does_not_block_a_reload(
    poll: Callable[..., None], error: BaseException
) -> None:
    async def scenario(polled: Polled) -> None:
        await asyncio.sleep(60)
        await polled.collector.reconfigure(polled.targets[1:])
        assert [target.name for target in polled.collector.health] == ["well"]
        assert not polled.shows("buggy")
        assert polled.reported() == ["failed to close the vendor session"]

    poll(Buggy("close", error), scenario)


def test_a_failing_remaining_pause_does_not_block_a_reload(poll: Callable[..., None]) -> None:
    buggy = Buggy("rest", ZeroDivisionError())

    async def scenario(polled: Polled) -> None:
        await asyncio.sleep(60)
        changed = polled.targets[0].model_copy(update={"url": "http://127.0.0.1:10"})
        await polled.collector.reconfigure([changed, polled.targets[1]])
        buggy.ill = False
        await asyncio.sleep(16)
        assert polled.shows("buggy")

    poll(buggy, scenario)


@pytest.mark.parametrize("wanted", [KeyboardInterrupt, GeneratorExit])
def test_interrupts_and_cancellation_are_not_contained(wanted: type[BaseException]) -> None:
    with pytest.raises(wanted), catch_unexpected():
        raise wanted


async def test_a_task_that_is_cancelled_ends() -> None:
    async def contain() -> None:
        with catch_unexpected():
            await asyncio.Event().wait()

    task = asyncio.create_task(contain())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
