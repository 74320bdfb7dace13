"""The series of an APIO target equal the ledger of the simulated contact centre, in every family."""

from collections import Counter
from collections.abc import Iterable, Iterator

import pytest

from exporter.cli.demo import demo_targets
from exporter.metrics.agent_identity import exported_id
from exporter.model import Agent, Queue
from exporter.simulator import Ledger, ScenarioName
from exporter.simulator.dialects.apio import Apio
from tests.support.ledger import HOUR, Expected, Item, Series, polled, shown, standing

EXPECTED = Expected("brussels")

# BroadWorks has no state for an agent on a call, who stays Available, and a single one for being not ready.
REPORTED_AS = {"ringing": "available", "busy": "available", "paused": "not_ready"}


def truth(ledger: Ledger) -> Series:
    """Return every series that the API provides, from the ledger."""
    # The call centres of BroadWorks handle calls only.
    phone = [queue for queue in ledger.queues() if queue.channel == "voice"]
    return dict([*_queues(phone), *_agents(ledger.agents())])


def _queues(queues: Iterable[Queue]) -> Iterator[Item]:
    for queue in queues:
        labels = {"queue_id": queue.id, "queue": queue.name, "channel": "voice"}
        assert queue.staffed_agents is not None
        yield EXPECTED.key("queue_staffed_agents", labels), queue.staffed_agents
        counts = {
            "available": queue.agents["available"] + queue.agents["ringing"] + queue.agents["busy"],
            "wrap_up": queue.agents["wrap_up"],
            "not_ready": queue.agents["not_ready"] + queue.agents["paused"],
        }
        for state, count in counts.items():
            yield EXPECTED.key("queue_agents", {**labels, "state": state}), count


def _agents(agents: Iterable[Agent]) -> Iterator[Item]:
    counts: Counter[tuple[str, str, str]] = Counter()
    for agent in agents:
        state = REPORTED_AS.get(agent.state, agent.state)
        counts[agent.group, state, agent.reason] += 1
        labels = {"agent_id": exported_id(f"{agent.id}@sip.example"), "agent": agent.name}
        yield from EXPECTED.agent_state(labels, state)
    yield from EXPECTED.agents(counts)


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
async def test_every_apio_family_equals_the_ledger(seed: int, until: float, scenario: ScenarioName | None) -> None:
    driver = standing(seed, until, scenario)
    page = await polled(driver, [Apio()], lambda url: [each for each in demo_targets(url) if each.vendor == "apio"])
    assert shown(page) == truth(driver.centre.ledger)
