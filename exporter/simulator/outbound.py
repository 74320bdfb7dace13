"""Outbound calls that idle agents place."""

from functools import partial

from exporter.simulator.agent_floor import AgentFloor
from exporter.simulator.agents import Agent
from exporter.simulator.engine import Engine
from exporter.simulator.lines import Contact
from exporter.simulator.profile import Outbound
from exporter.simulator.randomness import Streams
from exporter.simulator.trunks import Exchange


class Dialler:
    """Places outbound calls for idle agents.

    Args:
        engine: The event queue.
        outbound: Frequency and durations of the calls.
        streams: The random streams.
        floor: The agents.
        exchange: The trunks.
    """

    def __init__(
        self, engine: Engine, outbound: Outbound, streams: Streams, floor: AgentFloor, exchange: Exchange
    ) -> None:
        self._engine = engine
        self._outbound = outbound
        self._floor = floor
        self._exchange = exchange
        self._random = streams.of("outbound")

    def consider(self, agent: Agent) -> None:
        """Place a call for an idle agent with the configured probability, if a port is idle."""
        if self._random.random() >= self._outbound.share:
            return
        port = self._exchange.seize(self._outbound.trunks)
        if port is None:
            return
        contact = agent.contact = Contact("voice", "out", port)
        self._floor.enter(agent, "busy")
        delay = self._outbound.dial.draw(self._random)
        self._engine.after(delay, partial(self._connect, agent, contact))

    def _connect(self, agent: Agent, contact: Contact) -> None:
        contact.show("connected")
        talk = self._outbound.talk.draw(self._random)
        self._engine.after(talk, partial(self._end, agent, contact))

    def _end(self, agent: Agent, contact: Contact) -> None:
        contact.hang_up()
        agent.handled[contact.channel, contact.direction] += 1
        self._floor.enter(agent, "wrap_up")
        wrap_up = self._outbound.wrap_up.draw(self._random)
        self._engine.after(wrap_up, partial(self._floor.release, agent))
