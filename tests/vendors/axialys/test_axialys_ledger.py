"""The series of an Axialys target equal the ledger of the simulated contact centre, in every family."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping

import pytest

from exporter.model import Queue
from exporter.simulator.centre import Centre
from exporter.simulator.default import DEFAULT
from exporter.simulator.dialects.axialys import RECEIVED_GROUPS_PATH, RECEIVED_NUMBERS_PATH, Axialys
from exporter.simulator.scenarios import ScenarioName
from exporter.vendors.axialys import VENDOR
from exporter.vendors.axialys.settings import AxialysSettings
from tests.support.ledger import HOUR, Expected, Item, Series, polled, shown, standing

EXPECTED = Expected("paris")

# Written out by hand, family by family, so that a field mapped to the wrong family cannot agree with itself.
QUEUE_TRUTH: Mapping[str, Callable[[Queue], float | None]] = {
    "queue_waiting_contacts": lambda queue: queue.waiting_contacts,
    "queue_active_contacts": lambda queue: queue.active_contacts,
    # The API omits the oldest call if none is waiting, and missing values are not exported.
    "queue_oldest_wait_seconds": lambda queue: queue.oldest_wait_seconds if queue.waiting_contacts else None,
    "queue_answered_ratio": lambda queue: queue.answered_ratio,
    "queue_service_level_target_seconds": lambda queue: queue.service_level_target_seconds,
    "queue_contacts_offered_total": lambda queue: queue.contacts_offered,
    "queue_contacts_offered_unique_total": lambda queue: queue.contacts_offered_unique,
    "queue_contacts_answered_total": lambda queue: queue.contacts_answered,
    "queue_contacts_answered_in_service_level_total": lambda queue: queue.contacts_answered_in_service_level,
    "queue_contacts_abandoned_total": lambda queue: queue.contacts_abandoned,
    "queue_contacts_abandoned_unique_total": lambda queue: queue.contacts_abandoned,
    "queue_contacts_abandoned_short_total": lambda queue: queue.contacts_abandoned_short,
    "queue_contacts_escalated_total": lambda queue: queue.contacts_escalated,
    "queue_average_wait_seconds": lambda queue: queue.average_wait_seconds,
    "queue_average_talk_seconds": lambda queue: queue.average_talk_seconds,
    "queue_average_abandon_wait_seconds": lambda queue: queue.average_abandon_wait_seconds,
    "queue_average_wrap_up_seconds": lambda queue: queue.average_wrap_up_seconds,
    "queue_max_wait_seconds": lambda queue: queue.max_wait_seconds,
}
# The API does not distinguish wrap-up from other unavailability.
REPORTED_AS = {"wrap_up": "not_ready"}


def truth(centre: Centre) -> Series:
    """Return every series that the API provides, from the ledger."""
    return dict([*_queues(centre), *_numbers(centre), *_agents(centre)])


def _queues(centre: Centre) -> Iterator[Item]:
    for queue in centre.ledger.queues():
        if queue.channel != "voice":
            continue
        labels = {"queue_id": queue.id, "queue": queue.name, "channel": "voice"}
        yield from EXPECTED.values(QUEUE_TRUTH, queue, labels)
        assert queue.wait_ages is not None
        up_to = {"60": queue.wait_ages.within_60_seconds, "180": queue.wait_ages.within_180_seconds}
        for le, count in (up_to | {"+Inf": queue.wait_ages.total}).items():
            yield EXPECTED.key("queue_wait_age_seconds_bucket", {**labels, "le": le}), count
        for state in ("available", "ringing", "busy", "not_ready", "paused"):
            count = queue.agents[state] + (queue.agents["wrap_up"] if state == "not_ready" else 0)
            yield EXPECTED.key("queue_agents", {**labels, "state": state}), count


def _numbers(centre: Centre) -> Iterator[Item]:
    """The calls received on the numbers of two queues together, as the test configures them."""
    queues = [queue for queue in centre.ledger.queues() if queue.id in {"1001", "1003"}]
    labels = {"number": "Households"}
    talking = sum(queue.active_contacts or 0 for queue in queues)
    waiting = sum(queue.waiting_contacts or 0 for queue in queues)
    yield EXPECTED.key("number_contacts_offered_total", labels), sum(queue.contacts_offered or 0 for queue in queues)
    yield EXPECTED.key("number_contacts_answered_total", labels), sum(queue.contacts_answered or 0 for queue in queues)
    yield EXPECTED.key("number_contact_seconds_total", labels), int(sum(queue.talk_seconds or 0 for queue in queues))
    yield EXPECTED.key("number_active_contacts", labels), talking
    yield EXPECTED.key("number_in_progress_contacts", labels), talking + waiting


def _agents(centre: Centre) -> Iterator[Item]:
    counts: Counter[tuple[str, str, str]] = Counter()
    for row, agent in zip(centre.ledger.agents(), centre.floor.agents, strict=True):
        state = REPORTED_AS.get(row.state, row.state)
        # Only a break has a reason, and no agent has a group.
        counts["", state, row.reason if state == "paused" else ""] += 1
        labels = {"agent_id": row.id, "agent": row.name}
        yield from EXPECTED.agent_state(labels, state)
        if state in {"paused", "logged_out"}:
            assert row.time_in_state_seconds is not None
            yield EXPECTED.key("agent_time_in_state_seconds", labels), row.time_in_state_seconds
        elif state == "available":
            # A call leaves no date, so the API dates availability from the login.
            assert agent.logged_in is not None
            assert row.time_in_state_seconds is not None
            assert centre.now - agent.logged_in >= row.time_in_state_seconds
            yield EXPECTED.key("agent_time_in_state_seconds", labels), centre.now - agent.logged_in
    yield from EXPECTED.agents(counts)


def target(url: str) -> AxialysSettings:
    dialled = {queue.id: queue.vdn for queue in DEFAULT.queues}
    return AxialysSettings.model_validate(
        {
            "name": "paris",
            "vendor": VENDOR.name,
            "url": f"{url}/axialys",
            "username": "demo",
            "password": "demo",
            "agents": {"detail": "name"},
            "answer_seconds_by_group": {queue.id: int(queue.target_seconds) for queue in DEFAULT.queues},
            "received_groups_path": RECEIVED_GROUPS_PATH,
            "received_numbers_path": RECEIVED_NUMBERS_PATH,
            "numbers": {"Households": [dialled["1001"], dialled["1003"]]},
        }
    )


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
async def test_every_axialys_family_equals_the_ledger(seed: int, until: float, scenario: ScenarioName | None) -> None:
    driver = standing(seed, until, scenario)
    page = await polled(driver, [Axialys()], lambda url: [target(url)])
    assert shown(page) == truth(driver.centre)
