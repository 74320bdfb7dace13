"""The mapping of Sinch's fields to the model. Durations are milliseconds.

Source page: sections */queueStatuses*, */agents*, */userStatuses* and */queueGroups*; */contactSummaries* and
*/contacts* have modules of their own.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from exporter.model import Agent, AgentState, Handled, Queue, Severity, Thresholds
from exporter.vendors.sinch.contact_rows import QUEUE_OF_CONTACTS
from exporter.vendors.sinch.quarter_hours import DAY
from exporter.vendors.sinch.settings import ActiveContacts
from exporter.vendors.sinch.words import channel
from exporter.vendors.toolkit.assemble import handled_contacts
from exporter.vendors.toolkit.decoder import Field, RowSchema
from exporter.vendors.toolkit.readers import (
    NoValueError,
    UnmappedError,
    identifier,
    is_no_value,
    milliseconds,
    number,
    percentage,
    text,
    words,
)

# The part of a contact handling status before the first _; the part after it is the direction.
HANDLING_WORDS: Mapping[str, AgentState | None] = {
    "Talking": "busy",
    "Chatting": "busy",
    "Emailing": "busy",
    "Dialing": "busy",
    "Waiting": None,
}
USER_WORDS: Mapping[str, AgentState] = {
    "Ready": "available",
    "NotReady": "not_ready",
    "Pause": "paused",
    "LoggedOut": "logged_out",
}

# The parts of sums: contacts handled by channel and direction, active contacts by channel.
_HANDLED: Mapping[str, tuple[str, ...]] = {
    "voice.in": ("voice.in.calls", "voice.in.callbacks"),
    "voice.out": ("voice.out",),
    "chat.in": ("chat.in",),
    "chat.out": ("chat.out",),
    "email.in": ("email.in",),
    "email.out": ("email.out",),
}
_ACTIVE: Mapping[str, tuple[str, ...]] = {
    "voice": ("voice.in", "voice.operator", "voice.out", "voice.campaign", "voice.callback"),
    "chat": ("chat.text", "chat.video"),
    "email": ("email.in", "email.out"),
}

_SHORTEST_THRESHOLD_SECONDS = 1.0
_HANDLING_STATES = {word.casefold(): state for word, state in HANDLING_WORDS.items()}


# /queueStatuses. inQueue counts contacts in the queue they arrived in, inQueueCurrent in the queue they are in now.
_QUEUE_FIELDS = (
    Field("id", "id", identifier),
    Field("name", "name", text),
    Field("type", "channel", channel),
    Field("inQueueCurrent", "waiting_contacts", number),
    Field("waitingDurationCurrentMax", "oldest_wait_seconds", milliseconds),
    Field("agentsServing", "staffed_agents", number),
    Field("agentsFree", "agents.available", number),
    Field("agentsBusy", "agents.busy", number),
    Field("agentsWrapUp", "agents.wrap_up", number),
    Field("agentsNotReady", "agents.not_ready", number),
    Field("agentsPause", "agents.paused", number),
)


def queue_schema(*, free_includes_wrap_up: bool) -> RowSchema[Queue]:
    """Return the schema of a queue's current state.

    Args:
        free_includes_wrap_up: Whether `agentsFree` includes agents in wrap-up, which are then subtracted.
    """
    combine = {"agents": _without_wrap_up} if free_includes_wrap_up else {}
    return RowSchema("queueStatuses", Queue, _QUEUE_FIELDS, combine=combine)


def _without_wrap_up(agents: Mapping[str, float]) -> Mapping[str, float]:
    """Return agents by state without those in wrap-up among the free ones, who are absent if either is missing."""
    known = {state: count for state, count in agents.items() if state != "available"}
    if "available" not in agents or "wrap_up" not in agents:
        return known
    return {**known, "available": max(0, agents["available"] - agents["wrap_up"])}


def _handling_state(value: object) -> AgentState | None:
    """Read a contact handling status; None if no contact is handled.

    Raises:
        NoValueError: It is blank.
        UnmappedError: The word is unknown.
    """
    if is_no_value(value):
        raise NoValueError(value)
    word = value.partition("_")[0].strip().casefold() if isinstance(value, str) else ""
    if word not in _HANDLING_STATES:
        raise UnmappedError(value if isinstance(value, str) else type(value).__name__, "unknown")
    return _HANDLING_STATES[word]


def _is_handling(value: object) -> bool:
    """Return whether a contact handling status is that of an agent who handles a contact; never raises."""
    return isinstance(value, str) and bool(_HANDLING_STATES.get(value.partition("_")[0].strip().casefold()))


def _is_logged_out(value: object) -> bool:
    """Return whether a user status is that of an agent who is logged out; never raises."""
    return isinstance(value, str) and value.strip().casefold() == "loggedout"


# /agents. The page's list of fields has handledContactseEmailIn, its examples the correct spelling. The examples of
# agents who are logged out have reportingGroup instead of reportingGroupName.
_AGENT_FIELDS = (
    Field("id", "id", identifier),
    Field("name", "name", text),
    Field("reportingGroupName", "group", text),
    Field("reportingGroup", "group", text),
    Field("userStatus", "state.user", words(USER_WORDS, "unknown")),
    Field("contactHandlingStatus", "state.handling", _handling_state),
    Field("profile", "reason", text),
    # The statuses again, because they decide which duration is that of the state.
    Field("userStatus", "time_in_state_seconds.logged_out", _is_logged_out),
    Field("contactHandlingStatus", "time_in_state_seconds.handling", _is_handling),
    Field("userStatusDuration", "time_in_state_seconds.user", milliseconds),
    Field("contactHandlingStatusDuration", "time_in_state_seconds.contact", milliseconds),
    Field("chatCapacity", "capacity_contacts.chat", number),
    Field("handledContactsCallIn", "handled.voice.in.calls", number),
    Field("handledContactsCbrIn", "handled.voice.in.callbacks", number),
    Field("handledContactsCallOut", "handled.voice.out", number),
    Field("handledContactsChatIn", "handled.chat.in", number),
    Field("handledContactsChatOut", "handled.chat.out", number),
    Field("handledContactseEmailIn", "handled.email.in", number),
    Field("handledContactsEmailIn", "handled.email.in", number),
    Field("handledContactsEmailOut", "handled.email.out", number),
    Field("readyTime", "state_totals.available", milliseconds),
    Field("notReadyTime", "state_totals.not_ready", milliseconds),
    Field("pauseTime", "state_totals.paused", milliseconds),
    Field("totalHandlingDuration", "state_totals.busy", milliseconds),
    Field("totalWrapupDuration", "state_totals.wrap_up", milliseconds),
)
_ACTIVE_CONTACT_FIELDS = (
    Field("activePhoneContacts", "active_contacts.voice", number),
    Field("activeChatContacts", "active_contacts.chat", number),
    Field("activeEmailContacts", "active_contacts.email", number),
)


def agent_schema(*, active_contacts: ActiveContacts, ready_includes_handling: bool) -> RowSchema[Agent]:
    """Return the schema of an agent.

    Args:
        active_contacts: The source of the active contacts.
        ready_includes_handling: Whether `readyTime` includes handling and wrap-up, which are then subtracted.
    """
    fields = _AGENT_FIELDS + (_ACTIVE_CONTACT_FIELDS if active_contacts == "agents" else ())
    combine: dict[str, Callable[[Mapping[str, Any]], object]]
    combine = {"state": _agent_state, "handled": _handled, "time_in_state_seconds": _time_in_state}
    if ready_includes_handling:
        combine["state_totals"] = _without_handling
    return RowSchema("agents", Agent, fields, combine=combine, needed=("state",))


def _agent_state(statuses: Mapping[str, AgentState | None]) -> AgentState | None:
    """Return the state by user status and contact handling: an agent who handles a contact is busy, ready or not."""
    user = statuses.get("user")
    return user if user == "logged_out" else statuses.get("handling") or user


def _time_in_state(entries: Mapping[str, float]) -> float | None:
    """Return how long the state has lasted: the contact's handling for a busy agent, the user status for any other."""
    is_busy = entries.get("handling") and not entries.get("logged_out")
    return entries.get("contact" if is_busy else "user")


