"""Axialys Voice Management: the mapping of its fields and states.

The documentation publishes fields and no responses: a fixture has every field of a section, and the golden text beside
it is what Prometheus gets.
"""

import json

import msgspec
import pytest

from exporter.metrics.mapping import Detail
from exporter.model import Agent, Snapshot
from exporter.vendors.axialys.dates import Dates
from exporter.vendors.axialys.operators import OPERATORS, OPERATORS_BY_GROUP, operators
from tests.support.clock import ManualClock
from tests.support.vendors.axialys import FIXTURES, RECEIVED, Vendor, client, poll
from tests.support.vendors.polls import AGGREGATE, NAMES, Shown

SHOWN = Shown("paris", FIXTURES)
page, samples = SHOWN.page, SHOWN.samples


def rows(*items: object) -> bytes:
    return json.dumps(items, ensure_ascii=False).encode()


async def operator(**fields: object) -> tuple[Agent, Snapshot]:
    """Return the agent of one operator with these fields, and the whole snapshot."""
    snapshot = await poll("operators", Vendor(operators_init=rows({"id": 1, **fields}), groups=b"[]"))
    assert snapshot.agents is not None
    return snapshot.agents[0], snapshot


# Every published field


@pytest.mark.parametrize(
    ("resource", "detail", "golden"),
    [
        ("groups", AGGREGATE, "groups"),
        ("operators", AGGREGATE, "operators_init"),
        ("operators", NAMES, "operators.name"),
        ("group_stats", AGGREGATE, "group_stats"),
        ("received_groups", AGGREGATE, "received_groups"),
        ("received_numbers", AGGREGATE, "received_numbers"),
    ],
)
async def test_every_published_field_matches_the_golden_text(resource: str, detail: Detail, golden: str) -> None:
    snapshot = await poll(resource, agents={"detail": detail.agents})
    assert not snapshot.unmapped
    SHOWN.require_golden(golden, snapshot, detail)


async def test_no_two_resources_export_the_same_series() -> None:
    seen: set[tuple[str, ...]] = set()
    async with client(Vendor(), **RECEIVED, agents={"detail": "name"}) as axialys:
        for resource in axialys.resources:
            snapshot = await resource.fetch()
            assert snapshot is not None
            series = samples(snapshot, NAMES).keys()
            assert not seen & series
            seen |= series
    assert len(seen) > 100


def test_the_reference_names_the_fields_that_are_read() -> None:
    read_fields = {field.name for field in operators(Dates("UTC", ManualClock())).fields}
    assert {field.name for table in (OPERATORS, OPERATORS_BY_GROUP) for field in table.fields} == read_fields


# Operators


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("available", "available"),
        ("vailable", "available"),
        ("ringing", "ringing"),
        ("calling", "busy"),
        ("connected", "busy"),
        ("unavailable", "not_ready"),
        (" Available ", "available"),
    ],
)
async def test_every_operator_state_word_is_mapped(word: str, state: str) -> None:
    agent, snapshot = await operator(etat=word)
    assert agent.state == state
    assert not snapshot.unmapped


async def test_an_unmapped_state_is_unknown_and_recorded() -> None:
    agent, snapshot = await operator(etat="en formation", groups=[12])
    assert agent.state == "unknown"
    assert snapshot.unmapped == (("operators_init.etat", "en formation"),)
    assert samples(snapshot)["queue_agents", "12", "", "voice", "unknown"] == 1


@pytest.mark.parametrize("fields", [{}, {"etat": None}, {"etat": "", "pause": "", "ui_login": "", "ui_logout": ""}])
async def test_an_operator_without_fields_is_unknown(fields: dict[str, object]) -> None:
    agent, snapshot = await operator(**fields)
    assert (agent.state, agent.time_in_state_seconds, agent.reason, agent.group) == ("unknown", None, "", "")
    assert snapshot.unmapped == (("operators_init.etat", "missing"),)


async def test_a_break_or_logout_needs_no_state_word() -> None:
    for fields in ({"pause": "Café"}, {"ui_logout": "2027-01-14 18:00:00"}):
        _, snapshot = await operator(**fields)
        assert not snapshot.unmapped


