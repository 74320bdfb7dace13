"""Netaxis APIO: its published responses, and the mapping of agents and call centres.

A fixture is what the vendor returns, the golden text beside it what Prometheus gets.
"""

import pytest

from exporter.metrics.mapping import Detail
from exporter.model import Agent, Queue, Snapshot
from exporter.vendors.apio.client import ApioClient
from tests.support.clock import ManualClock
from tests.support.vendors.apio import (
    SERVICE,
    SHOWN,
    USERS,
    Server,
    answer,
    connected,
    fixture,
    page,
    person,
    poll,
    profile,
    samples,
    settings,
)
from tests.support.vendors.polls import AGGREGATE, NAMES, asking, passing

EXAMPLES = ("profile", "profile_enriched", "profile_filtered", "profile_enriched_filtered")


async def published(name: str) -> Snapshot:
    """Return the snapshot of the published agents with one of the published profiles."""
    server = Server({"ApioUserTest1@sip.netaxis.be": fixture(name)})
    server.supervised["fooSupervisorUser", "fooCallCenter"] = fixture("supervised_agents")
    return await poll(server, supervisors=["fooSupervisorUser"], call_centers=["fooCallCenter"])


# The published examples


@pytest.mark.parametrize(
    ("name", "detail", "golden"),
    [*((name, AGGREGATE, name) for name in EXAMPLES), ("profile_enriched", NAMES, "supervised_agents.name")],
)
async def test_the_published_example_matches_its_golden_text(name: str, detail: Detail, golden: str) -> None:
    snapshot = await published(name)
    assert not snapshot.unmapped
    SHOWN.require_golden(golden, snapshot, detail)


async def test_no_agent_is_named_unless_configured() -> None:
    text = page(await published("profile_enriched"))
    assert "Test1" not in text
    assert "ApioUserTest1" not in text


async def test_the_requests_are_those_of_the_published_api() -> None:
    server = Server({"anna@sip.example": profile()})
    server.supervised["chief@sip.example", "Sales@sip.example"] = {"supervised_agents": [person("anna@sip.example")]}
    await poll(server, supervisors=["chief@sip.example"], call_centers=["Sales@sip.example"])
    assert list(server.asked) == [
        f"{USERS}/chief@sip.example/services/call_centers/Sales@sip.example/supervised_agents/",
        f"{USERS}/anna@sip.example/services/call_centers/",
    ]
    assert server.bodies == [None, {"enrichCcInfo": True}]


async def test_the_names_of_call_centres_are_optional() -> None:
    server = Server({"anna": profile()})
    await poll(server, call_center_names=False)
    assert server.bodies == [None]


async def test_ids_with_url_characters_are_sent_unchanged() -> None:
    odd = "a b/c?d#e%2F"
    server = Server({odd: profile()})
    assert [agent.id for agent in (await poll(server)).agents or ()] == [odd]


# An agent's state


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("Sign-In", "not_ready"),
        ("Sign-Out", "logged_out"),
        ("Available", "available"),
        ("Unavailable", "not_ready"),
        ("Wrap-Up", "wrap_up"),
        ("wrap-up ", "wrap_up"),
    ],
)
async def test_every_agent_state_word_is_mapped(word: str, state: str) -> None:
    snapshot = await poll(Server({"anna": profile(word)}))
    assert [agent.state for agent in snapshot.agents or ()] == [state]
    assert not snapshot.unmapped


async def test_an_unmapped_state_is_unknown_and_recorded() -> None:
    snapshot = await poll(Server({"anna": profile("Meditating", "Sales")}))
    assert [agent.state for agent in snapshot.agents or ()] == ["unknown"]
    assert snapshot.unmapped == (("agents.agentACDState", "Meditating"),)
    assert samples(snapshot)["queue_agents", "Sales", "Centre Sales", "voice", "unknown"] == 1


async def test_the_code_is_the_reason_only_while_unavailable() -> None:
    server = Server({"anna": profile("Unavailable", code="Lunch"), "bram": profile("Available", code="Lunch")})
    series = samples(await poll(server))
    assert series["agents", "", "not_ready", "Lunch"] == 1
    assert series["agents", "", "available", ""] == 1
    assert ("agents", "", "available", "Lunch") not in series


