"""Fault scenarios that can be switched on and off, for demos and alert tests."""

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
    """The names of the scenarios."""

    SURGE = "surge"
    UNDERSTAFFED = "understaffed"
    TRUNK_FAULT = "trunk-fault"
    API_OUTAGE = "api-outage"


class Scenario(ABC):
    """A fault scenario.

    Attributes:
        name: Its name.
        meaning: A description in one sentence.
        active: Whether it is on.
    """

    name: ClassVar[ScenarioName]
    meaning: ClassVar[str]
    active = False

    def on(self) -> None:
        """Start the scenario; does nothing if it is active."""
        if not self.active:
            self.active = True
            self._begin()

    def off(self) -> None:
        """End the scenario; does nothing if it is not active."""
        if self.active:
            self.active = False
            self._end()

    @abstractmethod
    def _begin(self) -> None:
        """Apply its effect."""

    @abstractmethod
    def _end(self) -> None:
        """Undo its effect."""


Scenarios = Mapping[ScenarioName, Scenario]


class Surge(Scenario):
    """More contacts than usual.

    Args:
        extra: Arrivals in addition to the usual ones.
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
        drills: The group and the share of it that leaves.
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
        drills: The trunk and the share of its ports that faults.
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
    """Vendor APIs that fail; the HTTP server checks whether the scenario is active."""

    name = ScenarioName.API_OUTAGE
    meaning = "The vendors' APIs answer 503 or hang; the centre itself is not affected."

    def _begin(self) -> None:
        """Do nothing: the HTTP server applies the effect."""

    def _end(self) -> None:
        """Do nothing: the HTTP server applies the effect."""


def scenarios(drills: Drills, extra_arrivals: tuple[Arrivals, ...], floor: AgentFloor, exchange: Exchange) -> Scenarios:
    """Return every scenario of a centre by name.

    Args:
        drills: The parameters of the scenarios.
        extra_arrivals: Arrivals that a surge adds to the usual ones.
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
