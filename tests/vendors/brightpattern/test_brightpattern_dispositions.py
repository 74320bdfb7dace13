"""Bright Pattern's dispositions: subscribed to if configured, added up by team, complete or absent."""

import asyncio

import pytest
import structlog
from aiohttp import web

from exporter.errors import Reason
from exporter.metrics.mapping import Detail
from exporter.model import Snapshot
from exporter.vendors.brightpattern.client import BrightPatternClient
from tests.support.clock import ManualClock
from tests.support.vendors.brightpattern import SHOWN, fixture, samples, settings
from tests.support.vendors.brightpattern_tenant import Tenant, exporting
from tests.support.vendors.polls import AGGREGATE, failure

QUARTER_HOUR = 900.0
AGENTS = [
    {"login_id": "kelly", "team_name": "Sales", "acd_state": "ready"},
    {"login_id": "noor", "team_name": "Sales", "acd_state": "busy"},
    {"login_id": "sam", "team_name": "Support", "acd_state": "ready"},
]


def tenant(*names: str) -> Tenant:
    counted = {
        "kelly": {"Sale": "3", "No sale": "5"},
        "noor": {"Sale": "4", "No sale": "0"},
        "sam": {"Sale": "0", "No sale": "1"},
    }
    return Tenant(agents=list(AGENTS), counted=counted, dispositions={"dispositions": names or ["Sale", "No sale"]})


def totals(snapshot: Snapshot | None) -> dict[tuple[str, ...], float]:
    """Return the totals by team and disposition."""
    assert snapshot is not None
    found = samples(snapshot, Detail())
    return {name[1:]: value for name, value in found.items() if name[0] == "dispositions_total"}


async def polled(brightpattern: BrightPatternClient) -> dict[tuple[str, ...], float]:
    return totals(await brightpattern.statistics())


async def test_the_published_names_match_their_golden_text() -> None:
    vendor = tenant()
    vendor.dispositions = fixture("dispositions")
    vendor.counted = {agent["login_id"]: {"<disposition name>": "2"} for agent in AGENTS}
    async with exporting(vendor, dispositions=True) as brightpattern:
        snapshot = await brightpattern.statistics()
    assert snapshot is not None
    SHOWN.require_golden("dispositions", snapshot, AGGREGATE)


async def test_dispositions_are_added_up_by_team() -> None:
    vendor = tenant()
    async with exporting(vendor, dispositions=True) as brightpattern:
        assert await polled(brightpattern) == {
            ("Sales", "Sale"): 7,
            ("Sales", "No sale"): 5,
            ("Support", "Sale"): 0,
            ("Support", "No sale"): 1,
        }


async def test_without_the_setting_nothing_is_requested() -> None:
    vendor = tenant()
    async with exporting(vendor) as brightpattern:
        assert await polled(brightpattern) == {}
    assert (vendor.asked, vendor.subscribed) == (0, [])


async def test_a_column_is_as_published() -> None:
    vendor = tenant()
    async with exporting(vendor, dispositions=["No sale"]) as brightpattern:
        assert await polled(brightpattern) == {("Sales", "No sale"): 5, ("Support", "No sale"): 1}
    statistic = "calls_dispositions_per_day"
    assert vendor.subscriptions[-1]["agent_grids"][0]["columns"][-1] == {
        "id": f"{statistic}.No sale",
        "statName": statistic,
        "stat_name": statistic,
        "dispositions": ["No sale"],
    }
    assert vendor.asked == 0


@pytest.mark.parametrize("value", ["", None, "N/A", "-1", "many"])
async def test_a_sum_is_complete_or_absent(value: object) -> None:
    vendor = tenant()
    vendor.counted = {**vendor.counted, "noor": {"Sale": value, "No sale": "2"}}
    async with exporting(vendor, dispositions=True) as brightpattern:
        assert await polled(brightpattern) == {
            ("Sales", "No sale"): 7,
            ("Support", "Sale"): 0,
            ("Support", "No sale"): 1,
        }


async def test_a_refused_disposition_costs_only_itself_and_is_logged_once() -> None:
    vendor = tenant()
    vendor.refused = frozenset({"Sale"})
    with structlog.testing.capture_logs() as logs:
        async with exporting(vendor, dispositions=True) as brightpattern:
            for _ in range(3):
                assert await polled(brightpattern) == {("Sales", "No sale"): 5, ("Support", "No sale"): 1}
    columns = vendor.subscriptions[-1]["agent_grids"][0]["columns"]
    assert {"acd_state", "active_item_talk_duration"} <= {column["id"] for column in columns}
    [line] = [line for line in logs if line["log_level"] == "warning"]
    assert line["parts"] == "agent_grids.calls_dispositions_per_day.Sale"


async def test_at_most_50_are_subscribed_to_and_the_rest_is_logged_once() -> None:
    names = [f"Disposition {number}" for number in range(70)]
    vendor, clock = tenant(*names), ManualClock()
    with structlog.testing.capture_logs() as logs:
        async with exporting(vendor, clock, dispositions=True) as brightpattern:
            await brightpattern.statistics()
            first = vendor.subscribed
            vendor.dispositions = {"dispositions": names[::-1]}
            await clock.advance(QUARTER_HOUR)
            await brightpattern.statistics()
    assert first == names[:50]
    assert (vendor.asked, len(vendor.subscriptions)) == (2, 1), "another order changes nothing"
    [line] = [line for line in logs if "too many dispositions" in line["event"]]
    assert (line["subscribed"], line["left_out"]) == (50, 20)


