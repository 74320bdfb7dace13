"""The current state of queues, agents and queue groups in the interface's format."""

from collections.abc import Collection, Iterable

from exporter import model
from exporter.model import AgentState, Channel, Severity
from exporter.simulator.agents import Agent
from exporter.simulator.centre import Centre
from exporter.simulator.lines import Contact, Line

CHANNEL_WORDS: dict[Channel, str] = {"voice": "Phone", "chat": "Chat", "email": "Email"}
# The interface has no state for ringing: such an agent is Ready and Waiting. It has none for wrap-up either: the
# contact is still being handled.
USER_WORDS: dict[AgentState, str] = {
    "available": "Ready",
    "ringing": "Ready",
    "busy": "Ready",
    "wrap_up": "Ready",
    "not_ready": "NotReady",
    "paused": "Pause",
    "logged_out": "LoggedOut",
}
AVAILABILITY_WORDS: dict[AgentState, str] = {
    "available": "Free",
    "ringing": "Busy",
    "busy": "Busy",
    "wrap_up": "Busy",
    "not_ready": "Away",
    "paused": "Away",
    "logged_out": "LoggedOut",
}
_INBOUND_WORDS: dict[Channel, str] = {
    "voice": "Talking_Inbound",
    "chat": "Chatting_Inbound",
    "email": "Emailing_Inbound",
}
_SEVERITY_WORDS: dict[Severity, str] = {"warning": "Warning", "critical": "Critical"}
_TALKED_TO = frozenset({"connected", "held"})
_ALL = "ALL_QUEUES"

Row = dict[str, object]


def milliseconds(seconds: float | None) -> int | None:
    """Convert seconds to the vendor's whole milliseconds; None stays None."""
    return None if seconds is None else int(seconds * 1000)


def queue_statuses(centre: Centre) -> list[Row]:
    """Return the rows of `/queueStatuses`."""
    arrived: dict[str, list[Contact]] = {key: [] for key in centre.lines}
    for line in centre.lines.values():
        for contact in line.waiting:
            arrived[(contact.origin or line).profile.id].append(contact)
    return [_queue_status(queue, arrived[queue.id], centre.now) for queue in centre.ledger.queues()]


def _queue_status(queue: model.Queue, arrived: Iterable[Contact], now: float) -> Row:
    waits = [now - contact.offered for contact in arrived]
    agents = queue.agents
    return {
        "id": queue.id,
        "name": queue.name,
        "type": CHANNEL_WORDS[queue.channel or "voice"],
        "inQueue": len(waits),
        "waitingDurationMax": milliseconds(max(waits, default=0.0)),
        "inQueueCurrent": queue.waiting_contacts,
        "waitingDurationCurrentMax": milliseconds(queue.oldest_wait_seconds),
        "agentsServing": queue.staffed_agents,
        "agentsFree": agents["available"],
        "agentsBusy": agents["busy"],
        "agentsNotReady": agents["not_ready"],
        "agentsPause": agents["paused"],
        "agentsWrapUp": agents["wrap_up"],
    }


def agents(centre: Centre, queue_info: str, queue_ids: Collection[str] | None = None) -> list[Row]:
    """Return the rows of `/agents`.

    Args:
        centre: The centre.
        queue_info: The code of `showQueueInfo`, which selects the details of the agents' queues.
        queue_ids: Only agents who serve one of these queues are returned; None for all agents.
    """
    pairs = zip(centre.ledger.agents(), centre.floor.agents, strict=True)
    return [
        _agent(truth, agent, centre, queue_info)
        for truth, agent in pairs
        if queue_ids is None or any(line.profile.id in queue_ids for line in _served(agent, centre))
    ]


def _agent(truth: model.Agent, agent: Agent, centre: Centre, queue_info: str) -> Row:
    state = truth.state
    common: Row = {
        "id": truth.id,
        "name": truth.name,
        "number": int(truth.id),
        "mobileNumber": f"+3581234{truth.id}",
        "externalNumber": f"+3581234{truth.id}",
        "location": "Helsinki",
        "manageable": False,
        "manageablePresence": False,
        "chatName": truth.name,
        "chat": f"{truth.id}@cc.example",
        "email": f"{truth.id}@cc.example",
        "userStatus": USER_WORDS[state],
        "userStatusDuration": milliseconds(_user_status_seconds(truth, agent, centre.now)),
        "userReadyStatus": USER_WORDS[state] == "Ready",
        "availability": AVAILABILITY_WORDS[state],
        "dailyPauseDuration": 1_800_000,
        "dailyWorkDuration": 30_600_000,
    }
    if state == "logged_out":
        return {**common, "reportingGroup": truth.group}
    queues = [] if queue_info == "0" else [_agent_queue(line, queue_info) for line in _served(agent, centre)]
    return {
        **common,
        "reportingGroupid": "1381038F462C4E4684D997B5924F83DE",
        "reportingGroupName": truth.group,
        **_presence(truth, agent),
        **_totals(truth),
        **({} if queue_info == "0" else {"queues": {"queue": queues}}),
    }


def _user_status_seconds(truth: model.Agent, agent: Agent, now: float) -> float | None:
    return truth.time_in_state_seconds if agent.at_work_since is None else now - agent.at_work_since


