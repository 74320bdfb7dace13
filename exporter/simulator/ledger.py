"""The ledger: the current state of the centre in the exporter's model."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from exporter import model
from exporter.model import AgentState, Channel
from exporter.simulator.agent_floor import AgentFloor
from exporter.simulator.agents import Agent
from exporter.simulator.contact_log import ContactLog, ContactRecord
from exporter.simulator.dispositions import dispositions_of
from exporter.simulator.engine import Engine
from exporter.simulator.lines import Line
from exporter.simulator.queue_totals import QueueTotals, ratio
from exporter.simulator.trunks import Exchange, Trunk

STAFFED_STATES: tuple[AgentState, ...] = (
    "available",
    "ringing",
    "busy",
    "wrap_up",
    "not_ready",
    "paused",
)


class Ledger:
    """The ground truth that every dialect reports and every test compares with.

    Queue counts follow `QueueTotals`. `waiting_contacts`, the oldest wait and the wait ages exclude contacts ringing
    at an agent; if no contact is waiting the oldest wait is 0. `agents` of a queue counts all logged-in agents with
    its skill, regardless of the queue of their current contact, so the counts add up to `staffed_agents`. An agent's
    `state_totals` cover every state, including logged out and the current state up to now, so they add up to the
    time since midnight. Ports in use are those with a call; idle ports can be seized.

    Args:
        engine: The event queue.
        lines: The queues by id.
        floor: The agents.
        exchange: The trunks.
        log: The single contacts.
    """

    def __init__(
        self, engine: Engine, lines: Mapping[str, Line], floor: AgentFloor, exchange: Exchange, log: ContactLog
    ) -> None:
        self._engine = engine
        self._lines = lines
        self._floor = floor
        self._exchange = exchange
        self._log = log
        self._channels = {agent: _channels(agent, lines.values()) for agent in floor.agents}

    def queues(self) -> tuple[model.Queue, ...]:
        """Return every queue, in the profile's order."""
        states = self._states_by_skill()
        return tuple(self._queue(line, states.get(line.profile.skill, Counter())) for line in self._lines.values())

    def agents(self) -> tuple[model.Agent, ...]:
        """Return every agent, including logged-out ones, in the profile's order."""
        return tuple(self._agent(agent) for agent in self._floor.agents)

    def trunks(self) -> tuple[model.Trunk, ...]:
        """Return every trunk, in the profile's order."""
        return tuple(_trunk(trunk) for trunk in self._exchange.trunks.values())

    def contacts(self) -> Iterator[ContactRecord]:
        """Yield every contact that a queue was offered or rejected, or that an agent dialled, in the last 36 hours.

        A contact that hears the greeting is not in a queue yet. A blocked call has no record.
        """
        return (record for record in self._log if record.queue is not None or record.agent is not None)

    def totals(self, queue_id: str) -> QueueTotals:
        """Return all totals of a queue, including those no vendor publishes."""
        return self._lines[queue_id].totals

    def _states_by_skill(self) -> dict[str, Counter[AgentState]]:
        states: dict[str, Counter[AgentState]] = {}
        for agent in self._floor.agents:
            for skill in agent.profile.skills:
                states.setdefault(skill, Counter())[agent.state] += 1
        return states

    def _queue(self, line: Line, states: Counter[AgentState]) -> model.Queue:
        profile, totals = line.profile, line.totals
        waits = [self._engine.now - contact.offered for contact in line.waiting]
        oldest = max(waits, default=0.0)
        return model.Queue(
            id=profile.id,
            name=profile.name,
            channel=profile.channel,
            waiting_contacts=len(waits),
            oldest_wait_seconds=oldest,
            estimated_wait_seconds=_estimated_wait(line, states),
            active_contacts=line.active,
            wait_ages=_wait_ages(waits),
            service_level_ratio=totals.service_level_ratio,
            answered_ratio=totals.answered_ratio,
            service_level_target_ratio=profile.target_ratio,
            service_level_target_seconds=profile.target_seconds,
            staffed_agents=sum(states[state] for state in STAFFED_STATES),
            agents={state: states[state] for state in STAFFED_STATES},
            contacts_offered=totals.offered,
            contacts_offered_unique=totals.offered_unique,
            contacts_answered=totals.answered,
            contacts_answered_in_service_level=totals.answered_in_service_level,
            contacts_abandoned=totals.abandoned,
            contacts_abandoned_unique=totals.abandoned,
            contacts_abandoned_short=totals.abandoned_short,
            contacts_transferred=totals.transferred,
            contacts_held=totals.held,
            contacts_redirected_on_no_answer=totals.redirected_on_no_answer,
            contacts_overflowed=totals.overflowed,
            contacts_escalated=totals.escalated,
            contacts_rejected_closed=totals.rejected_closed,
            ring_seconds=totals.ring_seconds,
            answer_wait_seconds=totals.answer_wait_seconds,
            talk_seconds=totals.talk_seconds,
            abandon_wait_seconds=totals.abandon_wait_seconds,
            handle_seconds=totals.handle_seconds,
            outbound_contacts_handled=0,  # agents place outbound calls for no queue
            outbound_handle_seconds=0,
            average_wait_seconds=ratio(totals.answer_wait_seconds, totals.answered),
            average_talk_seconds=ratio(totals.talk_seconds, totals.handled),
            average_abandon_wait_seconds=ratio(totals.abandon_wait_seconds, totals.abandoned),
            average_wrap_up_seconds=ratio(totals.wrap_up_seconds, totals.wrap_ups),
            max_wait_seconds=max(totals.longest_wait_seconds, oldest),
            thresholds=profile.thresholds,
        )

    def _agent(self, agent: Agent) -> model.Agent:
        profile, now = agent.profile, self._engine.now
        channels = self._channels[agent]
        active = agent.contact.channel if agent.contact and agent.state == "busy" else None
        totals = dict.fromkeys(model.AGENT_STATES[:-1], 0.0) | agent.totals
        totals[agent.state] += now - agent.settled
        return model.Agent(
            id=profile.id,
            name=profile.name,
            group=profile.group,
            state=agent.state,
            reason=agent.reason,
            time_in_state_seconds=now - agent.since,
            handled=_handled(agent, channels),
            state_totals=totals,
            active_contacts={channel: int(channel == active) for channel in channels},
            # An agent of the simulation handles one contact at a time.
            capacity_contacts=dict.fromkeys(channels, 1),
            dispositions=dispositions_of(agent.handled["voice", "in"] + agent.handled["voice", "out"]),
        )


