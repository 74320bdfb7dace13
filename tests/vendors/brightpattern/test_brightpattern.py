"""Bright Pattern: its published responses, its other responses, and their mapping.

A fixture is what the vendor returns, the golden text beside it what Prometheus gets.
"""

import json
from typing import Any

import pytest

from exporter.errors import PollError, Reason
from exporter.metrics.mapping import Detail
from exporter.model import Agent, NoValue, Queue, Snapshot
from exporter.vendors.brightpattern.tables import STATE_WORDS
from tests.support.vendors.brightpattern import (
    AUTH,
    AVAILABILITY,
    DATA,
    SHOWN,
    SIGN_IN,
    SUBSCRIPTION,
    client,
    data_of,
    fixture,
    page,
    poll,
    samples,
    settings,
)
from tests.support.vendors.polls import AGGREGATE, NAMES, Mocked, failure

QUEUE = ("Customer Service", "Customer Service", "")


def as_asked(subscription: Any, data: Any) -> bytes:  # noqa: ANN401 - documents
    """Return the published data with its columns named as in the subscription of the exporter."""
    [asked], [answered] = subscription["1"]["service_grids"], data["1"]["service_grids"]
    statistic = {column["id"]: column["statName"] for column in asked["columns"]}
    return data_of([{statistic[column]: value for column, value in row.items()} for row in answered["values"]])


# Examples: the first is published, the second has every requested statistic


@pytest.mark.parametrize(
    ("body", "detail", "golden"),
    [
        (as_asked(fixture("subscription"), fixture("data")), AGGREGATE, "data"),
        (json.dumps(fixture("statistics")).encode(), AGGREGATE, "statistics"),
        (json.dumps(fixture("statistics")).encode(), NAMES, "statistics.name"),
    ],
)
async def test_an_example_matches_its_golden_text(body: bytes, detail: Detail, golden: str) -> None:
    snapshot = await poll(body, agents={"detail": detail.agents})
    assert not snapshot.unmapped
    SHOWN.require_golden(golden, snapshot, detail)


async def test_no_name_or_address_is_exported_unless_configured() -> None:
    body = json.dumps(fixture("statistics")).encode()
    aggregate = page(await poll(body))
    assert not [name for name in ("Kelly", "kelly", "Noor", "noor") if name in aggregate]
    by_id = page(await poll(body), Detail(agents="id"))
    assert "kelly" in by_id
    assert "Kelly" not in by_id
    assert "@" not in page(await poll(body, agents={"detail": "name"}), NAMES)


# The subscription


async def subscribed_to(**more: object) -> Any:  # noqa: ANN401 - a document
    with Mocked() as vendor:
        vendor.post(SIGN_IN, payload=AUTH)
        vendor.post(SUBSCRIPTION)
        vendor.get(DATA, body=data_of())
        async with client(settings(**more)) as brightpattern:
            await brightpattern.statistics()
        [asked] = [calls[0] for (_, url), calls in vendor.requests.items() if str(url) == SUBSCRIPTION]
        return asked.kwargs["json"]["1"]


def columns(grids: Any) -> list[str]:  # noqa: ANN401 - a document
    [grid] = grids
    assert all(column == dict.fromkeys(("id", "statName", "stat_name"), column["id"]) for column in grid["columns"])
    return [column["id"] for column in grid["columns"]]


async def test_only_exported_statistics_are_requested() -> None:
    asked, example = await subscribed_to(agents={"detail": "name"}), fixture("statistics")["1"]
    for grids in ("service_grids", "agent_grids"):
        assert set(columns(asked[grids])) == example[grids][0]["values"][0].keys()
    assert asked.keys() == {"service_grids", "agent_grids", "stats_totals"}


async def test_names_are_requested_only_if_they_are_exported() -> None:
    for detail in ("aggregate", "id"):
        asked = await subscribed_to(agents={"detail": detail})
        assert not {"firstname", "lastname"} & set(columns(asked["agent_grids"]))
    asked = await subscribed_to(agents={"detail": "name"})
    assert columns(asked["agent_grids"])[:3] == ["login_id", "firstname", "lastname"]


async def test_totals_are_requested_if_a_queue_is_configured_for_them() -> None:
    assert (await subscribed_to(totals_queue="All"))["stats_totals"] == [
        "in_average_speed_of_answer",
        "agents_ready",
    ]


