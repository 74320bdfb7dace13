"""Queue counts derived from the operators: Axialys lists for each operator the groups it is a member of."""

from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from exporter.model import AgentState, Queue
from exporter.vendors.axialys.tables import CHANNEL, COUNTED_STATES


def count_by_group(members: Iterable[tuple[Sequence[str], AgentState]], groups: Iterable[Queue]) -> tuple[Queue, ...]:
    """Return every group with its number of operators per state; logged-out operators are not counted.

    Args:
        members: Group ids and state of each operator.
        groups: All known groups, including those without members.
    """
    known = {group.id: group for group in groups}
    counts: dict[str, Counter[AgentState]] = {group_id: Counter() for group_id in known}
    for group_ids, state in members:
        for group_id in group_ids:
            counts.setdefault(group_id, Counter())[state] += 1
    return tuple(
        msgspec.structs.replace(known.get(group_id) or Queue(id=group_id, channel=CHANNEL), agents=_agents(count))
        for group_id, count in counts.items()
    )


def _agents(count: Counter[AgentState]) -> dict[AgentState, float]:
    states: dict[AgentState, float] = {**dict.fromkeys(COUNTED_STATES, 0), **count}
    return {state: number for state, number in states.items() if state != "logged_out"}
