"""Mapping of Axialys's fields and words, which are French, to the model.

Source page: "Voice Management Guide", sections 3.1 to 3.3, 3.5 and 4.1 to 4.3; each table names its own.

An agent's state combines several fields of an operator, so `operators` and `operator_details` read the rows and `agent`
maps them. A detail is older than the state it is combined with and used only if the two agree.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Any, NoReturn

import msgspec

from exporter.model import Agent, AgentState, Channel, Queue, WaitAges
from exporter.vendors.axialys.dates import Dates
from exporter.vendors.axialys.value_formats import french_share, ids, person
from exporter.vendors.toolkit.columns import MISSING
from exporter.vendors.toolkit.decoder import Field, RowSchema
from exporter.vendors.toolkit.readers import (
    Reader,
    UnmappedError,
    identifier,
    is_no_value,
    number,
    seconds,
    text,
    words,
)

# The page prints the first word without its first letter.
ETAT_WORDS: Mapping[str, AgentState] = {
    "available": "available",
    "vailable": "available",
    "ringing": "ringing",
    "calling": "busy",
    "connected": "busy",
    "unavailable": "not_ready",
}
# Every state of a logged-in operator that Axialys has a word for; exported as 0 if no operator is in it.
COUNTED_STATES: tuple[AgentState, ...] = ("available", "ringing", "busy", "not_ready", "paused")
CHANNEL: Channel = "voice"
_NO_BREAK = frozenset({"0", "false"})
_ALWAYS = {"channel": CHANNEL}
_AGES = ("under_1m", "from_1m_to_3m", "over_3m")
# Dates may be rounded in one response and not in another.
_SAME_MOMENT_SECONDS = 1.0


class Operator(msgspec.Struct, frozen=True):
    """A row of `/vm/operators_init`; moments are seconds since the Unix epoch.

    Attributes:
        id: The vendor's id.
        state: State of `etat`, which ignores breaks and logouts; None if missing.
        on_break: Whether the row names a break.
        reason: Name of the break.
        logged_in: Time of the last login.
        logged_out: Time of the last logout.
        paused: Start of the last break.
        resumed: End of the last break.
        groups: Ids of the operator's groups.
    """

    id: str
    state: AgentState | None = None
    on_break: bool = False
    reason: str = ""
    logged_in: float | None = None
    logged_out: float | None = None
    paused: float | None = None
    resumed: float | None = None
    groups: tuple[str, ...] = ()


class Detail(msgspec.Struct, frozen=True):
    """A response of `/vm/op_details/<id>`; moments are seconds since the Unix epoch.

    Attributes:
        id: The vendor's id.
        state: State of `state`, None if missing.
        on_break: Whether the response names a break.
        reason: Name of the break.
        paused: Start of the last break.
        answered: Time at which the current call was answered.
    """

    id: str
    state: AgentState | None = None
    on_break: bool = False
    reason: str = ""
    paused: float | None = None
    answered: float | None = None


def operators(dates: Dates) -> RowSchema[Operator]:
    """Return the table of an operator's current state (3.2); `OPERATORS` documents its meaning."""
    return RowSchema(
        "operators_init",
        Operator,
        (
            Field("id", "id", identifier),
            Field("etat", "state", words(ETAT_WORDS, "unknown")),
            *_break_fields("pause", dates),
            Field("ui_unpause", "resumed", dates.moment),
            Field("ui_login", "logged_in", dates.moment),
            Field("ui_logout", "logged_out", dates.moment),
            Field("groups", "groups", ids),
        ),
    )


def operator_details(dates: Dates) -> RowSchema[Detail]:
    """Return the table of an operator's details (3.5), limited to what the current state does not contain.

    Callers, service numbers and variables are never read, nor the two fields `id` (one is the account's).
    """
    return RowSchema(
        "op_details",
        Detail,
        (
            Field("state", "state", words(ETAT_WORDS, "unknown")),
            *_break_fields("break", dates),
            Field("dt_answer", "answered", dates.moment),
        ),
    )


def _break_fields(name: str, dates: Dates) -> tuple[Field, ...]:
    """Return the fields of a break.

    Args:
        name: Name of the field with the current break.
        dates: Reads dates.
    """

    def on_break(value: object) -> bool:
        return bool(value) and not is_no_value(value) and str(value).strip().casefold() not in _NO_BREAK

    def reason(value: object) -> str:
        # The page calls it a date in one place. A date is not a reason and would create a new label for every break.
        return text(value) if on_break(value) and not isinstance(value, bool) and not dates.is_date(value) else ""

    def began(value: object) -> float | None:
        return dates.moment(value) if dates.is_date(value) else None

    return (
        Field(name, "on_break", on_break),
        Field(name, "reason", reason),
        Field("ui_pause", "paused", dates.moment),
        Field(name, "paused", began),
    )


def agent(operator: Operator, names: Mapping[str, str], dates: Dates, detail: Detail | None = None) -> Agent:
    """Map an operator to an agent.

    Args:
        operator: The operator's current state.
        names: Operator names by id; empty if names are not exported.
        dates: Measures elapsed time.
        detail: The operator's detail, None if unknown.
    """
    state = _state(operator) or "unknown"
    began = _state_began(operator, state, detail)
    return Agent(
        id=operator.id,
        name=names.get(operator.id, ""),
        state=state,
        reason=_reason(operator, detail) if state == "paused" else "",
        time_in_state_seconds=None if began is None else dates.since(began),
    )


