"""Route contacts from arrival until they are answered, abandon or overflow."""

from dataclasses import dataclass
from functools import partial

from exporter.simulator.agent_floor import AgentFloor
from exporter.simulator.agents import Absence, Agent
from exporter.simulator.contact_log import ContactLog
from exporter.simulator.conversations import Conversations
from exporter.simulator.engine import Engine, Event
from exporter.simulator.lines import Contact, Line
from exporter.simulator.outbound import Dialler
from exporter.simulator.profile import Profile, Ringing
from exporter.simulator.randomness import Streams
from exporter.simulator.trunks import Exchange


@dataclass(frozen=True, slots=True)
class _Ring:
    """A contact ringing at an agent, its start and the event that answers or redirects it."""

    agent: Agent
    since: float
    end: Event


class Router:
    """Connects the longest waiting contact with the longest idle agent who has the skill.

    Args:
        engine: The event queue.
        profile: The profile of the centre.
        streams: The random streams.
        floor: The agents.
        exchange: The trunks.
        log: Receives a record of every contact.
    """

    def __init__(  # noqa: PLR0913 - the parts of a centre that it connects
        self,
        engine: Engine,
        profile: Profile,
        streams: Streams,
        floor: AgentFloor,
        exchange: Exchange,
        *,
        log: ContactLog,
    ) -> None:
        self._engine = engine
        self._profile = profile
        self._floor = floor
        self._exchange = exchange
        self._log = log
        self.lines = {queue.id: Line(queue) for queue in profile.queues}
        self._conversations = Conversations(engine, streams, floor, self._transfer)
        outbound = profile.outbound
        self._dialler = Dialler(engine, outbound, streams, floor, exchange, log=log) if outbound else None
        self._greeting = streams.of("greeting")
        self._patience = streams.of("patience")
        self._answer = streams.of("answer")
        self._rings: dict[Contact, _Ring] = {}
        floor.when_available(self._serve)

    def arrive(self, line: Line) -> None:
        """Accept a contact: reject it if the queue is closed, block it if no port is idle, else greet and offer it."""
        profile = line.profile
        if not line.is_open(self._engine.now):
            for totals in line.totals_for(self._engine.now):
                totals.rejected_closed += 1
            self._log.reject(profile)
            return
        port = self._exchange.seize(profile.trunks)
        if port is None and profile.trunks:
            line.totals.blocked += 1
            return
        contact = Contact(self._log.open(profile.channel, "in"), port)
        if self._profile.greeting is None:
            self._offer(contact, line)
        else:
            greeting = self._profile.greeting.draw(self._greeting)
            self._engine.after(greeting, partial(self._offer, contact, line))

    def _transfer(self, contact: Contact, source: Line, queue_id: str) -> None:
        target = self.lines[queue_id]
        source.totals.transferred += 1
        source.totals.escalated += target.profile.second_line
        contact.transferred, contact.overflowed, contact.patient_until = True, False, None
        contact.record = self._log.open(contact.channel, contact.direction, group=contact.record.group_id)
        self._offer(contact, target)

    def _offer(self, contact: Contact, line: Line) -> None:
        now, profile = self._engine.now, line.profile
        if contact.line is None:
            contact.short_until = now + profile.short_seconds
            contact.origin = line
        contact.line, contact.offered = line, now
        contact.record.offer(profile, now)
        for totals in line.totals_for(now):
            totals.offered += 1
            totals.offered_unique += not contact.overflowed
        if contact.patient_until is None and profile.patience is not None:
            contact.patient_until = now + profile.patience.draw(self._patience)
        if contact.patient_until is not None:
            contact.leaving = self._engine.at(contact.patient_until, partial(self._leave, contact, line))
        overflow = profile.overflow
        if overflow and not contact.overflowed and len(line.waiting) >= overflow.length:
            self._overflow(contact, line, overflow.to)
        else:
            self._place(contact, line)

    def _place(self, contact: Contact, line: Line) -> None:
        agent = self._floor.longest_idle(line.profile.skill)
        if agent is not None:
            self._ring(agent, contact, line)
        else:
            line.waiting.append(contact)
            self._wait(contact, line)

    def _wait(self, contact: Contact, line: Line) -> None:
        contact.show("queued")
        overflow = line.profile.overflow
        if overflow and not contact.overflowed:
            limit = contact.offered + overflow.after_seconds
            action = partial(self._give_up, contact, line, overflow.to)
            contact.overflowing = self._engine.at(limit, action)

    def _serve(self, agent: Agent) -> None:
        line = self._next_for(agent)
        if line is not None:
            self._ring(agent, line.waiting.popleft(), line)
        elif self._dialler is not None:
            self._dialler.consider(agent)

    def _next_for(self, agent: Agent) -> Line | None:
        skills = agent.profile.skills
        lines = (line for line in self.lines.values() if line.waiting and line.profile.skill in skills)
        return min(lines, key=lambda line: (line.profile.rank, line.waiting[0].offered), default=None)

    def _ring(self, agent: Agent, contact: Contact, line: Line) -> None:
        contact.stay()
        ringing = self._profile.ringing
        if ringing is None:
            self._answered(agent, contact, line)
            return
        line.ringing += 1
        agent.contact = contact
        self._floor.enter(agent, "ringing")
        contact.show("ringing")
        end = self._plan_end(ringing, contact, line)
        self._rings[contact] = _Ring(agent, self._engine.now, end)

    def _plan_end(self, ringing: Ringing, contact: Contact, line: Line) -> Event:
        if self._answer.random() < ringing.no_answer_share:
            redirect = partial(self._redirect, contact, line, ringing)
            return self._engine.after(ringing.no_answer_seconds, redirect)
        return self._engine.after(ringing.answer.draw(self._answer), partial(self._pick_up, contact, line))

    def _stop_ringing(self, contact: Contact, line: Line) -> Agent:
        ring = self._rings.pop(contact)
        ring.end.cancel()
        line.ringing -= 1
        line.totals.ring_seconds += self._engine.now - ring.since
        return ring.agent

    def _pick_up(self, contact: Contact, line: Line) -> None:
        self._answered(self._stop_ringing(contact, line), contact, line)

    def _answered(self, agent: Agent, contact: Contact, line: Line) -> None:
        contact.settle()
        for totals in line.totals_for(contact.offered):
            totals.count_answer(self._engine.now - contact.offered, line.profile.target_seconds)
        self._conversations.begin(agent, contact, line)

    def _redirect(self, contact: Contact, line: Line, ringing: Ringing) -> None:
        agent = self._stop_ringing(contact, line)
        line.totals.redirected_on_no_answer += 1
        agent.due = Absence("not_ready", ringing.reason, ringing.absence.draw(self._answer))
        other = self._floor.longest_idle(line.profile.skill)
        if other is not None:
            self._ring(other, contact, line)
        else:
            line.waiting.appendleft(contact)
            self._wait(contact, line)
        self._floor.release(agent)

    def _leave(self, contact: Contact, line: Line) -> None:
        now = self._engine.now
        contact.settle()
        short = now <= contact.short_until
        for totals in line.totals_for(contact.offered):
            totals.count_abandonment(now - contact.offered, short=short)
        contact.record.leave("abandoned_short" if short else "abandoned", now)
        contact.hang_up()
        if contact in self._rings:
            self._floor.release(self._stop_ringing(contact, line))
        else:
            line.waiting.remove(contact)

    def _give_up(self, contact: Contact, line: Line, queue_id: str) -> None:
        line.waiting.remove(contact)
        self._overflow(contact, line, queue_id)

    def _overflow(self, contact: Contact, line: Line, queue_id: str) -> None:
        for totals in line.totals_for(contact.offered):
            totals.count_overflow(self._engine.now - contact.offered)
        contact.overflowed = True
        contact.settle()
        self._offer(contact, self.lines[queue_id])
