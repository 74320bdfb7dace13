"""Outbound calls that idle agents place."""

from functools import partial

from exporter.simulator.agent_floor import AgentFloor
from exporter.simulator.agents import Agent
from exporter.simulator.contact_log import ContactLog, ContactRecord
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
        log: Receives a record of every call.
    """

    def __init__(  # noqa: PLR0913 - the parts of a centre that it connects
        self,
        engine: Engine,
        outbound: Outbound,
        streams: Streams,
        floor: AgentFloor,
        exchange: Exchange,
        *,
        log: ContactLog,
    ) -> None:
        self._engine = engine
        self._outbound = outbound
        self._floor = floor
        self._exchange = exchange
        self._log = log
        self._random = streams.of("outbound")

    def consider(self, agent: Agent) -> None:
        """Place a call for an idle agent with the configured probability, if a port is idle."""
        if self._random.random() >= self._outbound.share:
            return
        port = self._exchange.seize(self._outbound.trunks)
        if port is None:
            return
        contact = agent.contact = Contact(self._log.open("voice", "out"), port)
        contact.record.agent = agent.profile
        self._floor.enter(agent, "busy")
        delay = self._outbound.dial.draw(self._random)
        self._engine.after(delay, partial(self._connect, agent, contact))

    def _connect(self, agent: Agent, contact: Contact) -> None:
        contact.show("connected")
        contact.record.connect(agent.profile, self._engine.now)
        talk = self._outbound.talk.draw(self._random)
        self._engine.after(talk, partial(self._end, agent, contact))

    def _end(self, agent: Agent, contact: Contact) -> None:
        contact.hang_up()
        contact.record.disconnect(self._engine.now)
        contact.record.begin_wrap_up(self._engine.now)
        agent.handled[contact.channel, contact.direction] += 1
        self._floor.enter(agent, "wrap_up")
        wrap_up = self._outbound.wrap_up.draw(self._random)
        self._engine.after(wrap_up, partial(self._end_wrap_up, agent, contact.record))

    def _end_wrap_up(self, agent: Agent, record: ContactRecord) -> None:
        record.end_wrap_up(self._engine.now)
        self._floor.release(agent)