def _channels(agent: Agent, lines: Iterable[Line]) -> tuple[Channel, ...]:
    served = (line.profile.channel for line in lines if line.profile.skill in agent.profile.skills)
    return tuple(dict.fromkeys(served))


def _handled(agent: Agent, channels: Iterable[Channel]) -> tuple[model.Handled, ...]:
    inward = [
        model.Handled(channel=channel, direction="in", contacts=agent.handled[channel, "in"]) for channel in channels
    ]
    outward = model.Handled(channel="voice", direction="out", contacts=agent.handled["voice", "out"])
    return (*inward, outward)


def _wait_ages(waits: list[float]) -> model.WaitAges:
    return model.WaitAges(
        within_60_seconds=sum(wait <= 60 for wait in waits),  # noqa: PLR2004 - as named
        within_180_seconds=sum(wait <= 180 for wait in waits),  # noqa: PLR2004 - as named
        total=len(waits),
    )


def _estimated_wait(line: Line, states: Counter[AgentState]) -> float | None:
    """Return the expected wait of a contact arriving now, in whole seconds; None if no agent works on the queue.

    The contact waits until the working agents have finished one contact for each contact ahead of it and one more;
    they finish one per mean handle time divided by their number.
    """
    working = states["available"] + states["ringing"] + states["busy"] + states["wrap_up"]
    if not working:
        return None
    if states["available"]:
        return 0.0
    mean = ratio(line.totals.handle_seconds, line.totals.handled)
    return None if mean is None else float(round((len(line.waiting) + 1) * mean / working))


def _trunk(trunk: Trunk) -> model.Trunk:
    ports = tuple(model.TrunkPort(id=port.id, state=port.state) for port in trunk.ports)
    in_use = sum(port.call is not None for port in trunk.ports)
    return model.Trunk(
        id=trunk.profile.id,
        name=trunk.profile.name,
        capacity_ports=len(ports),
        in_use_ports=in_use,
        idle_ports=sum(port.state == "idle" for port in trunk.ports),
        usage_ratio=ratio(in_use, len(ports)),
        ports=ports,
    )
