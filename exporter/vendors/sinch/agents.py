"""Which of Sinch's fields say what an agent is doing and has done.

Source page: sections */agents* and */userStatuses*. Durations are milliseconds.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from exporter.model import Agent, AgentState, Handled
from exporter.vendors.sinch.settings import ActiveContacts
from exporter.vendors.toolkit.assemble import handled_contacts
from exporter.vendors.toolkit.decoder import Field, RowSchema
from exporter.vendors.toolkit.readers import UnmappedError, milliseconds, number, text, words

# Of a contact handling status, what stands before the first _; the rest says in which direction.
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


def handling(value: object) -> AgentState | None:
    """Read a contact handling status; None while no contact is handled.

    Raises:
        UnmappedError: It is another word.
    """
    word = value.partition("_")[0].strip().casefold() if isinstance(value, str) else ""
    if word not in _HANDLING:
        raise UnmappedError(value if isinstance(value, str) else type(value).__name__, "unknown")
    return _HANDLING[word]


_HANDLING = {word.casefold(): state for word, state in HANDLING_WORDS.items()}


# /agents. The page's list of fields has handledContactseEmailIn, its examples the right spelling; and of somebody
# logged out they have reportingGroup.
_AGENT_FEEDS = (
    Field("id", "id", text),
    Field("name", "name", text),
    Field("reportingGroupName", "group", text),
    Field("reportingGroup", "group", text),
    Field("userStatus", "state.user", words(USER_WORDS, "unknown")),
    Field("contactHandlingStatus", "state.handling", handling),
    Field("profile", "reason", text),
    # Of somebody who handles a contact this is how long the user's own status has lasted, not the handling.
    Field("userStatusDuration", "time_in_state_seconds", milliseconds),
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
_ACTIVE_FEEDS = (
    Field("activePhoneContacts", "active_contacts.voice", number),
    Field("activeChatContacts", "active_contacts.chat", number),
    Field("activeEmailContacts", "active_contacts.email", number),
)


def agent_table(*, active_contacts: ActiveContacts, ready_includes_handling: bool) -> RowSchema[Agent]:
    """Return the table of an agent, by what tells the active contacts and what the site's `readyTime` means."""
    feeds = _AGENT_FEEDS + (_ACTIVE_FEEDS if active_contacts == "agents" else ())
    made: dict[str, Callable[[Mapping[str, Any]], object]]
    made = {"state": _state, "handled": _handled}
    if ready_includes_handling:
        made["state_totals"] = _idle
    return RowSchema("agents", Agent, feeds, combine=made, needed=("state",))


def settled(agent: Agent) -> Agent:
    """Return an agent with a reason only where there is one: a presence profile names the present one of all states."""
    return agent if agent.state == "paused" else msgspec.structs.replace(agent, reason="")


def _state(said: Mapping[str, AgentState | None]) -> AgentState | None:
    """Tell the state from the user's status and the handling of contacts: whoever handles one is busy, ready or not."""
    user = said.get("user")
    return user if user == "logged_out" else said.get("handling") or user


def _handled(counts: Mapping[str, float]) -> tuple[Handled, ...]:
    """Return contacts handled, those of one channel and direction added up: callbacks are calls."""
    sums: defaultdict[str, float] = defaultdict(int)
    for entry, count in counts.items():
        channel, direction, *_ = entry.split(".")
        sums[f"{channel}.{direction}"] += count
    return handled_contacts(sums)


def _idle(totals: Mapping[str, float]) -> Mapping[str, float]:
    """Return running totals in which being available leaves out the handling and wrapping up of contacts."""
    if "available" not in totals:
        return totals
    at_work = totals.get("busy", 0) + totals.get("wrap_up", 0)
    return {**totals, "available": max(0, totals["available"] - at_work)}


def _by_channel(counts: Mapping[str, float]) -> Mapping[str, float]:
    sums: defaultdict[str, float] = defaultdict(int)
    for entry, count in counts.items():
        sums[entry.partition(".")[0]] += count
    return dict(sums)


# /userStatuses. Calls and chats by their kind, which add up to those of a channel.
USER_STATUSES = RowSchema(
    "userStatuses",
    Agent,
    (
        Field("id", "id", text),
        Field("activeIbCallCnt", "active_contacts.voice.in", number),
        Field("activeIbOperDirCallCnt", "active_contacts.voice.operator", number),
        Field("activeObCallCnt", "active_contacts.voice.out", number),
        Field("activeObCampaignCallCnt", "active_contacts.voice.campaign", number),
        Field("activeObCbrCallCnt", "active_contacts.voice.callback", number),
        Field("activeIbChatCnt", "active_contacts.chat.text", number),
        Field("activeIbVideoChatCnt", "active_contacts.chat.video", number),
        Field("activeIbEmailCnt", "active_contacts.email.in", number),
        Field("activeObEmailCnt", "active_contacts.email.out", number),
    ),
    combine={"active_contacts": _by_channel},
)
