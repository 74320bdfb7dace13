"""Names and channels of items that several resources of a target list: one for each id at any moment."""

import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

import msgspec
import pytest
from aioresponses import CallbackResult
from prometheus_client.parser import text_string_to_metric_families

from exporter.errors import PollError, Reason
from exporter.metrics.pages import Exposition, Format
from exporter.model import Queue, Snapshot, Trunk
from exporter.polling.collector import Collector
from exporter.polling.naming import Directory
from exporter.settings import TargetSettings
from exporter.vendors.base import load_vendor
from tests.support.clock import ManualClock
from tests.support.exposition import no_process, page_bytes
from tests.support.fake_vendor import install
from tests.support.vendors.polls import Mocked, MockedResponse


@asynccontextmanager
async def polling(clock: ManualClock, target: TargetSettings) -> AsyncIterator[Collector]:
    collector = Collector([target], Exposition(no_process), clock)
    await collector.start()
    await clock.advance(2)
    try:
        yield collector
    finally:
        await collector.stop()


def fake(**settings: object) -> TargetSettings:
    return TargetSettings.model_validate({"name": "here", "vendor": "fake", "url": "http://127.0.0.1:9", **settings})


def samples(collector: Collector, name: str = "") -> dict[tuple[str, ...], float]:
    """Return the series of queues and trunks, by family, id, name and channel."""
    return {
        (
            sample.name.removeprefix("contactcenter_"),
            labels.get("queue_id") or labels["trunk_id"],
            labels["queue"] if "queue" in labels else labels["trunk"],
            labels.get("channel", ""),
        ): sample.value
        for family in text_string_to_metric_families(page_bytes(collector, Format.TEXT).decode())
        for sample in family.samples
        if ("queue_id" in (labels := sample.labels) or "trunk_id" in labels)
        and sample.name.startswith(f"contactcenter_{name}")
    }


def names(collector: Collector) -> set[tuple[str, str]]:
    """Return the name and the channel of every queue and trunk."""
    return {(name, channel) for _, _, name, channel in samples(collector)}


class Answer:
    """The answer of one resource, which the test changes."""

    def __init__(self, *queues: Queue) -> None:
        self.queues = queues
        self.fails = False

    async def __call__(self) -> Snapshot:
        if self.fails:
            raise PollError(Reason.HTTP, "status 500")
        return Snapshot(queues=self.queues)


def live(name: str) -> Queue:
    return Queue(id="1", name=name, channel="voice", waiting_contacts=3)


def totals(name: str, offered: float = 100) -> Queue:
    return Queue(id="1", name=name, contacts_offered=offered)


# One name at a time


async def test_a_renamed_queue_has_the_new_name_in_every_resource_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ManualClock()
    queues, day = Answer(live("Sales")), Answer(totals("Sales"))
    install(monkeypatch, {"queues": queues, "day": day}, floors={"day": 600.0})
    async with polling(clock, fake()) as collector:
        assert names(collector) == {("Sales", "voice")}
        queues.queues = (live("Orders"),)
        await clock.advance(15)
        assert samples(collector) == {
            ("queue_waiting_contacts", "1", "Orders", "voice"): 3,
            ("queue_contacts_offered_total", "1", "Orders", "voice"): 100,
        }


async def test_the_first_resource_determines_the_name_and_others_only_what_it_leaves_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = ManualClock()
    queues, day = Answer(Queue(id="1", waiting_contacts=3)), Answer(totals("Old"), Queue(id="2", contacts_offered=1))
    install(monkeypatch, {"queues": queues, "day": day})
    async with polling(clock, fake()) as collector:
        assert names(collector) == {("Old", ""), ("", "")}
        queues.queues = (live("New"), Queue(id="2", name="Two", channel="chat"))
        await clock.advance(15)
        assert names(collector) == {("New", "voice"), ("Two", "chat")}