async def test_a_new_disposition_is_noticed_within_a_quarter_of_an_hour() -> None:
    vendor, clock = tenant("Sale"), ManualClock()
    async with exporting(vendor, clock, dispositions=True) as brightpattern:
        assert await polled(brightpattern) == {("Sales", "Sale"): 7, ("Support", "Sale"): 0}
        vendor.dispositions = {"dispositions": ["No sale", "Sale"]}
        await clock.advance(QUARTER_HOUR / 2)
        assert len(await polled(brightpattern)) == 2
        await clock.advance(QUARTER_HOUR / 2)
        assert len(await polled(brightpattern)) == 4
        assert vendor.subscribed == ["Sale", "No sale"]
        vendor.dispositions = {"dispositions": []}
        await clock.advance(QUARTER_HOUR)
        assert await polled(brightpattern) == {}


async def test_at_the_limit_of_the_tenant_the_earlier_subscription_is_deleted_first() -> None:
    vendor, clock = tenant("Sale"), ManualClock()
    vendor.limit = 1
    async with exporting(vendor, clock, dispositions=True) as brightpattern:
        await polled(brightpattern)
        vendor.dispositions = {"dispositions": ["No sale"]}
        await clock.advance(QUARTER_HOUR)
        assert await polled(brightpattern) == {("Sales", "No sale"): 5, ("Support", "No sale"): 1}
        assert vendor.counting == 1
        # The subscription of another client.
        vendor.dispositions, vendor.limit = {"dispositions": ["Sale"]}, 0
        await clock.advance(QUARTER_HOUR)
        for _ in range(3):
            assert (await failure(brightpattern.statistics())).reason is Reason.THROTTLED
            await clock.advance(60)
    assert vendor.deleted == 2


async def test_the_names_are_requested_again_in_a_new_session() -> None:
    vendor, clock = tenant("Sale"), ManualClock()
    async with exporting(vendor, clock, dispositions=True) as brightpattern:
        await polled(brightpattern)
        vendor.ended, vendor.dispositions = True, {"dispositions": ["No sale"]}
        await clock.advance(60)
        assert await polled(brightpattern) == {("Sales", "No sale"): 5, ("Support", "No sale"): 1}
    assert (vendor.asked, vendor.sessions) == (2, 2)


@pytest.mark.parametrize(
    "listed", [None, {}, {"dispositions": None}, {"dispositions": {}}, {"success": False}, "no", ["Sale"]]
)
async def test_without_the_names_nothing_else_is_lost(listed: object) -> None:
    vendor, clock = tenant(), ManualClock()
    good, vendor.dispositions = vendor.dispositions, listed
    with structlog.testing.capture_logs() as logs:
        async with exporting(vendor, clock, dispositions=True) as brightpattern:
            for _ in range(2):
                snapshot = await brightpattern.statistics()
                assert snapshot is not None
                assert len(snapshot.agents or ()) == 3
                assert totals(snapshot) == {}
                await clock.advance(QUARTER_HOUR)
            vendor.dispositions = good
            assert len(await polled(brightpattern)) == 4
    assert len([line for line in logs if "does not list its dispositions" in line["event"]]) == 1


async def test_a_failed_request_keeps_the_names_known() -> None:
    vendor, clock = tenant(), ManualClock()
    async with exporting(vendor, clock, dispositions=True) as brightpattern:
        before = await polled(brightpattern)
        vendor.dispositions = None
        await clock.advance(QUARTER_HOUR)
        assert await polled(brightpattern) == before
    assert len(vendor.subscriptions) == 1


async def test_unusable_names_cost_only_themselves() -> None:
    vendor = tenant()
    vendor.dispositions = {"dispositions": ["", "-", None, 7, {"name": "Sale"}, " Sale", "Sale", "No sale", "a.b"]}
    vendor.counted = {agent["login_id"]: {" Sale": "1", "a.b": 2} for agent in AGENTS}
    async with exporting(vendor, dispositions=True) as brightpattern:
        assert await polled(brightpattern) == {
            ("Sales", "Sale"): 2,
            ("Sales", "a.b"): 4,
            ("Support", "Sale"): 1,
            ("Support", "a.b"): 2,
        }
    assert vendor.subscribed == [" Sale", "No sale", "a.b"]


async def test_a_request_that_hangs_costs_no_poll() -> None:
    vendor = tenant()

    class Hanging(Tenant):
        async def handle(self, request: web.Request) -> web.StreamResponse:
            if request.path.endswith("/dispositions"):
                await asyncio.sleep(60)
            return await vendor.handle(request)

    async with exporting(Hanging(), dispositions=True, poll={"interval": "15s", "timeout": "400ms"}) as brightpattern:
        assert await polled(brightpattern) == {}


@pytest.mark.parametrize("wrong", [[], [""], ["x"] * 51, "Sale", 7])
def test_invalid_settings_are_rejected(wrong: object) -> None:
    with pytest.raises(ValueError, match="dispositions"):
        settings(dispositions=wrong)
