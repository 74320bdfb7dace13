"""Mapping of Axialys's fields and words, which are French, to the model.

Source page: "Voice Management Guide", sections 3.1, 3.3 and 4.1 to 4.3; each table names its own.
"""

from collections.abc import Mapping
from itertools import accumulate
from typing import Any, Literal

from exporter.model import Agent, AgentState, Channel, Number, Queue, WaitAges
from exporter.vendors.axialys.operators import (
    CALLS_BY_GROUP,
    OPERATOR_DETAILS,
    OPERATORS,
    OPERATORS_BY_GROUP,
    combined,
)
from exporter.vendors.axialys.status_rows import STATUS_TOTALS
from exporter.vendors.axialys.value_formats import is_zero, person
from exporter.vendors.toolkit.decimal_comma import percentage
from exporter.vendors.toolkit.decoder import Field, RowSchema
from exporter.vendors.toolkit.readers import Reader, identifier, number, seconds, text

# Every state of a logged-in operator that Axialys has a word for; exported as 0 if no operator is in it.
COUNTED_STATES: tuple[AgentState, ...] = ("available", "ringing", "busy", "not_ready", "paused")
CHANNEL: Channel = "voice"
_ALWAYS = {"channel": CHANNEL}
_AGES = ("under_1m", "from_1m_to_3m", "over_3m")


def wait_ages(counts: Mapping[str, float]) -> WaitAges | None:
    """Return the cumulative counts of waits by age; None if one is missing, as the others would be misleading."""
    if len(counts) < len(_AGES):
        return None
    within_1m, within_3m, total = accumulate(counts[age] for age in _AGES)
    return WaitAges(within_60_seconds=within_1m, within_180_seconds=within_3m, total=total)


def group_fields(group: Queue, answer_seconds: int | None = None) -> dict[str, object]:
    """Return the fields of a request for a group's statistics that the tables of 4.2 and 4.3 read with the response.

    Args:
        group: The group.
        answer_seconds: Requested service level target, None if the request has none.
    """
    fields: dict[str, object] = {"group_id": group.id, "group_name": group.name}
    return fields if answer_seconds is None else {**fields, "answer_seconds": answer_seconds}


def numbers_fields(name: str) -> dict[str, object]:
    """Return the fields of a request for numbers that the table of 4.1 reads with the response."""
    return {"numbers_name": name}


# 3.1 /vm/operators/; the page names only `login`.
NAMES = RowSchema(
    "operators", Agent, (Field("id", "id", identifier), Field("name", "name", person), Field("login", "name", person))
)

# 3.3 /vm/groups
GROUPS = RowSchema("groups", Queue, (Field("id", "id", identifier), Field("name", "name", text)), _ALWAYS)

# 4.3 /vm/group_stats/<id>; group_id and answer_seconds are those of the request.
GROUP_STATS = RowSchema(
    "group_stats",
    Queue,
    (
        Field("group_id", "id", identifier),
        Field("group_name", "name", text),
        Field("nbr_attente", "waiting_contacts", number),
        Field("nbr_comm", "active_contacts", number),
        Field("nbr_appels_attente_moins1m", "wait_ages.under_1m", number),
        Field("nbr_appels_attente_1a3m", "wait_ages.from_1m_to_3m", number),
        Field("nbr_appels_attente_3mplus", "wait_ages.over_3m", number),
        Field("pourc_decroche", "answered_ratio", percentage),
        Field("answer_seconds", "service_level_target_seconds", number),
        Field("nbr_global", "contacts_offered", number),
        Field("nbr_global_reel", "contacts_offered_unique", number),
        Field("nbr_repondu", "contacts_answered_in_service_level", number),
        Field("nbr_perdus", "contacts_abandoned", number),
        Field("nbr_perdus_reel", "contacts_abandoned_unique", number),
        Field("nbr_abandonne", "contacts_abandoned_short", number),
        Field("nbr_escalades", "contacts_escalated", number),
        Field("tps_moyen_attente", "average_wait_seconds", seconds),
        Field("tps_moyen_comm", "average_talk_seconds", seconds),
        Field("tps_moyen_abandon", "average_abandon_wait_seconds", seconds),
        Field("tps_moyen_catchup", "average_wrap_up_seconds", seconds),
        Field("tps_max_attente", "max_wait_seconds", seconds),
    ),
    _ALWAYS,
    combine={"wait_ages": wait_ages},
)


# The page does not define whether total_duration includes waits or wrap-up.
_TOTAL_DURATION = {
    "ignore": (),
    "talk": (Field("total_duration", "talk_seconds", number),),
    "handle": (Field("total_duration", "handle_seconds", number),),
}


def received_groups(age: Reader, total_duration: Literal["ignore", "talk", "handle"]) -> RowSchema[Queue]:
    """Return the table of the calls received by a group (4.2), limited to what its supervision does not contain.

    Args:
        age: Reads a date as the seconds since.
        total_duration: The meaning of the field of that name.
    """
    return RowSchema(
        "received_groups",
        Queue,
        (
            Field("group_id", "id", identifier),
            Field("group_name", "name", text),
            Field("agent_connected_calls_count", "contacts_answered", number),
            Field("oldest_call_waiting_since", "oldest_wait_seconds.age", age),
            Field("oldest_call_connected_since", "oldest_active_seconds.age", age),
            Field("active_calls", "oldest_wait_seconds.none", is_zero),
            Field("active_calls", "oldest_active_seconds.none", is_zero),
            *_TOTAL_DURATION[total_duration],
        ),
        _ALWAYS,
        combine={"oldest_wait_seconds": _age_of_a_call, "oldest_active_seconds": _age_of_a_call},
    )


def _age_of_a_call(parts: Mapping[str, float]) -> float | None:
    """Return the age of a call, 0 if there is none: a date may outlive its call. None if there is no date."""
    return 0 if parts.get("none") and "age" in parts else parts.get("age")


def received_numbers(age: Reader) -> RowSchema[Number]:
    """Return the table of the calls received by numbers (4.1); numbers_name is configured.

    Args:
        age: Reads a date as the seconds since.
    """
    return RowSchema(
        "received_numbers",
        Number,
        (
            Field("numbers_name", "id", identifier),
            Field("active_calls", "in_progress_contacts", number),
            Field("in_conversation_calls", "active_contacts", number),
            Field("oldest_call_since", "oldest_in_progress_seconds.age", age),
            Field("oldest_in_conversation_call_since", "oldest_active_seconds.age", age),
            # The counts again, because a date may outlive its call.
            Field("active_calls", "oldest_in_progress_seconds.none", is_zero),
            Field("in_conversation_calls", "oldest_active_seconds.none", is_zero),
            Field("calls_count", "contacts_offered", number),
            Field("agent_connected_calls_count", "contacts_answered", number),
            Field("total_duration", "contact_seconds", number),
        ),
        combine={"oldest_in_progress_seconds": _age_of_a_call, "oldest_active_seconds": _age_of_a_call},
    )


TABLES: tuple[RowSchema[Any], ...] = (
    NAMES,
    OPERATORS,
    OPERATOR_DETAILS,
    OPERATORS_BY_GROUP,
    CALLS_BY_GROUP,
    STATUS_TOTALS,
    GROUPS,
    GROUP_STATS,
    *(received_groups(combined, meaning) for meaning in ("talk", "handle")),
    received_numbers(combined),
)