def missing_states(rows: Iterable[Operator]) -> tuple[tuple[str, str], ...]:
    """Return a note for each operator without any field that determines the state."""
    return tuple(("operators_init.etat", MISSING) for operator in rows if _state(operator) is None)


def has_unreadable_groups(rows: Sequence[Operator], notes: Iterable[tuple[str, str]]) -> bool:
    """Return whether an operator may be a member of groups that could not be read."""
    return any(field == "operators_init.groups" for field, _ in notes) and not all(row.groups for row in rows)


def _state(operator: Operator) -> AgentState | None:
    if operator.logged_out is not None and _is_later(operator.logged_out, operator.logged_in):
        return "logged_out"
    break_is_over = operator.resumed is not None and operator.paused is not None and operator.resumed > operator.paused
    return "paused" if operator.on_break and not break_is_over else operator.state


def _reason(operator: Operator, detail: Detail | None) -> str:
    """Return the name of a break; a detail may contain it if the current state has only a number, a date or a flag."""
    reason = operator.reason
    if detail is None or not detail.on_break or not detail.reason or (reason and not reason.isdigit()):
        return reason
    return detail.reason if _is_same_moment(operator.paused, detail.paused) else reason


def _state_began(operator: Operator, state: AgentState, detail: Detail | None) -> float | None:
    """Return when a state began, None if there is no date for it.

    Only the detail has a date for calls. The end of a call has none, so an available operator counts from the login or
    the end of the last break.
    """
    match state:
        case "paused":
            return operator.paused
        case "logged_out":
            return operator.logged_out
        case "busy":
            return detail.answered if detail is not None and detail.state in {"busy", None} else None
        case "available":
            return max(
                (moment for moment in (operator.logged_in, operator.resumed) if moment is not None), default=None
            )
        case _:
            return None


def _is_same_moment(moment: float | None, other: float | None) -> bool:
    if moment is None or other is None:
        return moment is other
    return abs(moment - other) <= _SAME_MOMENT_SECONDS


def _is_later(moment: float, than: float | None) -> bool:
    return than is None or moment > than


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


def numbers_id(name: str) -> str:
    """Return the queue id of the numbers under a configured name."""
    return f"number:{name}"


def numbers_fields(name: str) -> dict[str, object]:
    """Return the fields of a request for numbers that the table of 4.1 reads with the response."""
    return {"numbers_id": numbers_id(name), "numbers_name": name}


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
        Field("pourc_decroche", "answered_ratio", french_share),
        Field("answer_seconds", "service_level_target_seconds", number),
        Field("nbr_global", "contacts_offered", number),
        Field("nbr_repondu", "contacts_answered_in_service_level", number),
        Field("nbr_perdus", "contacts_abandoned", number),
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


def received_groups(age: Reader) -> RowSchema[Queue]:
    """Return the table of the calls received by a group (4.2), limited to what its supervision does not contain."""
    return RowSchema(
        "received_groups",
        Queue,
        (
            Field("group_id", "id", identifier),
            Field("group_name", "name", text),
            Field("agent_connected_calls_count", "contacts_answered", number),
            Field("oldest_call_waiting_since", "oldest_wait_seconds", age),
        ),
        _ALWAYS,
    )


# 4.1; numbers_id and numbers_name are configured. The page does not define whether total_duration, here and in 4.2,
# includes waits.
RECEIVED_NUMBERS = RowSchema(
    "received_numbers",
    Queue,
    (
        Field("numbers_id", "id", identifier),
        Field("numbers_name", "name", text),
        Field("calls_count", "contacts_offered", number),
        Field("agent_connected_calls_count", "contacts_answered", number),
        Field("in_conversation_calls", "active_contacts", number),
    ),
    _ALWAYS,
)


def _combined(_value: object) -> NoReturn:
    """Stand in for a reader of a field that has a meaning only in combination with others.

    Raises:
        UnmappedError: Always.
    """
    raise UnmappedError("mapped only in combination with other fields")


# For the reference: 3.2 /vm/operators_init as `agent` combines its fields.
OPERATORS = RowSchema(
    "operators_init",
    Agent,
    (
        Field("id", "id", identifier),
        Field("etat", "state", _combined),
        Field("pause", "state", _combined),
        Field("ui_login", "state", _combined),
        Field("ui_logout", "state", _combined),
        Field("pause", "reason", _combined),
        Field("ui_pause", "time_in_state_seconds", _combined),
        Field("ui_unpause", "time_in_state_seconds", _combined),
        Field("ui_login", "time_in_state_seconds", _combined),
        Field("ui_logout", "time_in_state_seconds", _combined),
    ),
)
# For the reference: 3.5 /vm/op_details/<id>, combined with the above.
OPERATOR_DETAILS = RowSchema(
    "op_details",
    Agent,
    (
        Field("break", "reason", _combined),
        Field("ui_pause", "reason", _combined),
        Field("state", "time_in_state_seconds", _combined),
        Field("dt_answer", "time_in_state_seconds", _combined),
    ),
)
# For the reference: 3.2 as `queues` counts the operators of each group.
OPERATORS_BY_GROUP = RowSchema(
    "operators_init",
    Queue,
    (Field("groups", "id", _combined), Field("groups", "agents", _combined), Field("etat", "agents", _combined)),
)

TABLES: tuple[RowSchema[Any], ...] = (
    NAMES,
    OPERATORS,
    OPERATOR_DETAILS,
    OPERATORS_BY_GROUP,
    GROUPS,
    GROUP_STATS,
    received_groups(_combined),
    RECEIVED_NUMBERS,
)