async def test_every_statistic_but_the_ids_may_be_omitted() -> None:
    omit = ["in_ewt", "name", "login_id", "agent_total_break_time"]
    asked = await subscribed_to(omit=omit)
    statistics = columns(asked["service_grids"]) + columns(asked["agent_grids"])
    assert {"name", "login_id"} <= set(statistics)
    assert not {"in_ewt", "agent_total_break_time"} & set(statistics)


# Settings


async def test_percentages_and_durations_may_have_another_scale() -> None:
    row = {
        "name": "Customer Service",
        "service_level": "0.575",
        "service_level_target": "0.8",
        "service_level_threshold_time": "20000",
        "in_max_wait_time": "1500",
        "in_average_speed_of_answer": "41250",
    }
    agent = {"login_id": "1", "state_duration": "2500", "agent_total_busy_time": "60000"}
    snapshot = await poll(data_of([row], [agent]), percentages="0-1", durations="milliseconds")
    assert (
        samples(snapshot, Detail(agents="id")).items()
        >= {
            ("queue_service_level_ratio", *QUEUE): 0.575,
            ("queue_service_level_target_ratio", *QUEUE): 0.8,
            ("queue_service_level_target_seconds", *QUEUE): 20,
            ("queue_oldest_wait_seconds", *QUEUE): 1.5,
            ("queue_average_wait_seconds", *QUEUE): 41.25,
            ("agent_time_in_state_seconds", "1", ""): 2.5,
            ("agent_state_seconds_total", "1", "", "busy"): 60,
        }.items()
    )


async def test_the_totals_have_the_configured_name() -> None:
    reported = {"in_average_speed_of_answer": "12", "agents_ready": "4", "agents_logged": "7"}
    snapshot = await poll(data_of([{"name": "Sales"}], totals=reported), totals_queue="All")
    assert samples(snapshot) == {
        ("queue_average_wait_seconds", "All", "All", ""): 12,
        ("queue_agents", "All", "All", "", "available"): 4,
    }
    for totals in (None, {}, {"in_average_speed_of_answer": ""}):
        assert samples(await poll(data_of(totals=totals), totals_queue="All")) == {}


async def test_totals_named_as_a_service_are_a_duplicate() -> None:
    rows = [{"name": "Sales", "in_average_speed_of_answer": "9"}]
    snapshot = await poll(data_of(rows, totals={"in_average_speed_of_answer": "12"}), totals_queue="Sales")
    assert samples(snapshot) == {("queue_average_wait_seconds", "Sales", "Sales", ""): 9}
    assert snapshot.unmapped == (("stats_totals.totals_queue", "duplicate id"),)


@pytest.mark.parametrize(
    "wrong",
    [
        {"auth": "basic"},
        {"percentages": "100"},
        {"durations": "minutes"},
        {"tenant_url": ""},
        {"password": ""},
        {"services": ["x"] * 51},
    ],
)
def test_invalid_settings_are_rejected(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        settings(**wrong)


# States, ids and missing fields


@pytest.mark.parametrize(
    ("word", "state", "reason"),
    [
        ("ready", "available", ""),
        ("busy", "busy", ""),
        ("after_call_work", "wrap_up", ""),
        ("not_ready", "not_ready", ""),
        ("break", "paused", ""),
        ("supervising", "not_ready", "supervising"),
        ("Supervising", "not_ready", "supervising"),
        ("logged_out", "logged_out", ""),
    ],
)
async def test_every_agent_state_word_is_mapped(word: str, state: str, reason: str) -> None:
    snapshot = await poll(data_of(agents=[{"login_id": "1", "acd_state": word}]))
    assert snapshot.agents == (Agent(id="1", state=state, reason=reason),)  # type: ignore[arg-type]
    assert not snapshot.unmapped
    assert word.casefold() in STATE_WORDS


@pytest.mark.parametrize("blank", ["", " ", None, "-", "N/A"])
async def test_agents_without_a_state_are_logged_out(blank: object) -> None:
    rows = [{"login_id": f"agent {number}", "acd_state": blank, "state_duration": ""} for number in range(12)]
    snapshot = await poll(data_of(agents=rows))
    assert [agent.state for agent in snapshot.agents or ()] == ["logged_out"] * 12
    assert all(isinstance(value, NoValue) for _, value in snapshot.unmapped)


@pytest.mark.parametrize("row", [{"acd_state": "soon" * 100}, {"acd_state": "", "reason": "soon" * 100}])
async def test_a_text_that_is_too_long_is_no_state(row: dict[str, object]) -> None:
    snapshot = await poll(data_of(agents=[{"login_id": "1", **row}]))
    assert [agent.state for agent in snapshot.agents or ()] == ["unknown"]


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({"reason": "Lunch"}, "reason"),
        ({"active_item_talk_duration": "12"}, "active_item_talk_duration"),
        ({"active_item_hold_duration": "3"}, "active_item_hold_duration"),
    ],
)
async def test_an_agent_without_a_state_who_is_logged_in_by_another_field_is_unknown(
    row: dict[str, object], field: str
) -> None:
    idle = {"reason": "", "active_item_talk_duration": "0", "active_item_hold_duration": ""}
    rows = [{"login_id": "1", "acd_state": "", **idle, **row}, {"login_id": "2", "acd_state": "", **idle}]
    snapshot = await poll(data_of(agents=rows))
    assert [agent.state for agent in snapshot.agents or ()] == ["unknown", "logged_out"]
    assert [name for name, _ in snapshot.unmapped] == [f"agent_grids.{field}"]


