"""Asterisk: recorded answers of a real one in, exposition out; states, waits and what an answer may legally contain."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from exporter.errors import Reason
from exporter.metrics.mapping import Detail
from exporter.model import Snapshot
from exporter.vendors.asterisk.client import AsteriskClient
from exporter.vendors.asterisk.settings import AsteriskSettings
from tests.support.clock import ManualClock
from tests.support.vendors.asterisk import FOLDER, Ami, listed, queue_status, recorded, time_of
from tests.support.vendors.polls import AGGREGATE, CANARY, NAMES, Shown, asking, failure, serving

SHOWN = Shown("utrecht", FOLDER)
samples = SHOWN.samples
# A moment at which contacts wait, an agent is paused during a call, and a member has a device that does not exist.
BUSY, PAUSED_IN_CALL, PAUSED, INVALID = "046", "050", "059", "075"

QUEUE = """
Event: QueueParams
Queue: {name}
Max: 0
Strategy: ringall
Calls: 0
Holdtime: 0
TalkTime: 0
Completed: 0
Abandoned: 0
ServiceLevel: 20
ServicelevelPerf: 0.0
ServicelevelPerf2: 0.0
Weight: 0
"""
MEMBER = {
    "Queue": "sales",
    "Name": "Ann",
    "Location": "PJSIP/101",
    "StateInterface": "PJSIP/101",
    "Membership": "dynamic",
    "Penalty": "0",
    "CallsTaken": "0",
    "LastCall": "0",
    "LastPause": "0",
    "LoginTime": "1795722033",
    "InCall": "0",
    "Status": "1",
    "Paused": "0",
    "PausedReason": "",
    "Wrapuptime": "0",
}


def queue(name: str, **more: object) -> str:
    """Return the event of a queue, with some of its headers changed."""
    lines = (line.partition(": ") for line in QUEUE.format(name=name).strip().splitlines())
    return "\n".join(f"{header}: {more.get(header, value)}" for header, _, value in lines)


def member(**more: object) -> str:
    """Return the event of a member, with some of its headers changed."""
    return "\n".join(["Event: QueueMember", *(f"{name}: {value}" for name, value in {**MEMBER, **more}.items())])


def entry(wait: object, queue: str = "sales", name: str = "Caller") -> str:
    """Return the event of a waiting contact."""
    return (
        f"Event: QueueEntry\nQueue: {queue}\nPosition: 1\nChannel: PJSIP/provider-0000001a\nUniqueid: 1.1\n"
        f"CallerIDNum: 0612345678\nCallerIDName: {name}\nConnectedLineNum: unknown\nConnectedLineName: unknown\n"
        f"Wait: {wait}\nPriority: 0"
    )


def settings(url: str, **more: object) -> AsteriskSettings:
    fixed = {"name": "utrecht", "vendor": "asterisk", "url": url, "username": "exporter", "secret": CANARY}
    return AsteriskSettings.model_validate(fixed | more)


@asynccontextmanager
async def client(ami: Ami, **more: object) -> AsyncIterator[AsteriskClient]:
    """Yield a client of this Asterisk."""
    clock = ManualClock()
    async with serving(ami.handle) as server, asking(clock=clock) as http:
        yield AsteriskClient(settings(str(server.make_url("/asterisk")), **more), http, clock)


async def poll(body: bytes, *, now: float | None = None, **more: object) -> Snapshot:
    """Return the snapshot of a poll that gets this answer to QueueStatus."""
    ami = Ami()
    ami.answers["QueueStatus"] = body
    ami.now = now
    async with client(ami, **more) as asterisk:
        return await asterisk.queues()


async def poll_trunks(endpoints: bytes | None = None, registrations: bytes | None = None, **more: object) -> Snapshot:
    """Return the snapshot of a poll of the trunks."""
    ami = Ami()
    if endpoints is not None:
        ami.answers["PJSIPShowEndpoints"] = endpoints
    if registrations is not None:
        ami.answers["PJSIPShowRegistrationsOutbound"] = registrations
    async with client(ami, **more) as asterisk:
        return await asterisk.trunks()


# Recorded answers


@pytest.mark.parametrize(
    ("name", "detail", "golden"),
    [
        (BUSY, AGGREGATE, "recording.busy"),
        (PAUSED_IN_CALL, NAMES, "recording.paused_in_call"),
        (PAUSED, NAMES, "recording.paused"),
        (INVALID, NAMES, "recording.invalid"),
    ],
)
async def test_a_recorded_answer_matches_its_golden_text(name: str, detail: Detail, golden: str) -> None:
    snapshot = await poll(recorded(name), now=time_of(name))
    assert not snapshot.unmapped
    SHOWN.require_golden(golden, snapshot, detail)


async def test_the_trunks_match_their_golden_text() -> None:
    snapshot = await poll_trunks()
    assert not snapshot.unmapped
    SHOWN.require_golden("endpoints", snapshot, AGGREGATE)


async def test_no_caller_channel_or_password_is_decoded() -> None:
    text = repr(await poll(recorded(BUSY))) + repr(await poll_trunks())
    for personal in ("Caller", "people-", "1795722079.16", "PJSIP/provider", "pa55word", "0201234567"):
        assert personal not in text


async def test_a_user_without_rights_may_read_the_queues() -> None:
    """QueueStatus needs no right; a user without `write=system` or `reporting` only misses the start of Asterisk."""
    ami = Ami({"QueueStatus": recorded("004")})
    ami.denied = {"CoreStatus"}
    async with client(ami) as asterisk:
        snapshots = [await asterisk.queues() for _ in range(3)]
    assert [len(snapshot.queues) for snapshot in snapshots] == [3, 3, 3]
    assert {snapshot.period for snapshot in snapshots} == {None}
    [finding] = snapshots[2].findings
    assert finding.startswith("CoreStatus: Permission denied (the AMI user needs write=system or write=reporting): ")
    assert ami.requests.count("CoreStatus") == 1, "each refusal is a security event in Asterisk's log"


async def test_an_unknown_queue_is_an_empty_list() -> None:
    snapshot = await poll(recorded("009"))
    assert (snapshot.queues, snapshot.agents) == ((), ())


# States


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (0, "available"),
        (1, "available"),
        (2, "busy"),
        (3, "busy"),
        (4, "logged_out"),
        (5, "logged_out"),
        (6, "ringing"),
        (7, "busy"),
        (8, "busy"),
        (9, "unknown"),
    ],
)
async def test_every_device_state_is_mapped(status: int, state: str) -> None:
    snapshot = await poll(queue_status(queue("sales"), member(Status=status)))
    assert [agent.state for agent in snapshot.agents or ()] == [state]
    assert snapshot.queues[0].agents == {
        **dict.fromkeys(("available", "ringing", "busy", "paused", "logged_out"), 0),
        state: 1,
    }
    assert snapshot.queues[0].staffed_agents == (state != "logged_out")
    assert snapshot.unmapped == ((("QueueMember.Status", "9"),) if status == 9 else ())


async def test_an_agent_of_several_queues_is_one_agent() -> None:
    """The agent may take contacts of sales, but not of billing; the states of the queues differ."""
    elsewhere = member(Queue="billing", Location="Local/101@agents/n", Paused=1, PausedReason="Lunch", LastPause=900)
    snapshot = await poll(queue_status(queue("sales"), member(), queue("billing"), elsewhere), now=1000)
    assert [(agent.id, agent.state, agent.reason) for agent in snapshot.agents or ()] == [
        ("PJSIP/101", "available", "")
    ]
    assert [queue.agents.get("paused") for queue in snapshot.queues] == [0, 1]


async def test_an_agent_who_is_paused_in_every_queue_is_paused_since_the_last_pause() -> None:
    first = member(Paused=1, PausedReason="Lunch", LastPause=900)
    second = member(Queue="billing", Paused=1, LastPause=940)
    snapshot = await poll(queue_status(queue("sales"), first, queue("billing"), second), now=1000)
    [agent] = snapshot.agents or ()
    assert (agent.state, agent.reason, agent.time_in_state_seconds) == ("paused", "Lunch", 60)


async def test_a_call_of_one_queue_makes_the_agent_busy_in_all() -> None:
    """The device of a Local channel that has been forwarded reports no call."""
    snapshot = await poll(queue_status(queue("sales"), member(InCall=1), queue("billing"), member(Queue="billing")))
    [agent] = snapshot.agents or ()
    assert (agent.state, agent.active_contacts) == ("busy", {"voice": 1})
    assert [queue.agents["busy"] for queue in snapshot.queues] == [1, 1]
    assert [queue.active_contacts for queue in snapshot.queues] == [1, 0]


async def test_a_member_with_a_wrap_up_time_of_its_own_wraps_up_after_a_call() -> None:
    body = queue_status(queue("sales"), member(Wrapuptime=30, LastCall=990))
    during, after = await poll(body, now=1000), await poll(body, now=1020)
    [agent] = during.agents or ()
    assert (agent.state, agent.time_in_state_seconds) == ("wrap_up", 10)
    assert [agent.state for agent in after.agents or ()] == ["available"]


async def test_a_member_without_a_status_is_unknown() -> None:
    body = queue_status(queue("sales"), member().replace("Status: 1\n", ""))
    assert [agent.state for agent in (await poll(body)).agents or ()] == ["unknown"]


# Waits, service level and hold time


async def test_the_oldest_wait_is_that_of_the_longest_waiting_contact() -> None:
    """Positions follow priorities, so the first contact has not always waited longest."""
    calls = queue("sales", Calls=3)
    snapshot = await poll(queue_status(calls, entry(5), entry(61), entry(-1), queue("billing")))
    assert [queue.oldest_wait_seconds for queue in snapshot.queues] == [61, 0]


async def test_a_contact_that_arrived_in_this_second_has_waited_for_0() -> None:
    snapshot = await poll(queue_status(queue("sales", Calls=1), entry(-1)))
    assert snapshot.queues[0].oldest_wait_seconds == 0


async def test_a_service_level_without_calls_or_threshold_is_absent() -> None:
    rated = {"Completed": 3, "Abandoned": 1, "ServicelevelPerf": "66.7", "ServicelevelPerf2": "50.0"}
    queues = (queue("rated", **rated), queue("new"), queue("none", **rated, ServiceLevel=0))
    found = {each.name: each for each in (await poll(queue_status(*queues))).queues}
    assert [found[name].service_level_ratio for name in ("rated", "new", "none")] == [0.667, None, None]
    assert [found[name].service_level_target_seconds for name in ("rated", "new", "none")] == [20, 20, None]
    of_all = (await poll(queue_status(*queues), service_level="all")).queues
    assert [each.service_level_ratio for each in of_all] == [0.5, None, None]


async def test_the_announced_hold_time_is_the_estimated_wait() -> None:
    queues = (queue("new"), queue("first", Holdtime=7), queue("quick", Completed=1))
    waits = [each.estimated_wait_seconds for each in (await poll(queue_status(*queues))).queues]
    assert waits == [None, 7, 0]


# What an answer may contain


async def test_names_may_hold_colons_quotes_and_any_bytes() -> None:
    names = ['a: "b"', "Queue: x", "sales\\n", "Zürich"]
    body = queue_status(*(queue(name) for name in names))
    assert [each.id for each in (await poll(body)).queues] == names
    latin = body.replace("Zürich".encode(), "Zürich".encode("latin-1"))
    assert [each.id for each in (await poll(latin)).queues] == names


async def test_events_of_other_kinds_between_the_items_are_skipped() -> None:
    stray = "Event: Newchannel\nQueue: sales\nCallerIDNum: 0612345678"
    body = queue_status(queue("sales"), stray, member()).replace(b"ListItems: 3", b"ListItems: 2")
    snapshot = await poll(body)
    assert len(snapshot.queues) == len(snapshot.agents or ()) == 1


async def test_a_header_that_a_caller_has_forged_is_not_used() -> None:
    forged = entry(3, name="x\nWait: 86400").replace("CallerIDName", "ConnectedLineName", 1)
    snapshot = await poll(queue_status(queue("sales", Calls=2), entry(5), forged))
    assert snapshot.queues[0].oldest_wait_seconds == 5
    assert ("QueueEntry.Wait", "repeated with another value") in snapshot.unmapped


async def test_an_event_that_a_caller_has_forged_fails_the_poll() -> None:
    forged = entry(3, name="x\n\nEvent: QueueParams\nQueue: forged\nCalls: 99")
    error = await failure(poll(queue_status(queue("sales", Calls=1), forged)))
    assert str(error) == "QueueStatus: list of 3 items, 2 announced"


@pytest.mark.parametrize("cut", [1, 2, 3, 4, 20, 40, 60, 100, 400])
async def test_a_truncated_answer_fails_the_poll(cut: int) -> None:
    error = await failure(poll(recorded(BUSY)[:-cut]))
    assert error.reason in {Reason.DECODE, Reason.INVALID}


async def test_a_list_that_lost_an_item_fails_the_poll() -> None:
    body = queue_status(queue("sales"), member()).replace(b"ListItems: 2", b"ListItems: 3")
    assert str(await failure(poll(body))) == "QueueStatus: list of 2 items, 3 announced"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", Reason.DECODE),
        (b"[]", Reason.DECODE),
        (b"Event: QueueParams\r\n\r\n", Reason.DECODE),
        (b"Response: Success\r\n\r\n", Reason.INVALID),
        (b"Response: Error\r\nMessage: Asterisk is shutting down\r\n\r\n", Reason.INVALID),
        (b"Response: Error\r\n\r\n", Reason.INVALID),
        (b"Response: Success\r\nResponse: Error\r\n\r\n", Reason.DECODE),
    ],
)
async def test_an_unusable_answer_fails_the_poll(body: bytes, reason: Reason) -> None:
    assert (await failure(poll(body))).reason is reason


async def test_an_asterisk_without_the_module_of_queues_fails_the_poll() -> None:
    ami = Ami({"CoreStatus": recorded("012")})
    async with client(ami) as asterisk:
        error = await failure(asterisk.queues())
    assert error.reason is Reason.INVALID
    assert str(error).startswith("QueueStatus: Invalid/unknown command: QueueStatus.")


# Trunks


async def test_the_trunks_are_the_endpoints_with_an_outbound_registration() -> None:
    assert [(trunk.id, trunk.in_use_ports, trunk.registered) for trunk in (await poll_trunks()).trunks] == [
        ("provider", 2, 1),
        ("backup", 0, 0),
    ]


async def test_trunks_may_be_named_by_patterns() -> None:
    trunks = (await poll_trunks(trunk_endpoints=["prov*", "101"])).trunks
    assert [(trunk.id, trunk.registered) for trunk in trunks] == [("provider", 1), ("101", None)]


async def test_an_asterisk_without_endpoints_has_no_trunks() -> None:
    none = b"Response: Error\r\nMessage: No endpoints found\n\r\n\r\n"
    assert (await poll_trunks(none, listed("PJSIPShowRegistrationsOutbound"))).trunks == ()


async def test_a_trunk_with_several_registrations_is_registered_if_one_is_accepted() -> None:
    one = "Event: OutboundRegistrationDetail\nObjectName: {}\nEndpoint: provider\nStatus: {}"
    body = listed("PJSIPShowRegistrationsOutbound", one.format("first", "Rejected"), one.format("second", "Registered"))
    assert [(trunk.id, trunk.registered) for trunk in (await poll_trunks(registrations=body)).trunks] == [
        ("provider", 1)
    ]


async def test_without_a_right_the_error_names_the_missing_one() -> None:
    ami = Ami()
    ami.denied = {"PJSIPShowEndpoints", "PJSIPShowRegistrationsOutbound"}
    async with client(ami) as asterisk:
        error = await failure(asterisk.trunks())
        assert (await asterisk.queues()).queues
    assert str(error) == (
        "PJSIPShowRegistrationsOutbound: Permission denied (the AMI user needs write=system or write=reporting)"
    )
    assert (error.reason, error.sign_in) == (Reason.AUTH, False)
    assert len(ami.sign_ins) == 1


async def test_without_pjsip_the_trunks_are_off_and_the_finding_explains_it() -> None:
    ami = Ami({"CoreStatus": recorded("012"), "QueueStatus": recorded("010")})
    async with client(ami) as asterisk:
        snapshots = [await asterisk.trunks() for _ in range(3)]
    assert {snapshot.trunks for snapshot in snapshots} == {()}
    [finding] = snapshots[2].findings
    assert finding.startswith("PJSIPShowRegistrationsOutbound: Invalid/unknown command: ")
    assert finding.endswith(" Trunks are off: PJSIP is not loaded")
    assert ami.requests == ["PJSIPShowRegistrationsOutbound"]


async def test_a_user_who_may_only_report_sees_registrations() -> None:
    ami = Ami()
    ami.denied = {"PJSIPShowEndpoints"}
    async with client(ami) as asterisk:
        snapshots = [await asterisk.trunks() for _ in range(3)]
    assert [(trunk.id, trunk.in_use_ports, trunk.registered) for trunk in snapshots[2].trunks] == [
        ("provider", None, 1),
        ("backup-reg-0", None, 0),
    ]
    [finding] = snapshots[2].findings
    assert finding.startswith("PJSIPShowEndpoints: Permission denied (the AMI user needs write=system): ")
    assert ami.requests.count("PJSIPShowEndpoints") == 1


async def test_a_telephone_number_in_a_device_is_not_exported() -> None:
    """Members outside the house are Local channels, or endpoints of a provider, with the number that they dial."""
    body = queue_status(
        queue("sales"),
        member(Name="Local/0612345678@outside", StateInterface="Local/0612345678@outside/n"),
        member(Name="PJSIP/0612345679@provider", StateInterface="PJSIP/0612345679"),
    )
    snapshot = await poll(body)
    assert len(snapshot.agents or ()) == 2
    assert "061234567" not in SHOWN.page(snapshot, NAMES)
