"""Trunks: ports that carry one call each, fault and come back."""

from collections import deque
from collections.abc import Iterable
from functools import partial
from random import Random

from exporter.model import PortState
from exporter.simulator.engine import Engine
from exporter.simulator.profile import TrunkProfile
from exporter.simulator.randomness import Duration, Streams


class Port:
    """One line of a trunk.

    Attributes:
        id: Its number, unique in its trunk.
        trunk: The trunk it belongs to.
        call: What the call on it is doing; None without a call.
        outages: Why it is out of service; it stays so until the last one ends.
    """

    __slots__ = ("call", "id", "outages", "trunk")

    def __init__(self, number: str, trunk: "Trunk") -> None:
        self.id = number
        self.trunk = trunk
        self.call: PortState | None = None
        self.outages: list[PortState] = []

    @property
    def state(self) -> PortState:
        """What it is doing; a call on a port that is to go out of service is let finish."""
        if self.call is not None:
            return self.call
        return self.outages[0] if self.outages else "idle"


class Trunk:
    """A bundle of ports, seized in turn.

    Args:
        profile: What it is like.
    """

    def __init__(self, profile: TrunkProfile) -> None:
        self.profile = profile
        self.ports = tuple(Port(str(number), self) for number in range(1, profile.ports + 1))
        self._idle = deque(self.ports)

    def seize(self) -> Port | None:
        """Give an idle port to a call; None where every port is busy or out of service."""
        if not self._idle:
            return None
        port = self._idle.popleft()
        port.call = "seized"
        return port

    def release(self, port: Port) -> None:
        """Take a port back from its call."""
        port.call = None
        self._return_if_idle(port)

    def fail(self, port: Port, outage: PortState) -> None:
        """Put a port out of service, as soon as the call on it ends."""
        if port.state == "idle":
            self._idle.remove(port)
        port.outages.append(outage)

    def repair(self, port: Port, outage: PortState) -> None:
        """End one outage of a port."""
        port.outages.remove(outage)
        self._return_if_idle(port)

    def _return_if_idle(self, port: Port) -> None:
        if port.state == "idle":
            self._idle.append(port)


class Exchange:
    """All trunks of a centre.

    Args:
        profiles: What they are like.
    """

    def __init__(self, profiles: Iterable[TrunkProfile]) -> None:
        self.trunks = {profile.id: Trunk(profile) for profile in profiles}

    def seize(self, trunk_ids: Iterable[str]) -> Port | None:
        """Give a call a port of the first trunk that has one idle; None where none has."""
        ports = (self.trunks[trunk_id].seize() for trunk_id in trunk_ids)
        return next((port for port in ports if port is not None), None)


class Wear:
    """Single ports of a trunk that fault or are worked on, now and then.

    Args:
        engine: Time.
        streams: Chance.
        trunk: Whose ports.
    """

    def __init__(self, engine: Engine, streams: Streams, trunk: Trunk) -> None:
        self._engine = engine
        self._trunk = trunk
        profile = trunk.profile
        self._start(streams.of(f"fault/{profile.id}"), "fault", profile.fault_every, profile.fault)
        works = streams.of(f"maintenance/{profile.id}")
        self._start(works, "maintenance", profile.maintenance_every, profile.maintenance)

    def _start(self, random: Random, outage: PortState, every: Duration | None, lasts: Duration) -> None:
        if every is not None:
            self._await(random, outage, every, lasts)

    def _await(self, random: Random, outage: PortState, every: Duration, lasts: Duration) -> None:
        self._engine.after(every.draw(random), partial(self._strike, random, outage, every, lasts))

    def _strike(self, random: Random, outage: PortState, every: Duration, lasts: Duration) -> None:
        port = random.choice(self._trunk.ports)
        self._trunk.fail(port, outage)
        self._engine.after(lasts.draw(random), partial(self._trunk.repair, port, outage))
        self._await(random, outage, every, lasts)