@pytest.mark.parametrize("nothing", [None, ""])
async def test_missing_fields_are_absent(nothing: object) -> None:
    rows = [{"serviceUserId": "Sales", "available": nothing, "name": nothing}]
    empty = {"agentACDState": nothing, "agentUnavailableCode": nothing, "call_centers": rows}
    snapshot = await poll(Server({"anna": empty}))
    assert snapshot.agents == (Agent(id="anna"),)
    assert snapshot.queues == (Queue(id="Sales", channel="voice"),)
    # A missing state is exported as unknown and therefore recorded.
    assert snapshot.unmapped == (("agents.agentACDState", "missing"),)
    snapshot = await poll(Server({"anna": {"agentACDState": "Available", "call_centers": nothing}}))
    assert snapshot.agents == (Agent(id="anna", state="available"),)
    assert (snapshot.queues, snapshot.unmapped) == ((), ())


# Call centres


async def test_a_queue_counts_its_joined_agents_by_state() -> None:
    server = Server(
        {
            "anna": profile("Available", "Sales", "Service"),
            "bram": profile("Unavailable", "Sales", code="Lunch"),
            "chris": profile("Wrap-Up", "Sales"),
            "dina": profile("Available", call_centers=[{"serviceUserId": "Sales", "available": False}]),
        }
    )
    snapshot = await poll(server)
    assert {queue.id: (queue.name, queue.staffed_agents, queue.agents) for queue in snapshot.queues} == {
        "Sales": ("Centre Sales", 3, {"available": 1, "wrap_up": 1, "not_ready": 1}),
        "Service": ("Centre Service", 1, {"available": 1, "wrap_up": 0, "not_ready": 0}),
    }


async def test_a_joined_agent_who_signed_out_is_logged_out_and_not_staffed() -> None:
    snapshot = await poll(Server({"anna": profile("Sign-Out", "Sales"), "bram": profile("Sign-In", "Sales")}))
    [queue] = snapshot.queues
    assert queue.staffed_agents == 1
    assert queue.agents == {"available": 0, "wrap_up": 0, "not_ready": 1, "logged_out": 1}


@pytest.mark.parametrize(("joined", "staffed"), [("true", 1), ("False", 0), (True, 1), (False, 0), (1, 1), ("0", 0)])
async def test_the_joined_flag_may_be_text_or_a_number(joined: object, staffed: int) -> None:
    rows = [{"serviceUserId": "Sales", "available": joined}]
    [queue] = (await poll(Server({"anna": profile(call_centers=rows)}))).queues
    assert queue.staffed_agents == staffed


async def test_an_invalid_flag_is_recorded() -> None:
    rows = [{"serviceUserId": "Sales", "available": "maybe"}]
    snapshot = await poll(Server({"anna": profile(call_centers=rows)}))
    assert [queue.staffed_agents for queue in snapshot.queues] == [None]
    assert snapshot.unmapped == (("call_centers.available", "maybe"),)


@pytest.mark.parametrize("unknown", [None, "", "maybe"])
async def test_a_call_centre_has_no_counts_if_one_agent_may_have_joined(unknown: object) -> None:
    rows = [{"serviceUserId": "Sales", "available": True}, {"serviceUserId": "Support", "available": True}]
    open_rows = [{"serviceUserId": "Sales", "available": unknown}]
    snapshot = await poll(Server({"anna": profile(call_centers=rows), "bram": profile(call_centers=open_rows)}))
    assert {queue.id: queue.staffed_agents for queue in snapshot.queues} == {"Sales": None, "Support": 1}


async def test_a_call_centre_has_no_counts_if_a_listed_agent_names_no_call_centres() -> None:
    silent = {"agentACDState": "Available", "agentUnavailableCode": ""}
    server = Server(
        {"anna": profile("Available", "Sales", "Service"), "bram": silent, "chris": profile(None, "Service")}
    )
    server.supervised["chief", "Sales"] = {"supervised_agents": [person("anna"), person("bram")]}
    server.supervised["chief", "Service"] = {"supervised_agents": [person("anna"), person("chris")]}
    snapshot = await poll(server, supervisors=["chief"], call_centers=["Sales", "Service"])
    assert {queue.id: queue.staffed_agents for queue in snapshot.queues} == {"Sales": None, "Service": 2}
    assert sum(agent.state == "available" for agent in snapshot.agents or ()) == 2


