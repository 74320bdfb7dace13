"""The simulated contact centre: its parts put together, and time moved on."""

from functools import partial

from exporter.simulator.agent_floor import AgentFloor
from exporter.simulator.arrivals import Arrivals
from exporter.simulator.daytime import DAY, next_midnight, next_quarter
from exporter.simulator.engine import Engine
from exporter.simulator.ledger import Ledger
from exporter.simulator.lines import Line
from exporter.simulator.profile import Profile
from exporter.simulator.randomness import Streams
from exporter.simulator.roster import Roster
from exporter.simulator.routing import Router
from exporter.simulator.scenarios import Scenarios, scenarios
from exporter.simulator.trunks import Exchange, Wear


class Centre:
    """A contact centre in which everything happens for a reason.

    The same profile, seed and sequence of `advance` and scenario switches give the same centre. Running totals
    restart at every simulated midnight.

    Args:
        profile: What it is made of.
        seed: Of all chance in it.
        resolution: Seconds between the moments at which something may happen; with the default of 1 every
            duration seen is whole, with 0 time is continuous.

    Attributes:
        profile: What it is made of.
        floor: Its agents as they move; the dialects' source for what the model has no word for.
        lines: Its queues as they move, by id.
        exchange: Its trunks as they move.
        ledger: What is true of it now.
        scenarios: What can go wrong, by name.
    """

    def __init__(self, profile: Profile, *, seed: int = 1, resolution: float = 1.0) -> None:
        self.profile = profile
        self._engine = Engine(resolution=resolution)
        # Planned before anything else, so that at midnight the new day begins first.
        self._engine.at(next_midnight(0.0), self._start_day)
        self._engine.at(next_quarter(0.0), self._end_quarter)
        streams = Streams(seed)
        self.floor = AgentFloor(self._engine, profile.agents)
        self.exchange = Exchange(profile.trunks)
        self._router = Router(self._engine, profile, streams, self.floor, self.exchange)
        self.lines = self._router.lines
        self.ledger = Ledger(self._engine, self.lines, self.floor, self.exchange)
        self._roster = Roster(self._engine, profile, streams, self.floor)
        self._wear = [Wear(self._engine, streams, trunk) for trunk in self.exchange.trunks.values()]
        for line in self.lines.values():
            self._arrivals(line, streams, line.profile.id, 1.0).start()
        extra = profile.drills.surge_factor - 1
        surge = tuple(self._arrivals(line, streams, f"surge/{line.profile.id}", extra) for line in self.lines.values())
        self.scenarios: Scenarios = scenarios(profile.drills, surge, self.floor, self.exchange)

    @property
    def now(self) -> float:
        """The simulated moment: seconds since the midnight at which the simulation began."""
        return self._engine.now

    def advance(self, to: float) -> None:
        """Let everything happen up to and including a moment.

        Args:
            to: Seconds since the midnight at which the simulation began; rounded down to the resolution.

        Raises:
            ValueError: The moment lies in the past.
        """
        self._engine.advance(to)

    def _arrivals(self, line: Line, streams: Streams, name: str, factor: float) -> Arrivals:
        return Arrivals(
            self._engine,
            self.profile,
            streams,
            name=name,
            per_hour=line.profile.contacts_per_hour * factor,
            arrive=partial(self._router.arrive, line),
        )

    def _start_day(self) -> None:
        for line in self.lines.values():
            line.start_day()
        for agent in self.floor.agents:
            agent.start_day(self.now)
        self._engine.at(next_midnight(self.now), self._start_day)

    def _end_quarter(self) -> None:
        if self.now % DAY:  # at midnight the day has ended with its last quarter
            for line in self.lines.values():
                line.end_quarter()
        self._engine.at(next_quarter(self.now), self._end_quarter)