@pytest.mark.parametrize(
    ("login", "logout", "state"),
    [
        ("2027-01-15 08:00:00", "2027-01-14 18:00:00", "available"),
        ("2027-01-14 08:00:00", "2027-01-14 18:00:00", "logged_out"),
        ("2027-01-15 08:00:00", "2027-01-15 08:00:00", "available"),
        (None, "2027-01-14 18:00:00", "logged_out"),
        ("2027-01-15 08:00:00", None, "available"),
        ("2027-01-15 08:00:00", "0000-00-00 00:00:00", "available"),
        (None, None, "available"),
    ],
)
async def test_an_operator_is_logged_out_if_the_logout_follows_the_login(
    login: str | None, logout: str | None, state: str
) -> None:
    agent, _ = await operator(etat="available", ui_login=login, ui_logout=logout)
    assert agent.state == state


@pytest.mark.parametrize(
    ("login", "logout", "state"),
    [
        ("2023-01-09 08:00:00", "2023-01-09 18:00:00", "logged_out"),
        ("2027-01-15 08:00:00", "2023-01-09 18:00:00", "available"),
        ("2025-11-03 08:00:00", "2023-01-09 18:00:00", "available"),
    ],
)
async def test_an_operator_who_left_long_ago_is_logged_out(login: str, logout: str, state: str) -> None:
    agent, snapshot = await operator(etat="available", ui_login=login, ui_logout=logout, groups=[12])
    assert agent.state == state
    # Of more than a year: a valid date, but no duration.
    assert agent.time_in_state_seconds == (3600 if login.startswith("2027") else None)
    assert not snapshot.unmapped


@pytest.mark.parametrize(
    ("login", "logout", "state"),
    [
        ("2027-01-15 09:50:00", "2027-01-14 18:00:00", "available"),
        ("2027-01-15 09:40:00", "2027-01-15 09:50:00", "logged_out"),
    ],
)
async def test_dates_of_a_wrong_time_zone_do_not_change_the_state(login: str, logout: str, state: str) -> None:
    agent, snapshot = await operator(etat="available", ui_login=login, ui_logout=logout)
    assert (agent.state, agent.time_in_state_seconds) == (state, None)
    assert ("operators_init.ui_login", login) in snapshot.unmapped


@pytest.mark.parametrize("login", ["1970-01-01 01:00:00", "0001-01-01T00:00:00", "0000-00-00 00:00:00"])
async def test_a_placeholder_is_no_login(login: str) -> None:
    agent, _ = await operator(etat="available", ui_login="2027-01-15 08:00:00", ui_logout=login)
    assert (agent.state, agent.time_in_state_seconds) == ("available", 3600)
    agent, _ = await operator(etat="available", ui_login=login, ui_logout=login)
    assert (agent.state, agent.time_in_state_seconds) == ("available", None)


async def test_a_logged_out_operator_is_in_no_queue_and_on_no_break() -> None:
    agent, snapshot = await operator(
        etat="connected", pause="Café", ui_login="2027-01-14 08:00", ui_logout="2027-01-15 08:59", groups=[12]
    )
    assert (agent.state, agent.reason, agent.time_in_state_seconds) == ("logged_out", "", 60)
    assert {value for (name, *_), value in samples(snapshot).items() if name == "queue_agents"} == {0}


