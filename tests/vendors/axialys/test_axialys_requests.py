"""Axialys: its requests, and the handling of bad responses."""

import asyncio
import base64
import json
from collections.abc import Sequence
from itertools import pairwise

import pytest
from pydantic import ValidationError

from exporter.errors import Reason
from exporter.metrics.agent_identity import AgentDetail
from exporter.metrics.mapping import Detail, entities
from exporter.metrics.pages import Exposition, Format
from exporter.metrics.render import render
from exporter.vendors.axialys.client import AxialysClient
from tests.support.clock import ManualClock
from tests.support.exposition import page_bytes, read
from tests.support.vendors.axialys import FIXTURES, Asked, Vendor, client, poll, settings
from tests.support.vendors.polls import CANARY, asking, failure

BASIC = f"Basic {base64.b64encode(f'exporter:{CANARY}'.encode()).decode()}"


def fixture(name: str) -> bytes:
    return (FIXTURES / f"{name}.json").read_bytes()


async def asked(name: str, **more: object) -> Sequence[Asked]:
    vendor = Vendor()
    await poll(name, vendor, **more)
    return vendor.asked


# Requests


@pytest.mark.parametrize(
    ("more", "authorization", "query"),
    [
        ({}, BASIC, []),
        ({"auth": "basic"}, BASIC, []),
        ({"auth": "query"}, None, [("user", "exporter"), ("password", CANARY)]),
        ({"auth": "apikey", "api_key": CANARY}, f"APIKey {CANARY}", []),
    ],
)
async def test_three_ways_to_sign_in(
    more: dict[str, object], authorization: str | None, query: list[tuple[str, str]]
) -> None:
    [request] = await asked("groups", **more)
    assert request == ("/vm/groups", [*query, ("accept", "application/json")], authorization, "")


async def test_a_password_in_the_query_may_contain_any_character() -> None:
    [request] = await asked("groups", auth="query", username="a&b=c@d", password="p #%2F+é")  # noqa: S106 - made up
    assert request.query[:2] == [("user", "a&b=c@d"), ("password", "p #%2F+é")]


async def test_supervision_is_requested_as_published() -> None:
    requests = await asked("group_stats")
    assert [request.path for request in requests] == ["/vm/groups", "/vm/group_stats/12", "/vm/group_stats/13"]
    assert [json.loads(request.body) for request in requests[1:]] == [{"nbr_abandonne": 5, "nbr_repondu": 45}] * 2


async def test_the_configured_seconds_are_sent_and_exported() -> None:
    vendor = Vendor()
    seconds = {"short_abandon_seconds": 8, "answer_seconds": 20, "answer_seconds_by_group": {13: 60}}
    snapshot = await poll("group_stats", vendor, **seconds)
    assert [json.loads(request.body) for request in vendor.asked[1:]] == [
        {"nbr_abandonne": 8, "nbr_repondu": 20},
        {"nbr_abandonne": 8, "nbr_repondu": 60},
    ]
    assert [queue.service_level_target_seconds for queue in snapshot.queues] == [20, 60]


async def test_supervision_may_have_the_alternative_path() -> None:
    vendor = Vendor()
    vendor.responses["/vm/stats/group_stats"] = fixture("group_stats")
    await poll("group_stats", vendor, group_stats_path="/vm/stats/group_stats")
    assert [request.query[0] for request in vendor.asked[1:]] == [("group_id", "12"), ("group_id", "13")]


async def test_received_calls_are_requested_with_realtime_calls() -> None:
    by_group = (await asked("received_groups"))[1:]
    assert [request.query[:2] for request in by_group] == [
        [("group_id", group), ("include_realtime", "1")] for group in ("12", "13")
    ]
    [by_number] = await asked("received_numbers")
    numbers = [("dest_number", "33145420000"), ("dest_number", "33145420001")]
    assert by_number.query[:3] == [*numbers, ("include_realtime", "1")]


