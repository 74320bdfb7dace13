"""Refused sign-ins: the whole target backs off, because repeated ones lock accounts."""

from collections.abc import Mapping
from itertools import pairwise

import pytest

from exporter import plugins
from exporter.errors import PollError, Reason
from exporter.metrics.pages import Exposition
from exporter.model import Queue, Snapshot
from exporter.polling.collector import Collector
from exporter.runtime.clock import Clock
from exporter.settings import TargetSettings
from exporter.vendors.base import Resource, Vendor
from exporter.vendors.toolkit.http import Http
from tests.support.clock import ManualClock

TARGET = TargetSettings(name="amsterdam", vendor="fake", url="http://127.0.0.1:9")
GOOD = Snapshot(queues=(Queue(id="1", name="Sales", waiting_contacts=1),))
INTERVAL = 15.0


class Account:
    """A vendor with some resources that refuses the sign-in of all or of some of them.

    Attributes:
        refused: The resources that are refused.
        asked: When each was asked, in order.
        seconds: How long an answer takes.
    """

    def __init__(self, clock: ManualClock, *names: str, paced: bool = False, public: str = "") -> None:
        self.refused: set[str] = set(names)
        self.asked: list[tuple[float, str]] = []
        self.seconds = 0.0
        self.error = PollError(Reason.AUTH, "sign-in returned 401", sign_in=True)
        self.answer: Snapshot | None = GOOD
        self._clock = clock
        self._names = names
        self._paced = paced
        self._public = public

    @property
    def resources(self) -> list[Resource]:
        return [self._resource(name) for name in self._names]

    def _resource(self, name: str) -> Resource:
        async def fetch() -> Snapshot | None:
            self.asked.append((self._clock.monotonic(), name))
            if self.seconds:
                await self._clock.sleep(self.seconds)
            if name in self.refused:
                raise PollError(
                    self.error.reason, str(self.error), retry_after=self.error.retry_after, sign_in=self.error.sign_in
                )
            return self.answer

        return Resource(name, fetch, paced=self._paced, signs_in=name != self._public)

    async def close(self) -> None:
        pass

    def gaps(self) -> list[float]:
        return [later - earlier for (earlier, _), (later, _) in pairwise(self.asked)]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


async def started(monkeypatch: pytest.MonkeyPatch, clock: ManualClock, account: Account) -> Collector:
    def connect(_target: TargetSettings, _http: Http, _clock: Clock) -> Account:
        return account

    vendor = Vendor(name="fake", settings=TargetSettings, connect=connect, tables=())
    monkeypatch.setattr(plugins, "load", lambda _name: vendor)
    collector = Collector([TARGET], Exposition(lambda _form: b""), clock)
    await collector.start()
    return collector


def up(collector: Collector) -> Mapping[str, bool | None]:
    return {each.name: each.up for each in collector.health[0].resources}


@pytest.mark.parametrize("paced", [False, True])
@pytest.mark.parametrize("resources", [1, 4])
async def test_one_sign_in_for_all_resources_after_each_pause(
    clock: ManualClock, monkeypatch: pytest.MonkeyPatch, resources: int, *, paced: bool
) -> None:
    account = Account(clock, *(f"r{number}" for number in range(resources)), paced=paced)
    collector = await started(monkeypatch, clock, account)
    await clock.advance(3600)
    await collector.stop()
    assert account.gaps() == pytest.approx([15, 30, 60, 120, 240, 480, 900, 900], abs=1)


