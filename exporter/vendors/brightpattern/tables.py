"""Mapping of Bright Pattern's statistics and words to the model; the subscription requests what the tables read.

The pages name statistics only in examples. The others are those that public clients request, so a version may lack
one. The pages do not specify the scale of percentages or the unit of durations either.
"""

from collections.abc import Mapping
from typing import Any

from exporter.model import Agent, AgentState, Queue
from exporter.vendors.brightpattern.settings import Durations, Percentages
from exporter.vendors.toolkit.assemble import handled_contacts, join_words
from exporter.vendors.toolkit.decoder import Field, RowSchema
from exporter.vendors.toolkit.readers import (
    NoValueError,
    Reader,
    UnmappedError,
    identifier,
    milliseconds,
    number,
    percentage,
    ratio,
    seconds,
    text,
    words,
)

_PERCENTAGES: Mapping[Percentages, Reader] = {"0-100": percentage, "0-1": ratio}
_DURATIONS: Mapping[Durations, Reader] = {"seconds": seconds, "milliseconds": milliseconds}

STATE_WORDS: Mapping[str, AgentState] = {
    "ready": "available",
    "busy": "busy",
    "after_call_work": "wrap_up",
    "not_ready": "not_ready",
    "break": "paused",
    "supervising": "not_ready",
    "logged_out": "logged_out",
}
SERVICE_FIELD = "name"
TEAM_FIELD = "team_name"
# Field of the configured name in the row of totals; not a statistic of the vendor.
TOTALS_FIELD = "totals_queue"
# Inferred from other grids or seen only in old clients; the first to be left out if a version refuses some.
UNCERTAIN = frozenset(
    {"service_grids.in_average_speed_of_answer", "service_grids.in_calls_handled_per_day"}
    | {"agent_grids.active_item_talk_duration", "agent_grids.active_item_hold_duration"}
    | {"agent_grids.calls_dispositions_per_day"}
)
STATE_FIELD = "acd_state"
# Separates a statistic and its disposition in the name of a column; no statistic contains it.
PARAMETER = "."
# Seen in an old client, whose columns have a list of dispositions, as on the page.
DISPOSITIONS = "calls_dispositions_per_day"
# An agent who monitors a colleague's call takes no contacts, and only the state reports the reason.
_REASON_IN_STATE = "supervising"
_STATE = words(STATE_WORDS, "unknown")
_NAMES = (
    Field("firstname", "name.first", text),
    Field("lastname", "name.last", text),
)


def agent_state(value: object) -> AgentState:
    """Read an agent's state.

    Raises:
        NoValueError: It is blank.
        UnmappedError: It is not a known word.
    """
    return _STATE(value)  # type: ignore[return-value]


def is_busy(value: object) -> bool:
    """Read whether an agent is busy, from the state."""
    return isinstance(value, str) and value.strip().casefold() == "busy"


def _activity(read: Reader) -> Reader:
    """Return a reader of a field that only agents who are logged in have: with a value, the state is unknown."""

    def state(value: object) -> AgentState:
        try:
            active = read(value)
        except UnmappedError as error:
            # A text that was cut is a value too, but the cut text is not a state.
            error.fallback = error.fallback and "unknown"
            raise
        if not active:
            raise NoValueError("")
        raise UnmappedError(f"{value} without a state", "unknown")

    return state


def _logged_out(_value: object) -> AgentState:
    return "logged_out"


def time_in_state(parts: Mapping[str, Any]) -> float | None:
    """Return the seconds in the state; for a busy agent the time of the contact, if it is reported."""
    # Without the time of talking, that of holding alone would be too short.
    contact: float = parts["talk"] + parts.get("hold", 0) if "talk" in parts else 0
    return contact if contact and parts.get("busy") else parts.get("state")


def reason_in_state(value: object) -> str:
    """Read the reason that an agent's state implies: `supervising`, "" for any other state."""
    return _REASON_IN_STATE if isinstance(value, str) and value.strip().casefold() == _REASON_IN_STATE else ""


