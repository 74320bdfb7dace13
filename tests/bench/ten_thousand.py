"""The series of an exporter with ten thousand queues: 500 contact centres of four vendors, with 20 queues each.

Every vendor exports what it exports in reality: KPN no abandoned contacts, Bright Pattern a ratio instead of contacts
in time. One queue in twenty is beyond its thresholds.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from exporter.metrics import catalog
from exporter.metrics.catalog import FAMILIES
from exporter.metrics.mapping import Detail, Entity, entities
from exporter.metrics.render import render
from exporter.model import Agent, AgentState, Queue, Severity, Snapshot, Thresholds
from exporter.polling.health import ResourceHealth, TargetHealth
from exporter.vendors.base import load_vendor

VENDORS: Final = ("kpn", "sinch", "brightpattern", "axialys")
TARGETS: Final = 500
QUEUES: Final = 20
_AGENTS: Final = 200
_GROUPS: Final = ("Sales", "Support", "Billing", "Back office", "Retention", "Night shift")
_COUNTERS: Final = frozenset(family.name for family in FAMILIES if family.kind == "counter")
# In a step; more than eight in ten contacts are answered in time, but of a few queues.
_GROWTH: Final = {
    catalog.QUEUE_CONTACTS_OFFERED.name: 20,
    catalog.QUEUE_CONTACTS_ANSWERED.name: 18,
    catalog.QUEUE_CONTACTS_ANSWERED_IN_SERVICE_LEVEL.name: 17,
    catalog.QUEUE_CONTACTS_ABANDONED.name: 1,
    catalog.QUEUE_CONTACTS_ABANDONED_SHORT.name: 0,
}
# Contacts in time of a queue that is late.
_LATE: Final = 9
_LABEL: Final = re.compile(r'(\w+)="([^"]*)"')
_STATES: Final[tuple[AgentState, ...]] = ("available", "busy", "wrap_up", "not_ready")


class Series(NamedTuple):
    """A series whose value grows evenly.

    Attributes:
        name: The name of the metric.
        labels: The labels.
        first: The value at the first step.
        growth: The growth in a step; 0 for all but the running totals of queues.
    """

    name: str
    labels: Mapping[str, str]
    first: float
    growth: float


def series(targets: int = TARGETS) -> Iterator[Series]:
    """Yield the series of a number of contact centres."""
    for number in range(targets):
        for place, line in enumerate(_lines(number)):
            head, _, value = line.rpartition(" ")
            name, _, labels = head.partition("{")
            growth = _GROWTH.get(name, 5) if name in _COUNTERS and "_queue_" in name else 0
            late = name == catalog.QUEUE_CONTACTS_ANSWERED_IN_SERVICE_LEVEL.name and place % 20 == 0
            yield Series(name, dict(_LABEL.findall(labels)), float(value), _LATE if late else growth)


def _lines(number: int) -> Iterator[str]:
    name, vendor = f"centre-{number:03}", VENDORS[number % len(VENDORS)]
    queues = tuple(_queue(vendor, number * QUEUES + place) for place in range(QUEUES))
    agents = tuple(_agent(place) for place in range(_AGENTS))
    snapshot = Snapshot(queues=queues, agents=agents)
    health = TargetHealth(
        name,
        vendor,
        [
            ResourceHealth(resource, 15.0, polls=9, up=True, duration=0.1, last_success=0)
            for resource in ("queues", "agents")
        ],
        load_vendor(vendor).meanings,
    )
    everything: list[Entity] = [*entities(name, snapshot, Detail()), *health.entities()]
    for chunk in render(everything).chunks.values():
        yield from chunk.decode().splitlines()


def _queue(vendor: str, number: int) -> Queue:
    late = number % 20 == 0
    queue = Queue(
        id=str(1000 + number),
        name=f"Queue {number}",
        channel="email" if vendor == "sinch" and number % 5 == 0 else "voice",
        waiting_contacts=30 if late else number % 5,
        oldest_wait_seconds=400 if late else number % 90,
        staffed_agents=12,
        agents=dict.fromkeys(_STATES, 3),
        contacts_offered=500,
        contacts_answered=420,
    )
    return {"kpn": _kpn, "sinch": _sinch, "brightpattern": _brightpattern, "axialys": _axialys}[vendor](queue)


def _replaced(queue: Queue, **values: object) -> Queue:
    return Queue(**{field: getattr(queue, field) for field in queue.__struct_fields__} | values)


def _kpn(queue: Queue) -> Queue:
    return _replaced(
        queue,
        contacts_answered_in_service_level=350,
        contacts_transferred=9,
        contacts_held=20,
        contacts_redirected_on_no_answer=3,
        contacts_overflowed=4,
        ring_seconds=2000,
        answer_wait_seconds=6000,
        talk_seconds=90000,
        abandon_wait_seconds=1000,
    )


def _sinch(queue: Queue) -> Queue:
    severities: tuple[Severity, ...] = ("warning", "critical")
    return _replaced(
        queue,
        agents={**queue.agents, "paused": 1},
        contacts_answered_in_service_level=350,
        contacts_abandoned=40,
        contacts_abandoned_short=9,
        contacts_rejected_closed=1,
        answer_wait_seconds=6000,
        abandon_wait_seconds=1000,
        handle_seconds=120000,
        outbound_contacts_handled=5,
        outbound_handle_seconds=900,
        max_wait_seconds=300,
        service_level_ratio=0.8,
        thresholds=tuple(
            Thresholds(
                severity=severity,
                waiting_contacts=8 + 8 * place,
                oldest_wait_seconds=90 + 90 * place,
                free_agents=2 - place,
                serving_agents=3 - place,
                service_level_ratio=0.8 - 0.2 * place,
            )
            for place, severity in enumerate(severities)
        ),
    )


def _brightpattern(queue: Queue) -> Queue:
    return _replaced(
        queue,
        agents={"busy": 4},
        estimated_wait_seconds=40,
        service_level_ratio=0.82,
        service_level_target_ratio=0.8,
        service_level_target_seconds=20,
        average_wait_seconds=12,
        contacts_abandoned=40,
        contacts_abandoned_short=9,
    )


def _axialys(queue: Queue) -> Queue:
    return _replaced(
        queue,
        agents={**queue.agents, "ringing": 0, "paused": 1},
        active_contacts=4,
        oldest_active_seconds=200,
        answered_ratio=0.9,
        service_level_target_seconds=45,
        contacts_offered_unique=480,
        contacts_answered_in_service_level=350,
        contacts_abandoned=40,
        contacts_abandoned_unique=35,
        contacts_abandoned_short=9,
        contacts_escalated=2,
        average_wait_seconds=12,
        average_talk_seconds=240,
        average_abandon_wait_seconds=30,
        average_wrap_up_seconds=20,
        max_wait_seconds=300,
    )


def _agent(number: int) -> Agent:
    return Agent(id=str(number), group=_GROUPS[number % len(_GROUPS)], state=_STATES[number % len(_STATES)])
