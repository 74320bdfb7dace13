"""Running totals of the contacts of agents, made of the counts of their memberships.

Asterisk counts the contacts of each membership. A count restarts if the statistics of its queue are reset, and with an
agent who is removed from a queue and added again, as at every shift. With `shared_lastcall`, a contact of one queue is
counted in all queues of the agent, which also have the same time of the last contact then.

Source: `update_queue` and `clear_queue` in `apps/app_queue.c`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from exporter.vendors.asterisk.records import Member

# Longer than holidays: an agent who comes back continues.
_MEMORY_SECONDS: Final = 31 * 86_400.0
_LOOK_SECONDS: Final = 3600.0


class _Agent(msgspec.Struct):
    """One agent.

    Attributes:
        total: Contacts in all queues; they only grow.
        seen_at: When the agent was last a member of a queue, in seconds since the epoch.
        counts: The last count of each membership, by queue.
    """

    total: float = 0
    seen_at: float = 0
    counts: dict[str, float] = {}


class ContactsTaken:
    """The contacts of each agent, as the `memory` of a resource: a restart continues the totals."""

    def __init__(self) -> None:
        """Start with no agent."""
        self._agents: dict[str, _Agent] = {}
        self._forgotten_at = float("-inf")

    def update(self, members: Iterable[Member], now: float) -> Mapping[str, float]:
        """Return the totals of the agents that are members of a queue.

        Args:
            members: The memberships of all queues in one poll.
            now: Seconds since the epoch by Asterisk's clock.
        """
        self._forget(now)
        by_agent: defaultdict[str, list[Member]] = defaultdict(list)
        for member in members:
            if member.contacts_taken is not None:
                by_agent[member.agent].append(member)
        return {agent: self._add(agent, memberships, now) for agent, memberships in by_agent.items()}

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

    def _forget(self, now: float) -> None:
        """Forget agents who have not been a member of any queue for a long time."""
        if now >= self._forgotten_at + _LOOK_SECONDS:
            self._forgotten_at = now
            oldest = now - _MEMORY_SECONDS
            self._agents = {name: agent for name, agent in self._agents.items() if agent.seen_at >= oldest}

    def _add(self, name: str, memberships: Iterable[Member], now: float) -> float:
        """Add what an agent's memberships have grown by, and return the total."""
        agent = self._agents.setdefault(name, _Agent())
        agent.seen_at = now
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
