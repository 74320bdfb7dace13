"""Maps the model to families of the catalogue and their labels.

An entity carries its own labels once, and each sample only the labels it adds, so that rendering a series is cheap.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from typing import NamedTuple

import msgspec

from exporter.metrics import catalog
from exporter.metrics.agent_identity import IDENTITIES, AgentDetail
from exporter.metrics.catalog import Family
from exporter.metrics.columns import Column, HistogramSample, Labels, Sample, column, open_column
from exporter.metrics.contact_mapping import CONTACT_FAMILIES, contact_histograms, contact_samples
from exporter.metrics.queue_mapping import slot_samples, wait_histograms
from exporter.model import (
    AGENT_STATES,
    CHANNELS,
    DIRECTIONS,
    PORT_STATES,
    VENDOR_STATUSES,
    Agent,
    Number,
    Queue,
    Snapshot,
    Thresholds,
    Trunk,
)

__all__ = [
    "COMPOSITE_FAMILIES",
    "NUMBER_FAMILIES",
    "QUEUE_FAMILIES",
    "THRESHOLD_FAMILIES",
    "TRUNK_FAMILIES",
    "Column",
    "Detail",
    "Entity",
    "Labels",
    "Sample",
    "StateSet",
    "entities",
    "feeds",
]

QUEUE_FAMILIES: dict[str, Family] = {
    "waiting_contacts": catalog.QUEUE_WAITING_CONTACTS,
    "waiting_callbacks": catalog.QUEUE_WAITING_CALLBACKS,
    "oldest_wait_seconds": catalog.QUEUE_OLDEST_WAIT,
    "estimated_wait_seconds": catalog.QUEUE_ESTIMATED_WAIT,
    "active_contacts": catalog.QUEUE_ACTIVE_CONTACTS,
    "oldest_active_seconds": catalog.QUEUE_OLDEST_ACTIVE,
    "service_level_ratio": catalog.QUEUE_SERVICE_LEVEL,
    "answered_ratio": catalog.QUEUE_ANSWERED_RATIO,
    "service_level_target_ratio": catalog.QUEUE_SERVICE_LEVEL_TARGET_RATIO,
    "service_level_target_seconds": catalog.QUEUE_SERVICE_LEVEL_TARGET_SECONDS,
    "staffed_agents": catalog.QUEUE_STAFFED_AGENTS,
    "contacts_offered": catalog.QUEUE_CONTACTS_OFFERED,
    "contacts_offered_unique": catalog.QUEUE_CONTACTS_OFFERED_UNIQUE,
    "contacts_answered": catalog.QUEUE_CONTACTS_ANSWERED,
    "contacts_answered_in_service_level": catalog.QUEUE_CONTACTS_ANSWERED_IN_SERVICE_LEVEL,
    "contacts_abandoned": catalog.QUEUE_CONTACTS_ABANDONED,
    "contacts_abandoned_unique": catalog.QUEUE_CONTACTS_ABANDONED_UNIQUE,
    "contacts_abandoned_short": catalog.QUEUE_CONTACTS_ABANDONED_SHORT,
    "contacts_transferred": catalog.QUEUE_CONTACTS_TRANSFERRED,
    "contacts_held": catalog.QUEUE_CONTACTS_HELD,
    "contacts_redirected_on_no_answer": catalog.QUEUE_CONTACTS_REDIRECTED_ON_NO_ANSWER,
    "contacts_overflowed": catalog.QUEUE_CONTACTS_OVERFLOWED,
    "contacts_escalated": catalog.QUEUE_CONTACTS_ESCALATED,
    "contacts_rejected_closed": catalog.QUEUE_CONTACTS_REJECTED_CLOSED,
    "ring_seconds": catalog.QUEUE_RING,
    "answer_wait_seconds": catalog.QUEUE_ANSWER_WAIT,
    "talk_seconds": catalog.QUEUE_TALK,
    "abandon_wait_seconds": catalog.QUEUE_ABANDON_WAIT,
    "handle_seconds": catalog.QUEUE_HANDLE,
    "outbound_contacts_handled": catalog.QUEUE_OUTBOUND_CONTACTS_HANDLED,
    "outbound_handle_seconds": catalog.QUEUE_OUTBOUND_HANDLE,
    "average_wait_seconds": catalog.QUEUE_AVERAGE_WAIT,
    "average_talk_seconds": catalog.QUEUE_AVERAGE_TALK,
    "average_abandon_wait_seconds": catalog.QUEUE_AVERAGE_ABANDON_WAIT,
    "average_wrap_up_seconds": catalog.QUEUE_AVERAGE_WRAP_UP,
    "max_wait_seconds": catalog.QUEUE_MAX_WAIT,
}
THRESHOLD_FAMILIES: dict[str, Family] = {
    "waiting_contacts": catalog.QUEUE_WAITING_CONTACTS_THRESHOLD,
    "oldest_wait_seconds": catalog.QUEUE_OLDEST_WAIT_THRESHOLD,
    "free_agents": catalog.QUEUE_FREE_AGENTS_THRESHOLD,
    "serving_agents": catalog.QUEUE_SERVING_AGENTS_THRESHOLD,
    "service_level_ratio": catalog.QUEUE_SERVICE_LEVEL_THRESHOLD,
}
NUMBER_FAMILIES: dict[str, Family] = {
    "in_progress_contacts": catalog.NUMBER_IN_PROGRESS_CONTACTS,
    "active_contacts": catalog.NUMBER_ACTIVE_CONTACTS,
    "oldest_in_progress_seconds": catalog.NUMBER_OLDEST_IN_PROGRESS,
    "oldest_active_seconds": catalog.NUMBER_OLDEST_ACTIVE,
    "contacts_offered": catalog.NUMBER_CONTACTS_OFFERED,
    "contacts_answered": catalog.NUMBER_CONTACTS_ANSWERED,
    "contact_seconds": catalog.NUMBER_CONTACT_SECONDS,
}
TRUNK_FAMILIES: dict[str, Family] = {
    "capacity_ports": catalog.TRUNK_CAPACITY_PORTS,
    "in_use_ports": catalog.TRUNK_IN_USE_PORTS,
    "idle_ports": catalog.TRUNK_IDLE_PORTS,
    "usage_ratio": catalog.TRUNK_USAGE,
    "registered": catalog.TRUNK_REGISTERED,
}
_PLAIN_FAMILIES: dict[type, dict[str, Family]] = {
    Queue: QUEUE_FAMILIES,
    Number: NUMBER_FAMILIES,
    Trunk: TRUNK_FAMILIES,
    Thresholds: THRESHOLD_FAMILIES,
}
# Families fed by composite fields of the model, for the generated reference.
COMPOSITE_FAMILIES: dict[tuple[type, str], tuple[Family, ...]] = {
    (Queue, "wait_ages"): (catalog.QUEUE_WAIT_AGE,),
    (Queue, "agents"): (catalog.QUEUE_AGENTS,),
    (Queue, "active_slots"): (catalog.QUEUE_ACTIVE_SLOTS,),
    (Queue, "available_slots"): (catalog.QUEUE_AVAILABLE_SLOTS,),
    (Queue, "waits"): (catalog.QUEUE_WAIT,),
    (Queue, "thresholds"): tuple(THRESHOLD_FAMILIES.values()),
    (Queue, "contacts"): tuple(CONTACT_FAMILIES.values()),
    (Trunk, "ports"): (catalog.TRUNK_PORTS, catalog.TRUNK_PORT_STATE),
    (Agent, "group"): (catalog.AGENTS,),
    (Agent, "state"): (catalog.AGENTS, catalog.AGENT_STATE),
    (Agent, "reason"): (catalog.AGENTS,),
    (Agent, "skill"): (catalog.AGENTS_BY_SKILL,),
    (Agent, "direction"): (catalog.AGENTS_BY_SKILL,),
    (Agent, "time_in_state_seconds"): (catalog.AGENT_TIME_IN_STATE,),
    (Agent, "handled"): (catalog.AGENT_CONTACTS_HANDLED,),
    (Agent, "state_totals"): (catalog.AGENT_STATE_SECONDS,),
    (Agent, "active_contacts"): (catalog.AGENT_ACTIVE_CONTACTS,),
    (Agent, "capacity_contacts"): (catalog.AGENT_CAPACITY_CONTACTS,),
    (Agent, "dispositions"): (catalog.DISPOSITIONS,),
}

_MODELS = frozenset({*_PLAIN_FAMILIES, *(model for model, _ in COMPOSITE_FAMILIES)})


@dataclass(frozen=True, slots=True, eq=False)
class StateSet:
    """The samples of one family for one state among all states: 1 for that state, 0 for the others.

    State sets are few and compared by identity, as columns are.

    Attributes:
        family: The family.
        samples: Of each sample the labels that follow the entity's own, and the value.
    """

    family: Family
    samples: tuple[tuple[Labels, float], ...]


def _one_hot(family: Family, states: tuple[str, ...]) -> dict[str, StateSet]:
    return {
        now: StateSet(family, tuple(((("state", state),), int(state == now)) for state in states)) for now in states
    }


_AGENT_STATES = _one_hot(catalog.AGENT_STATE, AGENT_STATES)
_PORT_STATES = _one_hot(catalog.TRUNK_PORT_STATE, PORT_STATES)
_VENDOR_STATUSES = _one_hot(catalog.VENDOR_STATUS, VENDOR_STATUSES)
_AGENTS = Column(catalog.AGENTS)
_AGENTS_BY_SKILL = Column(catalog.AGENTS_BY_SKILL)
_DATA_AGE = Column(catalog.VENDOR_DATA_AGE)
_AGENT_TIME_IN_STATE = Column(catalog.AGENT_TIME_IN_STATE)
_HANDLED = {
    (channel, direction): Column(catalog.AGENT_CONTACTS_HANDLED, (("channel", channel), ("direction", direction)))
    for channel in CHANNELS
    for direction in DIRECTIONS
}
_STATE_SECONDS = {state: Column(catalog.AGENT_STATE_SECONDS, (("state", state),)) for state in AGENT_STATES}
_ACTIVE = {channel: Column(catalog.AGENT_ACTIVE_CONTACTS, (("channel", channel),)) for channel in CHANNELS}
_CAPACITY = {channel: Column(catalog.AGENT_CAPACITY_CONTACTS, (("channel", channel),)) for channel in CHANNELS}
_PORT_ID = attrgetter("id")
_ACTIVITY = attrgetter("group", "state", "reason")
_WAIT_AGE_COLUMNS = tuple(Column(catalog.QUEUE_WAIT_AGE, (("le", le),)) for le in ("60", "180", "+Inf"))


class Entity(NamedTuple):
    """One queue, trunk, port, agent, group or resource with its samples.

    Attributes:
        labels: The labels that identify it, the target and the id first.
        samples: Its columns and their values in the family's unit.
        state_set: Its state set, None if it has none.
        began: When the reporting period of its running totals began; None if that is unknown.
        histograms: Its histograms.
    """

    labels: Labels
    samples: Sequence[Sample]
    state_set: StateSet | None = None
    began: float | None = None
    histograms: Sequence[HistogramSample] = ()


class Detail(NamedTuple):
    """How much detail a target exports.

    Attributes:
        agents: Whether single agents are exported, and under which identity.
        ports: Whether the state of each trunk port is exported.
        off: Families that are not exported.
        pseudonym_key: The secret key of pseudonyms; used only for them.
    """

    agents: AgentDetail = "aggregate"
    ports: bool = False
    off: frozenset[Family] = frozenset()
    pseudonym_key: bytes = b""


def feeds(model: type, path: str) -> tuple[Family, ...]:
    """Return the families that a field of the model feeds; none for a field that only becomes a label.

    Args:
        model: The type, or a vendor's own type derived from it.
        path: The field, or an entry of it such as `agents.busy` or `thresholds.warning.free_agents`.
    """
    model = next((each for each in model.__mro__ if each in _MODELS), model)
    field, _, entry = path.partition(".")
    entries = {"thresholds": THRESHOLD_FAMILIES, "contacts": CONTACT_FAMILIES}.get(field, {})
    plain = entries.get(entry.rpartition(".")[2]) or _PLAIN_FAMILIES.get(model, {}).get(field)
    return (plain,) if plain else COMPOSITE_FAMILIES.get((model, field), ())


def entities(target: str, snapshot: Snapshot, detail: Detail) -> Iterator[Entity]:
    """Map a snapshot to entities, in the vendor's order."""
    own = ("target", target)
    for queue in snapshot.queues:
        yield from _queue(own, queue, detail.off)
    for number in snapshot.numbers:
        yield Entity((own, ("number", number.id)), list(_plain(Number, detail.off)(number)))
    for trunk in snapshot.trunks:
        yield from _trunk(own, trunk, detail)
    yield from _vendor(own, snapshot)
    if snapshot.agents is None:
        return
    if snapshot.agents_complete and catalog.AGENTS not in detail.off:
        yield from _groups(own, snapshot.agents)
    if snapshot.agents_complete and catalog.AGENTS_BY_SKILL not in detail.off:
        yield from _skills(own, snapshot.agents)
    if snapshot.agents_complete and catalog.DISPOSITIONS not in detail.off:
        yield from _dispositions(own, snapshot.agents)
    if detail.agents != "aggregate":
        yield from _agents(own, snapshot.agents, detail)


