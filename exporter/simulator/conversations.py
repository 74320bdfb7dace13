"""Conversations from the answer to the end of the wrap-up: talk, hold, transfer, hang-up."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from exporter.simulator.agent_floor import AgentFloor
from exporter.simulator.agents import Agent
from exporter.simulator.contact_log import ContactRecord
from exporter.simulator.engine import Engine
from exporter.simulator.lines import Contact, Line
from exporter.simulator.queue_totals import QueueTotals
from exporter.simulator.randomness import Streams


class _Served(NamedTuple):
    """A contact as one queue served it; a transfer offers the same contact to another queue.

    Attributes:
        contact: The contact.
        line: The queue.
        offered: When the contact was offered to that queue.
        record: Its record in that queue.
    """

    contact: Contact
    line: Line
    offered: float
    record: ContactRecord

    def totals(self) -> tuple[QueueTotals, QueueTotals]:
        """Return the totals that count what happens to the contact in this queue."""
        return self.line.totals_for(self.offered)


class Conversations:
    """Runs the conversations of agents with answered contacts.

    Args:
        engine: The event queue.
        streams: The random streams.
        floor: The agents.
        transfer: Called with the contact, its queue and the target queue's id.
    """

    def __init__(
        self, engine: Engine, streams: Streams, floor: AgentFloor, transfer: Callable[[Contact, Line, str], None]
    ) -> None:
        self._engine = engine
        self._floor = floor
        self._transfer_to = transfer
        self._talk = streams.of("talk")
        self._hold = streams.of("hold")
        self._transfer = streams.of("transfer")
        self._wrap_up = streams.of("wrap-up")

    def begin(self, agent: Agent, contact: Contact, line: Line) -> None:
        """Start a conversation."""
        line.active += 1
        agent.contact = contact
        self._floor.enter(agent, "busy")
        contact.show("connected")
        contact.record.connect(agent.profile, self._engine.now)
        talk = line.profile.talk.draw(self._talk)
        served = _Served(contact, line, contact.offered, contact.record)
        end = partial(self._end, agent, served)
        if self._hold.random() >= line.profile.hold_share:
            self._talk_for(talk, served, end)
            return
        before = talk * self._hold.random()
        resume = partial(self._resume_talk, talk - before, served, end)
        self._talk_for(before, served, partial(self._put_on_hold, served, resume))

    def _talk_for(self, seconds: float, served: _Served, then: Callable[[], None]) -> None:
        self._engine.after(seconds, partial(self._end_talk, self._engine.now, served, then))

    def _end_talk(self, since: float, served: _Served, then: Callable[[], None]) -> None:
        for totals in served.totals():
            totals.talk_seconds += self._engine.now - since
        then()

    def _put_on_hold(self, served: _Served, resume: Callable[[float], None]) -> None:
        for totals in served.totals():
            totals.held += 1
        served.contact.show("held")
        if served.contact.channel == "email":
            served.record.pend(self._engine.now)
        self._engine.after(served.line.profile.hold.draw(self._hold), partial(resume, self._engine.now))

    def _resume_talk(self, seconds: float, served: _Served, end: Callable[[], None], held_since: float) -> None:
        for totals in served.totals():
            totals.hold_seconds += self._engine.now - held_since
        served.contact.show("connected")
        served.record.resume()
        self._talk_for(seconds, served, end)

    def _end(self, agent: Agent, served: _Served) -> None:
        contact, line = served.contact, served.line
        line.active -= 1
        served.record.disconnect(self._engine.now)
        for totals in served.totals():
            totals.handled += 1
        agent.handled[contact.channel, contact.direction] += 1
        if self._is_transferred(contact, line):
            self._transfer_to(contact, line, self._transfer.choice(line.profile.transfer_to))
        else:
            contact.hang_up()
        self._start_wrap_up(agent, served)

    def _is_transferred(self, contact: Contact, line: Line) -> bool:
        chosen = self._transfer.random() < line.profile.transfer_share
        return chosen and not contact.transferred

    def _start_wrap_up(self, agent: Agent, served: _Served) -> None:
        wrap_up = served.line.profile.wrap_up
        if wrap_up is None:
            self._floor.release(agent)
            return
        served.record.begin_wrap_up(self._engine.now)
        self._floor.enter(agent, "wrap_up")
        self._engine.after(wrap_up.draw(self._wrap_up), partial(self._end_wrap_up, agent, served, self._engine.now))

    def _end_wrap_up(self, agent: Agent, served: _Served, since: float) -> None:
        for totals in served.totals():
            totals.wrap_ups += 1
            totals.wrap_up_seconds += self._engine.now - since
        served.record.end_wrap_up(self._engine.now)
        self._floor.release(agent)
