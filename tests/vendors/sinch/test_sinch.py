"""Sinch: its published responses, the mapping of its states, and its other responses.

A fixture is a published example with brackets and the missing commas added; the golden text beside it is what
Prometheus gets.
"""

import json

import pytest
from aiohttp import web
from pydantic import ValidationError

from exporter.errors import Reason
from exporter.metrics.agent_identity import AgentDetail
from exporter.metrics.mapping import Detail
from exporter.model import Snapshot
from exporter.redaction import remember
from tests.support.vendors.polls import AGGREGATE, CANARY, NAMES, failure
from tests.support.vendors.sinch import (
    RESOURCES,
    SHOWN,
    Installation,
    client,
    fetch,
    fixture,
    page,
    poll,
    samples,
    settings,
)

QUEUE = {"id": "F8", "name": "B2B", "type": "Phone"}
TOO_SHORT = {f"queueGroups.queues.maxWaitTime{severity}Level" for severity in ("Warning", "Critical")}


async def agent(**fields: object) -> Snapshot:
    return await poll("agents", [{"id": "A2", "name": "Wolf, Jane", **fields}])


# The published examples


@pytest.mark.parametrize(
    ("name", "detail", "golden"),
    [
        ("queueStatuses", AGGREGATE, "queueStatuses"),
        ("agents", AGGREGATE, "agents"),
        ("agents", NAMES, "agents.name"),
        ("contactSummaries", AGGREGATE, "contactSummaries"),
        ("queueGroups", AGGREGATE, "queueGroups"),
    ],
)
async def test_the_published_example_matches_its_golden_text(name: str, detail: Detail, golden: str) -> None:
    snapshot = await poll(name, fixture(name))
    # The example's thresholds of waits are 1 and 2 milliseconds.
    assert {field for field, _ in snapshot.unmapped} == (TOO_SHORT if name == "queueGroups" else set())
    SHOWN.require_golden(golden, snapshot, detail)


async def by_user_statuses(user_statuses: object) -> Snapshot:
    installation = Installation(agents=fixture("agents"), userStatuses=user_statuses)
    async with client(installation, active_contacts="user_statuses", agents={"detail": "name"}) as sinch:
        return await sinch.agents()


async def test_the_published_user_statuses_match_their_golden_text() -> None:
    snapshot = await by_user_statuses(fixture("userStatuses"))
    assert not snapshot.unmapped
    SHOWN.require_golden("userStatuses.name", snapshot, NAMES)


async def test_the_published_single_user_status_is_the_first_of_the_list() -> None:
    one, every = await by_user_statuses(fixture("userStatus")), await by_user_statuses(fixture("userStatuses"))
    [first, second], whole = one.agents or (), every.agents or ()
    assert first == whole[0]
    assert first.active_contacts == {"voice": 0, "chat": 0, "email": 0}
    # The second has no user status.
    assert (second.id, second.active_contacts) == (whole[1].id, {})


async def test_the_published_active_contacts() -> None:
    snapshot = await by_user_statuses(fixture("userStatuses"))
    active = {series: value for series, value in samples(snapshot, NAMES).items() if "active" in series[0]}
    who = (("E936C474B22311D38FBE0090279A922E", "Fox, John"), ("A206C474B22311D38FBE0090279A922E", "Wolf, Jane"))
    assert active == {
        ("agent_active_contacts", *one, channel): 0 for one in who for channel in ("voice", "chat", "email")
    }


@pytest.mark.parametrize(
    ("single", "collection"),
    [
        ("queueStatus", "queueStatuses"),
        ("agent", "agents"),
        ("contactSummary", "contactSummaries"),
        ("queueGroup", "queueGroups"),
    ],
)
async def test_the_published_single_row_is_the_first_of_the_list(single: str, collection: str) -> None:
    one, every = await poll(collection, fixture(single)), await poll(collection, fixture(collection))
    for few, many in ((one.queues, every.queues), (one.agents or (), every.agents or ())):
        assert few == many[: len(few)]


