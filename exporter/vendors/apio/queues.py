"""Queue counts derived from the agents: APIO reports for each agent which call centres it has joined."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from exporter.model import Agent, AgentState, Queue
from exporter.vendors.apio.staff import Staff
from exporter.vendors.apio.tables import CHANNEL, COUNTED_STATES, accepted_names


class Profile(NamedTuple):
    """One agent's profile.

    Attributes:
        agent: The agent.
        call_centers: Its call centres; `staffed_agents` is 1 if the agent has joined it, 0 if not. None if the response
            contains no list of them.
    """

    agent: Agent
    call_centers: tuple[Queue, ...] | None

    @property
    def joined(self) -> frozenset[str]:
        """The ids of the call centres that the agent has joined, as far as they are known."""
        return frozenset(each.id for each in self.call_centers or () if each.staffed_agents)


@dataclass(slots=True)
class _Count:
    name: str = ""
    is_complete: bool = True
    states: Counter[AgentState] = field(default_factory=Counter)

    def queue(self, queue_id: str) -> Queue:
        if not self.is_complete:
            return Queue(id=queue_id, name=self.name, channel=CHANNEL)
        agents: dict[AgentState, float] = {**dict.fromkeys(COUNTED_STATES, 0), **self.states}
        staffed = self.states.total() - self.states["logged_out"]
        return Queue(id=queue_id, name=self.name, channel=CHANNEL, staffed_agents=staffed, agents=agents)


def count_queues(
    profiles: Iterable[Profile], staff: Staff, *, missing: Mapping[str, Collection[str]]
) -> tuple[Queue, ...]:
    """Count the agents who have joined each call centre.

    A joined agent who is signed out is not staffed: APIO reports membership, whatever the state. A call centre has no
    counts if an agent that may have joined it has no profile, or a profile that does not state whether the agent has
    joined: they would be too small.

    Args:
        profiles: Profiles of the agents, in the order in which queues shall appear.
        staff: The agents and call centres of the target.
        missing: User ids of the agents whose call centres are unknown, with those that each had joined when they were
            known last.
    """
    counts: dict[str, _Count] = {}
    for agent, call_centers in profiles:
        for call_center in call_centers or ():
            count = counts.setdefault(call_center.id, _Count())
            count.name = count.name or call_center.name
            count.is_complete &= call_center.staffed_agents is not None
            if call_center.staffed_agents:
                count.states[agent.state] += 1
    names = {name for queue_id in counts for name in accepted_names(queue_id)}
    for queue_id in staff.empty:
        if queue_id.casefold() not in names:
            counts.setdefault(queue_id, _Count())
    complete = _complete(staff, missing)
    left_out = {queue_id for joined in missing.values() for queue_id in joined}
    for queue_id, count in counts.items():
        incomplete = bool(missing or staff.unlisted) and complete.isdisjoint(accepted_names(queue_id))
        count.is_complete &= not incomplete and queue_id not in left_out
    return tuple(count.queue(queue_id) for queue_id, count in counts.items())


def _complete(staff: Staff, missing: Collection[str]) -> set[str]:
    """Return the folded ids of the call centres that are listed completely, with none of these agents."""
    listed: defaultdict[str, set[str]] = defaultdict(set)
    for (_, call_center), agents in staff.found.items():
        listed[call_center.casefold()] |= {agent.id for agent in agents}
    everywhere = set(missing).difference(*listed.values())  # an agent that is not listed may have joined any of them
    if everywhere:
        return set()
    unlisted = {call_center.casefold() for call_center in staff.unlisted}
    return {name for name, agents in listed.items() if agents.isdisjoint(missing)} - unlisted
