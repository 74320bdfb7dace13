"""The series of a Sinch target equal the ledger of the simulated contact centre, in every family."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping

import pytest

from exporter.cli.demo import demo_targets
from exporter.model import Agent, AgentState, Channel, Direction, Queue, Thresholds
from exporter.simulator import Centre, ScenarioName
from exporter.simulator.dialects.sinch import Sinch
from exporter.simulator.dialects.sinch import SinchSettings as Installed
from exporter.vendors.sinch import SinchSettings
from tests.support.ledger import HOUR, Expected, Item, Series, polled, shown, standing

EXPECTED = Expected("helsinki")

# Written out by hand, family by family, so that a field mapped to the wrong family cannot agree with itself.
QUEUE_TRUTH: Mapping[str, Callable[[Queue], float | None]] = {
    "queue_waiting_contacts": lambda queue: queue.waiting_contacts,
    "queue_oldest_wait_seconds": lambda queue: queue.oldest_wait_seconds,
    "queue_service_level_ratio": lambda queue: queue.service_level_ratio,
    "queue_staffed_agents": lambda queue: queue.staffed_agents,
    "queue_contacts_offered_total": lambda queue: queue.contacts_offered,
    "queue_contacts_answered_total": lambda queue: queue.contacts_answered,
    "queue_contacts_answered_in_service_level_total": lambda queue: queue.contacts_answered_in_service_level,
    "queue_contacts_abandoned_total": lambda queue: queue.contacts_abandoned,
    "queue_contacts_abandoned_short_total": lambda queue: queue.contacts_abandoned_short,
    "queue_contacts_rejected_closed_total": lambda queue: queue.contacts_rejected_closed,
    "queue_answer_wait_seconds_total": lambda queue: queue.answer_wait_seconds,
    "queue_abandon_wait_seconds_total": lambda queue: queue.abandon_wait_seconds,
    "queue_handle_seconds_total": lambda queue: queue.handle_seconds,
    "queue_outbound_contacts_handled_total": lambda queue: queue.outbound_contacts_handled,
    "queue_outbound_handle_seconds_total": lambda queue: queue.outbound_handle_seconds,
    "queue_max_wait_seconds": lambda queue: queue.max_wait_seconds,
}
THRESHOLD_TRUTH: Mapping[str, Callable[[Thresholds], float | None]] = {
    "queue_waiting_contacts_threshold": lambda threshold: threshold.waiting_contacts,
    "queue_oldest_wait_threshold_seconds": lambda threshold: threshold.oldest_wait_seconds,
    "queue_free_agents_threshold": lambda threshold: threshold.free_agents,
    "queue_serving_agents_threshold": lambda threshold: threshold.serving_agents,
    "queue_service_level_threshold_ratio": lambda threshold: threshold.service_level_ratio,
}
# The vendor does not count ringing agents by queue.
QUEUE_STATES: tuple[AgentState, ...] = ("available", "busy", "wrap_up", "not_ready", "paused")
# A single agent has no state for ringing, and none for wrap-up, which is part of handling the contact.
REPORTED_AS: Mapping[AgentState, AgentState] = {"ringing": "available", "wrap_up": "busy"}
CHANNELS: tuple[Channel, ...] = ("voice", "chat", "email")
DIRECTIONS: tuple[Direction, ...] = ("in", "out")
AT_WORK: tuple[AgentState, ...] = ("busy", "wrap_up", "not_ready", "paused")


def truth(centre: Centre, active_of_logged_out: bool) -> Series:  # noqa: FBT001 - a case of a test
    """Return every series that the API provides, from the ledger."""
    return dict([*_queues(centre.ledger.queues()), *_agents(centre, active_of_logged_out)])


def _queues(queues: Iterable[Queue]) -> Iterator[Item]:
    for queue in queues:
        labels = {"queue_id": queue.id, "queue": queue.name, "channel": queue.channel}
        yield from EXPECTED.values(QUEUE_TRUTH, queue, labels)
        for state in QUEUE_STATES:
            yield EXPECTED.key("queue_agents", {**labels, "state": state}), queue.agents[state]
        for threshold in queue.thresholds:
            severity = {**labels, "severity": threshold.severity}
            yield from EXPECTED.values(THRESHOLD_TRUTH, threshold, severity)


def _agents(centre: Centre, active_of_logged_out: bool) -> Iterator[Item]:  # noqa: FBT001 - a case of a test
    counts: Counter[tuple[str, str, str]] = Counter()
    for agent, person in zip(centre.ledger.agents(), centre.floor.agents, strict=True):
        state = REPORTED_AS.get(agent.state, agent.state)
        # The presence profile is the reason of a break only.
        counts[agent.group, state, agent.reason if state == "paused" else ""] += 1
        labels = {"agent_id": agent.id, "agent": agent.name}
        yield from EXPECTED.agent_state(labels, state)
        # An agent at work keeps one user status through all contacts; a contact has a duration of its own.
        is_ready = person.at_work_since is not None and state != "busy"
        seconds = centre.now - (person.at_work_since or 0.0) if is_ready else agent.time_in_state_seconds
        assert seconds is not None
        yield EXPECTED.key("agent_time_in_state_seconds", labels), seconds
        # The vendor omits most fields of a logged-out agent.
        if state != "logged_out":
            yield from _totals(agent, labels)
        if state != "logged_out" or active_of_logged_out:
            for channel in CHANNELS:
                active = agent.active_contacts.get(channel, 0)
                yield EXPECTED.key("agent_active_contacts", {**labels, "channel": channel}), active
        for channel, capacity in _capacities(agent, active_of_logged_out).items():
            yield EXPECTED.key("agent_capacity_contacts", {**labels, "channel": channel}), capacity
    yield from EXPECTED.agents(counts)


def _capacities(agent: Agent, by_user_status: bool) -> Mapping[Channel, float]:  # noqa: FBT001 - a case of a test
    known = agent.capacity_contacts
    if by_user_status:
        return {"voice": known.get("voice", 0), "chat": known.get("chat", 0), "video": 0, "task": 1}
    return {} if agent.state == "logged_out" else {"chat": known.get("chat", 0)}


def _totals(agent: Agent, labels: Mapping[str, str]) -> Iterator[Item]:
    handled = {(part.channel, part.direction): part.contacts for part in agent.handled}
    # Every channel is counted, including those that the agent does not serve.
    for channel in CHANNELS:
        for direction in DIRECTIONS:
            key = EXPECTED.key("agent_contacts_handled_total", {**labels, "channel": channel, "direction": direction})
            yield key, handled.get((channel, direction), 0)
    totals = agent.state_totals
    seconds = {
        "available": totals["available"] + totals["ringing"],
        **{state: totals[state] for state in AT_WORK},
    }
    for state, spent in seconds.items():
        yield EXPECTED.key("agent_state_seconds_total", {**labels, "state": state}), spent


def target(url: str, changes: Mapping[str, object]) -> SinchSettings:
    [demo] = [each for each in demo_targets(url) if each.vendor == "sinch"]
    return SinchSettings.model_validate(demo.model_dump() | {"password": "demo"} | dict(changes))


@pytest.mark.parametrize(
    ("seed", "until", "scenario", "changes"),
    [
        (1, 12 * HOUR, None, {}),
        (2, 14.75 * HOUR, ScenarioName.SURGE, {"page_size": 7}),
        (3, 11 * HOUR, ScenarioName.UNDERSTAFFED, {"auth": "ecfauth"}),
        (5, 23.9 * HOUR, None, {"active_contacts": "user_statuses"}),
        # Beyond midnight: tests/e2e/test_midnight.py.
        (6, 22 * HOUR, ScenarioName.SURGE, {"page_size": 100}),
        (8, 13 * HOUR, None, {"language": "FI"}),
    ],
)
async def test_every_sinch_family_equals_the_ledger(
    seed: int, until: float, scenario: ScenarioName | None, changes: Mapping[str, object]
) -> None:
    driver = standing(seed, until, scenario)
    page = await polled(driver, [Sinch(Installed(most_rows=60))], lambda url: [target(url, changes)])
    assert shown(page) == truth(driver.centre, "active_contacts" in changes)