async def test_no_agent_is_named_unless_configured() -> None:
    text = page(await poll("agents", fixture("agents")))
    assert "Fox" not in text
    assert "E936C474B22311D38FBE0090279A922E" not in text


async def test_addresses_and_numbers_of_people_are_never_exported() -> None:
    text = page(await poll("agents", fixture("agents")), NAMES)
    assert "@" not in text
    assert "+358" not in text


# Queues


async def test_waiting_contacts_are_those_in_the_queue_now() -> None:
    row = {**QUEUE, "inQueue": 2, "waitingDurationMax": 12000, "inQueueCurrent": 1, "waitingDurationCurrentMax": 9500}
    assert samples(await poll("queueStatuses", [row])) == {
        ("queue_waiting_contacts", "F8", "B2B", "voice"): 1,
        ("queue_oldest_wait_seconds", "F8", "B2B", "voice"): 9.5,
    }


@pytest.mark.parametrize(
    ("word", "channel"), [("Phone", "voice"), ("Chat", "chat"), ("Email", "email"), ("EMAIL", "email")]
)
async def test_every_queue_type_is_mapped_to_a_channel(word: str, channel: str) -> None:
    snapshot = await poll("queueStatuses", [{"id": "F8", "type": word}])
    assert [queue.channel for queue in snapshot.queues] == [channel]
    assert not snapshot.unmapped


async def test_an_unmapped_queue_type_is_recorded() -> None:
    snapshot = await poll("queueStatuses", [{"id": "F8", "type": "Fax", "inQueueCurrent": 1}])
    assert samples(snapshot) == {("queue_waiting_contacts", "F8", "", ""): 1}
    assert snapshot.unmapped == (("queueStatuses.type", "Fax"),)


@pytest.mark.parametrize(("free", "wrap_up", "available"), [(3, 1, 2), (3, 0, 3), (1, 2, 0)])
async def test_free_agents_may_include_those_in_wrap_up(free: int, wrap_up: int, available: int) -> None:
    row = {"id": "F8", "agentsFree": free, "agentsWrapUp": wrap_up}
    [plain] = (await poll("queueStatuses", [row])).queues
    [less] = (await poll("queueStatuses", [row], free_includes_wrap_up=True)).queues
    assert plain.agents == {"available": free, "wrap_up": wrap_up}
    assert less.agents == {"available": available, "wrap_up": wrap_up}


async def test_missing_free_agents_stay_missing() -> None:
    [queue] = (await poll("queueStatuses", [{"id": "F8", "agentsWrapUp": 2}], free_includes_wrap_up=True)).queues
    assert queue.agents == {"wrap_up": 2}


async def test_free_agents_are_absent_if_those_in_wrap_up_to_subtract_are_missing() -> None:
    [queue] = (await poll("queueStatuses", [{"id": "F8", "agentsFree": 2}], free_includes_wrap_up=True)).queues
    assert queue.agents == {}


# Agents


@pytest.mark.parametrize(
    ("user", "handling", "state"),
    [
        ("Ready", "Waiting", "available"),
        ("Ready", None, "available"),
        ("NotReady", "Waiting", "not_ready"),
        ("Pause", "Waiting", "paused"),
        ("LoggedOut", None, "logged_out"),
        ("LoggedOut", "Talking_Inbound", "logged_out"),
        ("NotReady", "Talking_Inbound", "busy"),
        ("Pause", "Emailing_Outbound", "busy"),
        ("ready", "waiting", "available"),
        (None, "Talking_Inbound", "busy"),
        (None, "Waiting", "unknown"),
        (None, None, "unknown"),
    ],
)
async def test_the_state_follows_from_two_statuses(user: str | None, handling: str | None, state: str) -> None:
    snapshot = await agent(userStatus=user, contactHandlingStatus=handling)
    assert [each.state for each in snapshot.agents or ()] == [state]
    assert snapshot.unmapped == ((("agents.userStatus", "missing"),) if state == "unknown" else ())


