"""Trunks and their ports."""

from collections import deque
from collections.abc import Iterable
from functools import partial
from random import Random

from exporter.model import PortState
from exporter.simulator.engine import Engine
from exporter.simulator.profile import TrunkProfile
from exporter.simulator.randomness import Duration, Streams


class Port:
    """A port of a trunk; it carries one call at a time.

    Attributes:
        id: Its number, unique in its trunk.
        trunk: Its trunk.
        call: State of the call on it; None without a call.
        outages: Its current outages; it is out of service until the last one ends.
    """

    __slots__ = ("call", "id", "outages", "trunk")

    def __init__(self, number: str, trunk: "Trunk") -> None:
        self.id = number
        self.trunk = trunk
        self.call: PortState | None = None
        self.outages: list[PortState] = []

    @property
    def state(self) -> PortState:
        """Its state; an outage takes effect once the call on the port ends."""
        if self.call is not None:
            return self.call
        return self.outages[0] if self.outages else "idle"


class Trunk:
    """A group of ports, seized round-robin.

    Args:
        profile: Its parameters.
    """

    def __init__(self, profile: TrunkProfile) -> None:
        self.profile = profile
        self.ports = tuple(Port(str(number), self) for number in range(1, profile.ports + 1))
        self._idle = deque(self.ports)

    def seize(self) -> Port | None:
        """Seize an idle port for a call; None if every port is busy or out of service."""
        if not self._idle:
            return None
        port = self._idle.popleft()
        port.call = "seized"
        return port

    def release(self, port: Port) -> None:
        """Release a port from its call."""
        port.call = None
        self._return_if_idle(port)

    def fail(self, port: Port, outage: PortState) -> None:
        """Put a port out of service once the call on it ends."""
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
        profiles: Their parameters.
    """

    def __init__(self, profiles: Iterable[TrunkProfile]) -> None:
        self.trunks = {profile.id: Trunk(profile) for profile in profiles}

    def seize(self, trunk_ids: Iterable[str]) -> Port | None:
        """Seize a port of the first trunk with an idle one; None if no port is idle."""
        ports = (self.trunks[trunk_id].seize() for trunk_id in trunk_ids)
        return next((port for port in ports if port is not None), None)


class Wear:
    """Injects random faults and maintenance into single ports of a trunk.

    Args:
        engine: The event queue.
        streams: The random streams.
        trunk: The trunk.
    """

    def __init__(self, engine: Engine, streams: Streams, trunk: Trunk) -> None:
        self._engine = engine
        self._trunk = trunk
        profile = trunk.profile
        self._start(streams.of(f"fault/{profile.id}"), "fault", profile.fault_every, profile.fault)
        maintenance = streams.of(f"maintenance/{profile.id}")
        self._start(maintenance, "maintenance", profile.maintenance_every, profile.maintenance)

    def _start(self, random: Random, outage: PortState, every: Duration | None, lasts: Duration) -> None:
        if every is not None:
            self._plan_outage(random, outage, every, lasts)

    def _plan_outage(self, random: Random, outage: PortState, every: Duration, lasts: Duration) -> None:
        self._engine.after(every.draw(random), partial(self._begin_outage, random, outage, every, lasts))

    def _begin_outage(self, random: Random, outage: PortState, every: Duration, lasts: Duration) -> None:
        port = random.choice(self._trunk.ports)
        self._trunk.fail(port, outage)
        self._engine.after(lasts.draw(random), partial(self._trunk.repair, port, outage))
        self._plan_outage(random, outage, every, lasts)
