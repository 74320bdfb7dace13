"""Which resources are polled: not excluded, and with something selected of what they provide."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from exporter import plugins
from exporter.errors import ConfigError, PollError, Reason
from exporter.metrics.catalog import OF_THE_CENTRE
from exporter.metrics.pages import Exposition, Format
from exporter.model import ITEM_KINDS, Queue, Snapshot
from exporter.polling.collector import Collector
from exporter.polling.selection import wanted_resources
from exporter.runtime.clock import Clock
from exporter.settings import TargetSettings
from exporter.settings.loading.load import load_file
from exporter.vendors.base import Resource, Vendor, load_vendor
from exporter.vendors.toolkit.http import Http
from tests.support.clock import ManualClock
from tests.support.exposition import page_bytes
from tests.support.vendors.axialys import RECEIVED
from tests.support.vendors.axialys import Vendor as AxialysServer
from tests.support.vendors.axialys import client as axialys_client

KPN = (
    "targets:\n- {name: a, vendor: kpn, url: 'https://a.example', token_url: 'https://a.example/t', client_id: i, "
    "client_secret: s, resources: {exclude: [%s]}}\n"
)


async def _nothing() -> Snapshot:
    return Snapshot(queues=(Queue(id="1", waiting_contacts=1),))


RESOURCES = (
    Resource("queues", _nothing, provides=("queues",)),
    Resource("agents", _nothing, provides=("agents",)),
    Resource("trunks", _nothing, provides=("trunks",)),
    Resource("operators", _nothing, provides=("queues", "agents")),
    Resource("names", _nothing),
)


def wanted(**keys: object) -> list[str]:
    given = {"name": "a", "vendor": "fake", "url": "http://127.0.0.1:9", **keys}
    return [each.name for each in wanted_resources(RESOURCES, TargetSettings.model_validate(given))]


@pytest.mark.parametrize(
    ("keys", "left"),
    [
        ({}, ["queues", "agents", "trunks", "operators", "names"]),
        ({"resources": {"exclude": ["trunks", "names"]}}, ["queues", "agents", "operators"]),
        ({"select": {"trunks": {"exclude": ["*"]}}}, ["queues", "agents", "operators", "names"]),
        ({"select": {"trunks": {"exclude": ["S*"]}}}, ["queues", "agents", "trunks", "operators", "names"]),
        ({"select": {"families": {"exclude": ["trunk_*"]}}}, ["queues", "agents", "operators", "names"]),
        ({"select": {"families": {"include": ["agents"]}}}, ["agents", "operators", "names"]),
        ({"select": {"families": {"include": ["dispositions_total"]}}}, ["agents", "operators", "names"]),
        ({"select": {"families": {"include": ["trunk_ports"]}}}, ["trunks", "names"]),
        ({"select": {"groups": {"exclude": ["*"]}}}, ["queues", "trunks", "operators", "names"]),
    ],
)
def test_a_resource_that_is_excluded_or_unselected_is_not_polled(keys: Mapping[str, object], left: list[str]) -> None:
    assert wanted(**keys) == left


@pytest.mark.parametrize("family", OF_THE_CENTRE)
def test_the_resource_that_provides_a_selected_family_is_polled(family: str) -> None:
    resources = [Resource(kind, _nothing, provides=(kind,)) for kind in ITEM_KINDS]
    given = {"name": "a", "vendor": "fake", "url": "http://127.0.0.1:9", "select": {"families": {"include": [family]}}}
    kinds = {"queue": "queues", "number": "numbers", "trunk": "trunks"}
    expected = kinds.get(family.partition("_")[0], "agents")
    assert [each.name for each in wanted_resources(resources, TargetSettings.model_validate(given))] == [expected]


class _Client:
    resources = RESOURCES

    async def close(self) -> None:
        pass


@pytest.mark.parametrize("excluded", [["trunks"], [each.name for each in RESOURCES]])
async def test_an_excluded_resource_has_no_series_and_does_not_delay_readiness(
    monkeypatch: pytest.MonkeyPatch, excluded: list[str]
) -> None:
    asked: list[str] = []

    async def fail() -> Snapshot:
        asked.append("trunks")
        raise PollError(Reason.HTTP, "no such resource")

    def connect(_target: TargetSettings, _http: Http, _clock: Clock) -> _Client:
        return _Client()

    monkeypatch.setattr(_Client, "resources", (*RESOURCES[:2], Resource("trunks", fail), *RESOURCES[3:]))
    vendor = Vendor(name="fake", settings=TargetSettings, connect=connect, tables=())
    monkeypatch.setattr(plugins, "load", lambda _name: vendor)
    given = {"name": "a", "vendor": "fake", "url": "http://127.0.0.1:9", "resources": {"exclude": excluded}}
    clock = ManualClock()
    collector = Collector([TargetSettings.model_validate(given)], Exposition(lambda _form: b""), clock)
    await collector.start()
    await clock.advance(60)
    page = page_bytes(collector, Format.TEXT).decode()
    assert collector.ready
    await collector.stop()
    assert not asked
    assert 'resource="trunks"' not in page


@pytest.mark.parametrize(
    ("excluded", "message"),
    [
        ("trunk", "kpn has no resource trunk; did you mean trunks?"),
        ("zebra", "kpn has no resource zebra (known: queues, agents, trunks)"),
        ("trunks, queues, agents", "excludes every resource; remove the target"),
    ],
)
def test_an_unknown_resource_is_an_error(tmp_path: Path, excluded: str, message: str) -> None:
    file = tmp_path / "contactcenter.yml"
    file.write_text(KPN % excluded)
    with pytest.raises(ConfigError, match="exclude") as caught:
        load_file(file, {})
    assert message in str(caught.value)


def test_a_known_resource_may_be_excluded(tmp_path: Path) -> None:
    file = tmp_path / "contactcenter.yml"
    file.write_text(KPN % "trunks")
    assert load_file(file, {}).targets[0].resources.exclude == ("trunks",)


async def test_a_vendor_names_every_resource_of_its_client() -> None:
    options = {**RECEIVED, "agents": {"detail": "name"}, "contacts": {"enabled": True}}
    async with axialys_client(AxialysServer(), **options) as axialys:
        assert {each.name for each in axialys.resources} == set(load_vendor("axialys").resources)
