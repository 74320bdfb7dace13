"""Running totals of the contacts of agents, made of the counts of their memberships.

Asterisk counts the contacts of each membership. A count restarts if the statistics of its queue are reset, and with an
agent who is removed from a queue and added again, as at every shift. With `shared_lastcall`, a contact of one queue is
counted in all queues of the agent, which also have the same time of the last contact then.

Source: `update_queue` and `clear_queue` in `apps/app_queue.c`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

import msgspec

from exporter.vendors.asterisk.records import Member


class _Agent(msgspec.Struct):
    """One agent.

    Attributes:
        total: Contacts in all queues; they only grow.
        counts: The last count of each membership, by queue.
    """

    total: float = 0
    counts: dict[str, float] = {}


class ContactsTaken:
    """The contacts of each agent, as the `memory` of a resource: a restart continues the totals."""

    def __init__(self) -> None:
        """Start with no agent."""
        self._agents: dict[str, _Agent] = {}

    def update(self, members: Iterable[Member]) -> Mapping[str, float]:
        """Return the totals of the agents that are members of a queue.

        Args:
            members: The memberships of all queues in one poll.
        """
        by_agent: defaultdict[str, list[Member]] = defaultdict(list)
        for member in members:
            if member.contacts_taken is not None:
                by_agent[member.agent].append(member)
        return {agent: self._add(agent, memberships) for agent, memberships in by_agent.items()}

    async def save(self) -> bytes | None:
        """Return the totals."""
        return msgspec.json.encode(self._agents)

    def restore(self, saved: bytes, age: float) -> None:  # noqa: ARG002 - they are valid however old
        """Continue with the totals of another process.

        Args:
            saved: What `save` returned.
            age: Seconds since then.

        Raises:
            msgspec.MsgspecError: It is invalid; nothing is restored.
        """
        self._agents = msgspec.json.decode(saved, type=dict[str, _Agent])

    def _add(self, name: str, memberships: Iterable[Member]) -> float:
        """Add what an agent's memberships have grown by, and return the total."""
        agent = self._agents.setdefault(name, _Agent())
        # Growth by the time of the last contact: with one agent, two queues cannot have had a contact each at one time.
        growth: defaultdict[float, float] = defaultdict(float)
        for each in memberships:
            count = each.contacts_taken or 0
            last = agent.counts.get(each.queue, 0)
            grown = count - last if count >= last else count
            agent.counts[each.queue] = count
            at = each.last_contact_at
            growth[at] = max(growth[at], grown)
        agent.total += sum(growth.values())
        return agent.total