async def test_an_id_cannot_change_the_path() -> None:
    vendor = Vendor(groups=b'[{"id": "../operators_init?x=1#", "name": "evil"}]')
    assert (await failure(poll("group_stats", vendor))).reason is Reason.HTTP
    assert vendor.asked[-1].query == [("accept", "application/json")]
    assert vendor.times("/vm/operators_init") == 0


@pytest.mark.parametrize("name", ["groups", "operators", "group_stats", "received_groups", "received_numbers"])
async def test_a_response_may_be_wrapped_in_data(name: str) -> None:
    bare = await poll(name)
    wrapped = Vendor()
    for path, body in wrapped.responses.items():
        assert isinstance(body, bytes)
        if not body.lstrip().startswith(b'{\n  "data"'):
            wrapped.responses[path] = b' {"meta": [1], "data": ' + body + b"}"
    assert await poll(name, wrapped) == bare


async def test_a_single_row_may_come_in_a_list() -> None:
    listed = b"[" + fixture("group_stats") + b"]"
    assert await poll("group_stats", Vendor(group_stats=listed)) == await poll("group_stats")


# Bad responses


@pytest.mark.parametrize("name", ["groups", "operators", "group_stats", "received_groups", "received_numbers"])
@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", Reason.DECODE),
        (b"<html><title>Connexion</title></html>", Reason.DECODE),
        (b'[{"id": 1, "nbr_attente": 2', Reason.DECODE),
        (b"[nan]", Reason.DECODE),
        (b"null", Reason.INVALID),
        (b"7", Reason.INVALID),
        (b'"groups"', Reason.INVALID),
        (b"{}", Reason.INVALID),
        (b'{"error": "unknown"}', Reason.INVALID),
        (b'{"data": null}', Reason.INVALID),
        (b'{"data": 7}', Reason.INVALID),
        (b"[null, 1]", Reason.INVALID),
        (b"[[]]", Reason.INVALID),
        (b"[{}]", Reason.INVALID),
    ],
)
async def test_an_unusable_response_fails_the_poll(name: str, body: bytes, reason: Reason) -> None:
    fixtures = {"operators": "operators_init"}
    assert (await failure(poll(name, Vendor(**{fixtures.get(name, name): body})))).reason is reason


@pytest.mark.parametrize("name", ["groups", "operators", "group_stats", "received_groups", "received_numbers"])
@pytest.mark.parametrize("auth", ["basic", "query", "apikey"])
@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (401, Reason.AUTH),
        (403, Reason.AUTH),
        (404, Reason.HTTP),
        (429, Reason.THROTTLED),
        (500, Reason.HTTP),
        (503, Reason.HTTP),
    ],
)
async def test_every_error_status_has_its_reason(name: str, auth: str, status: int, reason: Reason) -> None:
    fixtures = {"operators": "operators_init"}
    vendor = Vendor(**{fixtures.get(name, name): status})
    vendor.headers["Retry-After"] = "77"
    error = await failure(poll(name, vendor, auth=auth, api_key=CANARY))
    assert (error.reason, error.retry_after) == (reason, 77)
    assert str(error).startswith("GET /")
    assert "?" not in str(error)


@pytest.mark.parametrize("body", [b"[]", b'{"data": []}'])
async def test_an_empty_contact_centre_is_a_valid_response(body: bytes) -> None:
    vendor = Vendor(groups=body, operators_init=body)
    for name in ("groups", "operators", "group_stats", "received_groups"):
        snapshot = await poll(name, vendor)
        assert not snapshot.queues
        assert not snapshot.agents
        assert not snapshot.unmapped


async def test_one_failed_group_is_skipped() -> None:
    for response in (404, 403, 500, b"<html>", b"[]", b'{"error": 1}'):
        vendor = Vendor()
        vendor.responses["/vm/group_stats/13"] = response
        snapshot = await poll("group_stats", vendor)
        assert [queue.id for queue in snapshot.queues] == ["12"]
        assert not snapshot.unmapped
        assert snapshot.poll_items is not None
        assert (snapshot.poll_items.answered, snapshot.poll_items.failed) == (1, 1)


