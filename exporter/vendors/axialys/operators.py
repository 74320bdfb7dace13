"""Mapping of Axialys's operators to agents, and of the counts of operators that queues have.

Source page: "Voice Management Guide", sections 3.2 and 3.5. An agent's state combines several fields of an operator, so
`operators` and `operator_details` read the rows and `agent` maps them. A detail is older than the state it is combined
with and used only if the two agree.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NoReturn

import msgspec

from exporter.model import Agent, AgentState, Queue
from exporter.vendors.axialys.dates import Dates
from exporter.vendors.axialys.value_formats import group_of_call, ids
from exporter.vendors.toolkit.columns import MISSING
from exporter.vendors.toolkit.decoder import Field, RowSchema
from exporter.vendors.toolkit.readers import UnmappedError, identifier, is_no_value, text, words

# The page prints the first word without its first letter.
ETAT_WORDS: Mapping[str, AgentState] = {
    "available": "available",
    "vailable": "available",
    "ringing": "ringing",
    "calling": "busy",
    "connected": "busy",
    "unavailable": "not_ready",
}
_NO_BREAK = frozenset({"0", "false"})
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
        group: Id of the group of the current call, "" if there is none.
    """

    id: str
    state: AgentState | None = None
    on_break: bool = False
    reason: str = ""
    paused: float | None = None
    answered: float | None = None
    group: str = ""


def operators(dates: Dates) -> RowSchema[Operator]:
    """Return the table of an operator's current state (3.2); `OPERATORS` documents its meaning."""
    return RowSchema(
        "operators_init",
        Operator,
        (
            Field("id", "id", identifier),
            Field("etat", "state", words(ETAT_WORDS, "unknown")),
            *_break_fields("pause", dates),
            Field("ui_unpause", "resumed", dates.moment_to_compare),
            Field("ui_login", "logged_in", dates.moment_to_compare),
            Field("ui_logout", "logged_out", dates.moment_to_compare),
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
            Field("id_group", "group", group_of_call),
        ),
    )


def _break_fields(name: str, dates: Dates) -> tuple[Field, ...]:
    """Return the fields of a break.

    Args:
        name: Name of the field with the current break.
        dates: Reads dates.
    """

    def on_break(value: object) -> bool:
        if dates.is_date(value):
            return not dates.is_placeholder(value)
        return bool(value) and not is_no_value(value) and str(value).strip().casefold() not in _NO_BREAK

    def reason(value: object) -> str:
        # The page calls it a date in one place. A date is not a reason and would create a new label for every break.
        return text(value) if on_break(value) and not isinstance(value, bool) and not dates.is_date(value) else ""

    def began(value: object) -> float | None:
        return dates.moment_to_compare(value) if dates.is_date(value) else None

    return (
        Field(name, "on_break", on_break),
        Field(name, "reason", reason),
        Field("ui_pause", "paused", dates.moment_to_compare),
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
        time_in_state_seconds=None if began is None or not dates.is_plausible(began) else dates.since(began),
    )


def missing_states(rows: Iterable[Operator]) -> tuple[tuple[str, str], ...]:
    """Return a note for each operator without any field that determines the state."""
    return tuple(("operators_init.etat", MISSING) for operator in rows if _state(operator) is None)


def has_unreadable_groups_only(rows: Sequence[Operator], notes: Iterable[tuple[str, str]]) -> bool:
    """Return whether groups were unreadable and no operator has a readable one."""
    return any(field == "operators_init.groups" for field, _ in notes) and not any(row.groups for row in rows)


def serving_groups(operator: Operator, state: AgentState, detail: Detail | None) -> Sequence[str]:
    """Return the groups that count an operator: that of the current call if it is known, all of them otherwise."""
    if state == "busy" and detail is not None and detail.group and detail.state in {"busy", None}:
        return (detail.group,)
    return operator.groups


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


def combined(_value: object) -> NoReturn:
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
        Field("etat", "state", combined),
        Field("pause", "state", combined),
        Field("ui_login", "state", combined),
        Field("ui_logout", "state", combined),
        Field("pause", "reason", combined),
        Field("ui_pause", "time_in_state_seconds", combined),
        Field("ui_unpause", "time_in_state_seconds", combined),
        Field("ui_login", "time_in_state_seconds", combined),
        Field("ui_logout", "time_in_state_seconds", combined),
    ),
)
# For the reference: 3.5 /vm/op_details/<id>, combined with the above.
OPERATOR_DETAILS = RowSchema(
    "op_details",
    Agent,
    (
        Field("break", "reason", combined),
        Field("ui_pause", "reason", combined),
        Field("state", "time_in_state_seconds", combined),
        Field("dt_answer", "time_in_state_seconds", combined),
    ),
)
# For the reference: 3.2 as `queues` counts the operators of each group.
OPERATORS_BY_GROUP = RowSchema(
    "operators_init",
    Queue,
    (Field("groups", "id", combined), Field("groups", "agents", combined), Field("etat", "agents", combined)),
)
# For the reference: 3.5 as `queues` counts the operators with a call of each group.
CALLS_BY_GROUP = RowSchema("op_details", Queue, (Field("id_group", "agents", combined),))
