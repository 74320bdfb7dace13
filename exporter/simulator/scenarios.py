"""Things that go wrong at the flick of a switch, for demos and alert tests."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from exporter.simulator.agent_floor import AgentFloor
from exporter.simulator.arrivals import Arrivals
from exporter.simulator.profile import Drills
from exporter.simulator.trunks import Exchange

if TYPE_CHECKING:
    from exporter.simulator.agents import Agent
    from exporter.simulator.trunks import Port


class ScenarioName(StrEnum):
    """What can go wrong."""

    SURGE = "surge"
    UNDERSTAFFED = "understaffed"
    TRUNK_FAULT = "trunk-fault"
    API_OUTAGE = "api-outage"


class Scenario(ABC):
    """One thing that can go wrong, and does while it is active.

    Attributes:
        name: What it is called.
        meaning: What it does, in a sentence.
        active: Whether it is on.
    """

    name: ClassVar[ScenarioName]
    meaning: ClassVar[str]
    active = False

    def on(self) -> None:
        """Let it go wrong; harmless if it does already."""
        if not self.active:
            self.active = True
            self._begin()

    def off(self) -> None:
        """Let the centre recover; harmless if nothing is wrong."""
        if self.active:
            self.active = False
            self._end()

    @abstractmethod
    def _begin(self) -> None:
        """Do the harm."""

    @abstractmethod
    def _end(self) -> None:
        """Undo it."""


Scenarios = Mapping[ScenarioName, Scenario]


class Surge(Scenario):
    """More contacts than usual.

    Args:
        extra: The arrivals that come on top of the usual ones.
    """

    name = ScenarioName.SURGE
    meaning = "Several times the usual contacts arrive at every queue."

    def __init__(self, extra: tuple[Arrivals, ...]) -> None:
        self._extra = extra

    def _begin(self) -> None:
        for arrivals in self._extra:
            arrivals.start()

    def _end(self) -> None:
        for arrivals in self._extra:
            arrivals.stop()


class Understaffed(Scenario):
    """Fewer agents than planned.

    Args:
        drills: Whose group, and how many of it.
        floor: The agents.
    """

    name = ScenarioName.UNDERSTAFFED
    meaning = "Most agents of one group log out as soon as they are free, and log in again afterwards."

    def __init__(self, drills: Drills, floor: AgentFloor) -> None:
        self._floor = floor
        agents = [agent for agent in floor.agents if agent.profile.group == drills.understaffed_group]
        self._absentees: tuple[Agent, ...] = tuple(agents[: round(drills.understaffed_share * len(agents))])

    def _begin(self) -> None:
        self._call(away=True)

    def _end(self) -> None:
        self._call(away=False)

    def _call(self, *, away: bool) -> None:
        for agent in self._absentees:
            agent.called_away = away
            self._floor.review(agent)


class TrunkFault(Scenario):
    """Fewer ports than installed.

    Args:
        drills: Which trunk, and how many of its ports.
        exchange: The trunks.
    """

    name = ScenarioName.TRUNK_FAULT
    meaning = "Most ports of one trunk fault, those with a call as soon as it ends."

    def __init__(self, drills: Drills, exchange: Exchange) -> None:
        trunk = exchange.trunks.get(drills.faulty_trunk)
        ports = trunk.ports if trunk else ()
        self._ports: tuple[Port, ...] = ports[: round(drills.faulty_share * len(ports))]

    def _begin(self) -> None:
        for port in self._ports:
            port.trunk.fail(port, "fault")

    def _end(self) -> None:
        for port in self._ports:
            port.trunk.repair(port, "fault")


class ApiOutage(Scenario):
    """APIs that do not work; the server looks whether it is active."""

    name = ScenarioName.API_OUTAGE
    meaning = "The vendors' APIs answer 503 or hang; the centre itself works on."

    def _begin(self) -> None:
        """Leave the centre alone."""

    def _end(self) -> None:
        """Leave the centre alone."""


def scenarios(drills: Drills, extra_arrivals: tuple[Arrivals, ...], floor: AgentFloor, exchange: Exchange) -> Scenarios:
    """Return every scenario of a centre by its name.

    Args:
        drills: How hard they hit.
        extra_arrivals: The contacts a surge adds to the usual ones.
        floor: The agents.
        exchange: The trunks.
    """
    every = (
        Surge(extra_arrivals),
        Understaffed(drills, floor),
        TrunkFault(drills, exchange),
        ApiOutage(),
    )
    return {scenario.name: scenario for scenario in every}
