"""What APIO's target shows equals what happened in the simulated contact centre: every family it feeds, exactly."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

import pytest
from prometheus_client.parser import text_string_to_metric_families

from exporter.clock import SystemClock
from exporter.collector import Collector
from exporter.demo import demo_targets
from exporter.exposition import Exposition, Format
from exporter.model import AGENT_STATES, Agent, Queue
from exporter.simulator import Driver, Ledger, ScenarioName, start, working_day
from exporter.simulator.dialects.apio import Apio

HOUR = 3600.0
Labels = frozenset[tuple[str, str]]
Series = dict[tuple[str, Labels], float]

# BroadWorks has no word for an agent on a call, who stays Available, and one for every way of being not ready.
TOLD_AS = {"ringing": "available", "busy": "available", "paused": "not_ready"}


def truth(ledger: Ledger) -> Series:
    """Return every series that the API lets us know, as the ledger has it."""
    # BroadWorks' call centres are for calls.
    phone = [queue for queue in ledger.queues() if queue.channel == "phone"]
    return dict([*_queues(phone), *_agents(ledger.agents())])


def _queues(queues: Iterable[Queue]) -> Iterator[tuple[tuple[str, Labels], float]]:
    for queue in queues:
        labels = {"queue_id": queue.id, "queue": queue.name, "channel": "phone"}
        assert queue.staffed_agents is not None
        yield _key("queue_staffed_agents", labels), queue.staffed_agents
        counts = {
            "available": queue.agents["available"] + queue.agents["ringing"] + queue.agents["busy"],
            "wrap_up": queue.agents["wrap_up"],
            "not_ready": queue.agents["not_ready"] + queue.agents["paused"],
        }
        for state, count in counts.items():
            yield _key("queue_agents", {**labels, "state": state}), count


def _agents(agents: Iterable[Agent]) -> Iterator[tuple[tuple[str, Labels], float]]:
    counts: Counter[tuple[str, str, str]] = Counter()
    for agent in agents:
        state = TOLD_AS.get(agent.state, agent.state)
        counts[agent.group, state, agent.reason] += 1
        for other in AGENT_STATES:
            labels = {"agent_id": f"{agent.id}@sip.example", "agent": agent.name, "state": other}
            yield _key("agent_state", labels), other == state
    shown = set(counts) | {(group, state, "") for group, _, _ in counts for state in AGENT_STATES}
    for group, state, reason in shown:
        yield _key("agents", {"group": group, "state": state, "reason": reason}), counts[group, state, reason]


def _key(family: str, labels: Mapping[str, str]) -> tuple[str, Labels]:
    return f"contactcenter_{family}", frozenset({**labels, "target": "brussels"}.items())


def shown(page: str) -> Series:
    """Return every series of a page that speaks of the contact centre."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
        if sample.name.startswith(("contactcenter_queue", "contactcenter_trunk", "contactcenter_agent"))
    }


async def polled(driver: Driver) -> str:
    """Return the page after one poll over HTTP."""
    simulated = await start("127.0.0.1", 0, driver, [Apio()])
    targets = [target for target in demo_targets(simulated.url) if target.vendor == "apio"]
    collector = Collector(targets, Exposition(lambda _form: b""), SystemClock())
    try:
        await collector.start()
        async with asyncio.timeout(10):
            while not collector.ready:  # noqa: ASYNC110 - readiness is asked for, as a probe does
                await asyncio.sleep(0.02)
        return collector.page(Format.TEXT).decode()
    finally:
        await collector.stop()
        await simulated.stop()


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
    driver = Driver(working_day(seed), SystemClock(), speed=0)
    if scenario is not None:
        driver.centre.scenarios[scenario].on()
    driver.centre.advance(until)

    assert shown(await polled(driver)) == truth(driver.centre.ledger)
