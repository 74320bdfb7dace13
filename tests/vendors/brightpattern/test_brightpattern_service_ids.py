"""The ids of Bright Pattern's services: requested once, kept across renamed services, and done without."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from aiohttp import web

from exporter.vendors.brightpattern.client import BrightPatternClient
from tests.support.clock import ManualClock
from tests.support.vendors.brightpattern import client, data_of, settings
from tests.support.vendors.polls import CANARY, serving

SALES, BILLING = "08860E6C-3E64-426C-8C73-7BA9FB4471CE", "50AD2CA2-C222-4539-A880-4EA5E17A11F5"
LISTED = [{"id": SALES, "name": "Sales"}, {"id": BILLING, "name": "Billing"}]


@dataclass
class Tenant:
    """A tenant with services.

    Attributes:
        listed: The list of services.
        names: The names of the services in the grid.
        status: The status of the response with the list.
        asked: How often the list was requested.
        cookies: The cookies of those requests.
    """

    listed: object = field(default_factory=lambda: LISTED)
    names: tuple[str, ...] = ("Sales", "Billing")
    status: int = 200
    asked: int = 0
    cookies: list[str] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        match request.path:
            case "/statsapi/auth":
                return web.json_response({"token": CANARY})
            case "/statsapi/subscription/data":
                rows = [{"name": name, "in_calls_waiting": "1"} for name in self.names]
                return web.Response(body=data_of(rows, totals={"agents_ready": "2"}))
            case "/statsapi/cfg/services":
                self.asked += 1
                self.cookies.append(request.headers.get("Cookie", ""))
                body = self.listed if isinstance(self.listed, str) else json.dumps(self.listed)
                return web.Response(status=self.status, text=body, headers={"Location": "/login"})
            case "/statsapi/info/check_available_agents":
                return web.json_response({"availability": [False]})
        return web.Response()


@asynccontextmanager
async def exporter(
    vendor: Tenant, clock: ManualClock | None = None, **more: object
) -> AsyncIterator[BrightPatternClient]:
    async with serving(vendor.handle) as server:
        target = settings(url=str(server.make_url("")).rstrip("/"), **more)
        async with client(target, clock or ManualClock()) as brightpattern:
            yield brightpattern


async def queues(brightpattern: BrightPatternClient) -> dict[str, str]:
    """Poll once and return the name of each queue by its id."""
    snapshot = await brightpattern.statistics()
    assert snapshot is not None
    return {queue.id: queue.name for queue in snapshot.queues}


async def test_services_have_their_ids_in_both_resources() -> None:
    vendor = Tenant()
    async with exporter(vendor, services=["Sales"], totals_queue="All") as brightpattern:
        for _ in range(3):
            assert await queues(brightpattern) == {SALES: "Sales", BILLING: "Billing", "All": "All"}
        available = await brightpattern.availability()
    assert [(queue.id, queue.name) for queue in available.queues] == [(SALES, "Sales")]
    assert (vendor.asked, vendor.cookies) == (1, [f"X-BP-SESSION-ID={CANARY}"])


@pytest.mark.parametrize("status", [302, 401, 403, 404, 429, 500])
async def test_without_ids_the_names_are_the_ids_and_no_poll_fails(status: int) -> None:
    vendor, clock = Tenant(status=status), ManualClock()
    async with exporter(vendor, clock) as brightpattern:
        assert await queues(brightpattern) == {"Sales": "Sales", "Billing": "Billing"}
        # A list that comes later must not make a second series of each queue.
        vendor.status = 200
        await clock.advance(3600)
        assert await queues(brightpattern) == {"Sales": "Sales", "Billing": "Billing"}
    assert vendor.asked == 1


@pytest.mark.parametrize(
    "listed", ["", "<html>Sign in</html>", "[1, 2]", "{}", [], [{"id": SALES}], '{"error": "no"}', {"services": LISTED}]
)
async def test_a_list_without_ids_is_done_without(listed: object) -> None:
    async with exporter(Tenant(listed=listed)) as brightpattern:
        assert await queues(brightpattern) == {"Sales": "Sales", "Billing": "Billing"}


async def test_one_service_sent_bare_and_blanks_around_it() -> None:
    vendor = Tenant(listed={"id": f" {SALES} ", "name": "Sales "}, names=(" Sales",))
    async with exporter(vendor) as brightpattern:
        assert await queues(brightpattern) == {SALES: "Sales"}


async def test_a_renamed_service_keeps_its_id() -> None:
    vendor = Tenant()
    async with exporter(vendor) as brightpattern:
        await queues(brightpattern)
        vendor.listed = [{"id": SALES, "name": "Orders"}, LISTED[1]]
        vendor.names = ("Orders", "Billing")
        for _ in range(3):
            assert await queues(brightpattern) == {SALES: "Orders", BILLING: "Billing"}
    assert vendor.asked == 2


async def test_services_that_exchange_their_names_are_noticed_within_a_quarter_of_an_hour() -> None:
    vendor, clock = Tenant(), ManualClock()
    async with exporter(vendor, clock) as brightpattern:
        await queues(brightpattern)
        vendor.listed = [{"id": BILLING, "name": "Sales"}, {"id": SALES, "name": "Billing"}]
        await clock.advance(900)
        assert await queues(brightpattern) == {BILLING: "Sales", SALES: "Billing"}


async def test_a_failed_refresh_keeps_the_ids() -> None:
    vendor, clock = Tenant(), ManualClock()
    async with exporter(vendor, clock) as brightpattern:
        await queues(brightpattern)
        vendor.status = 500
        await clock.advance(900)
        assert await queues(brightpattern) == {SALES: "Sales", BILLING: "Billing"}


async def test_a_service_that_is_not_listed_keeps_its_name_as_its_id() -> None:
    vendor, clock = Tenant(listed=LISTED[:1]), ManualClock()
    async with exporter(vendor, clock) as brightpattern:
        assert await queues(brightpattern) == {SALES: "Sales", "Billing": "Billing"}
        vendor.listed = LISTED
        await clock.advance(3600)
        assert await queues(brightpattern) == {SALES: "Sales", "Billing": "Billing"}


async def test_a_name_of_two_services_identifies_neither() -> None:
    vendor = Tenant(listed=[LISTED[0], {"id": BILLING, "name": "Sales"}], names=("Sales",))
    async with exporter(vendor) as brightpattern:
        assert await queues(brightpattern) == {"Sales": "Sales"}


async def test_a_request_that_hangs_costs_no_poll() -> None:
    class Hanging(Tenant):
        async def handle(self, request: web.Request) -> web.StreamResponse:
            if request.path == "/statsapi/cfg/services":
                await asyncio.Event().wait()
            return await super().handle(request)

    async with exporter(Hanging(), poll={"timeout": "1s"}) as brightpattern:
        assert await queues(brightpattern) == {"Sales": "Sales", "Billing": "Billing"}


async def test_a_selected_id_is_not_sent_as_a_filter_by_name() -> None:
    async with exporter(Tenant(), select={"queues": {"include": [SALES]}}) as brightpattern:
        assert SALES in await queues(brightpattern)