def _vendor(own: tuple[str, str], snapshot: Snapshot) -> Iterator[Entity]:
    """Map what a snapshot contains about the vendor itself."""
    if snapshot.data_age_seconds is not None:
        yield Entity((own,), ((_DATA_AGE, snapshot.data_age_seconds),))
    if snapshot.vendor_status is not None:
        yield Entity((own,), (), _VENDOR_STATUSES[snapshot.vendor_status])


@cache
def _plain(model: type, off: frozenset[Family]) -> Callable[..., Iterator[Sample]]:
    """Return a function that reads all plain fields of an item that have a value and are not off."""
    families = {field: family for field, family in _PLAIN_FAMILIES[model].items() if family not in off}

    def samples(item: object, *labels: tuple[str, str]) -> Iterator[Sample]:
        return (
            (column(family, *labels), value)
            for field, family in families.items()
            if (value := getattr(item, field)) is not None
        )

    return samples


def _queue(own: tuple[str, str], queue: Queue, off: frozenset[Family]) -> Iterator[Entity]:
    labels = (own, ("queue_id", queue.id), ("queue", queue.name), ("channel", queue.channel))
    if queue.waiting_contacts == 0 and queue.oldest_wait_seconds:
        # Some vendors keep the wait of a contact that has left; nothing waits here.
        queue = msgspec.structs.replace(queue, oldest_wait_seconds=0)
    if queue.active_contacts == 0 and queue.oldest_active_seconds:
        queue = msgspec.structs.replace(queue, oldest_active_seconds=0)
    samples = list(_plain(Queue, off)(queue))
    if catalog.QUEUE_AGENTS not in off:
        samples += ((column(catalog.QUEUE_AGENTS, ("state", state)), count) for state, count in queue.agents.items())
    if queue.wait_ages is not None and catalog.QUEUE_WAIT_AGE not in off:
        ages = queue.wait_ages
        counts = (ages.within_60_seconds, ages.within_180_seconds, ages.total)
        samples += zip(_WAIT_AGE_COLUMNS, counts, strict=True)
    for thresholds in queue.thresholds:
        samples += _plain(Thresholds, off)(thresholds, ("severity", thresholds.severity))
    histograms = wait_histograms(queue, off) if queue.waits else ()
    if queue.contacts is not None:
        samples += contact_samples(queue.contacts, off)
        histograms = (*histograms, *contact_histograms(queue.contacts, off))
    yield Entity(labels, samples, histograms=histograms)
    if queue.active_slots or queue.available_slots:
        for channel, slots in slot_samples(queue, off):
            yield Entity((*labels[:-1], ("channel", channel)), slots)