async def test_polls_that_are_due_in_the_meantime_fail_without_a_request(
    clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = Account(clock, "agents", "queues")
    collector = await started(monkeypatch, clock, account)
    await clock.advance(1)
    assert len(account.asked) == 1
    assert collector.ready
    assert set(up(collector).values()) == {False}
    await clock.advance(2000)
    assert len(account.asked) == 8
    # As many as without a back-off, so that alerts on failed polls do not end while it lasts.
    assert [each.failures[Reason.AUTH] for each in collector.health[0].resources] == pytest.approx([133, 133], abs=4)
    await collector.stop()


async def test_the_first_success_ends_the_back_off_for_all(clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    account = Account(clock, "agents", "queues", "trunks")
    collector = await started(monkeypatch, clock, account)
    await clock.advance(50)
    account.refused.clear()
    await clock.advance(60)
    assert up(collector) == {"agents": True, "queues": True, "trunks": True}
    account.asked.clear()
    await clock.advance(60)
    assert len(account.asked) == 12
    account.refused = {"agents", "queues", "trunks"}
    account.asked.clear()
    await clock.advance(100)
    await collector.stop()
    assert account.gaps() == pytest.approx([15, 30], abs=1)


async def test_while_one_signs_in_the_others_wait(clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    account = Account(clock, "agents", "queues", paced=True)
    collector = await started(monkeypatch, clock, account)
    await clock.advance(5)
    account.seconds = 3.0
    await clock.advance(130)
    await collector.stop()
    assert account.gaps() == pytest.approx([15, 33, 63], abs=1)


@pytest.mark.parametrize("answer", [None, Snapshot()])
async def test_a_poll_that_returned_nothing_does_not_prove_the_credentials(
    clock: ManualClock, monkeypatch: pytest.MonkeyPatch, answer: Snapshot | None
) -> None:
    account = Account(clock, "agents", "queues")
    account.answer = answer
    account.refused = {"agents"}
    collector = await started(monkeypatch, clock, account)
    await clock.advance(1000)
    await collector.stop()
    refused = [when for when, name in account.asked if name == "agents"]
    assert len(refused) <= 7


async def test_a_resource_that_is_refused_while_others_are_accepted_pauses_no_other(
    clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = Account(clock, "agents", "queues")
    account.refused = {"agents"}
    collector = await started(monkeypatch, clock, account)
    await clock.advance(60)
    account.asked.clear()
    await clock.advance(600)
    asked = [name for _, name in account.asked]
    assert asked.count("queues") == 40
    assert 35 <= asked.count("agents") <= 41
    # When the credentials are refused altogether, the target backs off.
    account.refused = {"agents", "queues"}
    await clock.advance(30)
    account.asked.clear()
    await clock.advance(600)
    await collector.stop()
    assert [name for _, name in account.asked].count("queues") <= 6


async def test_a_resource_without_credentials_is_not_affected(
    clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = Account(clock, "statistics", "availability", public="availability")
    account.refused = {"statistics"}
    collector = await started(monkeypatch, clock, account)
    await clock.advance(600)
    await collector.stop()
    asked = [name for _, name in account.asked]
    assert asked.count("statistics") == 6
    assert asked.count("availability") in {40, 41}


async def test_a_refusal_without_a_sign_in_pauses_no_other(clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    account = Account(clock, "agents", "queues")
    account.refused, account.error = {"agents"}, PollError(Reason.AUTH, "GET /agents returned 403")
    collector = await started(monkeypatch, clock, account)
    await clock.advance(600)
    await collector.stop()
    assert [name for _, name in account.asked].count("queues") in {40, 41}


@pytest.mark.parametrize("retry_after", [None, 14.0])
@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "http://127.0.0.1:10"])
async def test_a_reload_signs_in_at_once(
    clock: ManualClock, monkeypatch: pytest.MonkeyPatch, retry_after: float | None, url: str
) -> None:
    account = Account(clock, "agents", "queues")
    account.error.retry_after = retry_after
    collector = await started(monkeypatch, clock, account)
    await clock.advance(200)
    account.asked.clear()
    await collector.reconfigure([TARGET.model_copy(update={"url": url})])
    await clock.advance(10)
    assert len(account.asked) == 1
    await clock.advance(40)
    assert len(account.asked) == 3  # it backs off again: 15, 30, 60 seconds
    account.asked.clear()
    await clock.advance(20)
    assert not account.asked
    account.refused.clear()
    await collector.reconfigure([TARGET.model_copy(update={"url": url})])
    await clock.advance(2)
    await collector.stop()
    assert len(account.asked) == 2


async def test_the_status_page_shows_when_the_next_sign_in_is_due(
    clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = Account(clock, "agents", "queues")
    collector = await started(monkeypatch, clock, account)
    await clock.advance(200)
    due = [each.due for each in collector.health[0].resources]
    await collector.stop()
    assert due == pytest.approx([225, 225], abs=2)


async def test_the_vendors_retry_after_is_honoured_for_a_refused_sign_in(
    clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = Account(clock, "agents", "queues")
    account.error.retry_after = 300.0
    collector = await started(monkeypatch, clock, account)
    await clock.advance(1000)
    await collector.stop()
    assert account.gaps() == pytest.approx([300, 300, 300], abs=1)
