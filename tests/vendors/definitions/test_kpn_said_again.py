"""KPN as a definition: it passes the tests of the coded vendor, and its pages are equal."""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import cast

import pytest

from exporter.metrics.mapping import Detail
from exporter.metrics.render import SeriesBlock
from exporter.model import Snapshot
from exporter.runtime.clock import Clock
from exporter.settings import TargetSettings
from exporter.simulator import http_server
from exporter.simulator.default import working_day
from exporter.simulator.dialects.kpn import Kpn
from exporter.simulator.driver import Driver
from exporter.vendors.base import Vendor, load_vendor
from exporter.vendors.definitions.vendor import read_vendor
from exporter.vendors.toolkit.http import Http
from tests.faults import matrix
from tests.faults.all_faults import FAULTS, SOME
from tests.faults.checks import require_good_cell
from tests.faults.docs_page import text
from tests.faults.fault import Fault
from tests.support.clock import ManualClock
from tests.support.vendors.polls import Shown, asking
from tests.vendors.kpn import test_kpn as coded
from tests.vendors.kpn.test_kpn import *  # noqa: F403 - every test of the coded vendor

DEFINED = read_vendor(Path(__file__).with_name("kpn.yml"))
DETAILS = (Detail(), Detail(agents="name", ports=True))


class DefinedClient:
    """The client of the definition, with the methods that the tests of the coded one call."""

    def __init__(self, target: TargetSettings, http: Http, clock: Clock) -> None:
        self.resources = DEFINED.connect(target, http, clock).resources

    def __getattr__(self, name: str) -> Callable[[], Awaitable[Snapshot | None]]:
        return next(resource for resource in self.resources if resource.name == name).fetch


@pytest.fixture(autouse=True)
def _definition(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coded, "KpnClient", DefinedClient)
    monkeypatch.setattr(coded, "KpnSettings", DEFINED.settings)


async def pages(vendor: Vendor, url: str, **more: object) -> list[str]:
    """Return the pages of every resource of a target at the simulated gateway."""
    values = {**Kpn().target(url), "name": "amsterdam", "vendor": "kpn", **more}
    clock = ManualClock()
    async with asking(clock=clock) as http:
        client = vendor.connect(vendor.settings.model_validate(values), http, clock)
        shown = Shown("amsterdam", Path())
        snapshots = [cast("Snapshot", await resource.fetch()) for resource in client.resources]
        assert not [each.unmapped for each in snapshots if each.unmapped]
        return [shown.page(snapshot, detail) for snapshot in snapshots for detail in DETAILS]


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"times": "average"},
        {"agents_by_skill": True},
        {"service_level": "ignore"},
    ],
    ids=str,
)
async def test_the_pages_of_the_simulated_contact_centre_are_equal(settings: dict[str, object]) -> None:
    clock = ManualClock()
    driver = Driver(working_day(), clock)
    await clock.advance(3600)
    simulated = await http_server.start("127.0.0.1", 0, driver, [Kpn()])
    try:
        url = f"{simulated.url}/kpn"
        expected = await pages(load_vendor("kpn"), url, **settings)
        assert await pages(DEFINED, url, **settings) == expected
    finally:
        await simulated.stop()
    assert sum(page.count("\n") for page in expected) > 100


class Exported(matrix.Watched):
    """An exposition that keeps everything that was exported of each resource, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks: dict[tuple[str, str], list[bytes]] = {}

    def put(self, target: str, name: str, part: SeriesBlock) -> None:
        super().put(target, name, part)
        blocks = self.blocks.setdefault((target, name), [])
        block = b"".join(part.chunks.values())
        if name and block not in blocks[-1:]:
            blocks.append(block)


def run(
    faults: Sequence[Fault], vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> tuple[dict[str, matrix.Cell], Exported]:
    """Inject each fault into a target of KPN only; return the cells and what was exported."""
    exported = Exported()
    monkeypatch.setattr(matrix, "every_dialect", lambda: (Kpn(),))
    monkeypatch.setattr(matrix, "load_vendor", lambda _name: vendor)
    monkeypatch.setattr(matrix, "Watched", lambda: exported)
    return {fault: cell for (fault, _), cell in matrix.run_family(faults).cells.items()}, exported


def require_equal_outcome(faults: Sequence[Fault], monkeypatch: pytest.MonkeyPatch) -> None:
    found, exported = run(faults, DEFINED, monkeypatch)
    expected, coded_exported = run(faults, load_vendor("kpn"), monkeypatch)
    for cell in found.values():
        require_good_cell(cell)
    assert {name: text(cell) for name, cell in found.items()} == {name: text(cell) for name, cell in expected.items()}
    assert exported.blocks == coded_exported.blocks
    assert sum(map(len, exported.blocks.values())) > 2 * len(faults)


def test_a_few_faults_have_the_same_outcome(monkeypatch: pytest.MonkeyPatch) -> None:
    require_equal_outcome(SOME[:2], monkeypatch)


@pytest.mark.slow
def test_every_fault_has_the_same_outcome_and_exports_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    require_equal_outcome([fault for fault in FAULTS if "kpn" not in fault.not_applicable], monkeypatch)
