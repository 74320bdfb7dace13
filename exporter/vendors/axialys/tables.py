"""Which of Axialys's fields feed which meaning, in its French words.

Source page: "Voice Management Guide", sections 3.1 to 3.3, 3.5 and 4.1 to 4.3; each table names its own.
"""

from collections.abc import Mapping
from itertools import accumulate
from typing import NoReturn

import msgspec

from exporter.model import Agent, AgentState, Queue, WaitAges
from exporter.vendors.axialys.dates import Dates
from exporter.vendors.toolkit.decoder import Field, RowSchema
from exporter.vendors.toolkit.readers import Reader, UnmappedError, number, percentage, seconds, text, words

# The page writes the first word without its first letter.
ETAT_WORDS: Mapping[str, AgentState] = {
    "available": "available",
    "vailable": "available",
    "ringing": "ringing",
    "calling": "busy",
    "connected": "busy",
    "unavailable": "not_ready",
}
_NO_BREAK = frozenset({"0", "false"})
_ALWAYS = {"channel": "voice"}
_AGES = ("under_1m", "from_1m_to_3m", "over_3m")


class Operator(msgspec.Struct, frozen=True):
    """An operator as `/vm/operators_init` tells of one; moments are seconds since the Unix epoch.

    Attributes:
        id: The vendor's id.
        state: What `etat` says, breaks and logging out left aside; None where it says nothing.
        on_break: Whether it names a break.
        reason: The break's name.
        logged_in: When the operator last logged in.
        logged_out: When the operator last logged out.
        paused: When the last break began.
        resumed: When the last break ended.
        groups: Ids of the groups the operator is a member of.
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
    """An operator as `/vm/op_details/<id>` tells of one; moments are seconds since the Unix epoch.

    Attributes:
        id: The vendor's id.
        state: What `state` says, None where it says nothing.
        on_break: Whether it names a break.
        reason: The break's name.
        paused: When the last break began.
        answered: When the current call was answered.
    """

    id: str
    state: AgentState | None = None
    on_break: bool = False
    reason: str = ""
    paused: float | None = None
    answered: float | None = None


def operators(dates: Dates) -> RowSchema[Operator]:
    """Return the table of an operator's current state (3.2); what it means together stands in `OPERATORS`."""
    return RowSchema(
        "operators_init",
        Operator,
        (
            Field("id", "id", text),
            Field("etat", "state", words(ETAT_WORDS, "unknown")),
            *_break_feeds("pause", dates),
            Field("ui_unpause", "resumed", dates.moment),
            Field("ui_login", "logged_in", dates.moment),
            Field("ui_logout", "logged_out", dates.moment),
            Field("groups", "groups", ids),
        ),
    )


def operator_details(dates: Dates) -> RowSchema[Detail]:
    """Return the table of an operator in detail (3.5): only what the current state does not tell as well.

    Callers, service numbers and variables are never read, nor the two fields `id`, of which one is the account's.
    """
    return RowSchema(
        "op_details",
        Detail,
        (
            Field("state", "state", words(ETAT_WORDS, "unknown")),
            *_break_feeds("break", dates),
            Field("dt_answer", "answered", dates.moment),
        ),
    )


def _break_feeds(name: str, dates: Dates) -> tuple[Field, ...]:
    """Return what is said of a break, the current one standing in the field of that name."""

    def on_break(value: object) -> bool:
        return bool(value) and str(value).strip().casefold() not in _NO_BREAK

    def reason(value: object) -> str:
        # The page calls it a date in one place: one is no reason, and would be a new label at every break.
        return text(value) if on_break(value) and not isinstance(value, bool) and not dates.is_date(value) else ""

    def began(value: object) -> float | None:
        return dates.moment(value) if dates.is_date(value) else None

    return (
        Field(name, "on_break", on_break),
        Field(name, "reason", reason),
        Field("ui_pause", "paused", dates.moment),
        Field(name, "paused", began),
    )


def ids(value: object) -> tuple[str, ...]:
    """Read a list of ids, or a text of them set apart by commas.

    Raises:
        UnmappedError: It is neither, or holds what is no id.
    """
    found = value.split(",") if isinstance(value, str) else value
    if not isinstance(found, list):
        raise UnmappedError(type(value).__name__)
    return tuple(dict.fromkeys(text(each).strip() for each in found if each not in (None, "")))