async def test_a_throttled_round_ends_at_once() -> None:
    vendor = Vendor()
    vendor.responses["/vm/group_stats/12"] = 429
    assert (await failure(poll("group_stats", vendor))).reason is Reason.THROTTLED
    assert vendor.times("/vm/group_stats/13") == 0


async def test_refused_credentials_are_not_tried_again_for_every_group() -> None:
    vendor = Vendor(group_stats=401)
    assert (await failure(poll("group_stats", vendor))).reason is Reason.AUTH
    assert vendor.times("/vm/group_stats/13") == 0


async def test_bad_values_and_rows_are_skipped() -> None:
    rows = [
        None,
        7,
        {"etat": "available"},
        {"id": {"deep": [1]}, "etat": "available"},
        {"id": 1, "etat": "available", "ui_login": "hier", "groups": [12]},
        {"id": "1", "etat": "ringing"},
        {"id": 2, "etat": ["ringing"], "ui_logout": {}, "pause": {"a": 1}},
        {"id": 3, "etat": "calling", "ui_login": "2027-13-45 99:99", "new": {"field": [1]}},
    ]
    snapshot = await poll("operators", Vendor(operators_init=json.dumps(rows).encode()))
    agents = {agent.id: agent.state for agent in snapshot.agents or ()}
    assert agents == {"1": "available", "2": "paused", "3": "busy"}
    assert sorted(field for field, _ in snapshot.unmapped) == [
        "operators_init",
        "operators_init",
        "operators_init.etat",
        *["operators_init.id"] * 4,  # missing, invalid, the row without it, and a duplicate
        "operators_init.pause",
        "operators_init.ui_login",
        "operators_init.ui_login",
        "operators_init.ui_logout",
    ]


async def test_bad_numbers_are_skipped() -> None:
    rows = {"nbr_attente": -1, "nbr_comm": "trois", "pourc_decroche": 140, "tps_max_attente": "1:2", "nbr_global": "7"}
    snapshot = await poll("group_stats", Vendor(group_stats=json.dumps(rows).encode()))
    assert [queue.contacts_offered for queue in snapshot.queues] == [7, 7]
    assert {queue.waiting_contacts for queue in snapshot.queues} == {None}
    assert len(snapshot.unmapped) == 8


async def test_invalid_utf8_loses_only_its_characters() -> None:
    snapshot = await poll("groups", Vendor(groups='[{"id": 1, "name": "Réclamations"}]'.encode("latin-1")))
    assert [queue.name for queue in snapshot.queues] == ["R\ufffdclamations"]
    assert snapshot.unmapped == (("groups.encoding", "not UTF-8"),)


@pytest.mark.parametrize("evil", ['"', "\\", "\n", "é", "{}", "\u202e", "😀", "x" * 4000])
@pytest.mark.parametrize("detail", ["aggregate", "pseudonym", "id", "name"])
async def test_hostile_labels_make_a_valid_page(evil: str, detail: AgentDetail) -> None:
    label = f'\\"\n}}{evil}'
    rows = [{"id": label, "etat": label, "pause": label, "groups": [label, "12"]}]
    names = [{"id": label, "name": label}]
    vendor = Vendor(operators_init=json.dumps(rows).encode(), operators=json.dumps(names).encode())
    snapshot = await poll("operators", vendor, agents={"detail": detail, "pseudonym_key": "key"})
    found = entities("paris", snapshot, Detail(agents=detail, pseudonym_key=b"key"))
    exposition = Exposition(lambda _form: b"")
    exposition.put("paris", "operators", render(found))
    for form in Format:
        families = read(page_bytes(exposition, form), form)
        labels = {value for family in families for sample in family.samples for value in sample.labels.values()}
        assert "Service client" in labels
        assert all(len(value) <= 256 for value in labels)


# Secrets


