"""Shifts and breaks of the agents."""

from functools import partial

from exporter.simulator.agent_floor import AgentFloor
from exporter.simulator.agents import Absence, Agent
from exporter.simulator.daytime import HOUR, hour_of_day
from exporter.simulator.engine import Engine
from exporter.simulator.profile import Break, Profile, Shift
from exporter.simulator.randomness import Duration, Streams

_HOURS_A_DAY = 24


class Roster:
    """Plans the shifts and breaks of all agents.

    Args:
        engine: The event queue.
        profile: Provides shifts, breaks and punctuality.
        streams: The random streams.
        floor: The agents.
    """

    def __init__(self, engine: Engine, profile: Profile, streams: Streams, floor: AgentFloor) -> None:
        self._engine = engine
        self._profile = profile
        self._floor = floor
        self._punctuality = streams.of("punctuality")
        self._breaks = streams.of("breaks")
        for agent in floor.agents:
            self._employ(agent)

    def _employ(self, agent: Agent) -> None:
        if agent.profile.shift is None:
            self._begin(agent)
        else:
            # Yesterday's shift may still be running.
            self._plan(agent, agent.profile.shift, day=-1)
        if self._profile.break_every is not None:
            self._await_break(agent, self._profile.break_every)

    def _plan(self, agent: Agent, shift: Shift, day: int) -> None:
        start = (day * _HOURS_A_DAY + shift.start) * HOUR
        end = start + shift.hours * HOUR
        if end > self._engine.now:
            self._engine.at(self._late(start), partial(self._begin, agent))
            self._engine.at(self._late(end), partial(self._end, agent))
        # Each shift is planned when the previous one ends.
        self._engine.at(end, partial(self._plan, agent, shift, day + 1))

    def _late(self, moment: float) -> float:
        return moment + self._profile.punctuality.draw(self._punctuality)

    def _begin(self, agent: Agent) -> None:
        agent.on_shift = True
        self._floor.review(agent)

    def _end(self, agent: Agent) -> None:
        agent.on_shift = False
        self._floor.review(agent)

    def _await_break(self, agent: Agent, every: Duration) -> None:
        self._engine.after(every.draw(self._breaks), partial(self._offer_break, agent, every))

    def _offer_break(self, agent: Agent, every: Duration) -> None:
        hour = hour_of_day(self._engine.now)
        kinds = [kind for kind in self._profile.breaks if kind.after <= hour < kind.before]
        if kinds:
            self._floor.excuse(agent, self._choose(kinds))
        self._await_break(agent, every)

    def _choose(self, kinds: list[Break]) -> Absence:
        [kind] = self._breaks.choices(kinds, [kind.weight for kind in kinds])
        return Absence(kind.state, kind.reason, kind.duration.draw(self._breaks))