async def test_a_call_centre_has_no_counts_without_an_agent_who_had_joined_it() -> None:
    """A supervisor's list of a call centre need not contain every agent who has joined it."""
    server, clock = (
        Server({"anna": profile("Available", "Sales", "Service"), "bram": profile(None, "Service")}),
        ManualClock(),
    )
    server.supervised["chief", "Sales"] = {"supervised_agents": [person("anna")]}
    server.supervised["chief", "Service"] = {"supervised_agents": [person("bram")]}
    async with connected(server, clock, supervisors=["chief"], call_centers=["Sales", "Service"]) as client:
        first = await passing(clock, client.agents())
        server.users["anna"] = answer(500)
        for _ in range(4):
            await clock.advance(15)
            later = await passing(clock, client.agents())
    assert {queue.id: queue.staffed_agents for queue in first.queues} == {"Sales": 1, "Service": 2}
    assert [agent.state for agent in later.agents or ()] == ["unknown", "unknown"]
    assert {queue.id: queue.staffed_agents for queue in later.queues} == {"Service": None}


async def test_a_list_of_agents_that_is_null_is_empty() -> None:
    server = Server({"anna": profile("Available", "Sales")})
    server.supervised["chief", "Sales"] = {"supervised_agents": [person("anna")]}
    server.supervised["chief", "Night"] = {"supervised_agents": None}
    snapshot = await poll(server, supervisors=["chief"], call_centers=["Sales", "Night"])
    assert {queue.id: queue.staffed_agents for queue in snapshot.queues} == {"Sales": 1, "Night": 0}
    assert not snapshot.unmapped


async def test_a_configured_call_centre_without_agents_is_exported_as_empty() -> None:
    server = Server()
    server.supervised["chief", "Night"] = {"supervised_agents": []}
    snapshot = await poll(server, supervisors=["chief"], call_centers=["Night", "Nowhere"])
    empty = Queue(id="Night", channel="voice", staffed_agents=0, agents={"available": 0, "wrap_up": 0, "not_ready": 0})
    assert snapshot.queues == (empty,)
    assert snapshot.agents == ()


async def test_a_configured_call_centre_matches_its_full_address() -> None:
    server = Server({"anna": profile("Available", "Sales@sip.example")})
    server.supervised["chief", "sales"] = {"supervised_agents": []}
    snapshot = await poll(server, supervisors=["chief"], call_centers=["sales"], users=["anna"])
    assert [(queue.id, queue.staffed_agents) for queue in snapshot.queues] == [("Sales@sip.example", 1)]


async def test_a_call_centre_missing_from_its_agents_is_not_exported_as_empty() -> None:
    server = Server({"anna": profile("Available", "Sales")})
    server.supervised["chief", "Night"] = {"supervised_agents": [person("anna")]}
    snapshot = await poll(server, supervisors=["chief"], call_centers=["Night"])
    assert [queue.id for queue in snapshot.queues] == ["Sales"]


# Finding the agents


async def test_an_agent_listed_several_times_is_requested_once() -> None:
    server = Server({"anna": profile(), "bram": profile(), "chris": profile()})
    server.supervised["chief", "Sales"] = {"supervised_agents": [person("anna", "Sales"), person("bram", "Support")]}
    server.supervised["chief", "Service"] = {"supervised_agents": [person("bram", "Other")]}
    snapshot = await poll(server, supervisors=["chief"], call_centers=["Sales", "Service"], users=["chris", "anna"])
    assert [(agent.id, agent.name, agent.group) for agent in snapshot.agents or ()] == [
        ("anna", "A. Anna", "Sales"),
        ("bram", "A. Bram", "Support"),
        ("chris", "", ""),
    ]
    assert set(server.asked.values()) == {1}


@pytest.mark.parametrize("user", ["anna", "Anna@sip.example", "anna@sip.example"])
async def test_a_listed_agent_that_is_configured_in_another_form_counts_once(user: str) -> None:
    shown = profile("Available", "Sales")
    server = Server({user: shown, "anna@sip.example": shown, "anna@b.example": profile("Wrap-Up", "Sales")})
    server.supervised["chief", "Sales"] = {"supervised_agents": [person("anna@sip.example")]}
    users = [user, "anna@b.example"]
    snapshot = await poll(server, supervisors=["chief"], call_centers=["Sales"], users=users)
    assert [agent.id for agent in snapshot.agents or ()] == ["anna@sip.example", "anna@b.example"]
    assert [queue.staffed_agents for queue in snapshot.queues] == [2]


