"""All agents of a centre and the changes of their states."""

from collections.abc import Callable, Iterable
from functools import partial

from exporter.model import AgentState
from exporter.simulator.agents import Absence, Agent
from exporter.simulator.engine import Engine
from exporter.simulator.profile import AgentProfile
from exporter.simulator.status_log import StatusLog

_FREE: frozenset[AgentState] = frozenset({"available", "not_ready", "paused"})


class AgentFloor:
    """Holds all agents; every change of an agent's state goes through it.

    Args:
        engine: The event queue.
        profiles: The agents' profiles.

    Attributes:
        agents: The agents in the order of their profiles.
        statuses: What they did.
    """

    def __init__(self, engine: Engine, profiles: Iterable[AgentProfile]) -> None:
        self._engine = engine
        self.agents = tuple(Agent(profile, engine.now) for profile in profiles)
        self.statuses = StatusLog(engine)
        self._idle: dict[Agent, None] = {}
        self._serve: Callable[[Agent], None] | None = None

    def when_available(self, serve: Callable[[Agent], None]) -> None:
        """Set the function called with each agent that becomes available."""
        self._serve = serve

    def longest_idle(self, skill: str) -> Agent | None:
        """Return the longest available agent with a skill; None if no such agent is available."""
        return next((agent for agent in self._idle if skill in agent.profile.skills), None)

    def enter(self, agent: Agent, state: AgentState, reason: str = "") -> None:
        """Put an agent into a state."""
        self._idle.pop(agent, None)
        if state == "available":
            self._idle[agent] = None
        if (state, reason) != (agent.state, agent.reason):
            self.statuses.leave(agent)
        agent.enter(state, reason, self._engine.now)
        self.statuses.enter(agent)

    def release(self, agent: Agent) -> None:
        """Free an agent from its contact or absence: log it out, start a due absence or make it available."""
        agent.contact = None
        absence, agent.due = agent.due, None
        if not agent.on_duty:
            self._log_out(agent)
        elif absence is not None:
            self._begin(agent, absence)
        else:
            self.enter(agent, "available")
            if self._serve is not None:
                self._serve(agent)

    def excuse(self, agent: Agent, absence: Absence) -> None:
        """Start an absence once the agent's contact ends; ignored if the agent is absent already."""
        if agent.state == "available":
            self._begin(agent, absence)
        elif agent.contact is not None:
            agent.due = absence

    def review(self, agent: Agent) -> None:
        """Log an agent in or out after a change of duty; an agent with a contact logs out once it ends."""
        if agent.on_duty and agent.state == "logged_out":
            agent.logged_in = self._engine.now
            self.release(agent)
        elif not agent.on_duty and agent.state in _FREE:
            self._log_out(agent)

    def _begin(self, agent: Agent, absence: Absence) -> None:
        self.enter(agent, absence.state, absence.reason)
        agent.returning = self._engine.after(absence.seconds, partial(self.release, agent))

    def _log_out(self, agent: Agent) -> None:
        if agent.returning is not None:
            agent.returning.cancel()
        if agent.logged_in is not None:
            self.statuses.log_out(agent, agent.logged_in)
        agent.returning = agent.logged_in = None
        self.enter(agent, "logged_out")