@pytest.mark.parametrize(
    ("fields", "state", "reason", "seconds"),
    [
        ({"pause": "Déjeuner", "ui_pause": "2027-01-15 08:50:00"}, "paused", "Déjeuner", 600),
        ({"pause": 4, "ui_pause": "2027-01-15 08:50:00"}, "paused", "4", 600),
        ({"pause": True}, "paused", "", None),
        ({"pause": "Café"}, "paused", "Café", None),
        # The documentation calls it a date, which must not become a label.
        ({"pause": "2027-01-15 08:50:00"}, "paused", "", 600),
        ({"pause": "2027-01-15 08:50:00", "ui_pause": "2027-01-15 08:55:00"}, "paused", "", 300),
        ({"pause": "Café", "ui_pause": "2027-01-15 08:50", "ui_unpause": "2027-01-15 08:40"}, "paused", "Café", 600),
        ({"pause": "Café", "ui_pause": "2027-01-15 08:50", "ui_unpause": "2027-01-15 08:55"}, "not_ready", "", None),
        ({"pause": 1_799_999_400}, "paused", "", 600),
        ({"pause": "0000-00-00 00:00:00"}, "not_ready", "", None),
        ({"pause": "0000-00-00", "ui_pause": "2027-01-15 08:50:00"}, "not_ready", "", None),
        ({"pause": "0"}, "not_ready", "", None),
        ({"pause": 0}, "not_ready", "", None),
        ({"pause": False}, "not_ready", "", None),
        ({"ui_pause": "2027-01-15 08:50:00"}, "not_ready", "", None),
    ],
)
async def test_a_break_has_its_reason_and_duration(
    fields: dict[str, object], state: str, reason: str, seconds: float | None
) -> None:
    agent, snapshot = await operator(etat="unavailable", ui_login="2027-01-15 08:00:00", **fields)
    assert (agent.state, agent.reason, agent.time_in_state_seconds) == (state, reason, seconds)
    assert not snapshot.unmapped


@pytest.mark.parametrize(
    ("etat", "resumed", "seconds"),
    [
        ("available", None, 3600),
        ("available", "2027-01-15 08:30:00", 1800),
        ("available", "2027-01-14 12:00:00", 3600),
        # The API does not provide the beginning of a call, and it was not the login.
        ("ringing", None, None),
        ("connected", None, None),
        ("unavailable", None, None),
    ],
)
async def test_the_time_in_state_begins_at_the_login_or_the_last_break(
    etat: str, resumed: str | None, seconds: float | None
) -> None:
    agent, _ = await operator(etat=etat, ui_login="2027-01-15 08:00:00", ui_unpause=resumed)
    assert agent.time_in_state_seconds == seconds


@pytest.mark.parametrize(
    ("groups", "ids"),
    [
        ([12, 13], ["12", "13"]),
        (["12", "12", " 13 "], ["12", "13"]),
        ("12,13", ["12", "13"]),
        ("12; 13", ["12", "13"]),
        ("12|13", ["12", "13"]),
        ("12", ["12"]),
        ([], []),
        (None, []),
        ([None, "", 12], ["12"]),
        (7, ["7"]),
        ([{"id": 12, "name": "Service client"}, {"id_group": "13"}], ["12", "13"]),
        ({"id": 12}, ["12"]),
    ],
)
async def test_the_groups_of_an_operator(groups: object, ids: list[str]) -> None:
    _, snapshot = await operator(etat="available", groups=groups)
    assert [queue.id for queue in snapshot.queues] == ids
    assert not snapshot.unmapped


@pytest.mark.parametrize("groups", [{"12": 1}, [[12]], [{"name": "Service client"}], True])
async def test_unreadable_groups_are_skipped(groups: object) -> None:
    agent, snapshot = await operator(etat="available", groups=groups)
    assert agent.state == "available"
    assert not snapshot.queues
    assert [field for field, _ in snapshot.unmapped] == ["operators_init.groups"]


async def test_unreadable_groups_cost_that_operator_only() -> None:
    rows = [
        {"id": 1, "etat": "available", "groups": [12]},
        {"id": 2, "etat": "available", "groups": True},
        {"id": 3, "etat": "available", "groups": [12, [13]]},
    ]
    snapshot = await poll("operators", Vendor(operators_init=msgspec.json.encode(rows)))
    assert {queue.id: queue.agents["available"] for queue in snapshot.queues} == {"12": 2, "13": 0}
    assert [agent.state for agent in snapshot.agents or ()] == ["available"] * 3
    assert [field for field, _ in snapshot.unmapped] == ["operators_init.groups"] * 2


async def test_queues_have_no_counts_if_the_groups_of_all_operators_are_unreadable() -> None:
    rows = [{"id": 1, "etat": "available", "groups": True}, {"id": 2, "etat": "available", "groups": []}]
    snapshot = await poll("operators", Vendor(operators_init=msgspec.json.encode(rows)))
    assert not snapshot.queues
    assert len(snapshot.agents or ()) == 2