async def test_a_version_without_states_logs_no_agent_out() -> None:
    snapshot = await poll(data_of(agents=[{"login_id": "1", "reason": "acd_state"}, {"login_id": "2"}]))
    assert [agent.state for agent in snapshot.agents or ()] == ["unknown", "unknown"]
    assert snapshot.unmapped == (("agent_grids.acd_state", "missing"),) * 2


@pytest.mark.parametrize(
    ("row", "seconds"),
    [
        ({"acd_state": "busy", "active_item_talk_duration": "84", "active_item_hold_duration": "11"}, 95),
        ({"acd_state": "Busy", "active_item_talk_duration": "84"}, 84),
        ({"acd_state": "busy", "active_item_talk_duration": "", "active_item_hold_duration": "11"}, 3600),
        ({"acd_state": "busy", "active_item_talk_duration": "", "active_item_hold_duration": None}, 3600),
        ({"acd_state": "busy", "active_item_talk_duration": "0", "active_item_hold_duration": "0"}, 3600),
        ({"acd_state": "busy", "active_item_talk_duration": "-1"}, 3600),
        ({"acd_state": "busy", "active_item_talk_duration": "1767225600"}, 3600),
        ({"acd_state": "after_call_work", "active_item_talk_duration": "84"}, 3600),
        ({"acd_state": "ready"}, 3600),
    ],
)
async def test_the_time_of_a_busy_agent_is_that_of_the_contact(row: dict[str, object], seconds: float) -> None:
    snapshot = await poll(data_of(agents=[{"login_id": "1", "state_duration": "3600", **row}]))
    assert [agent.time_in_state_seconds for agent in snapshot.agents or ()] == [seconds]


async def test_the_vendors_reason_takes_precedence() -> None:
    rows = [{"login_id": "1", "acd_state": "supervising", "reason": "Training"}]
    snapshot = await poll(data_of(agents=rows))
    assert snapshot.agents == (Agent(id="1", state="not_ready", reason="Training"),)


async def test_an_unmapped_state_is_unknown_and_recorded_once() -> None:
    rows = [{"login_id": "1", "acd_state": "juggling"}, {"login_id": "2", "acd_state": "ready"}]
    snapshot = await poll(data_of(agents=rows))
    assert [agent.state for agent in snapshot.agents or ()] == ["unknown", "available"]
    assert snapshot.unmapped == (("agent_grids.acd_state", "juggling"),)


@pytest.mark.parametrize(
    ("row", "name"),
    [
        ({"firstname": "Kelly", "lastname": "Marsh"}, "Kelly Marsh"),
        ({"firstname": "Kelly", "lastname": ""}, "Kelly"),
        ({"firstname": None, "lastname": "Marsh"}, "Marsh"),
        ({"lastname": "Marsh", "firstname": "Kelly"}, "Kelly Marsh"),
        ({}, ""),
    ],
)
async def test_a_name_is_joined_from_its_parts(row: dict[str, object], name: str) -> None:
    snapshot = await poll(data_of(agents=[{"login_id": "1", **row}]), agents={"detail": "name"})
    assert [agent.name for agent in snapshot.agents or ()] == [name]