async def test_trunks_are_renamed_too(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ManualClock()
    name = "SIP"

    async def live() -> Snapshot:
        return Snapshot(trunks=(Trunk(id="7", name=name, in_use_ports=3),))

    async def capacity() -> Snapshot:
        return Snapshot(trunks=(Trunk(id="7", name="SIP", capacity_ports=30),))

    install(monkeypatch, {"live": live, "capacity": capacity}, floors={"capacity": 600.0})
    async with polling(clock, fake()) as collector:
        name = "SIP north"
        await clock.advance(15)
        assert names(collector) == {("SIP north", "")}


async def test_a_rename_restarts_no_total_and_confirms_no_drop(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ManualClock()
    queues, day = Answer(live("Sales")), Answer(totals("Sales", 1000))
    install(monkeypatch, {"queues": queues, "day": day}, floors={"day": 60.0})

    def offered(collector: Collector) -> Mapping[tuple[str, ...], float]:
        return samples(collector, "queue_contacts_offered")

    async with polling(clock, fake()) as collector:
        day.queues = (totals("Sales", 0),)  # a hiccup that the next poll does not confirm
        await clock.advance(60)
        queues.queues = (live("Orders"),)
        await clock.advance(15)
        assert offered(collector) == {("queue_contacts_offered_total", "1", "Orders", "voice"): 1000}
        day.queues = (totals("Orders", 999),)
        await clock.advance(60)
        assert offered(collector) == {("queue_contacts_offered_total", "1", "Orders", "voice"): 1000}


async def test_a_selection_and_thresholds_use_the_new_name_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ManualClock()
    queues, day = Answer(live("Sales")), Answer(totals("Sales"))
    install(monkeypatch, {"queues": queues, "day": day}, floors={"day": 600.0})
    settings = fake(
        select={"queues": {"exclude": ["Test*"]}}, thresholds=[{"queue": "Ord*", "warning": {"waiting_contacts": 5}}]
    )
    async with polling(clock, settings) as collector:
        queues.queues = (live("Orders"),)
        await clock.advance(15)
        assert samples(collector, "queue_waiting_contacts_threshold") == {
            ("queue_waiting_contacts_threshold", "1", "Orders", "voice"): 5
        }
        queues.queues = (live("Test line"),)
        await clock.advance(15)
        assert samples(collector) == {}


async def test_a_stale_resource_is_not_published_again_by_a_rename(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ManualClock()
    queues, day = Answer(live("Sales")), Answer(totals("Sales"))
    install(monkeypatch, {"queues": queues, "day": day})
    async with polling(clock, fake()) as collector:
        day.fails = True
        await clock.advance(60)
        queues.queues = (live("Orders"),)
        await clock.advance(15)
        assert samples(collector) == {("queue_waiting_contacts", "1", "Orders", "voice"): 3}


# Channels


def named(queue: Queue, channels: Mapping[str, str], *, returns: bool = False) -> str:
    directory = Directory(fake(channels=channels).channels, vendor_returns_channels=returns)
    directory.add("queues")
    snapshot = Snapshot(queues=(queue,))
    directory.record("queues", snapshot)
    return directory.named("queues", snapshot).queues[0].channel


@pytest.mark.parametrize(
    ("channels", "channel"),
    [
        pytest.param({}, "", id="no channel anywhere"),
        pytest.param({"E-mail*": "email"}, "email", id="a pattern of the name"),
        pytest.param({"70??": "email"}, "email", id="a pattern of the id"),
        pytest.param({"*": "chat", "E-mail [EU]": "email"}, "email", id="a literal name before a pattern"),
        pytest.param({"*": "chat", "E-*": "email"}, "chat", id="the first pattern"),
        pytest.param({"e-mail*": "email"}, "", id="capitals count"),
    ],
)
def test_a_channel_is_configured_by_pattern(channels: Mapping[str, str], channel: str) -> None:
    assert named(Queue(id="7001", name="E-mail [EU]"), channels) == channel


def test_accents_match_in_every_unicode_form() -> None:
    assert named(Queue(id="1", name="Re\u0301clamations"), {"R\u00e9c*": "email"}) == "email"


def test_a_returned_channel_takes_precedence_over_the_configuration_and_an_assumed_one_does_not() -> None:
    queue = Queue(id="1", name="E-mail", channel="voice")
    assert named(queue, {"E-mail": "email"}, returns=True) == "voice"
    assert named(queue, {"E-mail": "email"}, returns=False) == "email"
    assert named(msgspec.structs.replace(queue, channel=""), {"E-mail": "email"}, returns=True) == "email"


@pytest.mark.parametrize(
    ("vendor", "returns"),
    [("kpn", False), ("sinch", True), ("brightpattern", False), ("axialys", False), ("apio", False)],
)
def test_only_sinch_returns_the_channel_of_a_queue(vendor: str, returns: bool) -> None:  # noqa: FBT001 - parametrised
    assert load_vendor(vendor).returns_channels is returns


async def test_a_configured_channel_is_the_same_in_every_resource(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ManualClock()
    queues, day = Answer(Queue(id="1", name="E-mail", waiting_contacts=1)), Answer(totals("Old name"))
    install(monkeypatch, {"queues": queues, "day": day})
    async with polling(clock, fake(channels={"E-mail*": "email"})) as collector:
        assert names(collector) == {("E-mail", "email")}


# Vendors with several resources that list the same queues: each answers a rename, one resource after the other

SINCH_ID = "A" * 32
Documents = Callable[[str], Mapping[str, object]]


def sinch(name: str) -> Mapping[str, object]:
    began = "2027-01-15T07:45:00Z"  # a quarter of an hour before the clock's time
    bucket = {"id": "B" * 32, "queueId": SINCH_ID, "queueName": "Sales", "type": "Phone", "hourTime": began}
    queue = {"id": SINCH_ID, "name": "Sales", "type": "Phone", "serviceLevelWarningLevel": 90}
    return {
        "queueStatuses": [{"id": SINCH_ID, "name": name, "type": "Phone", "inQueueCurrent": 3}],
        "contactSummaries": [{**bucket, "inHandled": 9}],
        "queueGroups": [{"id": "C" * 32, "queues": [queue]}],
        "agents": [],
    }


def axialys(name: str) -> Mapping[str, object]:
    return {
        "groups": [{"id": "12", "name": name}],
        "operators_init": [{"id": "1", "etat": "available", "groups": ["12"]}],
        "group_stats/12": {"nbr_attente": 3},
        "received_groups": {"agent_connected_calls_count": 4},
    }


@pytest.mark.parametrize(
    ("vendor", "settings", "documents", "until", "families"),
    [
        pytest.param(
            "sinch",
            {"username": "exporter", "password": "secret-secret"},
            sinch,
            20.0,
            {"queue_waiting_contacts", "queue_contacts_answered_total", "queue_service_level_threshold_ratio"},
            id="sinch",
        ),
        pytest.param(
            "axialys",
            {"username": "exporter", "password": "secret-secret", "received_groups_path": "/vm/received_groups"},
            axialys,
            605.0,
            {"queue_waiting_contacts", "queue_contacts_answered_total", "queue_agents"},
            id="axialys",
        ),
    ],
)
async def test_a_queue_of_a_vendor_has_one_name_in_all_resources(
    vendor: str, settings: Mapping[str, object], documents: Documents, until: float, families: set[str]
) -> None:
    clock = ManualClock()
    url = "http://vendor.example/RI/rmi" if vendor == "sinch" else "http://vendor.example"
    target = load_vendor(vendor).settings.model_validate({"name": "here", "vendor": vendor, "url": url, **settings})
    renamed = clock.monotonic() + 5

    def answer(path: str) -> bytes:
        return msgspec.json.encode(documents("Sales" if clock.monotonic() < renamed else "Orders")[path])

    with Mocked() as mocked:
        for path in documents(""):
            mocked.add(
                re.compile(rf"^http://vendor\.example(/.*)?/{path}(\?.*)?$"),
                callback=lambda _url, path=path, **_kwargs: CallbackResult(
                    body=answer(path), response_class=MockedResponse
                ),
                repeat=True,
            )
        async with polling(clock, target) as collector:
            for _ in range(20):  # reads of several requests need the event loop more often
                await clock.advance(0.1)
            assert {family for family, *_ in samples(collector)} >= families
            assert {name for name, _ in names(collector)} == {"Sales"}
            # Until the first resource is polled again, all keep the old name; then all have the new one.
            seen = set()
            for _ in range(int(until)):
                await clock.advance(1)
                [name] = {name for name, _ in names(collector)}
                seen.add(name)
            assert seen == {"Sales", "Orders"}
            assert name == "Orders"