@pytest.mark.parametrize(
    "word",
    [
        "Talking_Inbound",
        "Talking_Outbound",
        "Talking_Outbound_CBR",
        "Talking_Outbound_Campaign",
        "Chatting_Inbound",
        "Emailing_Inbound",
        "Emailing_Outbound",
        "Dialing_Outbound",
        "Dialing_Outbound_CBR",
        "Dialing_Outbound_Campaign",
    ],
)
async def test_every_contact_handling_status_is_busy(word: str) -> None:
    snapshot = await agent(userStatus="Ready", contactHandlingStatus=word)
    assert [each.state for each in snapshot.agents or ()] == ["busy"]
    assert not snapshot.unmapped


@pytest.mark.parametrize(
    ("user", "handling", "noted"),
    [
        ("Away", "Waiting", ("agents.userStatus", "Away")),
        ("Ready", "Juggling_Inbound", ("agents.contactHandlingStatus", "Juggling_Inbound")),
        ("Ready", 7, ("agents.contactHandlingStatus", "int")),
    ],
)
async def test_an_unmapped_status_is_unknown_and_recorded(user: str, handling: object, noted: tuple[str, str]) -> None:
    snapshot = await agent(userStatus=user, contactHandlingStatus=handling)
    assert [each.state for each in snapshot.agents or ()] == ["unknown"]
    assert snapshot.unmapped == (noted,)


async def test_a_presence_profile_is_the_reason_of_a_pause_only() -> None:
    for status, reason in (("Pause", "Lunch"), ("NotReady", ""), ("Ready", ""), ("LoggedOut", "")):
        snapshot = await agent(userStatus=status, profile="Lunch")
        assert [each.reason for each in snapshot.agents or ()] == [reason]


DURATIONS = {"userStatusDuration": 3_600_000, "contactHandlingStatusDuration": 60_000}


@pytest.mark.parametrize(
    ("user", "handling", "durations", "seconds"),
    [
        ("Ready", "Talking_Inbound", DURATIONS, 60),
        ("Pause", "Emailing_Outbound", DURATIONS, 60),
        ("NotReady", "dialing_outbound", DURATIONS, 60),
        (None, "Chatting_Inbound", DURATIONS, 60),
        ("Ready", "Waiting", DURATIONS, 3600),
        ("Ready", None, DURATIONS, 3600),
        ("Pause", "Waiting", DURATIONS, 3600),
        ("LoggedOut", "Talking_Inbound", DURATIONS, 3600),
        ("Ready", "Juggling_Inbound", DURATIONS, 3600),
        ("Ready", "Talking_Inbound", {"contactHandlingStatusDuration": "1500"}, 1.5),
        # The time of the user's status is not that of the contact.
        ("Ready", "Talking_Inbound", {"userStatusDuration": 3_600_000}, None),
        ("Ready", "Waiting", {"contactHandlingStatusDuration": 60_000}, None),
        ("Ready", "Waiting", {}, None),
    ],
)
async def test_the_time_in_state_of_a_busy_agent_is_that_of_the_contact(
    user: str | None, handling: str | None, durations: dict[str, object], seconds: float | None
) -> None:
    snapshot = await agent(userStatus=user, contactHandlingStatus=handling, **durations)
    assert [each.time_in_state_seconds for each in snapshot.agents or ()] == [seconds]


async def test_callbacks_count_as_calls() -> None:
    snapshot = await agent(handledContactsCallIn=2, handledContactsCbrIn=3, handledContactsCallOut=5)
    handled = {series[3:]: value for series, value in samples(snapshot, NAMES).items() if "handled" in series[0]}
    assert handled == {("voice", "in"): 5, ("voice", "out"): 5}


@pytest.mark.parametrize("missing", ["handledContactsCallIn", "handledContactsCbrIn"])
async def test_a_sum_of_calls_and_callbacks_that_lacks_one_is_absent(missing: str) -> None:
    counts = {"handledContactsCallIn": 2, "handledContactsCbrIn": 3, "handledContactsChatIn": 1, missing: None}
    handled = [series[3:] for series in samples(await agent(**counts), NAMES) if "handled" in series[0]]
    assert handled == [("chat", "in")]


