"""The series of a KPN target equal the ledger of the simulated contact centre, in every family."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping

import pytest

from exporter.cli.demo import demo_targets
from exporter.model import PORT_STATES, Agent, Queue, Trunk
from exporter.simulator.dialects.kpn import Kpn
from exporter.simulator.ledger import Ledger
from exporter.simulator.scenarios import ScenarioName
from tests.support.ledger import HOUR, Expected, Item, Series, polled, shown, standing

EXPECTED = Expected("amsterdam")

# Written out by hand, family by family, so that a field mapped to the wrong family cannot agree with itself.
QUEUE_TRUTH: Mapping[str, Callable[[Queue], float | None]] = {
    "queue_waiting_contacts": lambda queue: queue.waiting_contacts,
    "queue_oldest_wait_seconds": lambda queue: queue.oldest_wait_seconds,
    "queue_service_level_ratio": lambda queue: queue.service_level_ratio,
    "queue_staffed_agents": lambda queue: queue.staffed_agents,
    "queue_contacts_offered_total": lambda queue: queue.contacts_offered,
    "queue_contacts_answered_total": lambda queue: queue.contacts_answered,
    "queue_contacts_answered_in_service_level_total": lambda queue: queue.contacts_answered_in_service_level,
    "queue_contacts_transferred_total": lambda queue: queue.contacts_transferred,
    "queue_contacts_held_total": lambda queue: queue.contacts_held,
    "queue_contacts_redirected_on_no_answer_total": lambda queue: queue.contacts_redirected_on_no_answer,
    "queue_contacts_overflowed_total": lambda queue: queue.contacts_overflowed,
    "queue_ring_seconds_total": lambda queue: queue.ring_seconds,
    "queue_answer_wait_seconds_total": lambda queue: queue.answer_wait_seconds,
    "queue_talk_seconds_total": lambda queue: queue.talk_seconds,
    "queue_abandon_wait_seconds_total": lambda queue: queue.abandon_wait_seconds,
}
TRUNK_TRUTH: Mapping[str, Callable[[Trunk], float | None]] = {
    "trunk_capacity_ports": lambda trunk: trunk.capacity_ports,
    "trunk_in_use_ports": lambda trunk: trunk.in_use_ports,
    "trunk_idle_ports": lambda trunk: trunk.idle_ports,
    "trunk_usage_ratio": lambda trunk: trunk.usage_ratio,
}
# KPN reports a break as not ready, with the break as the reason.
REPORTED_AS = {"paused": "not_ready"}


def truth(ledger: Ledger) -> Series:
    """Return every series that the API provides, from the ledger."""
    phone = [queue for queue in ledger.queues() if queue.channel == "voice"]
    return dict([*_queues(phone), *_trunks(ledger.trunks()), *_agents(ledger.agents())])


def _queues(queues: Iterable[Queue]) -> Iterator[Item]:
    for queue in queues:
        labels = {"queue_id": queue.id, "queue": queue.name, "channel": "voice"}
        yield from EXPECTED.values(QUEUE_TRUTH, queue, labels)
        agents = queue.agents
        counts = {
            "available": agents.get("available", 0),
            "busy": agents.get("busy", 0),
            "wrap_up": agents.get("wrap_up", 0),
            "not_ready": agents.get("not_ready", 0) + agents.get("paused", 0),
        }
        for state, count in counts.items():
            yield EXPECTED.key("queue_agents", {**labels, "state": state}), count


def _trunks(trunks: Iterable[Trunk]) -> Iterator[Item]:
    for trunk in trunks:
        labels = {"trunk_id": trunk.id, "trunk": trunk.name}
        yield from EXPECTED.values(TRUNK_TRUTH, trunk, labels)
        ports = trunk.ports or ()
        for state in PORT_STATES:
            yield EXPECTED.key("trunk_ports", {**labels, "state": state}), sum(port.state == state for port in ports)
            for port in ports:
                yield EXPECTED.key("trunk_port_state", {**labels, "port": port.id, "state": state}), port.state == state


def _agents(agents: Iterable[Agent]) -> Iterator[Item]:
    counts: Counter[tuple[str, str, str]] = Counter()
    for agent in agents:
        state = REPORTED_AS.get(agent.state, agent.state)
        counts[agent.group, state, agent.reason] += 1
        labels = {"agent_id": agent.id, "agent": agent.name}
        yield from EXPECTED.agent_state(labels, state)
        if agent.time_in_state_seconds is not None:
            yield EXPECTED.key("agent_time_in_state_seconds", labels), agent.time_in_state_seconds
    yield from EXPECTED.agents(counts)


@pytest.mark.parametrize(
    ("seed", "until", "scenario"),
    [
        (1, 12 * HOUR, None),
        (2, 14.75 * HOUR, ScenarioName.SURGE),
        (3, 11 * HOUR, ScenarioName.UNDERSTAFFED),
        (4, 16.2 * HOUR, ScenarioName.TRUNK_FAULT),
        (5, 23.9 * HOUR, None),
        (6, 34 * HOUR, None),
    ],
)
async def test_every_kpn_family_equals_the_ledger(seed: int, until: float, scenario: ScenarioName | None) -> None:
    driver = standing(seed, until, scenario)
    page = await polled(driver, [Kpn()], lambda url: [each for each in demo_targets(url) if each.vendor == "kpn"])
    assert shown(page) == truth(driver.centre.ledger)
