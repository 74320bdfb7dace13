"""What the fields of an operator mean together: the agent's state, since when, and who serves which group.

Source page: sections *3.2 Retrieval of the current status of operators* and *3.5 Retrieval of the operator's detailed
status*. A detail is older than the state it goes with, so it counts only as far as the two agree.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from exporter.model import Agent, AgentState, Queue
from exporter.vendors.axialys.dates import Dates
from exporter.vendors.axialys.tables import Detail, Operator

# Every state of somebody logged in that its words can tell: shown with 0 where nobody is in it.
_NOBODY: Mapping[AgentState, float] = dict.fromkeys(("available", "ringing", "busy", "not_ready", "paused"), 0)


# Dates may be rounded in one place and not in another.
_SAME_MOMENT_SECONDS = 1.0


def agent(operator: Operator, names: Mapping[str, str], dates: Dates, detail: Detail | None = None) -> Agent:
    """Return the agent that an operator is.

    Args:
        operator: What the vendor says.
        names: Names of operators by id; empty where none are wanted.
        dates: Tells how long ago a date was.
        detail: What is known of the operator besides, None where nothing is.
    """
    state = _state(operator)
    began = _began(operator, state, detail)
    return Agent(
        id=operator.id,
        name=names.get(operator.id, ""),
        state=state,
        reason=_reason(operator, detail) if state == "paused" else "",
        time_in_state_seconds=None if began is None else dates.since(began),
    )


def by_group(members: Iterable[tuple[Sequence[str], AgentState]], groups: Iterable[Queue]) -> tuple[Queue, ...]:
    """Return every group with how many of its operators are in each state, those logged out left aside.

    Args:
        members: Of each operator the groups' ids, and the state.
        groups: The groups known by name, also those that nobody serves.
    """
    found = {group.id: group for group in groups}
    counts: dict[str, Counter[AgentState]] = {key: Counter() for key in found}
    for keys, state in members:
        for key in keys:
            counts.setdefault(key, Counter())[state] += 1
    return tuple(
        msgspec.structs.replace(found.get(key) or Queue(id=key, channel="voice"), agents=_shown(count))
        for key, count in counts.items()
    )


def _shown(count: Counter[AgentState]) -> dict[AgentState, float]:
    return {state: number for state, number in ({**_NOBODY, **count}).items() if state != "logged_out"}


def state_untold(operator: Operator) -> bool:
    """Return whether nothing that the vendor says of an operator tells the state."""
    return _known_state(operator) is None


def _state(operator: Operator) -> AgentState:
    return _known_state(operator) or "unknown"


def _known_state(operator: Operator) -> AgentState | None:
    if operator.logged_out is not None and _later(operator.logged_out, operator.logged_in):
        return "logged_out"
    break_is_over = operator.resumed is not None and operator.paused is not None and operator.resumed > operator.paused
    return "paused" if operator.on_break and not break_is_over else operator.state


def _reason(operator: Operator, detail: Detail | None) -> str:
    """Return a break's name, which the detail may know where the current state has a number, a date or just yes."""
    told = operator.reason
    if detail is None or not detail.on_break or not detail.reason or (told and not told.isdigit()):
        return told
    return detail.reason if _same(operator.paused, detail.paused) else told


def _same(moment: float | None, other: float | None) -> bool:
    if moment is None or other is None:
        return moment is other
    return abs(moment - other) <= _SAME_MOMENT_SECONDS


def _began(operator: Operator, state: AgentState, detail: Detail | None) -> float | None:
    """Return when a state began, as far as there is a date for it.

    Of calls only the detail has one, and of being back from a call nobody: somebody available has been so at most since
    the login or the end of the last break.
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


def _later(moment: float, than: float | None) -> bool:
    return than is None or moment > than