def _presence(truth: model.Agent, agent: Agent) -> Row:
    seconds = milliseconds(truth.time_in_state_seconds)
    active = truth.active_contacts
    return {
        "contactHandlingStatus": handling_status(agent),
        "contactHandlingStatusDuration": seconds,
        "profileId": "02770429F80BDF1191AD001CC4D98816",
        "profile": truth.reason or "Available",
        "profileDuration": seconds,
        "profileType": "ABSENCE" if truth.reason else "PRESENCE",
        "activePhoneContacts": active.get("voice", 0),
        "activeChatContacts": active.get("chat", 0),
        "activeEmailContacts": active.get("email", 0),
        "activeContactDuration": seconds if any(active.values()) else 0,
        "chatCapacity": truth.capacity_contacts.get("chat", 0),
    }


def handling_status(agent: Agent) -> str:
    """Return an agent's contact handling status."""
    contact = agent.contact
    if contact is None or agent.state == "ringing":
        return "Waiting"
    if contact.direction == "in":
        return _INBOUND_WORDS[contact.channel]
    talking = agent.state == "wrap_up" or (contact.port is not None and contact.port.call in _TALKED_TO)
    return "Talking_Outbound" if talking else "Dialing_Outbound"


def _totals(truth: model.Agent) -> Row:
    handled = {(part.channel, part.direction): part.contacts for part in truth.handled}
    inward = {channel: handled.get((channel, "in"), 0) for channel in CHANNEL_WORDS}
    outward = {channel: handled.get((channel, "out"), 0) for channel in CHANNEL_WORDS}
    totals = truth.state_totals
    return {
        "handledContactsCallIn": inward["voice"],
        "handledContactsChatIn": inward["chat"],
        "handledContactseEmailIn": inward["email"],
        "handledContactsCbrIn": 0,
        "handledContactsTotalIn": sum(inward.values()),
        "handledContactsCallOut": outward["voice"],
        "handledContactsChatOut": outward["chat"],
        "handledContactsEmailOut": outward["email"],
        "handledContactsTotalOut": sum(outward.values()),
        "handledContactsTotal": sum(handled.values()),
        "totalHandlingDuration": milliseconds(totals["busy"]),
        "totalWrapupDuration": milliseconds(totals["wrap_up"]),
        "readyTime": milliseconds(totals["available"] + totals["ringing"]),
        "notReadyTime": milliseconds(totals["not_ready"]),
        "pauseTime": milliseconds(totals["paused"]),
    }


def _served(agent: Agent, centre: Centre) -> list[Line]:
    return [line for line in centre.lines.values() if line.profile.skill in agent.profile.skills]


def _agent_queue(line: Line, queue_info: str) -> Row:
    profile = line.profile
    row: Row = {"id": profile.id, "name": profile.name, "type": CHANNEL_WORDS[profile.channel]}
    if queue_info in {"2", "3", "5", "6"}:
        row |= {"serving": True, "externalServing": False, "canChangeQueueLogin": True}
    return row


def user_statuses(centre: Centre) -> list[Row]:
    """Return the rows of `/userStatuses`."""
    pairs = zip(centre.ledger.agents(), centre.floor.agents, strict=True)
    return [_user_status(truth, agent) for truth, agent in pairs]


def _user_status(truth: model.Agent, agent: Agent) -> Row:
    active = truth.active_contacts
    outward = agent.contact is not None and agent.contact.direction == "out"
    calls = active.get("voice", 0)
    return {
        "activeIbCallCnt": 0 if outward else calls,
        "activeIbChatCnt": active.get("chat", 0),
        "activeIbEmailCnt": active.get("email", 0),
        "activeIbOperDirCallCnt": 0,
        "activeIbVideoChatCnt": 0,
        "activeObCallCnt": calls if outward else 0,
        "activeObCampaignCallCnt": 0,
        "activeObCbrCallCnt": 0,
        "activeObEmailCnt": 0,
        "id": truth.id,
        "name": truth.name,
        "phoneCapacity": truth.capacity_contacts.get("voice", 0),
        "status": USER_WORDS[truth.state],
        "taskCapacity": 1,
        "textChatCapacity": truth.capacity_contacts.get("chat", 0),
        "videoChatCapacity": 0,
    }


def queue_groups(centre: Centre, *, thresholds: bool) -> list[Row]:
    """Return the rows of `/queueGroups`: one group per channel, and one of all queues.

    Args:
        centre: The centre.
        thresholds: Whether to include the queues' thresholds.
    """
    queues = centre.ledger.queues()
    groups = [
        _group(f"{word} queues", [queue for queue in queues if queue.channel == channel], thresholds=thresholds)
        for channel, word in CHANNEL_WORDS.items()
    ]
    return [*groups, _group(_ALL, queues, thresholds=thresholds)]


def _group(name: str, queues: Iterable[model.Queue], *, thresholds: bool) -> Row:
    return {"id": name, "name": name, "queues": {"queue": [_member(queue, thresholds=thresholds) for queue in queues]}}


def _member(queue: model.Queue, *, thresholds: bool) -> Row:
    row: Row = {"id": queue.id, "name": queue.name, "type": CHANNEL_WORDS[queue.channel or "voice"]}
    for limits in queue.thresholds if thresholds else ():
        row |= _threshold_fields(limits, _SEVERITY_WORDS[limits.severity])
    return row


def _threshold_fields(limits: model.Thresholds, word: str) -> Row:
    percent = None if limits.service_level_ratio is None else round(limits.service_level_ratio * 100)
    row = {
        f"freeAgent{word}Level": limits.free_agents,
        f"interactions{word}Level": limits.waiting_contacts,
        f"maxWaitTime{word}Level": milliseconds(limits.oldest_wait_seconds),
        f"servingAgent{word}Level": limits.serving_agents,
        f"serviceLevel{word}Level": percent,
    }
    return {name: value for name, value in row.items() if value is not None}
