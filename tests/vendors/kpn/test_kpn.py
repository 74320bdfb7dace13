"""KPN Dashboard Server: its published responses, its other responses, and signing in.

A fixture is what the vendor returns, the golden text beside it what Prometheus gets.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from exporter.errors import Reason
from exporter.metrics.agent_identity import AgentDetail
from exporter.metrics.mapping import Detail
from exporter.model import Snapshot
from exporter.vendors.kpn import KpnSettings
from exporter.vendors.kpn.client import KpnClient
from tests.support.clock import ManualClock
from tests.support.vendors.polls import AGGREGATE, CANARY, Mocked, Shown, asking, failure

FIXTURES = Path(__file__).parent
URL = "https://api.example/dashboard"
TOKEN_URL = "https://api.example/oauth/client_credential/accesstoken"  # noqa: S105 - an address
SIGN_IN = f"{TOKEN_URL}?grant_type=client_credentials"
TOKEN = json.loads((FIXTURES / "token.json").read_text())
EVERYTHING = Detail(agents="name", ports=True)
SHOWN = Shown("amsterdam", FIXTURES)
page, samples = SHOWN.page, SHOWN.samples


def fixture(name: str) -> bytes:
    return (FIXTURES / f"{name}.json").read_bytes()


def rows(name: str, *items: object) -> bytes:
    return json.dumps({"Error": None, "DataSet": {name: items}}, ensure_ascii=False).encode()


def settings(**more: object) -> KpnSettings:
    secret = {"client_id": "exporter", "client_secret": CANARY}
    fixed = {"name": "amsterdam", "vendor": "kpn", "url": URL, "token_url": TOKEN_URL}
    return KpnSettings.model_validate(fixed | secret | more)


@asynccontextmanager
async def client(target: KpnSettings | None = None, clock: ManualClock | None = None) -> AsyncIterator[KpnClient]:
    clock = clock or ManualClock()
    async with asking(clock=clock) as http:
        yield KpnClient(target or settings(), http, clock)


async def poll(name: str, body: bytes, **more: object) -> Snapshot:
    """Return the snapshot of a poll whose resource has this body."""
    with Mocked() as vendor:
        vendor.post(SIGN_IN, payload=TOKEN)
        vendor.get(f"{URL}/{name}", body=body)
        async with client(settings(**more)) as kpn:
            snapshot = await next(resource for resource in kpn.resources if resource.name == name).fetch()
            assert snapshot is not None
            return snapshot


# The published examples


@pytest.mark.parametrize(
    ("name", "detail", "golden"),
    [
        ("queues", AGGREGATE, "queues"),
        ("agents", AGGREGATE, "agents"),
        ("agents", EVERYTHING, "agents.name"),
        ("trunks", AGGREGATE, "trunks"),
        ("trunks", EVERYTHING, "trunks.ports"),
    ],
)
async def test_the_published_example_matches_its_golden_text(name: str, detail: Detail, golden: str) -> None:
    snapshot = await poll(name, fixture(name))
    assert not snapshot.unmapped
    SHOWN.require_golden(golden, snapshot, detail)


@pytest.mark.parametrize("name", ["agents", "queues", "trunks"])
async def test_the_published_single_row_is_the_first_of_the_list(name: str) -> None:
    single = json.loads(fixture(name.removesuffix("s")))["DataSet"][name.removesuffix("s")]
    one, every = await poll(name, rows(name, single)), await poll(name, fixture(name))
    for few, many in ((one.queues, every.queues), (one.agents or (), every.agents or ()), (one.trunks, every.trunks)):
        assert few == many[:1]
    assert not one.unmapped


async def test_no_agent_is_named_unless_configured() -> None:
    text = page(await poll("agents", fixture("agents")))
    assert "Agent 1" not in text
    assert "40001" not in text


# Settings


async def test_durations_may_be_averages() -> None:
    series = samples(await poll("queues", fixture("queues"), times="average"))
    queue = ("1000", "Naam skill 1", "voice")
    assert series["queue_average_wait_seconds", *queue] == 87
    assert series["queue_average_talk_seconds", *queue] == 132
    assert series["queue_average_abandon_wait_seconds", *queue] == 67
    assert not [name for name, *_ in series if name.endswith("_seconds_total")]


async def test_service_level_may_be_seconds_or_ignored() -> None:
    queue = ("1001", "Naam skill 2", "voice")
    percentage = samples(await poll("queues", fixture("queues")))
    assert percentage["queue_service_level_ratio", *queue] == 0.54
    seconds = samples(await poll("queues", fixture("queues"), service_level="seconds"))
    assert seconds["queue_service_level_target_seconds", *queue] == 54
    ignored = samples(await poll("queues", fixture("queues"), service_level="ignore"))
    assert percentage.keys() - seconds.keys() == percentage.keys() - ignored.keys()
    assert not [name for name, *_ in ignored if "service_level_" in name and name.endswith(("_ratio", "_seconds"))]


@pytest.mark.parametrize("times", ["totals", "average"])
@pytest.mark.parametrize("service_level", ["percentage", "seconds", "ignore"])
async def test_no_setting_changes_anything_else(times: str, service_level: str) -> None:
    plain = await poll("queues", fixture("queues"))
    queue = (await poll("queues", fixture("queues"), times=times, service_level=service_level)).queues[0]
    assert queue.contacts_offered == plain.queues[0].contacts_offered
    assert queue.agents == plain.queues[0].agents


# States, ids and missing fields


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("AVAIL", "available"),
        ("RINGING", "ringing"),
        ("ACD", "busy"),
        ("DACD", "busy"),
        ("OTHER", "busy"),
        ("ACW", "wrap_up"),
        ("DACW", "wrap_up"),
        ("AUX", "not_ready"),
        ("UNSTAFF", "logged_out"),
        ("UNKNOWN", "unknown"),
        ("aux ", "not_ready"),
    ],
)
async def test_every_agent_state_word_is_mapped(word: str, state: str) -> None:
    snapshot = await poll("agents", rows("agents", {"Logid": "1", "Status": word}))
    assert [agent.state for agent in snapshot.agents or ()] == [state]
    assert not snapshot.unmapped


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("IDLE", "idle"),
        ("SEIZED", "seized"),
        ("QUEUED", "queued"),
        ("QUEUEDIN", "queued"),
        ("CONN", "connected"),
        ("RINGING", "ringing"),
        ("HOLD", "held"),
        ("MBUSY", "maintenance"),
        ("FBUSY", "maintenance"),
        ("DABN", "fault"),
        ("FDISC", "fault"),
        ("FAULT", "fault"),
        ("UNKNOWN", "unknown"),
    ],
)
async def test_every_port_state_word_is_mapped(word: str, state: str) -> None:
    snapshot = await poll("trunks", rows("trunks", {"Number": 1, "Ports": [{"Number": 1, "State": word}]}))
    assert samples(snapshot)["trunk_ports", "1", "", state] == 1
    assert not snapshot.unmapped


async def test_a_site_specific_state_is_unknown_and_recorded() -> None:
    snapshot = await poll("agents", rows("agents", {"Logid": "1", "Status": "LUNCH"}, {"Logid": "2", "Status": "ACD"}))
    assert [agent.state for agent in snapshot.agents or ()] == ["unknown", "busy"]
    assert snapshot.unmapped == (("agents.Status", "LUNCH"),)
    ports = [{"Number": "1", "State": "SLEEPING"}, {"Number": "2", "State": "IDLE"}]
    snapshot = await poll("trunks", rows("trunks", {"Number": "1", "Ports": ports}))
    assert samples(snapshot)["trunk_ports", "1", "", "unknown"] == 1
    assert snapshot.unmapped == (("trunks.Ports.State", "SLEEPING"),)


async def test_the_reason_goes_with_the_state() -> None:
    items = [{"Logid": str(number), "Status": "AUX", "Reason": "Lunch", "Dep": 139} for number in range(3)]
    series = samples(await poll("agents", rows("agents", *items)))
    assert series["agents", "139", "not_ready", "Lunch"] == 3
    assert series["agents", "139", "available", ""] == 0


@pytest.mark.parametrize("nothing", [None, ""])
async def test_missing_fields_are_not_exported(nothing: object) -> None:
    whole = json.loads(fixture("queues"))["DataSet"]["queues"][0]
    empty = dict.fromkeys(whole, nothing) | {"Number": "1000"}
    assert samples(await poll("queues", rows("queues", empty))) == {}
    assert samples(await poll("queues", rows("queues", {"Number": "1000"}))) == {}


async def test_a_queue_or_trunk_without_a_number_is_identified_by_its_name() -> None:
    for number in ({}, {"Number": None}, {"Number": ""}):
        row = {"Name": "Sales", "InQueueCalls": "4", "TotalPorts": "30", **number}
        assert samples(await poll("queues", rows("queues", row))) == {
            ("queue_waiting_contacts", "Sales", "Sales", "voice"): 4
        }
        assert samples(await poll("trunks", rows("trunks", row))) == {("trunk_capacity_ports", "Sales", "Sales"): 30}


async def test_numbers_may_be_json_numbers() -> None:
    row = {"Number": 1000, "Name": 7, "InQueueCalls": 4, "RingTime": 1.5, "ServiceLevel": 57}
    assert samples(await poll("queues", rows("queues", row))) == {
        ("queue_waiting_contacts", "1000", "7", "voice"): 4,
        ("queue_ring_seconds_total", "1000", "7", "voice"): 1.5,
        ("queue_service_level_ratio", "1000", "7", "voice"): 0.57,
    }


async def test_the_first_of_duplicates_is_kept() -> None:
    items = [{"Logid": "1", "Status": "ACD"}, {"Logid": 1, "Status": "AUX"}, {"Logid": "2", "Status": "AUX"}]
    snapshot = await poll("agents", rows("agents", *items))
    assert [agent.state for agent in snapshot.agents or ()] == ["busy", "not_ready"]
    assert snapshot.unmapped == (("agents.Logid", "duplicate id"),)


@pytest.mark.parametrize("name", ["queues", "agents", "trunks"])
async def test_an_empty_contact_centre_is_a_valid_response(name: str) -> None:
    snapshot = await poll(name, rows(name))
    assert not snapshot.unmapped
    assert samples(snapshot) == {}


# Hostile responses


async def test_hostile_queues_lose_no_good_value() -> None:
    snapshot = await poll("queues", fixture("hostile"))
    waiting = {series[1]: value for series, value in samples(snapshot).items() if series[0] == "queue_waiting_contacts"}
    assert waiting == {
        "1": 1,
        "2": 2,
        "3": 3,
        "4": 4,
        "5": 5,
        "6": 6,
        "# EOF": 7,
        "no number": 10,
        "12": 12,
        "good": 14,
    }
    assert samples(snapshot)["queue_contacts_held_total", "8", "bad figures", "voice"] == 8
    assert sorted(field for field, _ in snapshot.unmapped) == [
        "queues",
        "queues",
        "queues",
        "queues.Flowout",
        "queues.InACD",
        "queues.InQueueCalls",
        "queues.Name",
        "queues.Number",
        "queues.Number",
        "queues.ServiceLevel",
        "queues.Staffed",
        "queues.encoding",
    ]


async def test_names_are_exported_without_surrounding_blanks() -> None:
    names = {queue.id: queue.name for queue in (await poll("queues", fixture("hostile"))).queues}
    parsed = {series[1]: series[2] for series in samples(await poll("queues", fixture("hostile")))}
    assert parsed == names
    assert parsed["1"] == 'quote " backslash \\ newline \n brace } tab \t nul \0 separator'
    assert parsed["4"] == "half a pair ?"


async def test_invalid_utf8_loses_only_its_characters() -> None:
    body = rows("queues", {"Number": "1", "Name": "Café", "InQueueCalls": 1}, {"Number": "2", "InQueueCalls": 2})
    body = body.decode().encode("latin-1")
    snapshot = await poll("queues", body)
    assert samples(snapshot) == {
        ("queue_waiting_contacts", "1", "Caf\ufffd", "voice"): 1,
        ("queue_waiting_contacts", "2", "", "voice"): 2,
    }
    assert snapshot.unmapped == (("queues.encoding", "not UTF-8"),)


@pytest.mark.parametrize("evil", ['"', "\\", "\n", "é", '\\\n"', "{}", "\u202e", "😀"])
async def test_names_of_4000_characters_are_cut_and_stay_distinct(evil: str) -> None:
    long = (evil * 4000)[:4000]
    items = [{"Number": long + end, "Name": long, "InQueueCalls": "1", "Staffed": "2"} for end in "ab"]
    items += [{"Number": "good", "InQueueCalls": "3"}]
    series = samples(await poll("queues", rows("queues", *items)))
    assert len(series) == 5
    assert all(len(label) <= 256 for labels in series for label in labels)


@pytest.mark.parametrize("detail", ["aggregate", "pseudonym", "id", "name"])
async def test_hostile_agents_make_a_valid_page(detail: AgentDetail) -> None:
    evil = '\\"\n}' + "x" * 4000
    items = [
        {"Logid": f"{number}{evil}", "Agent": evil, "Status": evil, "Reason": evil, "Dep": evil} for number in "ab"
    ]
    snapshot = await poll("agents", rows("agents", *items, {"Logid": "good", "Status": "ACD", "Time": "7"}))
    series = samples(snapshot, Detail(agents=detail, pseudonym_key=b"key"))
    assert series["agents", "", "busy", ""] == 1
    assert sum(name == "agent_time_in_state_seconds" for name, *_ in series) == (detail != "aggregate")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", Reason.DECODE),
        (b"<html><title>Sign in</title></html>", Reason.DECODE),
        (fixture("queues")[:-20], Reason.DECODE),
        (fixture("queues") + b"}", Reason.DECODE),
        (b"[]", Reason.INVALID),
        (b"null", Reason.INVALID),
        (b"{}", Reason.INVALID),
        (b'{"Error": null}', Reason.INVALID),
        (b'{"Error": null, "DataSet": null}', Reason.INVALID),
        (b'{"Error": null, "DataSet": []}', Reason.INVALID),
        (b'{"Error": null, "DataSet": {}}', Reason.INVALID),
        (b'{"Error": null, "DataSet": {"agents": []}}', Reason.INVALID),
        (b'{"Error": null, "DataSet": {"queues": {}}}', Reason.INVALID),
        (b'{"Error": null, "DataSet": {"queues": [null, 1]}}', Reason.INVALID),
        (b'{"Error": "no data", "DataSet": null}', Reason.INVALID),
        (b'{"Error": "no data", "DataSet": ""}', Reason.INVALID),
        (b'{"Error": {"code": 7}, "DataSet": {"queues": []}}', Reason.INVALID),
    ],
    ids=lambda value: repr(value[-60:]) if isinstance(value, bytes) else None,
)
async def test_an_unusable_response_fails_the_poll(body: bytes, reason: Reason) -> None:
    assert (await failure(poll("queues", body))).reason is reason


async def test_an_error_contains_the_start_of_the_vendors_message() -> None:
    error = await failure(poll("queues", b'{"Error": "The collector is down"}'))
    assert str(error) == "GET /queues returned an error: The collector is down"
    error = await failure(poll("queues", json.dumps({"Error": "x" * 100_000}).encode()))
    assert len(str(error)) < 300


# Signing in


async def test_the_sign_in_is_as_published() -> None:
    with Mocked() as vendor:
        vendor.post(SIGN_IN, payload=TOKEN)
        vendor.get(f"{URL}/queues", body=fixture("queues"))
        async with client() as kpn:
            await kpn.queues()
        (_, [sign_in]), (_, [ask]) = vendor.requests.items()
    assert sign_in.kwargs["data"] == {"client_id": "exporter", "client_secret": CANARY}
    assert ask.kwargs["headers"]["Authorization"] == "Bearer haf2SDl07E9N7RluNQ4kJ1TkGgso"


async def test_the_token_url_may_have_a_query() -> None:
    with Mocked() as vendor:
        vendor.post(f"{TOKEN_URL}?tenant=7&grant_type=client_credentials", payload=TOKEN)
        vendor.get(f"{URL}/queues", body=fixture("queues"))
        async with client(settings(token_url=f"{TOKEN_URL}?tenant=7")) as kpn:
            assert (await kpn.queues()).queues


async def sign_ins_in_two_hours(token: dict[str, object]) -> int:
    """Poll every ten minutes for two hours and return how often the client signed in."""
    clock = ManualClock()
    with Mocked() as vendor:
        vendor.post(SIGN_IN, payload=token, repeat=True)
        vendor.get(f"{URL}/queues", body=fixture("queues"), repeat=True)
        async with client(clock=clock) as kpn:
            for _ in range(12):
                await kpn.queues()
                await clock.advance(600)
        return sum(len(calls) for (method, _), calls in vendor.requests.items() if method == "POST")


@pytest.mark.parametrize(
    ("expires_in", "sign_ins"), [("3599", 2), (3599, 2), (3599.0, 2), (" 3599 ", 2), ("100000", 1), ("60", 12)]
)
async def test_a_token_is_renewed_before_it_expires(expires_in: object, sign_ins: int) -> None:
    assert await sign_ins_in_two_hours(TOKEN | {"expires_in": expires_in}) == sign_ins


@pytest.mark.parametrize("expires_in", [None, "", "soon", "-1", "0", 0, {}, [3599], True, "NaN", "1e99"])
async def test_a_token_without_a_plain_expiry_is_used_until_refused(expires_in: object) -> None:
    assert await sign_ins_in_two_hours(TOKEN | {"expires_in": expires_in}) == 1
    assert await sign_ins_in_two_hours({"access_token": "t"}) == 1


# Quotas


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7", "quota-reset-UTC": "1800000030000"}, 7),
        ({"quota-reset-UTC": "1800000030000"}, 30),
        ({"quota-reset-UTC": " 1800000030000 "}, 30),
        ({"quota-reset-UTC": "2027-01-15T08:00:30Z"}, 30),
        ({"quota-reset-UTC": "2027-01-15T08:00:30"}, 30),
        ({"quota-reset-UTC": "2027-01-15 08:00:30.000"}, 30),
        ({"quota-reset-UTC": "2027-01-15T10:00:30+02:00"}, 30),
        ({"quota-reset-UTC": "1800000030"}, 30),
        ({"quota-reset-UTC": "2027-01-15T07:00:00Z"}, None),
        ({"quota-reset-UTC": "1799990000000"}, None),
        ({"quota-reset-UTC": "9" * 400}, 86_400),
        ({"quota-reset-UTC": "9999-12-31T23:59:59Z"}, 86_400),
        ({"quota-reset-UTC": "1800003630000", "Date": "Fri, 15 Jan 2027 09:00:00 GMT"}, 30),
        ({"quota-reset-UTC": "2027-01-15T07:00:30Z", "Date": "Fri, 15 Jan 2027 07:00:00 GMT"}, 30),
        ({"quota-reset-UTC": "soon"}, None),
        ({"quota-reset-UTC": "٣"}, None),
        ({"quota-reset-UTC": ""}, None),
        ({}, None),
    ],
)
async def test_an_exceeded_quota_has_a_retry_delay(headers: dict[str, str], seconds: float | None) -> None:
    with Mocked() as vendor:
        vendor.post(SIGN_IN, payload=TOKEN)
        vendor.get(f"{URL}/queues", status=429, headers=headers)
        async with client(clock=ManualClock(wall=1_800_000_000)) as kpn:
            error = await failure(kpn.queues())
    assert (error.reason, error.retry_after) == (Reason.THROTTLED, seconds)


# Resources


async def test_each_resource_is_requested_separately() -> None:
    async with client() as kpn:
        assert [(resource.name, resource.floor) for resource in kpn.resources] == [
            ("queues", 0),
            ("agents", 0),
            ("trunks", 0),
        ]


async def test_an_error_does_not_show_the_query_of_the_token_url() -> None:
    async with client(settings(url="http://127.0.0.1:1", token_url=f"http://127.0.0.1:1/?key={CANARY}")) as kpn:
        error: BaseException | None = await failure(kpn.queues())
    while error is not None:
        assert CANARY not in f"{error} {error!r}"
        error = error.__cause__ or error.__context__


@pytest.mark.parametrize("error", ["", " ", None, {}, [], False])
async def test_data_beside_an_empty_error_is_exported(error: object) -> None:
    body = json.dumps({"Error": error, "DataSet": {"queues": [{"Number": "1", "InQueueCalls": 3}]}}).encode()
    assert [queue.waiting_contacts for queue in (await poll("queues", body)).queues] == [3]


async def test_a_time_that_is_an_overflow_or_an_epoch_is_unmapped() -> None:
    snapshot = await poll("queues", rows("queues", {"Number": "1", "LongestWaitingCall": 1_700_000_000}))
    assert [queue.oldest_wait_seconds for queue in snapshot.queues] == [None]
    assert snapshot.unmapped == (("queues.LongestWaitingCall", "1700000000"),)


async def test_padded_ids_and_names_are_stripped() -> None:
    snapshot = await poll("queues", rows("queues", {"Number": " 1001 ", "Name": "Billing   ", "InQueueCalls": 3}))
    assert [(queue.id, queue.name) for queue in snapshot.queues] == [("1001", "Billing")]


# Values in other notations


@pytest.mark.parametrize("written", ["87,5", "87.5%", "1,234"])
async def test_a_percentage_in_another_notation_is_unmapped(written: str) -> None:
    snapshot = await poll("queues", rows("queues", {"Number": "1", "ServiceLevel": written}))
    assert [queue.service_level_ratio for queue in snapshot.queues] == [None]
    assert snapshot.unmapped == (("queues.ServiceLevel", written),)
    trunk = await poll("trunks", rows("trunks", {"Number": "1", "Usage": written}))
    assert [each.usage_ratio for each in trunk.trunks] == [None]


async def test_durations_may_be_written_as_on_a_clock() -> None:
    times = {"LongestWaitingCall": "00:03:20", "ACDtime": "9000:00:01", "RingTime": "12.5"}
    snapshot = await poll("queues", rows("queues", {"Number": "1", **times}))
    assert samples(snapshot) == {
        ("queue_oldest_wait_seconds", "1", "", "voice"): 200,
        ("queue_talk_seconds_total", "1", "", "voice"): 32_400_001,
        ("queue_ring_seconds_total", "1", "", "voice"): 12.5,
    }
    agent = await poll("agents", rows("agents", {"Logid": "1", "Status": "ACD", "Time": "01:00:05"}))
    assert [each.time_in_state_seconds for each in agent.agents or ()] == [3605]
    goal = await poll("queues", rows("queues", {"Number": "1", "ServiceLevel": "00:00:20"}), service_level="seconds")
    assert [queue.service_level_target_seconds for queue in goal.queues] == [20]


async def test_a_number_that_may_be_thousands_is_unmapped() -> None:
    snapshot = await poll("queues", rows("queues", {"Number": "1", "OfferedCalls": "1,234"}))
    assert [queue.contacts_offered for queue in snapshot.queues] == [None]
    assert snapshot.unmapped == (("queues.OfferedCalls", "1,234"),)


@pytest.mark.parametrize("name", ["queues", "agents", "trunks"])
async def test_null_is_an_empty_list(name: str) -> None:
    snapshot = await poll(name, json.dumps({"Error": None, "DataSet": {name: None}}).encode())
    assert samples(snapshot) == {}
    assert not snapshot.unmapped


async def test_one_object_is_a_list_of_one() -> None:
    trunk = {"Number": "1", "TotalPorts": 1, "Ports": {"Number": "7", "State": "IDLE"}}
    snapshot = await poll("trunks", json.dumps({"DataSet": {"trunks": trunk}}).encode())
    assert [[port.id for port in each.ports or ()] for each in snapshot.trunks] == [["7"]]
    snapshot = await poll("trunks", rows("trunks", {"Number": "1", "TotalPorts": 1, "Ports": None}))
    assert samples(snapshot) == {("trunk_capacity_ports", "1", ""): 1}


async def test_ports_without_a_number_are_counted_by_state_only() -> None:
    ports = [{"State": "IDLE"}, {"Number": None, "State": "IDLE"}, {"Number": "", "State": "FAULT"}]
    snapshot = await poll("trunks", rows("trunks", {"Number": "1", "Ports": [*ports, {"Number": 4, "State": "IDLE"}]}))
    series = samples(snapshot, Detail(ports=True))
    assert series["trunk_ports", "1", "", "idle"] == 3
    assert series["trunk_ports", "1", "", "fault"] == 1
    assert {labels[2] for (name, *labels) in series if name == "trunk_port_state"} == {"4"}
    assert not snapshot.unmapped


# Reasons, skills and directions


async def test_group_and_reason_are_stripped_and_an_available_agent_has_no_reason() -> None:
    agents = [
        {"Logid": "1", "Status": "AUX", "Reason": " Lunch ", "Dep": "139 "},
        {"Logid": "2", "Status": "AUX", "Reason": "Lunch", "Dep": " 139"},
        {"Logid": "3", "Status": "AVAIL", "Reason": "Lunch", "Dep": "139"},
    ]
    series = samples(await poll("agents", rows("agents", *agents)))
    assert series["agents", "139", "not_ready", "Lunch"] == 2
    assert series["agents", "139", "available", ""] == 1
    assert ("agents", "139", "available", "Lunch") not in series


async def test_agents_are_counted_by_skill_and_direction_if_configured() -> None:
    agents = [
        {"Logid": "1", "Status": "ACD", "Skill": "2", "Direction": "IN"},
        {"Logid": "2", "Status": "ACD", "Skill": " 2", "Direction": "out"},
        {"Logid": "3", "Status": "AVAIL", "Skill": "2", "Direction": None},
        {"Logid": "4", "Status": "AUX", "Skill": None},
    ]
    snapshot = await poll("agents", rows("agents", *agents), agents_by_skill=True)
    counts = {key[1:]: count for key, count in samples(snapshot).items() if key[0] == "agents_by_skill" and count}
    assert counts == {
        ("2", "busy", "in"): 1,
        ("2", "busy", "out"): 1,
        ("2", "available", ""): 1,
        ("", "not_ready", ""): 1,
    }
    assert samples(snapshot)["agents_by_skill", "2", "ringing", ""] == 0
    plain = await poll("agents", rows("agents", *agents))
    assert not [name for name, *_ in samples(plain) if name == "agents_by_skill"]
    assert not snapshot.unmapped


async def test_an_unknown_direction_is_recorded() -> None:
    agent = {"Logid": "1", "Status": "ACD", "Skill": "2", "Direction": "TRANSFER"}
    snapshot = await poll("agents", rows("agents", agent), agents_by_skill=True)
    assert snapshot.unmapped == (("agents.Direction", "TRANSFER"),)
    assert samples(snapshot)["agents_by_skill", "2", "busy", ""] == 1