@pytest.mark.parametrize("nothing", [None, ""])
async def test_missing_fields_are_not_exported(nothing: object) -> None:
    whole = fixture("statistics")["1"]
    service = dict.fromkeys(whole["service_grids"][0]["values"][0], nothing) | {"name": "Sales"}
    agent = dict.fromkeys(whole["agent_grids"][0]["values"][0], nothing) | {"login_id": "1"}
    for services, agents in ([service], [agent]), ([{"name": "Sales"}], [{"login_id": "1"}]):
        snapshot = await poll(data_of(services, agents), agents={"detail": "name"})
        assert snapshot.queues == (Queue(id="Sales", name="Sales"),)
        assert snapshot.agents == (Agent(id="1", state="logged_out" if "acd_state" in agents[0] else "unknown"),)


async def test_numbers_may_be_json_numbers() -> None:
    row = {"name": 7, "in_calls_waiting": 4, "in_max_wait_time": 1.5, "service_level": 57}
    assert samples(await poll(data_of([row]))) == {
        ("queue_waiting_contacts", "7", "7", ""): 4,
        ("queue_oldest_wait_seconds", "7", "7", ""): 1.5,
        ("queue_service_level_ratio", "7", "7", ""): 0.57,
    }


async def test_the_first_of_duplicates_is_kept() -> None:
    services = [{"name": "Sales", "in_calls_waiting": "1"}, {"name": "Sales", "in_calls_waiting": "2"}]
    agents = [{"login_id": "1", "acd_state": "busy"}, {"login_id": "1", "acd_state": "ready"}]
    snapshot = await poll(data_of(services, agents))
    assert samples(snapshot)["queue_waiting_contacts", "Sales", "Sales", ""] == 1
    assert [agent.state for agent in snapshot.agents or ()] == ["busy"]
    assert snapshot.unmapped == (("service_grids.name", "duplicate id"), ("agent_grids.login_id", "duplicate id"))


async def test_an_empty_tenant_is_a_valid_response() -> None:
    snapshot = await poll(data_of())
    assert (snapshot.queues, snapshot.agents, snapshot.unmapped) == ((), (), ())


async def test_grid_ids_may_be_numbers_and_other_parts_are_ignored() -> None:
    body = {"1": {"service_grids": [{"id": 1, "values": [{"name": "a"}]}], "agent_grids": [{"id": 1, "values": []}]}}
    more = {"chat_messages": [{"id": "1", "content": "hello"}], "stats_totals": None}
    beside: dict[str, object] = {"2": {}, "3": None, "chat_messages": [], "timestamp": 1767225600}
    snapshot = await poll(json.dumps({"1": {**body["1"], **more}, **beside}).encode())
    assert [queue.id for queue in snapshot.queues] == ["a"]


async def test_a_single_grid_or_row_may_be_no_list() -> None:
    body = {
        "1": {
            "service_grids": {"id": "1", "values": {"name": "a", "in_calls_waiting": "3"}},
            "agent_grids": {"id": "1", "values": []},
        }
    }
    snapshot = await poll(json.dumps(body).encode())
    assert [(queue.id, queue.waiting_contacts) for queue in snapshot.queues] == [("a", 3)]


# Hostile responses


async def test_hostile_rows_lose_no_good_value() -> None:
    rows = [
        {"name": 'Sales" } 1\n# EOF', "in_calls_waiting": "1"},
        {"name": "x" * 5000, "in_calls_waiting": "2"},
        {"name": {"deep": []}, "in_calls_waiting": "3"},
        {"name": "bad", "in_calls_waiting": "-4", "service_level": "NaN", "in_ewt": "1e999", "agents_busy": "5"},
        {"name": "high", "service_level": "101", "in_max_wait_time": [], "agents_busy": "6"},
        "no row",
        {"name": "good", "in_calls_waiting": "7"},
    ]
    snapshot = await poll(data_of(rows))
    series = samples(snapshot)
    waiting = {name[1][:8]: value for name, value in series.items() if name[0] == "queue_waiting_contacts"}
    assert waiting == {'Sales" }': 1, "xxxxxxxx": 2, "good": 7}
    busy = {name[1]: value for name, value in series.items() if name[0] == "queue_agents"}
    assert busy == {"bad": 5, "high": 6}
    assert {field for field, _ in snapshot.unmapped} == {
        "service_grids",
        "service_grids.name",
        "service_grids.in_calls_waiting",
        "service_grids.service_level",
        "service_grids.in_ewt",
        "service_grids.in_max_wait_time",
    }