@pytest.mark.parametrize("spelling", ["handledContactseEmailIn", "handledContactsEmailIn"])
async def test_emails_are_counted_in_either_spelling(spelling: str) -> None:
    snapshot = await agent(**{spelling: 4})
    assert samples(snapshot, NAMES)["agent_contacts_handled_total", "A2", "Wolf, Jane", "email", "in"] == 4


@pytest.mark.parametrize(("ready", "available"), [(100_000, 65), (20_000, 0)])
async def test_being_ready_may_include_handling(ready: int, available: int) -> None:
    row = {"id": "A2", "readyTime": ready, "totalHandlingDuration": 27_000, "totalWrapupDuration": 8_000}
    [plain] = (await poll("agents", [row])).agents or ()
    [idle] = (await poll("agents", [row], ready_includes_handling=True)).agents or ()
    assert plain.state_totals == {"available": ready / 1000, "busy": 27, "wrap_up": 8}
    assert idle.state_totals == {**plain.state_totals, "available": available}
    [untold] = (
        await poll("agents", [{"id": "A2", "totalHandlingDuration": 1}], ready_includes_handling=True)
    ).agents or ()
    assert untold.state_totals == {"busy": 0.001}


@pytest.mark.parametrize("missing", ["totalHandlingDuration", "totalWrapupDuration"])
async def test_ready_time_is_absent_if_the_handling_to_subtract_is_missing(missing: str) -> None:
    row = {"id": "A2", "readyTime": 9_000, "totalHandlingDuration": 2_000, "totalWrapupDuration": 1_000, missing: None}
    [idle] = (await poll("agents", [row], ready_includes_handling=True)).agents or ()
    assert "available" not in idle.state_totals
    assert len(idle.state_totals) == 1


async def test_the_queues_of_agents_are_not_requested() -> None:
    installation = Installation(agents=[])
    async with client(installation) as sinch:
        await sinch.agents()
    [asked] = installation.asked
    assert asked.query == {
        "startTime": "2019-08-30T00:00:00.000Z",
        "showQueueInfo": "0",
        "sort": "id",
        "limit": "2500",
        "offset": "0",
    }


async def test_active_contacts_of_every_kind_add_up() -> None:
    counts = {
        "activeIbCallCnt": 1,
        "activeIbOperDirCallCnt": 2,
        "activeObCallCnt": 4,
        "activeObCampaignCallCnt": 8,
        "activeObCbrCallCnt": 16,
        "activeIbChatCnt": 32,
        "activeIbVideoChatCnt": 64,
        "activeIbEmailCnt": 128,
        "activeObEmailCnt": 256,
    }
    agents = [{"id": "A2", "userStatus": "Ready", "activePhoneContacts": 9}, {"id": "A3", "userStatus": "Ready"}]
    answers = {"agents": agents, "userStatuses": [{"id": "A2", **counts}, {"id": "A4", **counts}]}
    async with client(Installation(**answers), active_contacts="user_statuses", agents={"detail": "id"}) as sinch:
        agents_ = (await sinch.agents()).agents or ()
    assert {each.id: each.active_contacts for each in agents_} == {
        "A2": {"voice": 31, "chat": 96, "email": 384},
        "A3": {},
    }


async def test_a_sum_of_active_contacts_that_lacks_a_kind_is_absent() -> None:
    counts = {"activeIbChatCnt": 2, "activeIbVideoChatCnt": 1, "activeIbEmailCnt": 3, "activeObEmailCnt": None}
    answers = {"agents": [{"id": "A2", "userStatus": "Ready"}], "userStatuses": [{"id": "A2", **counts}]}
    async with client(Installation(**answers), active_contacts="user_statuses", agents={"detail": "id"}) as sinch:
        [agent_] = (await sinch.agents()).agents or ()
    assert agent_.active_contacts == {"chat": 3}


