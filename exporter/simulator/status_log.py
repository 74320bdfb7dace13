"""What the agents did in the last 36 hours: every conversation, wrap-up, absence and login that has ended."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from exporter.simulator.agents import Agent
from exporter.simulator.contact_log import KEPT_SECONDS, ContactRecord
from exporter.simulator.engine import Engine
from exporter.simulator.profile import AgentProfile

Activity = Literal["busy", "wrap_up", "paused", "not_ready", "logged_in"]

_ACTIVITIES: dict[str, Activity] = {name: name for name in ("busy", "wrap_up", "paused", "not_ready")}


@dataclass(frozen=True, slots=True, eq=False)
class Period:
    """A period of an agent's time; times are in simulated seconds.

    Attributes:
        agent: The agent.
        activity: What the agent did: a state, or being logged in, which includes all states.
        reason: The reason code of an absence, "" if there is none.
        began: When it began.
        ended: When it ended.
        record: The contact of a conversation or wrap-up.
    """

    agent: AgentProfile
    activity: Activity
    reason: str
    began: float
    ended: float
    record: ContactRecord | None


class StatusLog:
    """Holds the periods that ended within the last 36 hours, in the order of their ends.

    Args:
        engine: The event queue.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._periods: deque[Period] = deque()
        self._records: dict[Agent, ContactRecord] = {}

    def __iter__(self) -> Iterator[Period]:
        return iter(self._periods)

    def enter(self, agent: Agent) -> None:
        """Note the contact of a conversation that begins; its wrap-up is of the same contact after a transfer."""
        if agent.state == "busy" and agent.contact is not None:
            self._records[agent] = agent.contact.record

    def leave(self, agent: Agent) -> None:
        """Add the period that ends with an agent's current state, before the state changes."""
        activity = _ACTIVITIES.get(agent.state)
        if activity is not None:
            record = self._records.get(agent) if activity in {"busy", "wrap_up"} else None
            self._add(agent, activity, agent.since, record)

    def log_out(self, agent: Agent, since: float) -> None:
        """Add the time that an agent was logged in."""
        self._add(agent, "logged_in", since, None)

    def drop_old(self) -> None:
        """Drop the periods that are no longer kept."""
        oldest = self._engine.now - KEPT_SECONDS
        while self._periods and self._periods[0].ended < oldest:
            self._periods.popleft()

    def _add(self, agent: Agent, activity: Activity, since: float, record: ContactRecord | None) -> None:
        reason = "" if activity == "logged_in" else agent.reason
        self._periods.append(Period(agent.profile, activity, reason, since, self._engine.now, record))
