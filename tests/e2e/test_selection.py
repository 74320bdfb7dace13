"""A small selection from a large centre is a small poll: requests and bytes are counted over HTTP."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import pytest
from aiohttp import web

from exporter.runtime.clock import SystemClock
from exporter.settings import TargetSettings
from exporter.simulator import Centre, Driver
from exporter.simulator.dialects.axialys import Axialys
from exporter.simulator.dialects.brightpattern import BrightPattern, BrightPatternSettings
from exporter.simulator.dialects.kpn import Kpn
from exporter.simulator.dialects.sinch import Sinch
from exporter.simulator.profile import AgentProfile, Profile, QueueProfile, TrunkProfile
from exporter.simulator.randomness import Exponential
from exporter.vendors.base import load_vendor
from tests.support.ledger import Series, polled, shown

MANY = 300


class Sent(NamedTuple):
    """A response of a vendor: the path, the status, and the size of the body in bytes."""

    path: str
    status: int
    size: int


class Wire:
    """Records the responses of a vendor."""

    def __init__(self) -> None:
        self.sent: list[Sent] = []

    def tapped(self, app: web.Application) -> web.Application:
        async def note(request: web.Request, response: web.StreamResponse) -> None:
            size = len(response.body) if isinstance(response, web.Response) and isinstance(response.body, bytes) else 0
            self.sent.append(Sent("/" + request.path.split("/", 2)[2], response.status, size))

        app.on_response_prepare.append(note)
        return app

    def bytes_of(self, *words: str) -> int:
        """Return the bytes of the responses whose path contains one of the words."""
        return sum(sent.size for sent in self.sent if any(word in sent.path for word in words))

    def paths(self, word: str) -> list[str]:
        return [sent.path for sent in self.sent if word in sent.path]


class TappedKpn(Wire, Kpn):
    def __init__(self) -> None:
        Wire.__init__(self)
        Kpn.__init__(self)

    def application(self, driver: Driver) -> web.Application:
        return self.tapped(super().application(driver))


class TappedSinch(Wire, Sinch):
    def __init__(self) -> None:
        Wire.__init__(self)
        Sinch.__init__(self)

    def application(self, driver: Driver) -> web.Application:
        return self.tapped(super().application(driver))


class TappedAxialys(Wire, Axialys):
    def __init__(self) -> None:
        Wire.__init__(self)
        Axialys.__init__(self)

    def application(self, driver: Driver) -> web.Application:
        return self.tapped(super().application(driver))


class TappedBrightPattern(Wire, BrightPattern):
    def __init__(self) -> None:
        Wire.__init__(self)
        BrightPattern.__init__(self, BrightPatternSettings(ready_after=0.0))

    def application(self, driver: Driver) -> web.Application:
        return self.tapped(super().application(driver))


def huge(form: str) -> Driver:
    """Return a stopped centre with many queues and trunks, and ids in that format."""
    queues = tuple(
        QueueProfile(
            id=form.format(number), name=f"Queue {number}", skill="s", contacts_per_hour=0.2, talk=Exponential(60)
        )
        for number in range(MANY)
    )
    trunks = tuple(TrunkProfile(id=str(number), name=f"Trunk {number}", ports=30) for number in range(20))
    agents = tuple(AgentProfile(id=str(number), skills={"s": 1}, group="team") for number in range(3))
    centre = Centre(Profile(queues=queues, agents=agents, trunks=trunks))
    centre.advance(10 * 3600)
    return Driver(centre, SystemClock(), speed=0)


Tapped = TappedKpn | TappedSinch | TappedBrightPattern | TappedAxialys


async def poll(driver: Driver, dialect: Tapped, **more: object) -> tuple[str, Series]:
    """Return the page and its series after one poll of every resource."""

    def targets(url: str) -> Iterable[TargetSettings]:
        given: Mapping[str, object] = {"vendor": dialect.name, **dialect.target(f"{url}/{dialect.name}"), **more}
        return [load_vendor(dialect.name).settings.model_validate(given)]

    page = await polled(driver, [dialect], targets)
    return page, shown(page)


def of(series: Series, label: str, *values: str) -> Series:
    """Return the series whose label has one of the values, and those without the label."""
    return {key: value for key, value in series.items() if dict(key[1]).get(label, values[0]) in values}


async def test_a_few_queues_and_trunks_of_kpn_are_requested_individually() -> None:
    driver, whole, part = huge("{}"), TappedKpn(), TappedKpn()
    _, everything = await poll(driver, whole)
    _, little = await poll(driver, part, select={"queues": {"include": ["7", "250"]}, "trunks": {"include": ["3"]}})
    assert part.paths("/queue") == ["/queue/number/7", "/queue/number/250"]
    assert part.paths("/trunk") == ["/trunk/number/3"]
    assert part.bytes_of("/queue", "/trunk") * 20 < whole.bytes_of("/queue", "/trunk")
    assert little == of(of(everything, "queue_id", "7", "250"), "trunk_id", "3")


@pytest.mark.parametrize("include", [["Queue 7", "250"], ["7*"], [str(number) for number in range(6)]])
async def test_names_patterns_and_many_numbers_of_kpn_request_the_whole_list(include: list[str]) -> None:
    driver, dialect = huge("{}"), TappedKpn()
    _, series = await poll(driver, dialect, select={"queues": {"include": include}})
    assert dialect.paths("/queue") == ["/queues"]
    assert 2 <= len({dict(labels)["queue_id"] for name, labels in series if "_queue_" in name}) <= 111


async def test_an_unknown_number_of_kpn_is_skipped() -> None:
    driver, dialect = huge("{}"), TappedKpn()
    page, series = await poll(driver, dialect, select={"queues": {"include": ["7", "9999"]}})
    assert {dict(labels)["queue_id"] for name, labels in series if "_queue_" in name} == {"7"}
    assert 'contactcenter_up{target="amsterdam",resource="queues"} 1\n' in page
    assert 'contactcenter_poll_items{target="amsterdam",resource="queues",outcome="failed"} 1\n' in page
    assert "contactcenter_unmapped_values_total" not in page


async def test_only_unknown_numbers_of_kpn_fail_the_poll() -> None:
    page, _ = await poll(huge("{}"), TappedKpn(), select={"queues": {"include": ["8888", "9999"]}})
    assert 'contactcenter_up{target="amsterdam",resource="queues"} 0\n' in page
    assert 'contactcenter_up{target="amsterdam",resource="agents"} 1\n' in page


async def test_only_the_queues_selected_by_id_are_requested_from_sinch() -> None:
    form = "{:032X}"
    ids = [form.format(number) for number in (7, 250)]
    driver, whole, part = huge(form), TappedSinch(), TappedSinch()
    _, everything = await poll(driver, whole, page_size=100)
    _, little = await poll(driver, part, select={"queues": {"include": ids}}, page_size=100)
    for collection in ("/queueStatuses", "/contactSummaries"):
        assert 0 < part.bytes_of(collection) * 20 < whole.bytes_of(collection)
    # The second request proves the end.
    assert len(whole.paths("/contactSummaries")) > len(part.paths("/contactSummaries")) == 2
    assert little == of(everything, "queue_id", *ids)


async def test_all_queues_are_requested_from_sinch_if_one_is_selected_by_name() -> None:
    driver, dialect = huge("{:032X}"), TappedSinch()
    _, series = await poll(driver, dialect, select={"queues": {"include": [f"{7:032X}", "Queue 250"]}})
    assert dialect.bytes_of("/queueStatuses") > MANY * 100
    assert {dict(labels)["queue"] for name, labels in series if "_queue_" in name} == {"Queue 7", "Queue 250"}


async def test_supervision_of_selected_groups_only_is_requested_from_axialys() -> None:
    driver, dialect = huge("{}"), TappedAxialys()
    _, series = await poll(
        driver, dialect, select={"queues": {"include": ["7", "Queue 25?"], "exclude": ["Queue 259"]}}
    )
    numbers = ["7", *map(str, range(250, 259))]
    assert dialect.paths("/vm/group_stats/") == [f"/vm/group_stats/{number}" for number in numbers]
    assert len(dialect.paths("/calls_received/groups")) == len(numbers)
    assert {dict(labels)["queue_id"] for name, labels in series if "_queue_" in name} == set(numbers)


async def test_an_id_unknown_to_sinch_is_recorded() -> None:
    ids = [f"{7:032X}", f"{9999:032X}"]
    page, _ = await poll(huge("{:032X}"), TappedSinch(), select={"queues": {"include": ids}})
    assert 'contactcenter_up{target="helsinki",resource="queues"} 1\n' in page
    assert 'contactcenter_unmapped_values_total{target="helsinki",field="queueStatuses.id"} 1\n' in page


async def test_one_service_and_one_team_of_bright_pattern_are_filtered_by_the_vendor() -> None:
    driver, whole, part = huge("{}"), TappedBrightPattern(), TappedBrightPattern()
    _, everything = await poll(driver, whole, services=[])
    select = {"queues": {"include": ["Queue 7"]}, "groups": {"include": ["team"]}}
    _, little = await poll(driver, part, services=[], select=select)
    assert part.bytes_of("/subscription/data") * 50 < whole.bytes_of("/subscription/data")
    assert little == of(everything, "queue", "Queue 7")


async def test_a_service_unknown_to_bright_pattern_is_recorded() -> None:
    page, _ = await poll(huge("{}"), TappedBrightPattern(), services=[], select={"queues": {"include": ["Qeue 7"]}})
    assert 'contactcenter_unmapped_values_total{target="oakland",field="service_grids.name"} 1\n' in page


async def test_several_services_of_bright_pattern_are_selected_after_the_poll() -> None:
    driver, dialect = huge("{}"), TappedBrightPattern()
    _, series = await poll(driver, dialect, services=[], select={"queues": {"include": ["Queue 7", "Queue 8"]}})
    assert dialect.bytes_of("/subscription/data") > MANY * 100
    assert {dict(labels)["queue"] for name, labels in series if "_queue_" in name} == {"Queue 7", "Queue 8"}
