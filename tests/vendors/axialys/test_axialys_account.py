"""Targets of one account share the answer that the vendor allows once in 30 seconds."""

from itertools import pairwise

import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families

from exporter.errors import PollError, Reason
from exporter.metrics.pages import Exposition, Format
from exporter.polling.collector import Collector
from exporter.vendors.axialys.api import AxialysApi
from tests.support.clock import ManualClock
from tests.support.exposition import page_bytes
from tests.support.vendors.axialys import settings

NAMES = ("paris", "lyon", "lille")


class Account:
    """The vendor's side of one account; the wrong password is refused."""

    def __init__(self, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[float] = []
        self.error: PollError | None = None
        self._clock = clock
        account = self

        async def answer(_api: AxialysApi, path: str, *_more: object, **_options: object) -> msgspec.Raw:
            if path == "/vm/operators_init":
                return account.operators()
            return msgspec.Raw(b'{"nbr_perdus": 1}' if "stats" in path else b'[{"id": 7, "name": "Accueil"}]')

        monkeypatch.setattr(AxialysApi, "_request", answer)

    def operators(self) -> msgspec.Raw:
        self.asked.append(self._clock.monotonic())
        if self.error is not None:
            raise self.error
        return msgspec.Raw(b'[{"id": 1, "etat": "available"}, {"id": 2, "etat": "ringing"}]')


def agents(collector: Collector) -> dict[str, float]:
    """Return the number of agents by target."""
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(page_bytes(collector, Format.TEXT).decode()):
        for sample in family.samples:
            if sample.name == "contactcenter_agents":
                found[sample.labels["target"]] = found.get(sample.labels["target"], 0) + sample.value
    return found


@pytest.mark.parametrize("poll", [{"interval": "15s"}, {"interval": "60s"}])
async def test_every_target_shows_all_agents_all_the_time(
    monkeypatch: pytest.MonkeyPatch, poll: dict[str, str]
) -> None:
    clock = ManualClock()
    account = Account(clock, monkeypatch)
    collector = Collector([settings(name=name, poll=poll) for name in NAMES], Exposition(lambda _form: b""), clock)
    await collector.start()
    await clock.advance(2)
    for _ in range(60):
        assert agents(collector) == dict.fromkeys(NAMES, 2)
        await clock.advance(3)
    health = [each for target in collector.health for each in target.resources if each.name == "operators"]
    await collector.stop()
    assert all(later - earlier >= 30 for earlier, later in pairwise(account.asked))
    assert all(each.up and not each.stale and not each.failures for each in health)
    # One request for all of them.
    assert max(each.polls for each in health) == len(account.asked)
    assert len({each.last_success for each in health}) == 1


async def test_targets_with_other_intervals_show_them_too(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ManualClock()
    account = Account(clock, monkeypatch)
    intervals = zip(NAMES, ("15s", "40s", "70s"), strict=True)
    targets = [settings(name=name, poll={"interval": interval}) for name, interval in intervals]
    collector = Collector(targets, Exposition(lambda _form: b""), clock)
    await collector.start()
    await clock.advance(2)
    for _ in range(60):
        assert agents(collector) == dict.fromkeys(NAMES, 2)
        await clock.advance(5)
    await collector.stop()
    assert all(later - earlier >= 30 for earlier, later in pairwise(account.asked))


async def test_a_failure_is_the_failure_of_each(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ManualClock()
    account = Account(clock, monkeypatch)
    account.error = PollError(Reason.HTTP, "GET /vm/operators_init returned 503")
    collector = Collector([settings(name=name) for name in NAMES], Exposition(lambda _form: b""), clock)
    await collector.start()
    await clock.advance(100)
    up = [each.up for target in collector.health for each in target.resources if each.name == "operators"]
    await collector.stop()
    assert up == [False] * 3
    assert all(later - earlier >= 30 for earlier, later in pairwise(account.asked))
    assert len(account.asked) == 4


async def test_other_credentials_get_no_answer_of_the_account(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ManualClock()
    account = Account(clock, monkeypatch)
    targets = [settings(name=name, password=name) for name in NAMES[:2]]
    collector = Collector(targets, Exposition(lambda _form: b""), clock)
    await collector.start()
    await clock.advance(2)
    assert list(agents(collector)) == ["paris"]
    assert collector.ready
    await clock.advance(35)
    assert list(agents(collector)) == ["paris", "lyon"]
    await collector.stop()
    assert all(later - earlier >= 30 for earlier, later in pairwise(account.asked))


@pytest.mark.parametrize("after", [1.0, 15.0, 29.0])
async def test_a_reload_takes_the_last_answer_and_asks_again_when_allowed(
    monkeypatch: pytest.MonkeyPatch, after: float
) -> None:
    clock = ManualClock()
    account = Account(clock, monkeypatch)
    exposition = Exposition(lambda _form: b"")
    collector = Collector([settings()], exposition, clock)
    await collector.start()
    await clock.advance(after)
    await collector.reconfigure([settings(limits={"body_bytes": "1MiB"})])
    await clock.advance(1)
    assert len(account.asked) == 1
    for _ in range(40):
        assert agents(collector) == {"paris": 2}
        await clock.advance(3)
    await collector.stop()
    assert all(30 <= later - earlier <= 45 for earlier, later in pairwise(account.asked))


async def test_targets_with_other_credentials_of_the_account_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """They share the minimum interval, but no answer."""
    clock = ManualClock()
    account = Account(clock, monkeypatch)
    targets = [settings(name=name, password=name) for name in NAMES]
    collector = Collector(targets, Exposition(lambda _form: b""), clock)
    await collector.start()
    # The effective interval is known after the second turn of each.
    await clock.advance(155)
    for _ in range(100):
        assert agents(collector) == dict.fromkeys(NAMES, 2)
        await clock.advance(6)
    health = [each for target in collector.health for each in target.resources if each.name == "operators"]
    await collector.stop()
    assert all(later - earlier >= 29.99 for earlier, later in pairwise(account.asked))
    polls = [each.polls for each in health]
    assert max(polls) - min(polls) <= 1
    assert [each.interval for each in health] == [pytest.approx(90, abs=1)] * 3
