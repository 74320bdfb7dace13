"""The recorded series of half an hour agree with the simulator's ledger.

Contacts are the difference between the scrapes at both ends of the window, and so exact; so is what is computed from a
mean of the vendor's day, because the simulator does not round it.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence

import pytest

from exporter.model import AgentState, Queue
from grafana.generator.rules import names
from tests.support.recorded import SCRAPE, Hour, record_hour

pytestmark = pytest.mark.slow

HALF_HOUR = 1800
EXACTLY = 1e-9

KPN, SINCH, BRIGHTPATTERN, AXIALYS = "amsterdam", "helsinki", "oakland", "paris"
Calculation = Callable[[Sequence[Queue]], float | None]


@pytest.fixture(scope="module")
def hour(tmp_path_factory: pytest.TempPathFactory) -> Hour:
    return asyncio.run(record_hour(tmp_path_factory.mktemp("hour")))


def increase(queues: Sequence[Queue], field: str) -> float:
    return float(getattr(queues[-1], field) - getattr(queues[0], field))


def offered(queues: Sequence[Queue]) -> float:
    return increase(queues, "contacts_offered")


def ended(queues: Sequence[Queue]) -> float:
    """Return the contacts with an outcome; the simulator's abandoned contacts exclude short abandons."""
    return increase(queues, "contacts_answered") + increase(queues, "contacts_abandoned")


def no_longer_waiting(queues: Sequence[Queue]) -> float:
    return offered(queues) - increase(queues, "waiting_contacts")


def ratio(part: float, whole: float) -> float | None:
    return part / whole if whole > 0 else None


def share(field: str, of: Callable[[Sequence[Queue]], float] = ended) -> Calculation:
    def calculate(queues: Sequence[Queue]) -> float | None:
        found = ratio(increase(queues, field), of(queues))
        return None if found is None else min(found, 1)

    return calculate


def per_answer(field: str) -> Calculation:
    return lambda queues: ratio(increase(queues, field), increase(queues, "contacts_answered"))


def from_the_day(*fields: str) -> Calculation:
    """Return the mean of the answered contacts of the window, from the vendor's means of the day at both ends."""

    def total(queue: Queue) -> float:
        return sum(getattr(queue, field) or 0 for field in fields) * float(queue.contacts_answered or 0)

    def calculate(queues: Sequence[Queue]) -> float | None:
        new = increase(queues, "contacts_answered")
        # Rounding of the day's mean would hide a small share of its contacts.
        enough = new >= 0.05 * float(queues[-1].contacts_answered or 0)
        return ratio(total(queues[-1]) - total(queues[0]), new) if enough else None

    return calculate


def service_level_from_the_day(queues: Sequence[Queue]) -> float | None:
    """Return the service level of the window, from the vendor's ratios of the day at both ends."""

    def in_time(queue: Queue) -> float:
        counted = float((queue.contacts_answered or 0) + (queue.contacts_abandoned or 0))
        return float(queue.service_level_ratio or 0) * counted

    # The window is shorter than the promise of e-mails, which this vendor reports.
    if (queues[-1].service_level_target_seconds or 0) > HALF_HOUR:
        return None
    return ratio(in_time(queues[-1]) - in_time(queues[0]), ended(queues))


def working(*states: AgentState) -> Calculation:
    def calculate(queues: Sequence[Queue]) -> float | None:
        agents = queues[-1].agents
        busy = sum(agents[state] for state in states)
        return ratio(busy, busy + agents["available"])

    return calculate


IN_TIME = share("contacts_answered_in_service_level")
ABANDONED = share("contacts_abandoned")

