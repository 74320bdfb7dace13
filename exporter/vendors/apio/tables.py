"""Mapping of APIO's fields and words to the model.

Source page: "Call Center" of APIO's user services.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from exporter.model import Agent, AgentState, Channel, Queue
from exporter.vendors.toolkit.assemble import join_words
from exporter.vendors.toolkit.decoder import Field, RowSchema
from exporter.vendors.toolkit.readers import identifier, text, words

# BroadWorks' words. Sign-In: signed in, not taking calls yet. Available: also during a call.
AGENT_WORDS: Mapping[str, AgentState] = {
    "Sign-In": "not_ready",
    "Sign-Out": "logged_out",
    "Available": "available",
    "Unavailable": "not_ready",
    "Wrap-Up": "wrap_up",
}
# Exported as 0 if no agent is in one, so that alerts on "no agent available" find a series.
COUNTED_STATES: tuple[AgentState, ...] = ("available", "wrap_up", "not_ready")
CHANNEL: Channel = "voice"
STATE_FIELD = "agentACDState"
_FLAG_WORDS = words({"true": 1, "false": 0, "1": 1, "0": 0}, None)


def flag(value: object) -> object:
    """Read true or false, possibly as a string or a number, as 1 or 0.

    Raises:
        UnmappedError: The value is neither.
    """
    return int(value) if value in (0, 1) else _FLAG_WORDS(value)


def accepted_names(address: str) -> tuple[str, str]:
    """Return the names a path accepts for a call centre or a user: the id, or the part of it before the domain."""
    folded = address.casefold()
    return folded, folded.partition("@")[0]


class SupervisedAgent(Agent, frozen=True, gc=False):
    """An agent as a supervisor's list names it.

    Attributes:
        home_group: Id of the group of the agent's department, "" if it is unknown.
    """

    home_group: str = ""


def department(value: object) -> str:
    """Read the name of a department: its own name, else its full path, else its group, "" if it has none.

    A plain string is the name itself.

    Raises:
        UnmappedError: The name is not a string.
    """
    if not isinstance(value, dict):
        return text(value)
    return text(value.get("departmentName") or value.get("fullPathName") or value.get("groupId") or "")


def home_group(value: object) -> str:
    """Read the id of the group of a department, "" if it has none. Raises UnmappedError."""
    group = value.get("groupId") if isinstance(value, dict) else None
    return "" if group is None else text(group)


def without_outdated_reason(agent: Agent) -> Agent:
    """Return an agent with a reason only if not ready: APIO may keep the code after the agent is back."""
    return agent if agent.state == "not_ready" else msgspec.structs.replace(agent, reason="")


# Section "Supervised Agents": the list of agents. E-mail addresses and telephone numbers are never read.
SUPERVISED_AGENTS = RowSchema(
    "supervised_agents",
    SupervisedAgent,
    (
        Field("userId", "id", identifier),
        Field("firstName", "name.first", text),
        Field("lastName", "name.last", text),
        Field("department", "group", department),
        Field("department", "home_group", home_group),
    ),
    combine={"name": join_words},
)

# Section "Profile - Retrieve instance": an agent's state; the agent's id is part of the request only.
AGENTS = RowSchema(
    "agents",
    Agent,
    (
        Field(STATE_FIELD, "state", words(AGENT_WORDS, "unknown")),
        Field("agentUnavailableCode", "reason", text),
    ),
    needed=("state",),
)

# The same section, `call_centers`: a call centre from one agent's point of view, with 0 or 1 staffed agents.
CALL_CENTERS = RowSchema(
    "call_centers",
    Queue,
    (
        Field("serviceUserId", "id", identifier),
        Field("name", "name", text),
        Field("available", "staffed_agents", flag),
    ),
    {"channel": CHANNEL},
)

# For the reference: the counts that `queues` makes of the two tables above.
JOINED_AGENTS = RowSchema(
    "agents",
    Queue,
    (
        Field(STATE_FIELD, "staffed_agents", words(AGENT_WORDS, "unknown")),
        Field(STATE_FIELD, "agents", words(AGENT_WORDS, "unknown")),
        Field("available", "agents", flag),
    ),
)

TABLES: tuple[RowSchema[Any], ...] = (SUPERVISED_AGENTS, AGENTS, CALL_CENTERS, JOINED_AGENTS)