@pytest.mark.parametrize(
    ("department", "group"),
    [
        ({"departmentName": "Sales", "fullPathName": "All \\ Sales"}, "Sales"),
        ({"fullPathName": "All \\ Sales"}, "All \\ Sales"),
        ("Sales", "Sales"),
        (None, ""),
        ({}, ""),
        ({"departmentName": ["Sales"]}, ""),
    ],
)
async def test_the_group_is_the_department(department: object, group: str) -> None:
    server = Server({"anna": profile()})
    server.supervised["chief", "Sales"] = {"supervised_agents": [{"userId": "anna", "department": department}]}
    snapshot = await poll(server, supervisors=["chief"], call_centers=["Sales"])
    assert [agent.group for agent in snapshot.agents or ()] == [group]


async def test_an_agent_keeps_the_vendors_id_in_every_domain() -> None:
    users = ["anna", "anna@a.example", "anna@b.example", "40001@sip.example"]
    snapshot = await poll(Server(dict.fromkeys(users, profile())))
    assert [agent.id for agent in snapshot.agents or ()] == users


async def test_the_only_resource_is_paced() -> None:
    async with asking() as http:
        client = ApioClient(settings(users=["anna"]), http, ManualClock())
        assert [(resource.name, resource.paced) for resource in client.resources] == [("agents", True)]
        await client.close()


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"username": None}, "missing credentials"),
        ({"password": None}, "missing credentials"),
        ({"token": "t", "username": "exporter"}, "set only one of them"),
        ({"token": "t\nX-Evil: 1"}, "not allowed in an HTTP header"),
        ({"users": []}, "no agents configured"),
        ({"users": [], "call_centers": ["Sales"]}, "no agents configured"),
        ({"supervisors": ["chief"]}, "supervisors requires call_centers"),
        ({"concurrency": 0}, "greater than or equal to 1"),
        ({"concurrency": 9}, "less than or equal to 8"),
        ({"login_path": "login"}, "not a path"),
        ({"login_path": "/login?password=x"}, "not a path"),
    ],
)
def test_invalid_settings_are_reported(more: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        settings(**{"users": ["anna"], **more})


def test_settings_have_defaults() -> None:
    target = settings(users=["anna"])
    assert (target.login_path, target.concurrency, target.call_center_names) == ("/api/v01/auth/login", 8, True)


@pytest.mark.parametrize(
    ("department", "group"),
    [
        ({"groupId": "west", "departmentName": "Sales"}, "Sales"),
        ({"groupId": "west", "departmentName": "", "fullPathName": "Europe \\ Sales"}, "Europe \\ Sales"),
        ({"groupId": "west"}, "west"),
        ({}, ""),
    ],
)
async def test_the_group_of_an_agent_is_the_department_or_else_its_group(department: object, group: str) -> None:
    server = Server({"anna": profile("Available", "Sales")})
    server.supervised["chief", "Sales"] = {"supervised_agents": [person("anna") | {"department": department}]}
    snapshot = await poll(server, supervisors=["chief"], call_centers=["Sales"], users=[])
    assert [agent.group for agent in snapshot.agents or ()] == [group]


async def test_the_agents_are_listed_again_if_one_is_in_neither_group() -> None:
    server = Server({})
    server.supervised["chief", "Sales"] = {
        "supervised_agents": [person("anna"), person("bram") | {"department": {"groupId": "west"}}]
    }
    server.users["anna"] = profile("Available", "Sales")
    listing = f"{USERS}/chief/{SERVICE}Sales/supervised_agents/"
    clock = ManualClock()
    async with connected(server, clock, supervisors=["chief"], call_centers=["Sales"], users=[]) as client:
        await client.agents()
        server.users["bram"] = profile("Wrap-Up", "Sales")
        await passing(clock, client.agents())
        assert server.asked[listing] == 2
        snapshot = await passing(clock, client.agents())
    assert server.asked[listing] == 2
    assert [agent.state for agent in snapshot.agents or ()] == ["available", "wrap_up"]


async def test_an_agent_of_another_group_is_requested_there() -> None:
    server = Server()
    own = USERS.rsplit("/", 2)[0]
    server.elsewhere[f"{own}/west/users/anna/{SERVICE}"] = profile("Available", "Sales")
    rows = [person("anna") | {"department": {"groupId": "west"}}]
    server.supervised["chief", "Sales"] = {"supervised_agents": rows}
    async with connected(server, supervisors=["chief"], call_centers=["Sales"], users=[]) as apio:
        for _ in range(2):
            snapshot = await apio.agents()
            assert [agent.state for agent in snapshot.agents or ()] == ["available"]
            assert not snapshot.unmapped
    assert server.asked[f"{USERS}/anna/{SERVICE}"] == 1
