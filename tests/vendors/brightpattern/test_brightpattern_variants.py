"""Bright Pattern: data that may legally differ from the published example, from one poll to the next."""

from collections.abc import Callable
from typing import Any

import pytest

from exporter.errors import Reason
from exporter.metrics.mapping import Detail
from exporter.model import Snapshot
from tests.support.clock import ManualClock
from tests.support.pipelines import pipeline_of
from tests.support.vendors.brightpattern import samples, settings
from tests.support.vendors.brightpattern_tenant import App, Tenant, exporting
from tests.support.vendors.polls import failure

INTERVAL = 15.0


def tenant() -> Tenant:
    return Tenant(
        services=[
            {"name": "Sales", "in_calls_waiting": "4", "in_calls_received_per_day": "120", "service_level": "57.5"},
            {"name": "Support", "in_calls_waiting": "0", "in_calls_received_per_day": "80", "service_level": "100"},
        ],
        agents=[
            {"login_id": "kelly", "team_name": "Sales", "acd_state": "busy", "in_calls_handled_per_day": "23"},
            {"login_id": "noor", "team_name": "Sales", "acd_state": "ready", "in_calls_handled_per_day": "11"},
        ],
    )


def found(snapshot: Snapshot | None) -> dict[Any, float]:
    assert snapshot is not None
    return samples(snapshot, Detail(agents="id"))


def rows_of(app: App) -> list[dict[str, object]]:
    return [row for grids in app.values() for grid in grids for row in grid["values"]]


def reorder(app: App) -> None:
    for row in rows_of(app):
        cells = list(row.items())[::-1]
        row.clear()
        row.update(cells)
    for grids in app.values():
        grids[0]["values"].reverse()


def add(app: App) -> None:
    for number, row in enumerate(rows_of(app)):
        row |= {"another": number, "1": "7", "name_2": None, "in_calls_waiting_": {"deep": [1]}}
    app["other_grids"] = [{"id": "1", "values": [{"name": "ghost"}]}]
    app["service_grids"].insert(0, {"id": "0", "values": [{"name": "ghost", "in_calls_waiting": "9"}], "more": 1})


def as_numbers(app: App) -> None:
    for row in rows_of(app):
        for name, value in row.items():
            if isinstance(value, str) and value.replace(".", "").isdigit():
                row[name] = float(value) if "." in value else int(value)


def with_blanks(app: App) -> None:
    for row in rows_of(app):
        row |= {name: f" {value} " for name, value in row.items() if isinstance(value, str)}


@pytest.mark.parametrize("change", [reorder, add, as_numbers, with_blanks])
async def test_the_form_of_the_data_does_not_matter(change: Callable[[App], object]) -> None:
    vendor = tenant()
    async with exporting(vendor) as brightpattern:
        before = found(await brightpattern.statistics())
        vendor.change = change
        after = await brightpattern.statistics()
    assert found(after) == before
    assert before["queue_contacts_offered_total", "Sales", "Sales", ""] == 120
    assert before["agent_contacts_handled_total", "kelly", "", "voice", "in"] == 23


@pytest.mark.parametrize("kind", ["service_grids", "agent_grids"])
@pytest.mark.parametrize("lost", [None, "", "absent", "no grid", "null grid", "no list", "empty text"])
async def test_a_grid_without_rows_costs_only_that_grid(kind: str, lost: str | None) -> None:
    vendor = tenant()

    def lose(app: App) -> None:
        match lost:
            case "absent":
                del app[kind][0]["values"]
            case "no grid":
                app[kind] = []
            case "null grid":
                app[kind] = [None]
            case "no list":
                del app[kind]
            case "empty text":
                app[kind] = ""
            case _:
                app[kind][0]["values"] = lost

    async with exporting(vendor) as brightpattern:
        before = found(await brightpattern.statistics())
        vendor.change = lose
        snapshot = await brightpattern.statistics()
        vendor.change = lambda _app: None
        again = found(await brightpattern.statistics())
    of_services = {name: value for name, value in before.items() if name[0].startswith("queue_")}
    of_agents = {name: value for name, value in before.items() if name not in of_services}
    assert found(snapshot) == (of_agents if kind == "service_grids" else of_services)
    assert snapshot is not None
    assert snapshot.unmapped == ((kind, "grid 1 is missing"),)
    assert again == before


@pytest.mark.parametrize(
    ("totals", "unmapped"),
    [([], ()), ("", ()), (None, ()), ([{"agents_ready": "3"}], (("stats_totals", "expected an object, got list"),))],
)
async def test_totals_of_another_form_cost_only_the_totals(totals: object, unmapped: tuple[object, ...]) -> None:
    vendor = tenant()

    def replace(app: App) -> None:
        app["stats_totals"] = totals

    async with exporting(vendor) as brightpattern:
        before = found(await brightpattern.statistics())
    vendor.change = replace
    async with exporting(vendor, totals_queue="All") as brightpattern:
        snapshot = await brightpattern.statistics()
    assert found(snapshot) == before
    assert snapshot is not None
    assert snapshot.unmapped == unmapped


async def test_data_without_any_rows_are_a_failed_poll() -> None:
    vendor = tenant()

    def lose(app: App) -> None:
        for grids in app.values():
            grids[0]["values"] = None

    vendor.change = lose
    async with exporting(vendor) as brightpattern:
        assert (await failure(brightpattern.statistics())).reason is Reason.INVALID


async def test_rows_that_vanish_for_a_poll_return_without_a_counter_reset() -> None:
    vendor, pipeline = tenant(), pipeline_of(settings(agents={"detail": "id"}))
    pages = []
    async with exporting(vendor) as brightpattern:
        for poll in range(3):
            vendor.change = _without_the_last if poll == 1 else _unchanged
            snapshot = await brightpattern.statistics()
            assert snapshot is not None
            processed = pipeline.process(snapshot, poll * INTERVAL, poll * INTERVAL, 10_000)
            pages.append(b"".join(processed.block.chunks.values()).decode())
            assert processed.suppressed_decreases == 0
    assert pages[2] == pages[0]
    for name in ('queue="Support"', 'agent_id="noor"'):
        assert [name in page for page in pages] == [True, False, True]
    assert 'contactcenter_agents{target="oakland",group="Sales",state="available",reason=""} 0\n' in pages[1]


def _without_the_last(app: App) -> None:
    for grids in app.values():
        grids[0]["values"].pop()


def _unchanged(_app: App) -> None:
    """Send the data as they are."""


async def test_a_service_that_is_removed_costs_only_itself() -> None:
    vendor, clock = tenant(), ManualClock()
    async with exporting(vendor, clock, select={"queues": {"include": ["Sales"]}}) as brightpattern:
        assert ("queue_waiting_contacts", "Sales", "Sales", "") in found(await brightpattern.statistics())
        del vendor.services[0]
        await clock.advance(INTERVAL)
        snapshot = await brightpattern.statistics()
    assert snapshot is not None
    assert [queue.name for queue in snapshot.queues] == ["Support"]
    assert len(snapshot.agents or ()) == 2
    assert snapshot.unmapped == (("service_grids.name", "selected service Sales not found"),)
    assert len(vendor.subscriptions) == 1


async def test_a_tenant_that_loses_its_last_service_is_an_empty_one() -> None:
    vendor = tenant()
    async with exporting(vendor) as brightpattern:
        await brightpattern.statistics()
        vendor.services.clear()
        snapshot = await brightpattern.statistics()
    assert snapshot is not None
    assert (snapshot.queues, snapshot.unmapped) == ((), ())
