"""Queue counts derived from the agents: APIO reports for each agent which call centres it has joined."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from exporter.model import Agent, AgentState, Queue
from exporter.vendors.apio.tables import CHANNEL, COUNTED_STATES


class Profile(NamedTuple):
    """One agent's profile.

    Attributes:
        agent: The agent.
        call_centers: Its call centres; `staffed_agents` is 1 if the agent has joined it, 0 if not.
    """

    agent: Agent
    call_centers: tuple[Queue, ...]


@dataclass(slots=True)
class _Count:
    name: str = ""
    membership_known: bool = False
    states: Counter[AgentState] = field(default_factory=Counter)

    def queue(self, queue_id: str) -> Queue:
        if not self.membership_known:
            return Queue(id=queue_id, name=self.name, channel=CHANNEL)
        agents: dict[AgentState, float] = {**dict.fromkeys(COUNTED_STATES, 0), **self.states}
        staffed = self.states.total() - self.states["logged_out"]
        return Queue(id=queue_id, name=self.name, channel=CHANNEL, staffed_agents=staffed, agents=agents)


def count_queues(profiles: Iterable[Profile], empty: Iterable[str]) -> tuple[Queue, ...]:
    """Count the agents who have joined each call centre.

    A joined agent who is signed out is not staffed: APIO reports membership, whatever the state.

    Args:
        profiles: Profiles of the agents, in the order in which queues shall appear.
        empty: Configured ids of call centres that exist and have no agents.
    """
    counts: dict[str, _Count] = {}
    for agent, call_centers in profiles:
        for call_center in call_centers:
            count = counts.setdefault(call_center.id, _Count())
            count.name = count.name or call_center.name
            count.membership_known |= call_center.staffed_agents is not None
            if call_center.staffed_agents:
                count.states[agent.state] += 1
    names = {name for queue_id in counts for name in _names(queue_id)}
    for queue_id in empty:
        if queue_id.casefold() not in names:
            counts.setdefault(queue_id, _Count(membership_known=True))
    return tuple(count.queue(queue_id) for queue_id, count in counts.items())


def _names(queue_id: str) -> tuple[str, str]:
    """Return the names a path accepts for a call centre: its id, or the part of it before the domain."""
    folded = queue_id.casefold()
    return folded, folded.partition("@")[0]
