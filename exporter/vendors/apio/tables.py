"""Which field of APIO's answers feeds which meaning; the page is "Call Center" of APIO's user services."""

from collections.abc import Mapping

from exporter.model import Agent, AgentState, Queue
from exporter.vendors.toolkit.assemble import join_words
from exporter.vendors.toolkit.decoder import Field, RowSchema
from exporter.vendors.toolkit.readers import text, words

# BroadWorks' words. Sign-In: signed in and not yet taking calls. Available stays so during a call.
AGENT_WORDS: Mapping[str, AgentState] = {
    "Sign-In": "not_ready",
    "Sign-Out": "logged_out",
    "Available": "available",
    "Unavailable": "not_ready",
    "Wrap-Up": "wrap_up",
}
_FLAG_WORDS = words({"true": 1, "false": 0}, None)


def flag(value: object) -> object:
    """Read true or false, perhaps in a string, as 1 or 0.

    Raises:
        UnmappedError: It is neither.
    """
    return int(value) if isinstance(value, bool) else _FLAG_WORDS(value)


def department(value: object) -> str:
    """Read the name of a department: its own, else its path among the others, "" where it has neither.

    Just text is taken for a name.

    Raises:
        UnmappedError: What it has is no name.
    """
    if not isinstance(value, dict):
        return text(value)
    return text(value.get("departmentName") or value.get("fullPathName") or "")


# Section "Supervised Agents": who there is. Their e-mail addresses and telephone numbers are never read.
SUPERVISED_AGENTS = RowSchema(
    "supervised_agents",
    Agent,
    (
        Field("userId", "id", text),
        Field("firstName", "name.first", text),
        Field("lastName", "name.last", text),
        Field("department", "group", department),
    ),
    combine={"name": join_words},
)

# Section "Profile - Retrieve instance": an agent's state; whose it is stands in the request.
AGENTS = RowSchema(
    "agents",
    Agent,
    (
        Field("agentACDState", "state", words(AGENT_WORDS, "unknown")),
        Field("agentUnavailableCode", "reason", text),
    ),
    needed=("state",),
)

# The same section, `call_centers`: a call centre as one agent sees it, with a staff of one or none.
CALL_CENTERS = RowSchema(
    "call_centers",
    Queue,
    (
        Field("serviceUserId", "id", text),
        Field("name", "name", text),
        Field("available", "staffed_agents", flag),
    ),
    {"channel": "voice"},
)

# Counted from the two tables above, agent by agent, in `queues`.
JOINED_AGENTS = RowSchema(
    "agents",
    Queue,
    (
        Field("agentACDState", "staffed_agents", words(AGENT_WORDS, "unknown")),
        Field("agentACDState", "agents", words(AGENT_WORDS, "unknown")),
        Field("available", "agents", flag),
    ),
)