def _trunk(own: tuple[str, str], trunk: Trunk, detail: Detail) -> Iterator[Entity]:
    labels = (own, ("trunk_id", trunk.id), ("trunk", trunk.name))
    samples = list(_plain(Trunk, detail.off)(trunk))
    if trunk.ports is not None and catalog.TRUNK_PORTS not in detail.off:
        states = Counter(port.state for port in trunk.ports)
        samples += ((column(catalog.TRUNK_PORTS, ("state", state)), states[state]) for state in PORT_STATES)
    yield Entity(labels, samples)
    if detail.ports and catalog.TRUNK_PORT_STATE not in detail.off:
        for port in filter(_PORT_ID, trunk.ports or ()):
            yield Entity((*labels, ("port", port.id)), (), _PORT_STATES[port.state])


def _groups(own: tuple[str, str], agents: tuple[Agent, ...]) -> Iterator[Entity]:
    """Count agents by group, state and reason.

    Every group has every state, with 0 if it has no agents in it: an alert on no available agents needs a series.
    """
    counts = Counter(map(_ACTIVITY, agents))
    groups = dict.fromkeys(group for group, _, _ in counts)
    shown = dict.fromkeys((group, state, "") for group in groups for state in AGENT_STATES) | dict.fromkeys(counts)
    for group, state, reason in shown:
        labels = (own, ("group", group), ("state", state), ("reason", reason))
        yield Entity(labels, ((_AGENTS, counts[group, state, reason]),))