def _handled(counts: Mapping[str, float]) -> tuple[Handled, ...]:
    """Return contacts handled, summed by channel and direction: callbacks count as calls."""
    return handled_contacts(_complete_sums(counts, _HANDLED))


def _without_handling(totals: Mapping[str, float]) -> Mapping[str, float]:
    """Return running totals with the handling and wrap-up of contacts subtracted from the available time.

    The available time is absent if one of the three is missing.
    """
    known = {state: total for state, total in totals.items() if state != "available"}
    if "available" not in totals or not known.keys() >= {"busy", "wrap_up"}:
        return known
    return {**known, "available": max(0, totals["available"] - known["busy"] - known["wrap_up"])}


def with_pause_reason_only(agent: Agent) -> Agent:
    """Return an agent without a reason unless paused: in other states the presence profile is not a reason."""
    return agent if agent.state == "paused" else msgspec.structs.replace(agent, reason="")


def _by_channel(counts: Mapping[str, float]) -> Mapping[str, float]:
    """Return active contacts of every kind, summed by channel."""
    return _complete_sums(counts, _ACTIVE)


def _complete_sums(counts: Mapping[str, float], parts: Mapping[str, tuple[str, ...]]) -> Mapping[str, float]:
    """Return sums by name. A sum that lacks one of its parts is absent: it would be too small."""
    return {
        name: sum(counts[entry] for entry in entries)
        for name, entries in parts.items()
        if all(entry in counts for entry in entries)
    }