async def test_capacities_are_those_of_the_agent_and_of_the_user_status() -> None:
    agents = [{"id": "A2", "userStatus": "Ready", "chatCapacity": 2}, {"id": "A3", "chatCapacity": 3}]
    user = {"id": "A2", "phoneCapacity": 1, "textChatCapacity": 4, "videoChatCapacity": 0, "taskCapacity": 5}
    answers = {"agents": agents, "userStatuses": [user]}
    async with client(Installation(**answers), active_contacts="user_statuses", agents={"detail": "id"}) as sinch:
        agents_ = (await sinch.agents()).agents or ()
    assert {each.id: each.capacity_contacts for each in agents_} == {
        "A2": {"voice": 1, "chat": 4, "video": 0, "task": 5},
        "A3": {"chat": 3},
    }


async def test_user_statuses_are_requested_only_if_single_agents_are_exported() -> None:
    installation = Installation(agents=fixture("agents"))
    async with client(installation, active_contacts="user_statuses") as sinch:
        await sinch.agents()
    assert {asked.path for asked in installation.asked} == {"/RI/rmi/agents"}


# Thresholds


async def test_a_queue_in_several_groups_is_exported_once() -> None:
    rows = [{"queues": [{**QUEUE, "freeAgentWarningLevel": level}]} for level in (2, 3)]
    snapshot = await poll("queueGroups", rows)
    assert samples(snapshot) == {("queue_free_agents_threshold", "F8", "B2B", "voice", "warning"): 2}
    assert not snapshot.unmapped


async def test_the_queues_of_a_group_may_be_nested() -> None:
    row = {**QUEUE, "maxWaitTimeCriticalLevel": 90_000, "serviceLevelCriticalLevel": 20}
    nested, plain = ([{"queues": queues}] for queues in ({"queue": [row]}, [row]))
    assert (
        samples(await poll("queueGroups", nested))
        == samples(await poll("queueGroups", plain))
        == {
            ("queue_oldest_wait_threshold_seconds", "F8", "B2B", "voice", "critical"): 90,
            ("queue_service_level_threshold_ratio", "F8", "B2B", "voice", "critical"): 0.2,
        }
    )


@pytest.mark.parametrize("queues", [None, {}, {"queue": None}, []])
async def test_a_group_without_queues_is_valid(queues: object) -> None:
    snapshot = await poll("queueGroups", [{"queues": queues}, {}])
    assert (snapshot.queues, snapshot.unmapped) == ((), ())


@pytest.mark.parametrize("bare", [QUEUE, {"queue": QUEUE}, {"queue": [QUEUE]}, [QUEUE]])
async def test_the_only_queue_of_a_group_may_be_a_bare_object(bare: object) -> None:
    snapshot = await poll("queueGroups", [{"queues": bare}])
    assert ([queue.id for queue in snapshot.queues], snapshot.unmapped) == (["F8"], ())


@pytest.mark.parametrize("bad", [7, "all", {"queue": 7}, {"queue": "F8"}])
async def test_a_bad_group_is_skipped(bad: object) -> None:
    snapshot = await poll("queueGroups", [{"queues": bad}, 7, {"queues": [QUEUE]}])
    assert [queue.id for queue in snapshot.queues] == ["F8"]
    assert [field for field, _ in snapshot.unmapped] == ["queueGroups.queues", "queueGroups.queues"]


@pytest.mark.parametrize(("milliseconds", "seconds"), [(20, None), (999, None), (0, None), (1000, 1), (20_000, 20)])
async def test_a_threshold_below_a_second_is_not_exported(milliseconds: int, seconds: float | None) -> None:
    """It was most likely entered in seconds, and every contact would cross it."""
    snapshot = await poll("queueGroups", [{"queues": [{**QUEUE, "maxWaitTimeWarningLevel": milliseconds}]}])
    series = samples(snapshot)
    assert series.get(("queue_oldest_wait_threshold_seconds", "F8", "B2B", "voice", "warning")) == seconds
    recorded = (("queueGroups.queues.maxWaitTimeWarningLevel", f"{milliseconds} ms"),)
    assert snapshot.unmapped == (recorded if seconds is None else ())


async def test_thresholds_are_requested() -> None:
    installation = Installation(queueGroups=[])
    async with client(installation) as sinch:
        await sinch.queue_groups()
    assert installation.asked[0].query["showThresholds"] == "1"


# Missing, odd and hostile values