async def test_a_group_without_operators_is_exported_with_zeros() -> None:
    series = samples(await poll("operators", Vendor(operators_init=b"[]")))
    assert len(series) == 10
    assert set(series.values()) == {0}
    assert ("queue_agents", "12", "Service client", "voice", "available") in series


# Names


async def test_names_are_requested_only_if_they_are_exported() -> None:
    for detail, times in (("aggregate", 0), ("id", 0), ("name", 1)):
        vendor = Vendor()
        async with client(vendor, agents={"detail": detail}) as axialys:
            assert ("operator_names" in [resource.name for resource in axialys.resources]) == bool(times)
            await axialys.operators()
        assert vendor.times("/vm/operators/") == times


async def test_an_email_address_is_not_used_as_a_name() -> None:
    snapshot = await poll("operators", agents={"detail": "name"})
    assert [agent.name for agent in snapshot.agents or ()][:4] == ["jmartin", "ppetit", "", "aline"]
    assert "@" not in page(snapshot, NAMES)
    names = await poll("operator_names", agents={"detail": "name"})
    assert names.unmapped == (("operators.login", "an e-mail address"),)


async def test_operators_are_exported_even_if_names_and_groups_fail() -> None:
    snapshot = await poll("operators", Vendor(operators=500, groups=500), agents={"detail": "name"})
    assert len(snapshot.agents or ()) == 8
    assert {agent.name for agent in snapshot.agents or ()} == {""}


# Supervision


async def test_waiting_ages_are_cumulated() -> None:
    series = samples(await poll("group_stats"))
    ages = {series_[-1]: value for series_, value in series.items() if "wait_age" in series_[0] and "12" in series_}
    assert ages == {"60": 2, "180": 3, "+Inf": 4}


@pytest.mark.parametrize(
    "missing", ["nbr_appels_attente_moins1m", "nbr_appels_attente_1a3m", "nbr_appels_attente_3mplus"]
)
async def test_waiting_ages_are_not_exported_if_one_is_missing(missing: str) -> None:
    fields = json.loads((FIXTURES / "group_stats.json").read_bytes()) | {missing: None}
    snapshot = await poll("group_stats", Vendor(group_stats=json.dumps(fields).encode()))
    assert not [name for name, *_ in samples(snapshot) if "wait_age" in name]
    assert snapshot.queues[0].contacts_offered == 240


@pytest.mark.parametrize(
    ("returned", "seconds"),
    [(62, 62), (62.5, 62.5), ("62", 62), ("62.5", 62.5), ("00:01:02", 62), ("100:00:00", 360_000), ("0", 0)],
)
async def test_times_in_every_form(returned: object, seconds: float) -> None:
    snapshot = await poll("group_stats", Vendor(group_stats=json.dumps({"tps_max_attente": returned}).encode()))
    assert snapshot.queues[0].max_wait_seconds == seconds


@pytest.mark.parametrize(("returned", "ratio"), [(57, 0.57), ("87,5", 0.875), ("87.5 %", 0.875), ("100%", 1), ("0", 0)])
async def test_percentages_in_every_form(returned: object, ratio: float) -> None:
    snapshot = await poll("group_stats", Vendor(group_stats=json.dumps({"pourc_decroche": returned}).encode()))
    assert snapshot.queues[0].answered_ratio == ratio


async def test_missing_fields_are_not_exported() -> None:
    whole = json.loads((FIXTURES / "group_stats.json").read_bytes())
    for nothing in (None, ""):
        snapshot = await poll("group_stats", Vendor(group_stats=json.dumps(dict.fromkeys(whole, nothing)).encode()))
        # The seconds are configured, so they are exported without any count.
        assert {name for name, *_ in samples(snapshot)} == {"queue_service_level_target_seconds"}
        assert not snapshot.unmapped


async def test_a_group_without_a_name_in_the_list_has_that_of_its_statistics() -> None:
    snapshot = await poll("group_stats", Vendor(groups=rows({"id": 12, "name": None}, {"id": 13, "name": "Ventes"})))
    name = json.loads((FIXTURES / "group_stats.json").read_bytes())["group_name"]
    assert {queue.id: queue.name for queue in snapshot.queues} == {"12": name, "13": "Ventes"}


