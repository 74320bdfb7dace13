"""The simulated contact centre as a whole."""

from functools import partial

from exporter.simulator.agent_floor import AgentFloor
from exporter.simulator.arrivals import Arrivals
from exporter.simulator.contact_log import ContactLog
from exporter.simulator.daytime import next_midnight, next_quarter
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
    """A deterministic simulation of a contact centre.

    The same profile, seed and sequence of `advance` calls and scenario switches give the same centre. Running totals
    restart at every simulated midnight.

    Args:
        profile: Queues, agents, trunks and their parameters.
        seed: Seed of all random streams.
        resolution: Seconds between the times at which events may happen; with the default of 1 every duration is a
            whole number of seconds, with 0 time is continuous.

    Attributes:
        profile: Queues, agents, trunks and their parameters.
        floor: The live agents; dialects read from them what the model does not represent.
        lines: The live queues by id.
        exchange: The live trunks.
        ledger: The current state in the exporter's model.
        scenarios: The fault scenarios by name.
    """

    def __init__(self, profile: Profile, *, seed: int = 1, resolution: float = 1.0) -> None:
        self.profile = profile
        self._engine = Engine(resolution=resolution)
        # Planned first, so that at midnight the new day starts before any other event.
        self._engine.at(next_midnight(0.0), self._start_day)
        self._engine.at(next_quarter(0.0), self._end_quarter)
        streams = Streams(seed)
        self.floor = AgentFloor(self._engine, profile.agents)
        self.exchange = Exchange(profile.trunks)
        self._contact_log = ContactLog(self._engine)
        self._router = Router(self._engine, profile, streams, self.floor, self.exchange, log=self._contact_log)
        self.lines = self._router.lines
        self.ledger = Ledger(self._engine, self.lines, self.floor, self.exchange, self._contact_log)
        self._roster = Roster(self._engine, profile, streams, self.floor)
        self._wear = [Wear(self._engine, streams, trunk) for trunk in self.exchange.trunks.values()]
        for line in self.lines.values():
            self._arrivals(line, streams, line.profile.id, 1.0).start()
        extra = profile.drills.surge_factor - 1
        surge = tuple(self._arrivals(line, streams, f"surge/{line.profile.id}", extra) for line in self.lines.values())
        self.scenarios: Scenarios = scenarios(profile.drills, surge, self.floor, self.exchange)

    @property
    def now(self) -> float:
        """The simulated time: seconds since the midnight at which the simulation began."""
        return self._engine.now

    def advance(self, to: float) -> None:
        """Run all events up to and including a time.

        Args:
            to: Seconds since the midnight at which the simulation began; rounded down to the resolution.

        Raises:
            ValueError: The time is in the past.
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
        for line in self.lines.values():
            line.drop_old_arrivals(self.now)
        self._contact_log.drop_old()
        self.floor.statuses.drop_old()
        self._engine.at(next_quarter(self.now), self._end_quarter)