@pytest.mark.parametrize("nothing", [None, ""])
@pytest.mark.parametrize("collection", ["queueStatuses", "contactSummaries"])
async def test_missing_fields_are_not_exported(collection: str, nothing: object) -> None:
    whole = fixture(collection)[0]
    empty = dict.fromkeys(whole, nothing) | {"id": "F8", "queueId": "F8"}
    assert samples(await poll(collection, [empty])) == {}


async def test_a_logged_out_agent_has_no_other_values() -> None:
    snapshot = await poll("agents", fixture("agents")[1:])
    series = {series for series, value in samples(snapshot, NAMES).items() if value}
    assert series == {
        ("agents", "Support", "logged_out", ""),
        ("agent_state", "A206C474B22311D38FBE0090279A922E", "Wolf, Jane", "logged_out"),
        ("agent_time_in_state_seconds", "A206C474B22311D38FBE0090279A922E", "Wolf, Jane"),
    }


@pytest.mark.parametrize("collection", RESOURCES)
async def test_an_empty_contact_centre_is_a_valid_response(collection: str) -> None:
    snapshot = await poll(collection, [])
    assert not snapshot.unmapped
    assert samples(snapshot) == {}


async def test_numbers_may_be_text_and_bad_ones_are_skipped() -> None:
    row = {**QUEUE, "inQueueCurrent": "4", "waitingDurationCurrentMax": "-1", "agentsFree": [1], "agentsBusy": True}
    snapshot = await poll("queueStatuses", [row])
    assert samples(snapshot) == {("queue_waiting_contacts", "F8", "B2B", "voice"): 4}
    assert [field for field, _ in snapshot.unmapped] == [
        "queueStatuses.waitingDurationCurrentMax",
        "queueStatuses.agentsFree",
        "queueStatuses.agentsBusy",
    ]


async def test_the_first_of_duplicates_is_kept_and_bad_rows_are_skipped() -> None:
    rows = [QUEUE | {"inQueueCurrent": 1}, QUEUE | {"inQueueCurrent": 2}, {"name": "no id"}, None, "row", QUEUE]
    snapshot = await poll("queueStatuses", rows)
    assert samples(snapshot) == {("queue_waiting_contacts", "F8", "B2B", "voice"): 1}
    assert len(snapshot.unmapped) == 5


@pytest.mark.parametrize("evil", ['"', "\\", "\n", "é", '\\\n"', "\u202e", "😀"])
async def test_hostile_names_are_cut_and_stay_distinct(evil: str) -> None:
    long = (evil * 4000)[:4000]
    rows = [{"id": long + end, "name": long, "inQueueCurrent": 1} for end in "ab"]
    series = samples(await poll("queueStatuses", [*rows, {"id": "good", "inQueueCurrent": 3}]))
    assert len(series) == 3
    assert all(len(label) <= 256 for labels in series for label in labels)


@pytest.mark.parametrize("detail", ["aggregate", "pseudonym", "id", "name"])
async def test_hostile_agents_make_a_valid_page(detail: AgentDetail) -> None:
    evil = '\\"\n}' + "x" * 4000
    rows = [{"id": n + evil, "name": evil, "userStatus": evil, "profile": evil, "reportingGroup": evil} for n in "ab"]
    snapshot = await poll("agents", [*rows, {"id": "good", "userStatus": "Ready"}])
    series = samples(snapshot, Detail(agents=detail, pseudonym_key=b"key"))
    assert series["agents", "", "available", ""] == 1


async def test_invalid_utf8_loses_only_its_characters() -> None:
    body = json.dumps([{"id": "F8", "name": "Asiakaspalvelu Ä", "inQueueCurrent": 1}], ensure_ascii=False)
    snapshot = await poll("queueStatuses", body.encode("latin-1"))
    assert samples(snapshot) == {("queue_waiting_contacts", "F8", "Asiakaspalvelu \ufffd", ""): 1}
    assert snapshot.unmapped == (("queueStatuses.encoding", "not UTF-8"),)