def _skills(own: tuple[str, str], agents: tuple[Agent, ...]) -> Iterator[Entity]:
    """Count agents by skill, state and direction; every skill has every state, as groups have."""
    counts: Counter[tuple[str, str, str]] = Counter(
        (agent.skill, agent.state, agent.direction) for agent in agents if agent.skill is not None
    )
    skills = dict.fromkeys(skill for skill, _, _ in counts)
    shown = dict.fromkeys((skill, state, "") for skill in skills for state in AGENT_STATES) | dict.fromkeys(counts)
    for skill, state, direction in shown:
        labels = (own, ("skill", skill), ("state", state), ("direction", direction))
        yield Entity(labels, ((_AGENTS_BY_SKILL, counts[skill, state, direction]),))


def _dispositions(own: tuple[str, str], agents: tuple[Agent, ...]) -> Iterator[Entity]:
    """Add up the dispositions of each group; one that an agent of the group lacks is absent, because it is unknown."""
    if not any(agent.dispositions for agent in agents):
        return
    groups: defaultdict[str, list[Mapping[str, float]]] = defaultdict(list)
    for agent in agents:
        groups[agent.group].append(agent.dispositions)
    for group, counts in groups.items():
        known = [name for name in counts[0] if all(name in each for each in counts)]
        if known:
            samples = [
                (open_column(catalog.DISPOSITIONS, ("disposition", name)), sum(each[name] for each in counts))
                for name in known
            ]
            yield Entity((own, ("group", group)), samples)