# /userStatuses. Calls and chats are counted by kind; the kinds of a channel are summed.
USER_STATUSES = RowSchema(
    "userStatuses",
    Agent,
    (
        Field("id", "id", identifier),
        Field("activeIbCallCnt", "active_contacts.voice.in", number),
        Field("activeIbOperDirCallCnt", "active_contacts.voice.operator", number),
        Field("activeObCallCnt", "active_contacts.voice.out", number),
        Field("activeObCampaignCallCnt", "active_contacts.voice.campaign", number),
        Field("activeObCbrCallCnt", "active_contacts.voice.callback", number),
        Field("activeIbChatCnt", "active_contacts.chat.text", number),
        Field("activeIbVideoChatCnt", "active_contacts.chat.video", number),
        Field("activeIbEmailCnt", "active_contacts.email.in", number),
        Field("activeObEmailCnt", "active_contacts.email.out", number),
        Field("phoneCapacity", "capacity_contacts.voice", number),
        Field("textChatCapacity", "capacity_contacts.chat", number),
        Field("videoChatCapacity", "capacity_contacts.video", number),
        Field("taskCapacity", "capacity_contacts.task", number),
    ),
    combine={"active_contacts": _by_channel},
)


def _by_severity(values: Mapping[str, float]) -> tuple[Thresholds, ...]:
    """Return thresholds by severity; the entries are named such as `critical.free_agents`."""
    sets: dict[Any, dict[str, float]] = {}
    for entry, threshold in values.items():
        severity, _, field = entry.partition(".")
        sets.setdefault(severity, {})[field] = threshold
    return tuple(Thresholds(severity=severity, **thresholds) for severity, thresholds in sets.items())


def _threshold_milliseconds(value: object) -> float:
    """Read a threshold for a wait; one below a second was most likely entered in seconds, and would always be crossed.

    Raises:
        UnmappedError: It is not a duration, or shorter than a second.
    """
    threshold = milliseconds(value)
    if threshold < _SHORTEST_THRESHOLD_SECONDS:
        raise UnmappedError(f"{value} ms")
    return threshold


def _threshold_fields(word: str, severity: Severity) -> tuple[Field, ...]:
    to = f"thresholds.{severity}"
    return (
        Field(f"interactions{word}Level", f"{to}.waiting_contacts", number),
        Field(f"maxWaitTime{word}Level", f"{to}.oldest_wait_seconds", _threshold_milliseconds),
        Field(f"freeAgent{word}Level", f"{to}.free_agents", number),
        Field(f"servingAgent{word}Level", f"{to}.serving_agents", number),
        Field(f"serviceLevel{word}Level", f"{to}.service_level_ratio", percentage),
    )


# /queueGroups?showThresholds=1, the queues of a group.
GROUP_QUEUES = RowSchema(
    "queueGroups.queues",
    Queue,
    (
        Field("id", "id", identifier),
        Field("name", "name", text),
        Field("type", "channel", channel),
        *_threshold_fields("Warning", "warning"),
        *_threshold_fields("Critical", "critical"),
    ),
    combine={"thresholds": _by_severity},
)

TABLES: tuple[RowSchema[Any], ...] = (
    queue_schema(free_includes_wrap_up=False),
    agent_schema(active_contacts="agents", ready_includes_handling=False),
    USER_STATUSES,
    DAY,
    GROUP_QUEUES,
    QUEUE_OF_CONTACTS,
)
"""Every schema, for the metrics reference."""