# Each recorded series by vendor, calculated from the ledger; vendors without the required totals have no entry.
EXPECTED: list[tuple[str, str, Calculation, float]] = [
    *((names.offered("30m"), target, offered, EXACTLY) for target in (KPN, SINCH, BRIGHTPATTERN, AXIALYS)),
    *((names.counted("30m"), target, ended, EXACTLY) for target in (SINCH, BRIGHTPATTERN, AXIALYS)),
    # KPN reports no abandoned contacts.
    (names.counted("30m"), KPN, no_longer_waiting, EXACTLY),
    (names.service_level("30m"), KPN, share("contacts_answered_in_service_level", no_longer_waiting), EXACTLY),
    (names.service_level("30m"), SINCH, IN_TIME, EXACTLY),
    (names.service_level("30m"), AXIALYS, IN_TIME, EXACTLY),
    (names.service_level("30m"), BRIGHTPATTERN, service_level_from_the_day, EXACTLY),
    *((names.abandonment("30m"), target, ABANDONED, EXACTLY) for target in (SINCH, BRIGHTPATTERN, AXIALYS)),
    (names.speed_of_answer("30m"), KPN, per_answer("answer_wait_seconds"), EXACTLY),
    (names.speed_of_answer("30m"), SINCH, per_answer("answer_wait_seconds"), EXACTLY),
    (names.speed_of_answer("30m"), BRIGHTPATTERN, from_the_day("average_wait_seconds"), EXACTLY),
    (names.speed_of_answer("30m"), AXIALYS, from_the_day("average_wait_seconds"), EXACTLY),
    (names.handle_time("30m"), SINCH, per_answer("handle_seconds"), EXACTLY),
    (names.handle_time("30m"), AXIALYS, from_the_day("average_talk_seconds", "average_wrap_up_seconds"), EXACTLY),
    # KPN and Sinch do not report ringing agents of queues, Axialys none in wrap-up.
    (names.occupancy("queue"), KPN, working("busy", "wrap_up"), EXACTLY),
    (names.occupancy("queue"), SINCH, working("busy", "wrap_up"), EXACTLY),
    (names.occupancy("queue"), AXIALYS, working("busy", "ringing"), EXACTLY),
]


def queues_of(hour: Hour, target: str) -> Iterable[str]:
    """Return the queues that a vendor reports; the APIs of KPN and Axialys have voice queues only."""
    every = hour.moments[-1].queues
    return [queue.name for queue in every if queue.channel == "voice" or target in (SINCH, BRIGHTPATTERN)]


@pytest.mark.parametrize(
    ("name", "target", "calculate", "bound"), EXPECTED, ids=[f"{target} {name}" for name, target, _, _ in EXPECTED]
)
def test_the_recorded_value_of_each_queue_matches_the_ledger(
    hour: Hour, name: str, target: str, calculate: Calculation, bound: float
) -> None:
    scrapes = HALF_HOUR // SCRAPE + 1
    windows = {queue: hour.queue(queue)[-scrapes:] for queue in queues_of(hour, target)}
    truth = {queue: value for queue, window in windows.items() if (value := calculate(window)) is not None}
    recorded = {queue: value for (of, at, queue), value in hour.recorded.items() if (of, at) == (name, target)}
    assert truth
    assert recorded == pytest.approx(truth, rel=bound)


def test_nothing_is_recorded_for_a_vendor_without_the_totals(hour: Hour) -> None:
    with_totals = {(name, target) for name, target, _, _ in EXPECTED}
    checked = {name for name, _ in with_totals} - {names.occupancy("queue")}
    found = {(name, target) for name, target, queue in hour.recorded if name in checked and queue}
    assert found <= with_totals


@pytest.mark.parametrize("target", [SINCH, AXIALYS])
def test_the_service_level_of_the_day_counts_contacts_with_an_outcome(hour: Hour, target: str) -> None:
    now = [queue for queue in hour.moments[-1].queues if queue.name in queues_of(hour, target)]
    truth = {
        queue.name: (queue.contacts_answered_in_service_level or 0) / ended_today
        for queue in now
        if (ended_today := (queue.contacts_answered or 0) + (queue.contacts_abandoned or 0))
    }
    name = names.service_level("day")
    recorded = {queue: value for (of, at, queue), value in hour.recorded.items() if (of, at) == (name, target)}
    assert recorded == pytest.approx(truth, rel=EXACTLY)


def test_the_service_level_of_a_target_is_computed_from_its_contacts(hour: Hour) -> None:
    queues = [hour.queue(queue)[-(HALF_HOUR // SCRAPE + 1) :] for queue in queues_of(hour, SINCH)]
    in_time = sum(increase(each, "contacts_answered_in_service_level") for each in queues)
    truth = in_time / sum(map(ended, queues))
    assert hour.recorded[names.service_level("30m", "target"), SINCH, ""] == pytest.approx(truth, rel=EXACTLY)


def test_the_occupancy_of_a_target_is_computed_from_its_agents(hour: Hour) -> None:
    states = [agent.state for agent in hour.moments[-1].agents]
    busy = sum(state in {"busy", "ringing", "wrap_up"} for state in states)
    truth = busy / (busy + states.count("available"))
    assert hour.recorded[names.occupancy("target"), KPN, ""] == pytest.approx(truth, rel=EXACTLY)
