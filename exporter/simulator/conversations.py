"""Conversations from the answer to the end of the wrap-up: talk, hold, transfer, hang-up."""

from collections.abc import Callable
from functools import partial

from exporter.simulator.agent_floor import AgentFloor
from exporter.simulator.agents import Agent
from exporter.simulator.engine import Engine
from exporter.simulator.lines import Contact, Line
from exporter.simulator.randomness import Streams


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
        talk = line.profile.talk.draw(self._talk)
        end = partial(self._end, agent, contact, line)
        if self._hold.random() >= line.profile.hold_share:
            self._talk_for(talk, line, end)
            return
        before = talk * self._hold.random()
        resume = partial(self._resume_talk, talk - before, contact, line, end)
        self._talk_for(before, line, partial(self._put_on_hold, contact, line, resume))

    def _talk_for(self, seconds: float, line: Line, then: Callable[[], None]) -> None:
        self._engine.after(seconds, partial(self._end_talk, self._engine.now, line, then))

    def _end_talk(self, since: float, line: Line, then: Callable[[], None]) -> None:
        line.totals.talk_seconds += self._engine.now - since
        then()

    def _put_on_hold(self, contact: Contact, line: Line, resume: Callable[[float], None]) -> None:
        line.totals.held += 1
        contact.show("held")
        self._engine.after(line.profile.hold.draw(self._hold), partial(resume, self._engine.now))

    def _resume_talk(
        self, seconds: float, contact: Contact, line: Line, end: Callable[[], None], held_since: float
    ) -> None:
        line.totals.hold_seconds += self._engine.now - held_since
        contact.show("connected")
        self._talk_for(seconds, line, end)

    def _end(self, agent: Agent, contact: Contact, line: Line) -> None:
        line.active -= 1
        line.totals.handled += 1
        agent.handled[contact.channel, contact.direction] += 1
        if self._is_transferred(contact, line):
            self._transfer_to(contact, line, self._transfer.choice(line.profile.transfer_to))
        else:
            contact.hang_up()
        self._start_wrap_up(agent, line)

    def _is_transferred(self, contact: Contact, line: Line) -> bool:
        chosen = self._transfer.random() < line.profile.transfer_share
        return chosen and not contact.transferred

    def _start_wrap_up(self, agent: Agent, line: Line) -> None:
        if line.profile.wrap_up is None:
            self._floor.release(agent)
            return
        self._floor.enter(agent, "wrap_up")
        seconds = line.profile.wrap_up.draw(self._wrap_up)
        self._engine.after(seconds, partial(self._end_wrap_up, agent, line, self._engine.now))

    def _end_wrap_up(self, agent: Agent, line: Line, since: float) -> None:
        line.totals.wrap_ups += 1
        line.totals.wrap_up_seconds += self._engine.now - since
        self._floor.release(agent)