@pytest.mark.parametrize("resource", ["group_stats", "received_groups"])
async def test_the_statistics_of_another_group_are_rejected(resource: str) -> None:
    fields = json.loads((FIXTURES / f"{resource}.json").read_bytes()) | {"group_id": " 12"}
    vendor = Vendor(groups=rows({"id": 12}, {"id": 13}), **{resource: json.dumps(fields).encode()})
    snapshot = await poll(resource, vendor)
    assert [queue.id for queue in snapshot.queues] == ["12"]
    assert snapshot.poll_items is not None
    assert snapshot.poll_items.failed == 1


async def test_an_empty_queue_has_no_oldest_wait() -> None:
    fields = json.loads((FIXTURES / "received_groups.json").read_bytes())
    fields |= {"oldest_call_waiting_since": None, "oldest_call_connected_since": ""}
    snapshot = await poll("received_groups", Vendor(received_groups=json.dumps(fields).encode()))
    assert {name for name, *_ in samples(snapshot)} == {"queue_contacts_answered_total"}


@pytest.mark.parametrize(("date", "age"), [(None, None), ("2027-01-15T08:56:40+01:00", 0)])
async def test_the_oldest_call_is_0_without_a_call(date: object, age: float | None) -> None:
    fields = json.loads((FIXTURES / "received_groups.json").read_bytes())
    fields |= {"active_calls": "0", "oldest_call_waiting_since": date, "oldest_call_connected_since": date}
    snapshot = await poll("received_groups", Vendor(received_groups=json.dumps(fields).encode()))
    assert {(queue.oldest_wait_seconds, queue.oldest_active_seconds) for queue in snapshot.queues} == {(age, age)}


@pytest.mark.parametrize(("date", "age"), [(None, None), ("2027-01-15T08:56:40+01:00", 0)])
async def test_the_oldest_call_of_a_number_is_0_without_a_call(date: object, age: float | None) -> None:
    fields = json.loads((FIXTURES / "received_numbers.json").read_bytes())
    fields |= {"active_calls": 2, "in_conversation_calls": 0, "oldest_in_conversation_call_since": date}
    snapshot = await poll("received_numbers", Vendor(received_numbers=json.dumps(fields).encode()))
    assert {number.oldest_active_seconds for number in snapshot.numbers} == {age}
    assert all(number.oldest_in_progress_seconds for number in snapshot.numbers)


async def test_the_oldest_wait_is_computed_from_a_date() -> None:
    assert [queue.oldest_wait_seconds for queue in (await poll("received_groups")).queues] == [200, 200]


async def test_the_oldest_call_is_computed_from_a_date() -> None:
    assert [queue.oldest_active_seconds for queue in (await poll("received_groups")).queues] == [1140, 1140]


@pytest.mark.parametrize(("meaning", "talk", "handle"), [("ignore", None, None), ("talk", 43200, None)])
async def test_the_meaning_of_the_total_duration_is_a_setting(
    meaning: str, talk: float | None, handle: float | None
) -> None:
    for queue in (await poll("received_groups", total_duration=meaning)).queues:
        assert (queue.talk_seconds, queue.handle_seconds) == (talk, handle)
    handled = await poll("received_groups", total_duration="handle")
    assert [queue.handle_seconds for queue in handled.queues] == [43200, 43200]


async def test_numbers_are_no_queues() -> None:
    snapshot = await poll("received_numbers")
    assert not snapshot.queues
    assert [number.id for number in snapshot.numbers] == ["Hotline"]


async def test_each_resource_has_its_own_pace() -> None:
    async with client(Vendor(), **RECEIVED, agents={"detail": "name"}) as axialys:
        paces = {each.name: (each.floor, each.every, each.paced, each.carries_thresholds) for each in axialys.resources}
        await axialys.close()
    assert paces == {
        "groups": (0, 600, False, True),
        "operators": (30, 0, False, False),
        "group_stats": (0, 0, True, False),
        "operator_details": (30, 0, True, True),
        "operator_names": (0, 600, False, True),
        "received_groups": (0, 0, True, False),
        "received_numbers": (0, 0, True, False),
    }