async def test_invalid_utf8_loses_only_its_characters() -> None:
    snapshot = await poll(data_of([{"name": "Caf?", "in_calls_waiting": "1"}]).replace(b"?", b"\xe9"))
    assert samples(snapshot) == {("queue_waiting_contacts", "Caf\ufffd", "Caf\ufffd", ""): 1}
    assert snapshot.unmapped == (("data.encoding", "not UTF-8"),)


WHOLE = data_of([{"name": "a"}], [{"login_id": "1"}])


@pytest.mark.parametrize(
    ("status", "headers", "body", "reason", "retry_after"),
    [
        (200, {}, b"", Reason.DECODE, None),
        (200, {}, WHOLE[:-1], Reason.DECODE, None),
        (200, {}, b"<html><body>Sign in</body></html>", Reason.DECODE, None),
        (200, {}, b"[]", Reason.INVALID, None),
        (200, {}, b"{}", Reason.INVALID, None),
        (200, {}, b'{"2": {}}', Reason.INVALID, None),
        (200, {}, b'{"1": {}}', Reason.INVALID, None),
        (200, {}, b'{"1": {"service_grids": []}}', Reason.INVALID, None),
        (200, {}, WHOLE.replace(b'"id": "1"', b'"id": "2"'), Reason.INVALID, None),
        (200, {}, WHOLE.replace(b'[{"name": "a"}]', b"{}"), Reason.INVALID, None),
        (200, {}, WHOLE.replace(b'[{"name": "a"}]', b"7"), Reason.INVALID, None),
        (
            200,
            {},
            b'{"1": {"service_grids": [{"id": "1", "values": null}], "agent_grids": null}}',
            Reason.INVALID,
            None,
        ),
        (200, {}, WHOLE.replace(b'{"name": "a"}', b'"a"'), Reason.INVALID, None),
        (200, {}, WHOLE.replace(b'"name"', b'"other"'), Reason.INVALID, None),
        (302, {"Location": "https://elsewhere.example/"}, b"", Reason.HTTP, None),
        (403, {}, b"", Reason.AUTH, None),
        (429, {"Retry-After": "7"}, b"", Reason.THROTTLED, 7),
        (500, {}, b"", Reason.HTTP, None),
        (503, {"Retry-After": "30"}, b"", Reason.HTTP, 30),
    ],
)
async def test_every_bad_response_has_its_reason(
    status: int, headers: dict[str, str], body: bytes, reason: Reason, retry_after: float | None
) -> None:
    with Mocked() as vendor:
        vendor.post(SIGN_IN, payload=AUTH)
        vendor.post(SUBSCRIPTION)
        vendor.get(DATA, status=status, headers=headers, body=body)
        async with client() as brightpattern:
            error = await failure(brightpattern.statistics())
    assert (error.reason, error.retry_after) == (reason, retry_after)


@pytest.mark.parametrize("lost", [b"service_grids", b"agent_grids"])
async def test_a_missing_grid_costs_that_grid(lost: bytes) -> None:
    snapshot = await poll(WHOLE.replace(lost, b"other"))
    assert [queue.id for queue in snapshot.queues] == (["a"] if lost == b"agent_grids" else [])
    assert [agent.id for agent in snapshot.agents or ()] == (["1"] if lost == b"service_grids" else [])
    assert (snapshot.agents is None) == (lost == b"agent_grids")
    assert snapshot.unmapped[0] == (lost.decode(), "grid 1 is missing")


@pytest.mark.parametrize("lost", ["service_grids", "agent_grids"])
@pytest.mark.parametrize(
    "grids",
    [
        *([], [{"id": "1"}], {"id": "1"}, None, [None], [{"id": "2", "values": [{"name": "b"}]}]),
        *([{"id": "1", "values": nothing}] for nothing in (None, "")),
    ],
)
async def test_a_grid_without_rows_costs_that_grid(lost: str, grids: object) -> None:
    data = json.loads(WHOLE)
    data["1"][lost] = grids
    snapshot = await poll(json.dumps(data).encode())
    assert ([queue.id for queue in snapshot.queues], snapshot.agents is None) == (
        ([], False) if lost == "service_grids" else (["a"], True)
    )
    assert snapshot.unmapped[0] == (lost, "grid 1 is missing")