# Settings


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"password": None}, "auth: basic requires username and password"),
        ({"username": None, "auth": "query"}, "auth: query requires username and password"),
        ({"auth": "apikey"}, "auth: apikey requires api_key"),
        ({"auth": "apikey", "api_key": f"{CANARY}\r\nX-Evil: 1"}, "not allowed in an HTTP header"),
        ({"username": "ex:porter"}, "does not allow a colon in username"),
        ({"received_numbers_path": "/numbers"}, "received_numbers_path requires numbers"),
        ({"url": f"https://api.example/?user=u&password={CANARY}"}, "must not contain a query"),
        ({"timezone": "Europe/Lutetia"}, "not a time zone"),
        ({"timezone": "../../etc/passwd"}, "not a time zone"),
        ({"timezone": ""}, "not a time zone"),
        ({"group_stats_path": "vm/stats"}, "not a path"),
        ({"group_stats_path": f"/vm?password={CANARY}"}, "not a path"),
        ({"answer_seconds": -1}, "greater than or equal to 0"),
        ({"answer_seconds_by_group": [45]}, "valid dictionary"),
    ],
)
def test_invalid_settings_are_rejected(given: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message) as caught:
        settings(**given)
    assert CANARY not in str(caught.value)


def test_ids_and_numbers_may_be_written_as_numbers() -> None:
    target = settings(answer_seconds_by_group={12: 20}, numbers={1: [33145420000, "33145420001"]})
    assert target.answer_seconds_by_group == {"12": 20}
    assert target.numbers == {"1": ("33145420000", "33145420001")}


# The pace


async def test_the_first_round_is_immediate_and_later_ones_are_spread() -> None:
    vendor, clock = Vendor(groups=json.dumps([{"id": number} for number in range(1, 5)]).encode()), ManualClock()
    moments: list[float] = []
    vendor.responses.update({f"/vm/group_stats/{number}": fixture("group_stats") for number in range(1, 5)})
    async with client(vendor, clock, poll={"interval": "10s"}) as axialys:
        await axialys.group_stats()
        assert clock.monotonic() == 0
        round_ = asyncio.create_task(axialys.group_stats())
        for number in range(1, 5):
            while vendor.times(f"/vm/group_stats/{number}") < 2:
                await clock.advance(0.5)
                await asyncio.sleep(0.01)
            moments.append(clock.monotonic())
        await round_
    assert all(later - earlier >= 1.5 for earlier, later in pairwise(moments))
    assert moments[-1] <= 10


async def test_groups_are_requested_once_and_kept_if_a_later_request_fails() -> None:
    vendor, clock = Vendor(), ManualClock()

    async def names(axialys: AxialysClient) -> list[str]:
        await clock.advance(30)
        snapshot = await axialys.operators()
        assert snapshot is not None
        return [queue.name for queue in snapshot.queues if queue.name]

    async with client(vendor, clock) as axialys:
        await asyncio.gather(axialys.group_stats(), axialys.operators())
        assert vendor.times("/vm/groups") == 1
        vendor.responses["/vm/groups"] = 503
        assert (await failure(axialys.groups())).reason is Reason.HTTP
        assert await names(axialys) == ["Service client", "Réclamations"]
        vendor.responses["/vm/groups"] = b'[{"id": 12, "name": "Accueil"}]'
        await axialys.groups()
        assert await names(axialys) == ["Accueil"]


async def test_a_poll_within_the_floor_returns_nothing_new() -> None:
    vendor, clock = Vendor(), ManualClock()
    async with client(vendor, clock) as axialys:
        assert await axialys.operators() is not None
        assert await axialys.operators() is None
        await clock.advance(30)
        assert await axialys.operators() is not None
    assert vendor.times("/vm/operators_init") == 2


async def test_each_account_has_a_floor_of_its_own() -> None:
    clock = ManualClock()
    async with asking(clock=clock) as http:
        keys = [
            settings(),
            settings(username="other"),
            settings("https://other.example"),
            *(settings(auth="apikey", api_key=key) for key in ("one", "two")),
        ]
        clients = [AxialysClient(target, http, clock) for target in keys]
        for axialys in clients:
            [operators] = [resource for resource in axialys.resources if resource.name == "operators"]
            assert operators.remaining_pause() == 0
            with axialys._floor.request():  # noqa: SLF001 - as a request would
                assert operators.remaining_pause() == 30
