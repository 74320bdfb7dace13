"""Which of Sinch's fields say what an agent is doing and has done.

Source page: sections */agents* and */userStatuses*. Durations are milliseconds.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from exporter.model import Agent, AgentState, Handled
from exporter.vendors.sinch.settings import ActiveContacts
from exporter.vendors.toolkit.assemble import handled
from exporter.vendors.toolkit.decoder import Feed, Table
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
    Feed("id", "id", text),
    Feed("name", "name", text),
    Feed("reportingGroupName", "group", text),
    Feed("reportingGroup", "group", text),
    Feed("userStatus", "state.user", words(USER_WORDS, "unknown")),
    Feed("contactHandlingStatus", "state.handling", handling),
    Feed("profile", "reason", text),
    # Of somebody who handles a contact this is how long the user's own status has lasted, not the handling.
    Feed("userStatusDuration", "state_seconds", milliseconds),
    Feed("handledContactsCallIn", "handled.phone.in.calls", number),
    Feed("handledContactsCbrIn", "handled.phone.in.callbacks", number),
    Feed("handledContactsCallOut", "handled.phone.out", number),
    Feed("handledContactsChatIn", "handled.chat.in", number),
    Feed("handledContactsChatOut", "handled.chat.out", number),
    Feed("handledContactseEmailIn", "handled.email.in", number),
    Feed("handledContactsEmailIn", "handled.email.in", number),
    Feed("handledContactsEmailOut", "handled.email.out", number),
    Feed("readyTime", "state_totals.available", milliseconds),
    Feed("notReadyTime", "state_totals.not_ready", milliseconds),
    Feed("pauseTime", "state_totals.paused", milliseconds),
    Feed("totalHandlingDuration", "state_totals.busy", milliseconds),
    Feed("totalWrapupDuration", "state_totals.wrap_up", milliseconds),
)
_ACTIVE_FEEDS = (
    Feed("activePhoneContacts", "active_contacts.phone", number),
    Feed("activeChatContacts", "active_contacts.chat", number),
    Feed("activeEmailContacts", "active_contacts.email", number),
)


def agent_table(*, active_contacts: ActiveContacts, ready_includes_handling: bool) -> Table[Agent]:
    """Return the table of an agent, by what tells the active contacts and what the site's `readyTime` means."""
    feeds = _AGENT_FEEDS + (_ACTIVE_FEEDS if active_contacts == "agents" else ())
    made: dict[str, Callable[[Mapping[str, Any]], object]]
    made = {"state": _state, "handled": _handled}
    if ready_includes_handling:
        made["state_totals"] = _idle
    return Table("agents", Agent, feeds, made=made, needed=("state",))


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
    return handled(sums)


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
USER_STATUSES = Table(
    "userStatuses",
    Agent,
    (
        Feed("id", "id", text),
        Feed("activeIbCallCnt", "active_contacts.phone.in", number),
        Feed("activeIbOperDirCallCnt", "active_contacts.phone.operator", number),
        Feed("activeObCallCnt", "active_contacts.phone.out", number),
        Feed("activeObCampaignCallCnt", "active_contacts.phone.campaign", number),
        Feed("activeObCbrCallCnt", "active_contacts.phone.callback", number),
        Feed("activeIbChatCnt", "active_contacts.chat.text", number),
        Feed("activeIbVideoChatCnt", "active_contacts.chat.video", number),
        Feed("activeIbEmailCnt", "active_contacts.email.in", number),
        Feed("activeObEmailCnt", "active_contacts.email.out", number),
    ),
    made={"active_contacts": _by_channel},
)