def person(value: object) -> str:
    """Read a name, but never an e-mail address, which may serve as one.

    Raises:
        UnmappedError: It is an e-mail address, or no text; what it says is not repeated.
    """
    name = text(value)
    if "@" in name:
        raise UnmappedError("an e-mail address")
    return name


def french_share(value: object) -> float:
    """Read a percentage as a ratio; it may be written as in French, `87,5 %`.

    Raises:
        UnmappedError: It is no number, or lies outside of 0 to 100.
    """
    plain = value.replace(",", ".").replace("%", "").strip() if isinstance(value, str) else value
    return percentage(plain)


def wait_ages(counts: Mapping[str, float]) -> WaitAges | None:
    """Return counts of each age as counts up to each; None where one is missing, as the others would mislead."""
    if len(counts) < len(_AGES):
        return None
    within_1m, within_3m, total = accumulate(counts[age] for age in _AGES)
    return WaitAges(within_60_seconds=within_1m, within_180_seconds=within_3m, total=total)


# 3.1 /vm/operators/; the page names `login` and leaves the rest open.
NAMES = RowSchema(
    "operators", Agent, (Field("id", "id", text), Field("name", "name", person), Field("login", "name", person))
)

# 3.3 /vm/groups
GROUPS = RowSchema("groups", Queue, (Field("id", "id", text), Field("name", "name", text)), _ALWAYS)

# 4.3 /vm/group_stats/<id>; group_id and answer_seconds are what we asked for.
GROUP_STATS = RowSchema(
    "group_stats",
    Queue,
    (
        Field("group_id", "id", text),
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
    """Return the table of the calls a group received (4.2): only what its supervision does not tell as well."""
    return RowSchema(
        "received_groups",
        Queue,
        (
            Field("group_id", "id", text),
            Field("group_name", "name", text),
            Field("agent_connected_calls_count", "contacts_answered", number),
            Field("oldest_call_waiting_since", "oldest_wait_seconds", age),
        ),
        _ALWAYS,
    )


# 4.1; the name of the numbers is ours. Whether total_duration holds the waits the page leaves open, here as in 4.2.
RECEIVED_NUMBERS = RowSchema(
    "received_numbers",
    Queue,
    (
        Field("numbers_id", "id", text),
        Field("numbers_name", "name", text),
        Field("calls_count", "contacts_offered", number),
        Field("agent_connected_calls_count", "contacts_answered", number),
        Field("in_conversation_calls", "active_contacts", number),
    ),
    _ALWAYS,
)


def _meant(_value: object) -> NoReturn:
    """Stand for a reader where several fields have one meaning together, which no single one of them has.

    Raises:
        UnmappedError: Always.
    """
    raise UnmappedError("has a meaning only together with others")


# 3.2 /vm/operators_init, as `exporter.vendors.axialys.operators` puts an operator's fields together.
OPERATORS = RowSchema(
    "operators_init",
    Agent,
    (
        Field("id", "id", text),
        Field("etat", "state", _meant),
        Field("pause", "state", _meant),
        Field("ui_login", "state", _meant),
        Field("ui_logout", "state", _meant),
        Field("pause", "reason", _meant),
        Field("ui_pause", "time_in_state_seconds", _meant),
        Field("ui_unpause", "time_in_state_seconds", _meant),
        Field("ui_login", "time_in_state_seconds", _meant),
        Field("ui_logout", "time_in_state_seconds", _meant),
    ),
)
# 3.5 /vm/op_details/<id>, put together with these.
OPERATOR_DETAILS = RowSchema(
    "op_details",
    Agent,
    (
        Field("break", "reason", _meant),
        Field("ui_pause", "reason", _meant),
        Field("state", "time_in_state_seconds", _meant),
        Field("dt_answer", "time_in_state_seconds", _meant),
    ),
)
OPERATORS_BY_GROUP = RowSchema(
    "operators_init",
    Queue,
    (Field("groups", "id", _meant), Field("groups", "agents", _meant), Field("etat", "agents", _meant)),
)

TABLES = (
    NAMES,
    OPERATORS,
    OPERATOR_DETAILS,
    OPERATORS_BY_GROUP,
    GROUPS,
    GROUP_STATS,
    received_groups(_meant),
    RECEIVED_NUMBERS,
)
