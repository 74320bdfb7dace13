"""Failures of APIO: each has its reason, and the failure of one agent loses only that agent."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest
from aiohttp import web

from exporter.errors import Reason
from exporter.metrics.agent_identity import AgentDetail
from exporter.metrics.mapping import Detail
from exporter.model import Failure
from exporter.vendors.apio.error_details import error_details
from tests.support.clock import ManualClock
from tests.support.vendors.apio import (
    SERVICE,
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
)
from tests.support.vendors.polls import CANARY, failure, passing

GOOD: Mapping[str, object] = {f"agent{number}@sip.example": profile("Available", "Sales") for number in range(30)}


def with_bad(*bad: object) -> Server:
    """Return a server with 30 good agents and these responses for others."""
    return Server({**GOOD, **{f"bad{number}@sip.example": returned for number, returned in enumerate(bad)}})


# The response for one agent

BAD_RESPONSES = [
    (b"", Reason.DECODE),
    (b"<html><title>Sign in</title></html>", Reason.DECODE),
    (json.dumps(fixture("profile")).encode()[:-20], Reason.DECODE),
    (json.dumps(fixture("profile")).encode() + b"}", Reason.DECODE),
    (b"[]", Reason.INVALID),
    (b"null", Reason.INVALID),
    (b"7", Reason.INVALID),
    (b"{}", Reason.INVALID),
    (b'[{"code": 7}]', Reason.INVALID),
    (b'{"details": "later"}', Reason.INVALID),
    (b'{"agentACDState": "Available", "call_centers": {}}', Reason.INVALID),
    (b'{"agentACDState": "Available", "call_centers": [7]}', Reason.INVALID),
    (answer(401, {"details": "no"}), Reason.AUTH),
    (answer(403, {"details": "no"}), Reason.AUTH),
    (answer(404, {"details": "no"}), Reason.HTTP),
    (answer(429), Reason.THROTTLED),
    (answer(500), Reason.HTTP),
    (answer(503), Reason.HTTP),
    (answer(302, Location="http://elsewhere.example/"), Reason.HTTP),
]


@pytest.mark.parametrize(("returned", "reason"), BAD_RESPONSES)
async def test_an_unusable_response_has_its_reason(returned: object, reason: Reason) -> None:
    error = await failure(poll(Server({"anna@sip.example": returned})))
    assert error.reason is reason
    assert "anna" not in str(error)


@pytest.mark.parametrize("returned", [returned for returned, reason in BAD_RESPONSES if reason is not Reason.THROTTLED])
async def test_one_bad_response_costs_the_state_of_that_agent(returned: object) -> None:
    server = with_bad(returned)
    snapshot = await poll(server)
    shown = samples(snapshot)
    assert (shown["agents", "", "available", ""], shown["agents", "", "unknown", ""]) == (30, 1)
    # A smaller count would look complete.
    assert ("queue_staffed_agents", "Sales", "Centre Sales", "voice") not in shown
    assert snapshot.poll_items is not None
    assert (snapshot.poll_items.answered, snapshot.poll_items.failed) == (30, 1)
    assert "bad0" not in snapshot.poll_items.error


async def test_a_hanging_request_costs_the_state_of_that_agent() -> None:
    server = with_bad()
    released = asyncio.Event()

    async def hang() -> object:
        await released.wait()
        return profile()

    server.users["slow@sip.example"] = hang
    async with connected(server, poll={"timeout": 2.0}) as client:
        snapshot = await client.agents()
        released.set()
    assert [agent.state for agent in snapshot.agents or ()] == ["available"] * 30 + ["unknown"]
    assert snapshot.poll_items is not None
    assert snapshot.poll_items.error == "agents: request timed out"


async def test_a_dropped_connection_costs_the_state_of_that_agent() -> None:
    server = with_bad()

    async def handle(request: web.Request) -> web.StreamResponse:
        if "gone" in request.path:
            assert request.transport is not None
            request.transport.abort()
        return await Server.handle(server, request)

    server.handle = handle  # type: ignore[method-assign]
    snapshot = await poll(server, users=[*server.users, "gone@sip.example"])
    assert [agent.state for agent in snapshot.agents or ()].count("unknown") == 1
    assert snapshot.poll_items is not None
    assert snapshot.poll_items.error.startswith("GET users/…/services/call_centers/: ")


async def test_a_throttled_poll_stops_at_once() -> None:
    server = with_bad()
    server.users = {"first@sip.example": answer(429, {"details": "slow down"}, Retry_After="30"), **server.users}
    error = await failure(poll(server, concurrency=1))
    assert (error.reason, error.retry_after) == (Reason.THROTTLED, 30)
    assert str(error) == "GET users/…/services/call_centers/ returned 429 Too Many Requests: slow down"
    assert len(server.asked) == 1


async def test_throttling_at_the_end_delays_the_last_agents() -> None:
    clock = ManualClock()
    server = with_bad()
    others = dict(list(server.users.items())[:28])
    server.users = {**others, "slow@sip.example": answer(429, Retry_After="40"), "last@sip.example": profile()}
    async with connected(server, clock, concurrency=1) as client:
        [agents] = client.resources
        snapshot = await client.agents()
        assert len(snapshot.agents or ()) == 28
        # Two agents are still to be requested, so the agents are not counted.
        assert not snapshot.agents_complete
        assert not any(name == "agents" for name, *_ in samples(snapshot))
        assert snapshot.poll_items is not None
        assert snapshot.poll_items.error.endswith("429 Too Many Requests")
        assert server.asked[f"{USERS}/last@sip.example/{SERVICE}"] == 0
        assert agents.remaining_pause() == 40
        server.users["slow@sip.example"] = profile()
        await clock.advance(40)
        assert agents.remaining_pause() == 0
        complete = await passing(clock, client.agents())
        assert complete.agents_complete
        assert len(complete.agents or ()) == 30


async def test_a_short_pause_is_waited_for() -> None:
    clock = ManualClock()
    server = Server({f"agent{number}": profile() for number in range(20)})
    async with connected(server, clock, poll={"interval": "25s"}) as client:
        await client.agents()
        server.users["agent3"] = answer(429, Retry_After="1")
        snapshot = await passing(clock, client.agents())
        assert snapshot.agents_complete
        assert len(snapshot.agents or ()) == 20
        assert server.asked[f"{USERS}/agent19/{SERVICE}"] == 2


async def test_throttling_without_a_delay_pauses_for_an_interval() -> None:
    server = with_bad()
    server.users = {"first@sip.example": answer(429), **server.users}
    async with connected(server, concurrency=1) as client:
        error = await failure(client.agents())
        [agents] = client.resources
        assert (error.reason, agents.remaining_pause()) == (Reason.THROTTLED, 15)
    assert len(server.asked) == 1


async def test_half_of_the_agents_may_fail() -> None:
    server = Server({**dict(list(GOOD.items())[:10]), **{f"bad{number}": answer(500) for number in range(10)}})
    clock = ManualClock()
    async with connected(server, clock) as client:
        first = samples(await passing(clock, client.agents()))
        shown = samples(await passing(clock, client.agents()))
    # The fault may be the server's and over at the next poll.
    assert not any(name == "agents" for name, *_ in first)
    assert (shown["agents", "", "available", ""], shown["agents", "", "unknown", ""]) == (10, 10)


async def test_the_reason_is_the_most_frequent_one() -> None:
    server = Server(
        {f"bad{number}": bad for number, bad in enumerate((answer(500), answer(403), b"<html>", answer(403)))}
    )
    error = await failure(poll(server, concurrency=1))
    assert error.reason is Reason.AUTH


async def test_a_failed_poll_sends_no_more_requests() -> None:
    server = Server({f"bad{number}": answer(503, Retry_After="7") for number in range(100)})
    error = await failure(poll(server, concurrency=4))
    assert (error.reason, error.retry_after) == (Reason.HTTP, 7)
    assert len(server.asked) <= 11 + 4


# Error messages of the vendor


@pytest.mark.parametrize(
    ("returned", "shown"),
    [
        ({"details": "User not found"}, ": User not found"),
        ([{"code": 2, "details": "INVALID_PARAMETERS"}], ": code 2 INVALID_PARAMETERS"),
        ([{"code": 2}, {"code": 7}], ": code 2; code 7"),
        ({"code": 2}, ": code 2"),
        ({"details": "no\n  user anna@sip.example or +3225126778"}, ": no user … or …"),
        ({"details": f"password {CANARY} is wrong"}, ": password … is wrong"),
        ({"details": "x" * 1000}, ": " + "x" * 160),
        ({"details": {"code": 2}}, ""),
        ({"details": None}, ""),
        ([], ""),
        ([7, None, {}], ""),
        (None, ""),
        ("no", ""),
    ],
)
def test_the_details_of_an_error_are_shortened(returned: object, shown: str) -> None:
    assert error_details(json.dumps(returned).encode(), CANARY) == shown


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b'{"details": "', b"\xff", b"[" * 5000, b'{"details": "x"}' + b" " * 70_000]
)
def test_an_unreadable_error_has_no_details(body: bytes) -> None:
    assert error_details(body) == ""


# Hostile responses


@pytest.mark.parametrize("detail", ["aggregate", "pseudonym", "id", "name"])
async def test_hostile_labels_make_a_valid_page(detail: AgentDetail) -> None:
    evil = '\\"\n}' + "x" * 4000
    server = Server({"anna": profile(evil, evil, code=evil)})
    rows = [{"userId": "anna", "firstName": evil, "lastName": evil, "department": {"departmentName": evil}}]
    server.supervised["chief", "Sales"] = {"supervised_agents": rows}
    snapshot = await poll(server, supervisors=["chief"], call_centers=["Sales"])
    series = samples(snapshot, Detail(agents=detail, pseudonym_key=b"key"))
    assert all(len(label) <= 513 for labels in series for label in labels)
    assert sum(value for (name, *_), value in series.items() if name == "agents") == 1


async def test_invalid_utf8_loses_only_its_characters() -> None:
    body = json.dumps(profile("Unavailable", code="Caf?")).encode().replace(b"?", b"\xe9")
    snapshot = await poll(Server({"anna": body}))
    assert [agent.reason for agent in snapshot.agents or ()] == ["Caf\ufffd"]
    assert snapshot.unmapped == (("agents.encoding", "not UTF-8"),)


async def test_bad_rows_and_duplicates_are_skipped() -> None:
    rows = [
        {"serviceUserId": "Sales", "available": True},
        {"serviceUserId": "Sales", "available": False},
        {"available": True},
        7,
    ]
    snapshot = await poll(Server({"anna": profile(call_centers=rows)}))
    assert [(queue.id, queue.staffed_agents) for queue in snapshot.queues] == [("Sales", 1)]
    fields = sorted(field for field, _ in snapshot.unmapped)
    assert fields == ["call_centers", "call_centers.serviceUserId", "call_centers.serviceUserId"]


# Finding the agents

SUPERVISED: dict[str, Any] = {"supervisors": ["chief"], "call_centers": ["Sales", "Service"]}


@pytest.mark.parametrize(
    ("returned", "reason"),
    [
        (b"", Reason.DECODE),
        (b"<html>", Reason.DECODE),
        (b"[]", Reason.INVALID),
        (b"{}", Reason.INVALID),
        (b'{"supervised_agents": {}}', Reason.INVALID),
        (b'{"supervised_agents": [7]}', Reason.INVALID),
        (answer(403), Reason.AUTH),
        (answer(429), Reason.THROTTLED),
        (answer(503), Reason.HTTP),
    ],
)
async def test_a_poll_that_finds_no_agent_fails(returned: object, reason: Reason) -> None:
    server = Server({"anna": profile()})
    server.supervised["chief", "Sales"] = server.supervised["chief", "Service"] = returned
    for users in ([], ["anna"]):
        assert (await failure(poll(server, **SUPERVISED, users=users))).reason is reason


async def test_agents_are_not_counted_before_every_call_centre_is_listed() -> None:
    server, clock = Server({"anna": profile(None, "Service"), "bram": profile(None, "Sales")}), ManualClock()
    server.supervised["chief", "Sales"] = answer(429, Retry_After="9")
    server.supervised["chief", "Service"] = {"supervised_agents": [person("anna")]}
    async with connected(server, clock, **SUPERVISED) as client:
        first = samples(await passing(clock, client.agents()))
        server.supervised["chief", "Sales"] = {"supervised_agents": [person("bram")]}
        second = samples(await passing(clock, client.agents()))
    assert not [name for name, *_ in first if name == "agents"]
    assert first["queue_staffed_agents", "Service", "Centre Service", "voice"] == 1
    assert sum(count for (name, *_), count in second.items() if name == "agents") == 2


@pytest.mark.parametrize("returned", [b"<html>", b"{}", answer(500), answer(503)])
async def test_a_failed_call_centre_is_skipped_and_requested_again(returned: object) -> None:
    server, clock = Server({"anna": profile(), "bram": profile()}), ManualClock()
    server.supervised["chief", "Sales"] = returned
    server.supervised["chief", "Service"] = {"supervised_agents": [person("anna")]}
    async with connected(server, clock, **SUPERVISED) as client:
        snapshot = await client.agents()
        assert [agent.id for agent in snapshot.agents or ()] == ["anna"]
        assert [field for field, _ in snapshot.unmapped] == ["supervised_agents"]
        server.supervised["chief", "Sales"] = {"supervised_agents": [person("bram")]}
        snapshot = await passing(clock, client.agents())
        assert [agent.id for agent in snapshot.agents or ()] == ["bram", "anna"]
        assert not snapshot.unmapped
        # Once the agents are known, a failure to list them again loses none.
        server.supervised["chief", "Sales"] = returned
        await clock.advance(300)
        snapshot = await passing(clock, client.agents())
        assert [agent.id for agent in snapshot.agents or ()] == ["bram", "anna"]
        assert [field for field, _ in snapshot.unmapped] == ["supervised_agents"]


async def test_hanging_call_centres_leave_time_for_the_agents() -> None:
    clock = ManualClock()
    server = Server({"anna": profile()})

    async def doze() -> object:
        await clock.advance(4)
        return answer(503)

    for number in range(9):
        server.supervised["chief", f"Slow{number}"] = doze
    server.supervised["chief", "Sales"] = {"supervised_agents": [person("anna")]}
    names = ["Sales", *(f"Slow{number}" for number in range(9))]
    async with connected(server, clock, supervisors=["chief"], call_centers=names, concurrency=1) as client:
        snapshot = await client.agents()
    assert len(snapshot.agents or ()) == 1
    assert sum("poll interval too short" in why for _, why in snapshot.unmapped) == 7


@pytest.mark.parametrize("status", [400, 403, 404])
async def test_a_supervisor_without_the_call_centre_is_recorded(status: int) -> None:
    server = Server({"anna": profile()})
    server.supervised["chief", "Sales"] = answer(status, {"details": "no supervisor"})
    server.supervised["chief", "Service"] = {"supervised_agents": [person("anna")]}
    snapshot = await poll(server, **SUPERVISED)
    assert len(snapshot.agents or ()) == 1
    [(field, why)] = snapshot.unmapped
    assert field == "supervised_agents"
    assert why.endswith(": no supervisor")


async def test_supervisors_without_call_centres_fail_the_poll_unless_users_are_listed() -> None:
    server = Server({"anna": profile()})
    error = await failure(poll(server, **SUPERVISED))
    assert error.reason is Reason.HTTP
    assert "Sales/supervised_agents/ returned 404" in str(error)
    assert len((await poll(server, **SUPERVISED, users=["anna"])).agents or ()) == 1


async def test_too_many_agents_are_refused() -> None:
    server = Server()
    server.supervised["chief", "Sales"] = {"supervised_agents": [{"userId": number} for number in range(10_001)]}
    error = await failure(poll(server, supervisors=["chief"], call_centers=["Sales"]))
    assert error.reason is Reason.LIMIT


async def test_agents_are_listed_again_every_five_minutes() -> None:
    server = Server({"anna": profile(), "bram": profile()})
    path = "/api/v1/tenants/acme/groups/sales/users/chief/services/call_centers/Sales/supervised_agents/"
    clock = ManualClock()
    server.supervised["chief", "Sales"] = {"supervised_agents": [person("anna")]}
    async with connected(server, clock, supervisors=["chief"], call_centers=["Sales"]) as client:
        assert len((await client.agents()).agents or ()) == 1
        server.supervised["chief", "Sales"] = {"supervised_agents": [person("anna"), person("bram")]}
        await clock.advance(299)
        assert len((await client.agents()).agents or ()) == 1
        assert server.asked[path] == 1
        server.supervised["chief", "Sales"] = answer(503)
        await clock.advance(1)
        snapshot = await client.agents()
        assert (len(snapshot.agents or ()), [field for field, _ in snapshot.unmapped]) == (1, ["supervised_agents"])
        server.supervised["chief", "Sales"] = {"supervised_agents": [person("anna"), person("bram")]}
        assert len((await passing(clock, client.agents())).agents or ()) == 2


async def test_an_agent_that_is_gone_refreshes_the_list_of_agents() -> None:
    server = Server({"anna": profile()})
    server.supervised["chief", "Sales"] = {"supervised_agents": [person("anna")]}
    async with connected(server, supervisors=["chief"], call_centers=["Sales"]) as client:
        await client.agents()
        server.users = {"bram": profile()}
        server.supervised["chief", "Sales"] = {"supervised_agents": [person("bram")]}
        await failure(client.agents())
        assert [agent.id for agent in (await client.agents()).agents or ()] == ["bram"]


# Signing in


async def test_the_token_may_have_the_key_token() -> None:
    server = Server({"anna": profile()})
    server.tokens = {"only"}
    server.login = lambda: web.json_response({"access_token": None, "token": "only"})
    assert (await poll(server)).agents


async def test_the_error_of_a_refused_sign_in_names_no_user() -> None:
    server = Server(GOOD)
    server.login = lambda: web.json_response({"details": f"exporter, {CANARY} is wrong"}, status=401)
    error = await failure(poll(server))
    assert error.reason is Reason.AUTH
    assert "exporter" not in str(error)
    assert len(server.sign_ins) == 1
    assert not server.asked


async def test_a_token_refused_during_a_poll_is_renewed_once() -> None:
    server = Server(GOOD)
    server.users["agent9@sip.example"] = _forgetting(server)
    snapshot = await poll(server)
    assert len(snapshot.agents or ()) == 30
    assert not snapshot.unmapped
    assert len(server.sign_ins) == 2


async def test_a_token_that_expired_between_polls_is_renewed_once() -> None:
    server = Server(GOOD)
    clock = ManualClock()
    async with connected(server, clock) as client:
        for sign_ins in (1, 1, 2, 2):
            await passing(clock, client.agents())
            assert len(server.sign_ins) == sign_ins
            if sign_ins == 1 and clock.monotonic() > 10:
                server.tokens.clear()


async def test_a_token_that_is_always_refused_is_renewed_once_and_fails_as_auth() -> None:
    server = Server(dict.fromkeys(GOOD, answer(401, {"details": "Token expired"})))
    error = await failure(poll(server))
    assert error.reason is Reason.AUTH
    assert "returned 401 Unauthorized: Token expired" in str(error)
    assert len(server.sign_ins) == 2


async def test_users_that_refuse_every_token_cost_one_renewal_a_poll() -> None:
    server = with_bad(answer(401), answer(401), answer(401))
    assert samples(await poll(server))["agents", "", "available", ""] == 30
    assert len(server.sign_ins) == 2


async def test_a_sign_in_that_fails_during_a_poll_is_not_retried() -> None:
    server = Server(GOOD)
    forget = _forgetting(server)

    async def lock_the_account() -> object:
        server.login = lambda: web.json_response({"details": "Account is locked"}, status=401)
        return await forget()

    server.users["agent9@sip.example"] = lock_the_account
    error = await failure(poll(server))
    assert error.reason is Reason.AUTH
    assert str(error) == "sign-in returned 401 Unauthorized: Account is locked"
    assert len(server.sign_ins) == 2


async def test_a_sign_in_that_fails_at_the_end_costs_the_states_of_the_last_agents() -> None:
    server = Server(GOOD)
    forget = _forgetting(server)

    async def lock_the_account() -> object:
        server.login = lambda: web.json_response({"details": "not now"}, status=503)
        return await forget()

    server.users["agent27@sip.example"] = lock_the_account
    snapshot = await poll(server, concurrency=1)
    assert [agent.state for agent in snapshot.agents or ()].count("available") == 28
    assert not snapshot.unmapped
    assert snapshot.poll_items is not None
    assert snapshot.poll_items.error.endswith("not now")
    assert len(server.sign_ins) == 2


@pytest.mark.parametrize(
    "refusal",
    [
        answer(403, {"details": "Token expired"}),
        b"<html><title>Sign in</title></html>",
        answer(302, Location="https://login.example/"),
    ],
)
async def test_a_token_that_ends_with_another_refusal_is_renewed_once_for_all(refusal: object) -> None:
    server, clock = Server(GOOD), ManualClock()

    def ended(user: str) -> Callable[[], Awaitable[object]]:
        async def respond() -> object:
            if len(server.sign_ins) >= 2:
                return GOOD[user]
            return await refusal() if callable(refusal) else refusal

        return respond

    async with connected(server, clock, poll={"interval": "15s"}) as client:
        await client.agents()
        server.users = {user: ended(user) for user in GOOD}
        error = await failure(passing(clock, client.agents()))
        assert "anna" not in str(error)
        assert len(server.sign_ins) == 1  # the token is younger than an interval
        await clock.advance(15)
        snapshot = await passing(clock, client.agents())
    assert len(snapshot.agents or ()) == 30
    assert len(server.sign_ins) == 2


async def test_agents_that_are_always_refused_renew_the_token_less_and_less_often() -> None:
    server, clock = with_bad(answer(403)), ManualClock()
    async with connected(server, clock, poll={"interval": "15s"}) as client:
        for _ in range(25):
            assert samples(await passing(clock, client.agents()))["agents", "", "available", ""] == 30
            await clock.advance(15)
    assert 4 <= len(server.sign_ins) <= 7


@pytest.mark.parametrize("at_start", [True, False])
@pytest.mark.parametrize("status", [400, 401, 403, 409])
async def test_a_refused_sign_in_is_marked_as_one(status: int, *, at_start: bool) -> None:
    server = Server(GOOD)

    def refuse() -> web.Response:
        return web.json_response({}, status=status)

    async def forget() -> object:
        server.login = refuse
        return await _forgetting(server)()

    if at_start:
        server.login = refuse
    server.users["agent9@sip.example"] = forget
    error = await failure(poll(server))
    assert (error.reason, error.sign_in) == (Reason.AUTH, True)


async def test_no_address_is_exported_unless_ids_are_configured() -> None:
    assert "@" not in page(await poll(Server(GOOD)), Detail())


def _forgetting(server: Server) -> Callable[[], Awaitable[object]]:
    async def forget() -> object:
        server.tokens.clear()
        return profile("Available", "Sales")

    return forget


async def test_a_misspelt_call_centre_is_reported_by_its_name() -> None:
    server = Server({"anna": profile()})
    for chief in ("chief", "deputy"):
        server.supervised[chief, "Sale"] = answer(404)
        server.supervised[chief, "Sales"] = {"supervised_agents": [person("anna")]}
    snapshot = await poll(server, supervisors=["chief", "deputy"], call_centers=["Sales", "Sale"], users=[])
    [(_, why)] = snapshot.unmapped
    assert isinstance(why, Failure)
    assert why.startswith("call centre 'Sale' does not exist, or no configured supervisor supervises it: ")


async def test_a_supervisor_need_not_supervise_every_call_centre() -> None:
    server = Server({"anna": profile(), "bram": profile()})
    server.supervised["chief", "Sales"] = {"supervised_agents": [person("anna")]}
    server.supervised["chief", "Service"] = answer(404)
    server.supervised["deputy", "Sales"] = answer(400)
    server.supervised["deputy", "Service"] = {"supervised_agents": [person("bram")]}
    snapshot = await poll(server, supervisors=["chief", "deputy"], call_centers=["Sales", "Service"], users=[])
    assert len(snapshot.agents or ()) == 2
    assert not snapshot.unmapped


async def test_a_misspelt_supervisor_is_reported_by_its_place() -> None:
    server = Server({"anna": profile()})
    server.supervised["chief", "Sales"] = {"supervised_agents": [person("anna")]}
    server.supervised["other", "Sales"] = answer(404)
    snapshot = await poll(server, supervisors=["chief", "other"], call_centers=["Sales"], users=[])
    assert snapshot.unmapped == (
        ("supervised_agents", "supervisors[1] does not exist, or supervises no configured call centre"),
    )


async def test_failures_are_no_values() -> None:
    snapshot = await poll(with_bad(answer(500)))
    assert all(isinstance(why, Failure) for _, why in snapshot.unmapped)