def service_table(percentages: Percentages, durations: Durations) -> RowSchema[Queue]:
    """Return the table of the service grid; a service has no id other than its name, and no channel."""
    percent, duration = _PERCENTAGES[percentages], _DURATIONS[durations]
    return RowSchema(
        "service_grids",
        Queue,
        (
            Field(SERVICE_FIELD, "id", text),
            Field(SERVICE_FIELD, "name", text),
            Field("in_calls_waiting", "waiting_contacts", number),
            Field("in_max_wait_time", "oldest_wait_seconds", duration),
            Field("in_ewt", "estimated_wait_seconds", duration),
            Field("service_level", "service_level_ratio", percent),
            Field("service_level_target", "service_level_target_ratio", percent),
            Field("service_level_threshold_time", "service_level_target_seconds", duration),
            Field("agents_logged", "staffed_agents", number),
            Field("agents_busy", "agents.busy", number),
            Field("in_calls_received_per_day", "contacts_offered", number),
            Field("in_calls_handled_per_day", "contacts_answered", number),
            Field("in_calls_abandoned_in_queue_per_day", "contacts_abandoned", number),
            Field("in_calls_short_abandoned_in_queue_per_day", "contacts_abandoned_short", number),
            Field("in_average_speed_of_answer", "average_wait_seconds", duration),
        ),
    )


def totals_table(durations: Durations) -> RowSchema[Queue]:
    """Return the table of the tenant's totals, read from a `totals_row`.

    It contains no statistic that services have too, so a sum over a target's queues counts nothing twice.
    """
    return RowSchema(
        "stats_totals",
        Queue,
        (
            Field(TOTALS_FIELD, "id", text),
            Field(TOTALS_FIELD, "name", text),
            Field("in_average_speed_of_answer", "average_wait_seconds", _DURATIONS[durations]),
            Field("agents_ready", "agents.available", number),
        ),
    )


def agent_table(
    durations: Durations, *, names: bool = True, states: bool = True, dispositions: Mapping[str, str] | None = None
) -> RowSchema[Agent]:
    """Return the table of the agent grid.

    Args:
        durations: Unit of durations.
        names: Whether to request the names of agents.
        states: Whether the grid contains states: then an agent without one is logged out, unless another field has a
            value that only agents who are logged in have.
        dispositions: The dispositions to count: the vendor's name by label.
    """
    duration = _DURATIONS[durations]
    stateless = (
        Field("reason", "state", _activity(text)),
        Field("active_item_talk_duration", "state", _activity(duration)),
        Field("active_item_hold_duration", "state", _activity(duration)),
        Field("login_id", "state", _logged_out),
    )
    return RowSchema(
        "agent_grids",
        Agent,
        (
            Field("login_id", "id", identifier),
            *(_NAMES if names else ()),
            Field(TEAM_FIELD, "group", text),
            Field(STATE_FIELD, "state", agent_state),
            *(stateless if states else ()),
            Field("reason", "reason", text),
            Field(STATE_FIELD, "reason", reason_in_state),
            Field(STATE_FIELD, "time_in_state_seconds.busy", is_busy),
            Field("state_duration", "time_in_state_seconds.state", duration),
            Field("active_item_talk_duration", "time_in_state_seconds.talk", duration),
            Field("active_item_hold_duration", "time_in_state_seconds.hold", duration),
            Field("in_calls_handled_per_day", "handled.voice.in", number),
            Field("out_calls_handled_per_day", "handled.voice.out", number),
            Field("agent_total_ready_time", "state_totals.available", duration),
            Field("agent_total_busy_time", "state_totals.busy", duration),
            Field("agent_total_ACW_time", "state_totals.wrap_up", duration),
            Field("agent_total_break_time", "state_totals.paused", duration),
            *(
                Field(f"{DISPOSITIONS}{PARAMETER}{name}", f"dispositions.{label}", number)
                for label, name in (dispositions or {}).items()
            ),
        ),
        combine={"name": join_words, "handled": handled_contacts, "time_in_state_seconds": time_in_state},
        needed=("state",),
    )


# Later versions list the services with ids; the grids contain only names.
SERVICE_IDS = RowSchema("services", Queue, (Field("id", "id", identifier), Field("name", "name", text)))

# The API reports only whether the number of ready agents is 0.
AVAILABILITY = RowSchema(
    "availability",
    Queue,
    (
        Field("service", "id", identifier),
        Field("service", "name", text),
        Field("availability", "agents.available", number),
    ),
)


def totals_row(totals: Mapping[str, object] | None, name: str) -> Mapping[str, object]:
    """Return the tenant's totals as a row with the configured name."""
    return {**(totals or {}), TOTALS_FIELD: name}


def availability_row(service: str, *, available: bool) -> Mapping[str, object]:
    """Return the availability of a service as a row: 0 ready agents, or an unknown number if any is available."""
    return {"service": service, "availability": None if available else 0}


TABLES: tuple[RowSchema[Any], ...] = (
    service_table("0-100", "seconds"),
    totals_table("seconds"),
    AVAILABILITY,
    agent_table("seconds"),
    # Its columns have the names of dispositions, which only the subscription knows.
    RowSchema("agent_grids", Agent, (Field("login_id", "id", identifier), Field(DISPOSITIONS, "dispositions", number))),
)
