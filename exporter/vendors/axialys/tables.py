"""Which of Axialys's fields feed which meaning, in its French words.

Source page: "Voice Management Guide", sections 3.1 to 3.3, 3.5 and 4.1 to 4.3; each table names its own.
"""

from collections.abc import Mapping
from itertools import accumulate
from typing import NoReturn

import msgspec

from exporter.model import Agent, AgentState, Queue, WaitAges
from exporter.vendors.axialys.dates import Dates
from exporter.vendors.toolkit.decoder import Feed, Table
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
_ALWAYS = {"channel": "phone"}
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


def operators(dates: Dates) -> Table[Operator]:
    """Return the table of an operator's current state (3.2); what it means together stands in `OPERATORS`."""
    return Table(
        "operators_init",
        Operator,
        (
            Feed("id", "id", text),
            Feed("etat", "state", words(ETAT_WORDS, "unknown")),
            *_break_feeds("pause", dates),
            Feed("ui_unpause", "resumed", dates.moment),
            Feed("ui_login", "logged_in", dates.moment),
            Feed("ui_logout", "logged_out", dates.moment),
            Feed("groups", "groups", ids),
        ),
    )


def operator_details(dates: Dates) -> Table[Detail]:
    """Return the table of an operator in detail (3.5): only what the current state does not tell as well.

    Callers, service numbers and variables are never read, nor the two fields `id`, of which one is the account's.
    """
    return Table(
        "op_details",
        Detail,
        (
            Feed("state", "state", words(ETAT_WORDS, "unknown")),
            *_break_feeds("break", dates),
            Feed("dt_answer", "answered", dates.moment),
        ),
    )


def _break_feeds(name: str, dates: Dates) -> tuple[Feed, ...]:
    """Return what is said of a break, the current one standing in the field of that name."""

    def on_break(value: object) -> bool:
        return bool(value) and str(value).strip().casefold() not in _NO_BREAK

    def reason(value: object) -> str:
        # The page calls it a date in one place: one is no reason, and would be a new label at every break.
        return text(value) if on_break(value) and not isinstance(value, bool) and not dates.is_date(value) else ""

    def began(value: object) -> float | None:
        return dates.moment(value) if dates.is_date(value) else None

    return (
        Feed(name, "on_break", on_break),
        Feed(name, "reason", reason),
        Feed("ui_pause", "paused", dates.moment),
        Feed(name, "paused", began),
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
NAMES = Table("operators", Agent, (Feed("id", "id", text), Feed("name", "name", person), Feed("login", "name", person)))

# 3.3 /vm/groups
GROUPS = Table("groups", Queue, (Feed("id", "id", text), Feed("name", "name", text)), _ALWAYS)

# 4.3 /vm/group_stats/<id>; group_id and answer_seconds are what we asked for.
GROUP_STATS = Table(
    "group_stats",
    Queue,
    (
        Feed("group_id", "id", text),
        Feed("group_name", "name", text),
        Feed("nbr_attente", "waiting_contacts", number),
        Feed("nbr_comm", "active_contacts", number),
        Feed("nbr_appels_attente_moins1m", "wait_ages.under_1m", number),
        Feed("nbr_appels_attente_1a3m", "wait_ages.from_1m_to_3m", number),
        Feed("nbr_appels_attente_3mplus", "wait_ages.over_3m", number),
        Feed("pourc_decroche", "answered_ratio", french_share),
        Feed("answer_seconds", "service_level_target_seconds", number),
        Feed("nbr_global", "contacts_offered", number),
        Feed("nbr_repondu", "contacts_answered_in_service_level", number),
        Feed("nbr_perdus", "contacts_abandoned", number),
        Feed("nbr_abandonne", "contacts_abandoned_short", number),
        Feed("nbr_escalades", "contacts_escalated", number),
        Feed("tps_moyen_attente", "average_wait_seconds", seconds),
        Feed("tps_moyen_comm", "average_talk_seconds", seconds),
        Feed("tps_moyen_abandon", "average_abandon_wait_seconds", seconds),
        Feed("tps_moyen_catchup", "average_wrap_up_seconds", seconds),
        Feed("tps_max_attente", "max_wait_seconds", seconds),
    ),
    _ALWAYS,
    made={"wait_ages": wait_ages},
)


def received_groups(age: Reader) -> Table[Queue]:
    """Return the table of the calls a group received (4.2): only what its supervision does not tell as well."""
    return Table(
        "received_groups",
        Queue,
        (
            Feed("group_id", "id", text),
            Feed("group_name", "name", text),
            Feed("agent_connected_calls_count", "contacts_answered", number),
            Feed("oldest_call_waiting_since", "oldest_wait_seconds", age),
        ),
        _ALWAYS,
    )


# 4.1; the name of the numbers is ours. Whether total_duration holds the waits the page leaves open, here as in 4.2.
RECEIVED_NUMBERS = Table(
    "received_numbers",
    Queue,
    (
        Feed("numbers_id", "id", text),
        Feed("numbers_name", "name", text),
        Feed("calls_count", "contacts_offered", number),
        Feed("agent_connected_calls_count", "contacts_answered", number),
        Feed("in_conversation_calls", "active_contacts", number),
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
OPERATORS = Table(
    "operators_init",
    Agent,
    (
        Feed("id", "id", text),
        Feed("etat", "state", _meant),
        Feed("pause", "state", _meant),
        Feed("ui_login", "state", _meant),
        Feed("ui_logout", "state", _meant),
        Feed("pause", "reason", _meant),
        Feed("ui_pause", "state_seconds", _meant),
        Feed("ui_unpause", "state_seconds", _meant),
        Feed("ui_login", "state_seconds", _meant),
        Feed("ui_logout", "state_seconds", _meant),
    ),
)
# 3.5 /vm/op_details/<id>, put together with these.
OPERATOR_DETAILS = Table(
    "op_details",
    Agent,
    (
        Feed("break", "reason", _meant),
        Feed("ui_pause", "reason", _meant),
        Feed("state", "state_seconds", _meant),
        Feed("dt_answer", "state_seconds", _meant),
    ),
)
OPERATORS_BY_GROUP = Table(
    "operators_init",
    Queue,
    (Feed("groups", "id", _meant), Feed("groups", "agents", _meant), Feed("etat", "agents", _meant)),
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