@pytest.mark.parametrize("collection", RESOURCES)
@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", Reason.DECODE),
        (b"<html><title>Sign in</title></html>", Reason.DECODE),
        (b"<queueStatuses/>", Reason.DECODE),
        (b'[{"id": "F8", "name": "B2', Reason.DECODE),
        (b"[]]", Reason.DECODE),
        (b"null", Reason.INVALID),
        (b"{}", Reason.INVALID),
        (b'{"queueStatuses": []}', Reason.INVALID),
        (b'"Invalid GUID"', Reason.INVALID),
    ],
)
async def test_an_unusable_response_fails_the_poll(collection: str, body: bytes, reason: Reason) -> None:
    assert (await failure(poll(collection, body))).reason is reason


@pytest.mark.parametrize("collection", ["queueStatuses", "agents", "contactSummaries"])
async def test_a_response_without_a_readable_row_fails_the_poll(collection: str) -> None:
    assert (await failure(poll(collection, [None, 1, {"name": "no id"}]))).reason is Reason.INVALID


@pytest.mark.parametrize("collection", RESOURCES)
@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (400, Reason.HTTP),
        (401, Reason.AUTH),
        (403, Reason.AUTH),
        (404, Reason.HTTP),
        (429, Reason.THROTTLED),
        (500, Reason.HTTP),
        (503, Reason.HTTP),
    ],
)
async def test_every_error_status_has_its_reason(collection: str, status: int, reason: Reason) -> None:
    answer = web.Response(status=status, text="Invalid GUID: '2B8E'", headers={"Retry-After": "7"})
    error = await failure(poll(collection, lambda: answer))
    assert (error.reason, error.retry_after) == (reason, 7)
    assert str(error).startswith(f"GET /{collection} returned {status}")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Invalid GUID: '2B8ED95B0EC911E79675005056A75D9'", ": Invalid GUID: '2B8ED95B0EC911E79675005056A75D9'"),
        (f"user exporter\r\n\tpassword {CANARY}", ": user exporter password [redacted]"),
        ("x" * 195 + CANARY, ": " + "x" * 195 + "[reda"),
        ("y" * 5000, ": " + "y" * 200),
        ("ask jane.wolf@cc.example", ": ask …"),
        ("", ""),
        ("<html><h1>Bad Request</h1></html>", ""),
    ],
)
async def test_the_vendors_text_of_a_bad_request_is_part_of_the_error(text: str, shown: str) -> None:
    remember(CANARY, lasting=True)
    error = await failure(poll("agents", lambda: web.Response(status=400, text=text)))
    assert str(error) == f"GET /agents returned 400 Bad Request{shown}"


async def test_the_text_of_other_errors_is_not_shown() -> None:
    error = await failure(poll("agents", lambda: web.Response(status=500, text="at com.example.Main")))
    assert str(error) == "GET /agents returned 500 Internal Server Error"


@pytest.mark.parametrize("collection", RESOURCES)
async def test_the_language_is_requested_if_it_is_set(collection: str) -> None:
    for language in (None, "FI"):
        installation = Installation(**{collection: []})
        async with client(installation, language=language) as sinch:
            await fetch(sinch, collection)
        assert {asked.query.get("language") for asked in installation.asked} == {language}


@pytest.mark.parametrize("language", ["", "F", "FIN", "en-US", "e1", "FI\n"])
def test_an_invalid_language_is_rejected(language: str) -> None:
    with pytest.raises(ValidationError, match="language"):
        settings(language=language)


async def test_one_resource_fails_alone() -> None:
    answers = {"queueStatuses": fixture("queueStatuses"), "agents": lambda: web.Response(status=500)}
    async with client(Installation(**answers)) as sinch:
        assert (await failure(sinch.agents())).reason is Reason.HTTP
        assert len((await fetch(sinch, "queueStatuses")).queues) == 3


# Resources


async def test_the_resources_and_their_intervals() -> None:
    async with client(Installation()) as sinch:
        assert [(each.name, each.every, each.carries_thresholds) for each in sinch.resources] == [
            ("queues", 0, True),
            ("agents", 0, True),
            ("contact_summaries", 60, False),
            ("queue_groups", 300, False),
        ]
        await sinch.close()
