"""Which field of APIO's answers feeds which meaning; the page is "Call Center" of APIO's user services."""

from collections.abc import Mapping

from exporter.model import Agent, AgentState, Queue
from exporter.vendors.toolkit.assemble import spaced
from exporter.vendors.toolkit.decoder import Feed, Table
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
SUPERVISED_AGENTS = Table(
    "supervised_agents",
    Agent,
    (
        Feed("userId", "id", text),
        Feed("firstName", "name.first", text),
        Feed("lastName", "name.last", text),
        Feed("department", "group", department),
    ),
    made={"name": spaced},
)

# Section "Profile - Retrieve instance": an agent's state; whose it is stands in the request.
AGENTS = Table(
    "agents",
    Agent,
    (
        Feed("agentACDState", "state", words(AGENT_WORDS, "unknown")),
        Feed("agentUnavailableCode", "reason", text),
    ),
    needed=("state",),
)

# The same section, `call_centers`: a call centre as one agent sees it, with a staff of one or none.
CALL_CENTERS = Table(
    "call_centers",
    Queue,
    (
        Feed("serviceUserId", "id", text),
        Feed("name", "name", text),
        Feed("available", "staffed_agents", flag),
    ),
    {"channel": "phone"},
)

# Counted from the two tables above, agent by agent, in `queues`.
JOINED_AGENTS = Table(
    "agents",
    Queue,
    (
        Feed("agentACDState", "staffed_agents", words(AGENT_WORDS, "unknown")),
        Feed("agentACDState", "agents", words(AGENT_WORDS, "unknown")),
        Feed("available", "agents", flag),
    ),
)