def _agents(own: tuple[str, str], agents: tuple[Agent, ...], detail: Detail) -> Iterator[Entity]:
    identify, key = IDENTITIES[detail.agents], detail.pseudonym_key
    values_of = _agent_values(detail.off)
    states = _AGENT_STATES if catalog.AGENT_STATE not in detail.off else {}
    for agent in agents:
        number, name = identify(agent, key)
        yield Entity((own, ("agent_id", number), ("agent", name)), values_of(agent), states.get(agent.state))


@cache
def _agent_values(off: frozenset[Family]) -> Callable[[Agent], Sequence[Sample]]:
    """Return a function that reads an agent's values that exist and are not off."""
    seconds, handled, times, active, capacity = (
        family not in off
        for family in (
            catalog.AGENT_TIME_IN_STATE,
            catalog.AGENT_CONTACTS_HANDLED,
            catalog.AGENT_STATE_SECONDS,
            catalog.AGENT_ACTIVE_CONTACTS,
            catalog.AGENT_CAPACITY_CONTACTS,
        )
    )

    def values_of(agent: Agent) -> Sequence[Sample]:
        samples: list[Sample] = []
        if seconds and agent.time_in_state_seconds is not None:
            samples.append((_AGENT_TIME_IN_STATE, agent.time_in_state_seconds))
        if handled and agent.handled:
            samples += [(_HANDLED[row.channel, row.direction], row.contacts) for row in agent.handled]
        if times and agent.state_totals:
            samples += [(_STATE_SECONDS[state], time) for state, time in agent.state_totals.items()]
        if active and agent.active_contacts:
            samples += [(_ACTIVE[channel], count) for channel, count in agent.active_contacts.items()]
        if capacity and agent.capacity_contacts:
            samples += [(_CAPACITY[channel], count) for channel, count in agent.capacity_contacts.items()]
        return samples

    return values_of
