"""Queues counted from their agents: APIO tells of each agent which call centres it has joined."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from exporter.model import Agent, AgentState, Queue

# The states APIO has words for; shown with 0 where nobody is in one, for alerts on "nobody available" to find.
_STATES: tuple[AgentState, ...] = ("available", "wrap_up", "not_ready")


class Seen(NamedTuple):
    """What one agent's answer says.

    Attributes:
        agent: The agent.
        call_centers: Its call centres, each with a staff of 1 where the agent has joined it, of 0 where it has not.
    """

    agent: Agent
    call_centers: tuple[Queue, ...]


@dataclass(slots=True)
class _Count:
    name: str = ""
    known: bool = False
    states: Counter[AgentState] = field(default_factory=Counter)

    def queue(self, queue_id: str) -> Queue:
        if not self.known:
            return Queue(id=queue_id, name=self.name, channel="voice")
        agents: dict[AgentState, float] = {**dict.fromkeys(_STATES, 0), **self.states}
        staffed = self.states.total()
        return Queue(id=queue_id, name=self.name, channel="voice", staffed_agents=staffed, agents=agents)


def count_queues(seen: Iterable[Seen], empty: Iterable[str]) -> tuple[Queue, ...]:
    """Count the agents who have joined each call centre.

    Who has joined counts as staff, signed out or not: that is what the vendor says, and the state tells the rest.

    Args:
        seen: What the agents' answers say, in the order in which queues shall appear.
        empty: Ids of call centres that exist and have no agents, in the words of the configuration.
    """
    counts: dict[str, _Count] = {}
    for agent, call_centers in seen:
        for one in call_centers:
            count = counts.setdefault(one.id, _Count())
            count.name = count.name or one.name
            count.known |= one.staffed_agents is not None
            if one.staffed_agents:
                count.states[agent.state] += 1
    names = {known for queue_id in counts for known in _names(queue_id)}
    for queue_id in empty:
        if queue_id.casefold() not in names:
            counts.setdefault(queue_id, _Count(known=True))
    return tuple(count.queue(queue_id) for queue_id, count in counts.items())


def _names(queue_id: str) -> tuple[str, str]:
    """Return what a call centre may be called in a path: its id, or the part of it before the domain."""
    folded = queue_id.casefold()
    return folded, folded.partition("@")[0]
