"""Which statistic of Bright Pattern feeds which meaning; what a table reads is what the subscription asks for.

The pages name statistics only in examples. The others are those that public clients ask for by name, so a version may
not know one; and the pages leave open the scale of percentages and the unit of durations.
"""

from collections.abc import Mapping

from exporter.model import Agent, AgentState, Queue
from exporter.vendors.brightpattern.settings import Durations, Percentages
from exporter.vendors.toolkit.assemble import handled_contacts, join_words
from exporter.vendors.toolkit.decoder import Field, RowSchema
from exporter.vendors.toolkit.readers import Reader, milliseconds, number, percentage, ratio, seconds, text, words

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
# Statistics known of other grids and only inferred for services: where a version refuses them the rest goes without.
UNCERTAIN = frozenset({"in_average_speed_of_answer", "in_calls_handled_per_day"})
# Somebody who follows a colleague's call takes no contacts; that this is why is said by the state and nowhere else.
_REASON_IN_STATE = "supervising"


def reason_in_state(value: object) -> str:
    """Read the reason that an agent's state itself is, "" for all but one."""
    return _REASON_IN_STATE if isinstance(value, str) and value.strip().casefold() == _REASON_IN_STATE else ""


def service_table(percentages: Percentages, durations: Durations) -> RowSchema[Queue]:
    """Return the table of the service grid; a service has no id but its name, and does not say its channel."""
    percent, duration = _PERCENTAGES[percentages], _DURATIONS[durations]
    return RowSchema(
        "service_grids",
        Queue,
        (
            Field("name", "id", text),
            Field("name", "name", text),
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
    """Return the table of the tenant's totals; the operator's name for them is added to the row.

    Nothing in it adds up over queues, so that no sum over a target's queues counts anything twice.
    """
    return RowSchema(
        "stats_totals",
        Queue,
        (
            Field(TOTALS_NAME, "id", text),
            Field(TOTALS_NAME, "name", text),
            Field("in_average_speed_of_answer", "average_wait_seconds", _DURATIONS[durations]),
        ),
    )


def agent_table(durations: Durations, *, names: bool = True) -> RowSchema[Agent]:
    """Return the table of the agent grid.

    Args:
        durations: The unit of durations.
        names: Whether people's names are asked for.
    """
    duration = _DURATIONS[durations]
    return RowSchema(
        "agent_grids",
        Agent,
        (
            Field("login_id", "id", text),
            *(_NAMES if names else ()),
            Field("team_name", "group", text),
            Field("acd_state", "state", words(STATE_WORDS, "unknown")),
            Field("reason", "reason", text),
            Field("acd_state", "reason", reason_in_state),
            Field("state_duration", "time_in_state_seconds", duration),
            Field("in_calls_handled_per_day", "handled.voice.in", number),
            Field("out_calls_handled_per_day", "handled.voice.out", number),
            Field("agent_total_ready_time", "state_totals.available", duration),
            Field("agent_total_busy_time", "state_totals.busy", duration),
            Field("agent_total_ACW_time", "state_totals.wrap_up", duration),
            Field("agent_total_break_time", "state_totals.paused", duration),
        ),
        combine={"name": join_words, "handled": handled_contacts},
        needed=("state",),
    )


_NAMES = (
    Field("firstname", "name.first", text),
    Field("lastname", "name.last", text),
)
# Where the operator's name for the totals stands in their row; the vendor has no statistic of that name.
TOTALS_NAME = "totals_queue"

# "Number of ready agents" is not told, only whether it is 0.
AVAILABILITY = RowSchema(
    "availability",
    Queue,
    (
        Field("service", "id", text),
        Field("service", "name", text),
        Field("availability", "agents.available", number),
    ),
)
