"""Bright Pattern with a selection: the subscription and the requests for availability."""

from typing import Any

import pytest
from yarl import URL

from tests.support.vendors.brightpattern import (
    AUTH,
    AVAILABILITY,
    DATA,
    SIGN_IN,
    SUBSCRIPTION,
    client,
    data_of,
    settings,
)
from tests.support.vendors.polls import Mocked

FILTER = {"filter_operation": "EQ"}


async def subscribed(*statuses: int, **more: object) -> list[dict[str, Any]]:
    """Return the filters of the service and agent grids of each subscription request, given the response statuses."""
    with Mocked() as vendor:
        vendor.post(SIGN_IN, payload=AUTH)
        for status in statuses:
            vendor.post(SUBSCRIPTION, status=status)
        vendor.get(DATA, body=data_of([{"name": "Sales"}]))
        async with client(settings(**more)) as brightpattern:
            await brightpattern.statistics()
        asked = [call.kwargs["json"]["1"] for call in vendor.requests["POST", URL(SUBSCRIPTION)]]
    return [
        {
            name: {key: value for key, value in each[name][0].items() if key.startswith("filter")}
            for name in ("service_grids", "agent_grids")
        }
        for each in asked
    ]


async def test_one_service_and_one_team_are_filtered_by_the_vendor() -> None:
    select = {"queues": {"include": ["Sales"]}, "groups": {"include": ["North"]}}
    assert await subscribed(200, select=select) == [
        {
            "service_grids": {**FILTER, "filter_by": "name", "filter_value": "Sales"},
            "agent_grids": {**FILTER, "filter_by": "team_name", "filter_value": "North"},
        }
    ]


@pytest.mark.parametrize(
    "select",
    [
        {},
        {"queues": {"include": ["Sales", "Billing"]}, "groups": {"exclude": ["North"]}},
        {"queues": {"include": ["Sa*"]}, "groups": {"include": ["North?"]}},
        # The configured name of the totals is not a service.
        {"queues": {"include": ["Everything"]}},
    ],
)
async def test_any_other_selection_subscribes_to_everything(select: dict[str, object]) -> None:
    assert await subscribed(200, select=select, totals_queue="Everything") == [{"service_grids": {}, "agent_grids": {}}]


async def test_a_version_that_refuses_filters_is_asked_for_all() -> None:
    first, *_, last = await subscribed(400, 200, 200, 400, 400, 200, 200, select={"queues": {"include": ["Sales"]}})
    assert first["service_grids"]
    assert last == {"service_grids": {}, "agent_grids": {}}


@pytest.mark.parametrize(("selected", "name"), [("Re\u0301clamations", "R\u00e9clamations"), ("Sales", "Sales ")])
async def test_a_filter_that_returns_no_row_is_left_out(selected: str, name: str) -> None:
    with Mocked() as vendor:
        vendor.post(SIGN_IN, payload=AUTH)
        vendor.post(SUBSCRIPTION, repeat=True)
        vendor.get(DATA, body=data_of([]))
        vendor.get(DATA, body=data_of([{"name": name}]), repeat=True)
        async with client(settings(select={"queues": {"include": [selected]}})) as brightpattern:
            first, *later = [await brightpattern.statistics() for _ in range(3)]
        asked = [call.kwargs["json"]["1"] for call in vendor.requests["POST", URL(SUBSCRIPTION)]]
    assert ["filter_by" in each["service_grids"][0] for each in asked] == [True, False]
    assert first is not None
    assert [field for field, _ in first.unmapped] == ["service_grids.name"]
    assert [([queue.name for queue in each.queues], each.unmapped) for each in later if each] == [
        ([name.strip()], ())
    ] * 2


async def test_a_team_without_agents_at_night_remains_filtered() -> None:
    with Mocked() as vendor:
        vendor.post(SIGN_IN, payload=AUTH)
        vendor.post(SUBSCRIPTION, repeat=True)
        for agents in ([{"login_id": "1", "team_name": "North"}], [], []):
            vendor.get(DATA, body=data_of([{"name": "Sales"}], agents=agents))
        async with client(settings(select={"groups": {"include": ["North"]}})) as brightpattern:
            for _ in range(3):
                await brightpattern.statistics()
        assert len(vendor.requests["POST", URL(SUBSCRIPTION)]) == 1


async def test_the_availability_of_selected_services_only_is_requested() -> None:
    target = settings(services=["Sales", "Billing"], select={"queues": {"exclude": ["Billing"]}})
    with Mocked() as vendor:
        vendor.get(f"{AVAILABILITY}?service=Sales&tenantUrl={target.tenant_url}", payload={"availability": [False]})
        async with client(target) as brightpattern:
            snapshot = await brightpattern.availability()
    assert [queue.id for queue in snapshot.queues] == ["Sales"]
