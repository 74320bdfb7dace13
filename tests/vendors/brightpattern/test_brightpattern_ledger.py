"""The series of a Bright Pattern target equal the ledger of the simulated contact centre, in every family."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping

import pytest
from aiohttp.test_utils import TestServer

from exporter.model import Agent, AgentState, Queue, Snapshot
from exporter.simulator.dialects.brightpattern import BrightPattern, BrightPatternSettings, service_id
from exporter.simulator.dispositions import DISPOSITIONS
from exporter.simulator.driver import Driver
from exporter.simulator.http_server import application
from exporter.simulator.ledger import Ledger
from exporter.simulator.scenarios import ScenarioName
from exporter.vendors.brightpattern import VENDOR
from tests.support.clock import ManualClock
from tests.support.ledger import HOUR, Expected, Item, Series, shown, standing
from tests.support.vendors.brightpattern import SHOWN
from tests.support.vendors.polls import NAMES, asking

EXPECTED = Expected("oakland")

# Written out by hand, family by family, so that a statistic mapped to the wrong family cannot agree with itself.
QUEUE_TRUTH: Mapping[str, Callable[[Queue], float | None]] = {
    "queue_waiting_contacts": lambda queue: queue.waiting_contacts,
    "queue_oldest_wait_seconds": lambda queue: queue.oldest_wait_seconds,
    "queue_estimated_wait_seconds": lambda queue: queue.estimated_wait_seconds,
    "queue_service_level_ratio": lambda queue: queue.service_level_ratio,
    "queue_service_level_target_ratio": lambda queue: queue.service_level_target_ratio,
    "queue_service_level_target_seconds": lambda queue: queue.service_level_target_seconds,
    "queue_staffed_agents": lambda queue: queue.staffed_agents,
    "queue_contacts_offered_total": lambda queue: queue.contacts_offered,
    "queue_contacts_answered_total": lambda queue: queue.contacts_answered,
    "queue_contacts_abandoned_total": lambda queue: queue.contacts_abandoned,
    "queue_contacts_abandoned_short_total": lambda queue: queue.contacts_abandoned_short,
    "queue_average_wait_seconds": lambda queue: queue.average_wait_seconds,
}
# There is no state for ringing: an agent is busy from the first ring.
REPORTED_AS: Mapping[str, str] = {"ringing": "busy"}


def truth(ledger: Ledger) -> Series:
    """Return every series that the API provides, from the ledger."""
    return dict([*_queues(ledger.queues()), *_agents(ledger.agents())])


def _queues(queues: Iterable[Queue]) -> Iterator[Item]:
    for queue in queues:
        # The channel of a service is not reported.
        labels = {"queue_id": service_id(queue.id), "queue": queue.name, "channel": ""}
        yield from EXPECTED.values(QUEUE_TRUTH, queue, labels)
        # Only busy agents are counted by service.
        yield EXPECTED.key("queue_agents", {**labels, "state": "busy"}), queue.agents["busy"] + queue.agents["ringing"]


def _agents(agents: Iterable[Agent]) -> Iterator[Item]:
    counts: Counter[tuple[str, str, str]] = Counter()
    for agent in agents:
        state = REPORTED_AS.get(agent.state, agent.state)
        counts[agent.group, state, agent.reason] += 1
        labels = {"agent_id": agent.id, "agent": agent.name}
        yield from EXPECTED.agent_state(labels, state)
        assert agent.time_in_state_seconds is not None
        yield EXPECTED.key("agent_time_in_state_seconds", labels), agent.time_in_state_seconds
        for row in agent.handled:
            if row.channel == "voice":  # only calls are counted by agent
                direction = {**labels, "channel": "voice", "direction": row.direction}
                yield EXPECTED.key("agent_contacts_handled_total", direction), row.contacts
        for counted, seconds in _totals(agent.state_totals):
            yield EXPECTED.key("agent_state_seconds_total", {**labels, "state": counted}), seconds
    yield from EXPECTED.agents(counts)
    given = Counter[tuple[str, str]]()
    for agent in agents:
        for name in DISPOSITIONS:
            given[agent.group, name] += int(agent.dispositions[name])
    for (group, name), calls in given.items():
        yield EXPECTED.key("dispositions_total", {"group": group, "disposition": name}), calls


def _totals(totals: Mapping[AgentState, float]) -> Iterator[tuple[str, float]]:
    yield "available", totals["available"]
    yield "busy", totals["busy"] + totals["ringing"]
    yield "wrap_up", totals["wrap_up"]
    yield "paused", totals["paused"]  # the other states have no statistic


async def polled(driver: Driver, **more: object) -> dict[str, Snapshot]:
    """Return the snapshot of every resource over HTTP."""
    dialect = BrightPattern(BrightPatternSettings(ready_after=0))
    clock = ManualClock()
    async with TestServer(application(driver, [dialect])) as server, asking(clock=clock) as http:
        base = {"name": "oakland", "vendor": "brightpattern", "url": str(server.make_url("/brightpattern"))}
        who = {"tenant_url": "demo", "username": "demo", "password": "demo", "agents": {"detail": "name"}}
        client = VENDOR.connect(VENDOR.settings.model_validate({**base, **who, **more}), http, clock)
        snapshots = {resource.name: await resource.fetch() for resource in client.resources}
        await client.close()
    return {name: snapshot for name, snapshot in snapshots.items() if snapshot is not None}


@pytest.mark.parametrize(
    ("seed", "until", "scenario"),
    [
        (1, 12 * HOUR, None),
        (2, 14.75 * HOUR, ScenarioName.SURGE),
        (3, 11 * HOUR, ScenarioName.UNDERSTAFFED),
        (5, 23.9 * HOUR, None),
        (6, 34 * HOUR, None),
    ],
)
async def test_every_brightpattern_family_equals_the_ledger(
    seed: int, until: float, scenario: ScenarioName | None
) -> None:
    driver = standing(seed, until, scenario)
    snapshot = (await polled(driver, dispositions=True))["statistics"]
    assert not snapshot.unmapped
    assert shown(SHOWN.page(snapshot, NAMES)) == truth(driver.centre.ledger)


async def test_the_totals_are_of_all_services() -> None:
    driver = standing(1, 12 * HOUR)
    snapshot = (await polled(driver, totals_queue="Everything"))["statistics"]
    totals = [driver.centre.ledger.totals(queue.id) for queue in driver.centre.ledger.queues()]
    mean = sum(each.answer_wait_seconds for each in totals) / sum(each.answered for each in totals)
    ready = sum(agent.state == "available" for agent in driver.centre.ledger.agents())
    whole = Queue(id="Everything", name="Everything", average_wait_seconds=mean, agents={"available": ready})
    assert snapshot.queues[-1] == whole
    assert len(snapshot.queues) == len(totals) + 1


async def test_no_available_agent_is_0_and_an_available_one_is_absent() -> None:
    driver = standing(1, 11 * HOUR)
    available = {queue.name: queue.agents["available"] for queue in driver.centre.ledger.queues()}
    snapshot = (await polled(driver, services=list(available)))["availability"]
    assert {queue.name: dict(queue.agents) for queue in snapshot.queues} == {
        name: {} if count else {"available": 0} for name, count in available.items()
    }
    assert 0 in available.values()
    assert any(available.values())
