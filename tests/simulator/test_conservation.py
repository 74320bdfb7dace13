"""Conservation: at any time of a simulated day no contact is lost or counted twice."""

from collections import Counter
from collections.abc import Iterator

import pytest

from exporter.model import AGENT_STATES, PORT_STATES, Queue
from exporter.simulator import DEFAULT, Centre, ScenarioName
from exporter.simulator.daytime import DAY, HOUR

LOOK_EVERY = 613
TOTALS = (
    *(name for name in Queue.__struct_fields__ if name.startswith("contacts_")),
    "ring_seconds",
    "answer_wait_seconds",
    "talk_seconds",
    "abandon_wait_seconds",
    "handle_seconds",
    "max_wait_seconds",
)


def looks(seed: int, hours: float) -> Iterator[Centre]:
    """Yield a centre at intervals of a day, with every scenario active for an hour."""
    centre = Centre(DEFAULT, seed=seed)
    for moment in range(0, int(hours * HOUR), LOOK_EVERY):
        centre.advance(moment)
        for place, name in enumerate(ScenarioName):
            troubled = 10 + 2 * place <= moment / HOUR < 11 + 2 * place
            (centre.scenarios[name].on if troubled else centre.scenarios[name].off)()
        yield centre


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_counts_balance_at_every_time(seed: int) -> None:
    for centre in looks(seed, 30):
        contacts_add_up(centre)
        contacts_are_where_the_agents_are(centre)
        no_contact_waits_for_an_available_agent(centre)
        time_of_agents_adds_up(centre)
        agents_of_queues_add_up(centre)
        ports_add_up(centre)
        ports_show_what_their_calls_do(centre)


def contacts_add_up(centre: Centre) -> None:
    for line in centre.lines.values():
        totals = line.totals
        gone = totals.answered + totals.abandoned + totals.abandoned_short + totals.overflowed
        assert totals.offered == gone + len(line.waiting) + line.ringing
        assert totals.answered_in_service_level <= totals.answered
        assert totals.escalated <= totals.transferred <= totals.handled
        if centre.now < DAY:
            assert totals.answered == totals.handled + line.active


def contacts_are_where_the_agents_are(centre: Centre) -> None:
    ringing: Counter[str] = Counter()
    active: Counter[str] = Counter()
    for agent in centre.floor.agents:
        contact = agent.contact
        assert (contact is not None) == (agent.state in {"ringing", "busy", "wrap_up"})
        if contact is not None and contact.line is not None and agent.state != "wrap_up":
            (ringing if agent.state == "ringing" else active)[contact.line.profile.id] += 1
    for number, line in centre.lines.items():
        assert (line.ringing, line.active) == (ringing[number], active[number])


def no_contact_waits_for_an_available_agent(centre: Centre) -> None:
    for queue in centre.ledger.queues():
        assert not (queue.waiting_contacts and queue.agents["available"])


def time_of_agents_adds_up(centre: Centre) -> None:
    for agent in centre.ledger.agents():
        assert sum(agent.state_totals.values()) == centre.now % DAY
        assert agent.time_in_state_seconds == int(agent.time_in_state_seconds or 0)
        assert bool(agent.reason) == (agent.state in {"not_ready", "paused"})


def agents_of_queues_add_up(centre: Centre) -> None:
    for queue in centre.ledger.queues():
        assert sum(queue.agents.values()) == queue.staffed_agents


def ports_add_up(centre: Centre) -> None:
    for trunk in centre.ledger.trunks():
        ports = trunk.ports or ()
        states = Counter(port.state for port in ports)
        assert trunk.capacity_ports == len(ports)
        assert trunk.idle_ports == states["idle"]
        assert trunk.in_use_ports == len(ports) - states["idle"] - states["maintenance"] - states["fault"]
        assert trunk.usage_ratio == trunk.in_use_ports / len(ports)


def ports_show_what_their_calls_do(centre: Centre) -> None:
    states = Counter(port.state for trunk in centre.ledger.trunks() for port in trunk.ports or ())
    lines = [line for line in centre.lines.values() if line.profile.channel == "voice"]
    outbound = sum(
        agent.contact is not None and agent.contact.line is None and agent.state == "busy"
        for agent in centre.floor.agents
    )
    active = sum(line.active for line in lines)
    assert states["queued"] == sum(len(line.waiting) for line in lines)
    assert states["ringing"] == sum(line.ringing for line in lines)
    assert active <= states["connected"] + states["held"] <= active + outbound


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_totals_are_whole_and_never_decrease_within_a_day(seed: int) -> None:
    before: dict[str, tuple[float, ...]] = {}
    for centre in looks(seed, 23.9):
        for queue in centre.ledger.queues():
            now = tuple(getattr(queue, name) for name in TOTALS)
            assert all(value == int(value) for value in now)
            assert all(old <= new for old, new in zip(before.get(queue.id, now), now, strict=True))
            before[queue.id] = now


def test_agents_handle_what_queues_count() -> None:
    for centre in looks(1, 23.9):
        handled = Counter[str]()
        for agent in centre.ledger.agents():
            for part in agent.handled:
                handled[part.direction] += int(part.contacts)
        assert handled["in"] == sum(line.totals.handled for line in centre.lines.values())
    assert handled["out"] > 0


def test_every_state_occurs_in_a_day() -> None:
    ports: set[str] = set()
    agents: set[str] = set()
    for centre in looks(1, 24):
        ports.update(port.state for trunk in centre.ledger.trunks() for port in trunk.ports or ())
        agents.update(agent.state for agent in centre.ledger.agents())
    assert ports == set(PORT_STATES) - {"unknown"}
    assert agents == set(AGENT_STATES) - {"unknown"}


def test_every_kind_of_event_occurs_in_a_day() -> None:
    centre = Centre(DEFAULT, seed=1)
    centre.scenarios[ScenarioName.TRUNK_FAULT].on()
    centre.advance(10 * HOUR)
    centre.scenarios[ScenarioName.SURGE].on()
    centre.advance(23.9 * HOUR)
    totals = [line.totals for line in centre.lines.values()]
    # Nothing is carried over the midnight at which the simulation began.
    for name in set(totals[0].__slots__) - {"carried"}:
        assert sum(getattr(total, name) for total in totals) > 0, name


def test_seed_determines_the_ledger() -> None:
    one, same, other = (Centre(DEFAULT, seed=seed) for seed in (5, 5, 6))
    one.advance(12 * HOUR)
    for moment in range(0, 12 * 3600 + 1, 1800):
        same.advance(moment)
    other.advance(12 * HOUR)
    assert one.ledger.queues() == same.ledger.queues()
    assert one.ledger.agents() == same.ledger.agents()
    assert one.ledger.trunks() == same.ledger.trunks()
    assert one.ledger.queues() != other.ledger.queues()


def test_waiting_contacts_are_the_first_offers_of_a_new_day() -> None:
    centre = Centre(DEFAULT, seed=1)
    centre.scenarios[ScenarioName.SURGE].on()
    centre.advance(DAY - 1)
    assert sum(queue.contacts_answered or 0 for queue in centre.ledger.queues()) > 1000
    centre.advance(DAY)
    for line in centre.lines.values():
        assert line.totals.offered == len(line.waiting) + line.ringing
        assert not line.totals.answered
        assert not line.totals.talk_seconds
    for agent in centre.ledger.agents():
        assert not any(agent.state_totals.values())
        assert not any(part.contacts for part in agent.handled)