async def test_a_grid_and_a_row_sent_bare_are_lists_of_one() -> None:
    app = {"service_grids": {"id": "1", "values": {"name": "a"}}, "agent_grids": {"id": 1, "values": []}}
    snapshot = await poll(json.dumps({"1": app}).encode())
    assert ([queue.id for queue in snapshot.queues], snapshot.agents, snapshot.unmapped) == (["a"], (), ())


@pytest.mark.parametrize("value", ["1767225600", 1767225600000, "31622401", "-5", 4294967295, "-1"])
async def test_no_duration_is_longer_than_a_year_or_negative(value: object) -> None:
    service = dict.fromkeys(
        ("in_max_wait_time", "in_ewt", "service_level_threshold_time", "in_average_speed_of_answer"), value
    )
    agent = dict.fromkeys(
        (
            *("state_duration", "active_item_talk_duration", "active_item_hold_duration"),
            *(f"agent_total_{state}_time" for state in ("ready", "busy", "ACW", "break")),
        ),
        value,
    )
    snapshot = await poll(
        data_of([{"name": "a", **service}], [{"login_id": "1", "acd_state": "busy", **agent}]),
        totals_queue="All",
    )
    assert snapshot.queues == (Queue(id="a", name="a"), Queue(id="All", name="All"))
    assert snapshot.agents == (Agent(id="1", state="busy"),)
    assert {name.partition(".")[2] for name, _ in snapshot.unmapped} == service.keys() | agent.keys()


# Availability


async def test_an_unknown_service_costs_that_service() -> None:
    with Mocked() as vendor:
        for service, status in (("Sales", 200), ("Unknown", 404), ("Billing", 200)):
            address = f"{AVAILABILITY}?service={service}&tenantUrl=kelly.bugfocus.example"
            vendor.get(address, body=b'{"availability": [false]}', status=status)
        async with client(settings(services=["Sales", "Unknown", "Billing"])) as brightpattern:
            snapshot = await brightpattern.availability()
    assert [queue.id for queue in snapshot.queues] == ["Sales", "Billing"]
    assert not snapshot.unmapped
    assert snapshot.poll_items is not None
    assert "404" in snapshot.poll_items.error


async def availability(body: bytes, status: int = 200) -> dict[tuple[str, ...], float]:
    return samples(await asked_for_availability(body, status))


async def asked_for_availability(body: bytes, status: int = 200) -> Snapshot:
    with Mocked() as vendor:
        vendor.get(
            f"{AVAILABILITY}?service=Customer+Service&tenantUrl=kelly.bugfocus.example", body=body, status=status
        )
        async with client(settings(services=["Customer Service"])) as brightpattern:
            [_, resource] = brightpattern.resources
            snapshot = await resource.fetch()
        [[asked]] = vendor.requests.values()
    assert not asked.kwargs["headers"].keys() & {"Cookie", "Authorization"}
    assert (resource.name, resource.carries_thresholds) == ("availability", False)
    assert snapshot is not None
    return snapshot


async def test_the_published_availability_matches_its_golden_text() -> None:
    snapshot = await asked_for_availability(json.dumps(fixture("availability")).encode())
    SHOWN.require_golden("availability", snapshot, AGGREGATE)


@pytest.mark.parametrize("body", [b'{"availability": [false]}', b'{"availability": false}', b'{"availability": []}'])
async def test_no_available_agent_is_zero(body: bytes) -> None:
    assert await availability(body) == {("queue_agents", *QUEUE, "available"): 0}


@pytest.mark.parametrize("body", [b'{"availability": [true]}', b'{"availability": true}'])
async def test_some_available_agent_is_absent(body: bytes) -> None:
    assert await availability(body) == {}


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (200, b'{"availability": "maybe"}', Reason.INVALID),
        (200, b"{}", Reason.INVALID),
        (200, b"yes", Reason.DECODE),
        (404, b"", Reason.HTTP),
        (503, b"", Reason.HTTP),
    ],
)
async def test_unusable_availability_fails_the_poll(status: int, body: bytes, reason: Reason) -> None:
    with pytest.raises(PollError) as caught:
        await availability(body, status)
    assert caught.value.reason is reason


# The vendor


async def test_without_services_there_is_one_resource() -> None:
    async with client() as brightpattern:
        assert [(resource.name, resource.floor) for resource in brightpattern.resources] == [("statistics", 0)]
