"""The recorded series of an hour agree with the simulator's ledger.

Between the first and the last scrape in a window Prometheus counts exactly. It then extrapolates to the whole window:
by at most one scrape interval at each end. Numerator and denominator of a ratio are extrapolated by the same factor,
unless one of them began near 0, because Prometheus does not extrapolate a counter to before it was 0. The error of a
ratio therefore has the same bound.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from statistics import fmean

import pytest

from exporter.model import AgentState, Queue
from grafana.generator.rules import names
from tests.support.recorded import SCRAPE, WINDOW, Hour, record_hour

pytestmark = pytest.mark.slow

EXTRAPOLATION = WINDOW / (WINDOW - 2 * SCRAPE) - 1
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


def ratio(part: float, whole: float) -> float | None:
    return part / whole if whole > 0 else None


def share(field: str, *, short_known: bool = True) -> Calculation:
    def calculate(queues: Sequence[Queue]) -> float | None:
        short = increase(queues, "contacts_abandoned_short") if short_known else 0
        found = ratio(increase(queues, field), offered(queues) - short)
        return None if found is None else min(found, 1)

    return calculate


def per_answer(field: str) -> Calculation:
    return lambda queues: ratio(increase(queues, field), increase(queues, "contacts_answered"))


def mean_of(*fields: str) -> Calculation:
    """Return the mean of the vendor's own value if any contacts were answered."""

    def calculate(queues: Sequence[Queue]) -> float | None:
        reported = [[value for queue in queues if (value := getattr(queue, field)) is not None] for field in fields]
        return sum(map(fmean, reported)) if all(reported) and increase(queues, "contacts_answered") else None

    return calculate


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
    *((names.offered("1h"), target, offered, EXTRAPOLATION) for target in (KPN, SINCH, BRIGHTPATTERN, AXIALYS)),
    # KPN does not report short abandons, so they lower its service level.
    (names.service_level("1h"), KPN, share("contacts_answered_in_service_level", short_known=False), EXTRAPOLATION),
    (names.service_level("1h"), SINCH, IN_TIME, EXTRAPOLATION),
    (names.service_level("1h"), AXIALYS, IN_TIME, EXTRAPOLATION),
    (names.service_level("1h"), BRIGHTPATTERN, mean_of("service_level_ratio"), EXACTLY),
    *((names.abandonment("1h"), target, ABANDONED, EXTRAPOLATION) for target in (SINCH, BRIGHTPATTERN, AXIALYS)),
    (names.speed_of_answer("1h"), KPN, per_answer("answer_wait_seconds"), EXTRAPOLATION),
    (names.speed_of_answer("1h"), SINCH, per_answer("answer_wait_seconds"), EXTRAPOLATION),
    (names.speed_of_answer("1h"), BRIGHTPATTERN, mean_of("average_wait_seconds"), EXACTLY),
    (names.speed_of_answer("1h"), AXIALYS, mean_of("average_wait_seconds"), EXACTLY),
    (names.handle_time("1h"), SINCH, per_answer("handle_seconds"), EXTRAPOLATION),
    (names.handle_time("1h"), AXIALYS, mean_of("average_talk_seconds", "average_wrap_up_seconds"), EXACTLY),
    # KPN and Sinch do not report ringing agents of queues, Axialys none in wrap-up.
    (names.occupancy(), KPN, working("busy", "wrap_up"), EXACTLY),
    (names.occupancy(), SINCH, working("busy", "wrap_up"), EXACTLY),
    (names.occupancy(), AXIALYS, working("busy", "ringing"), EXACTLY),
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
    truth = {queue: value for queue in queues_of(hour, target) if (value := calculate(hour.queue(queue))) is not None}
    recorded = {queue: value for (of, at, queue), value in hour.recorded.items() if (of, at) == (name, target)}
    assert truth
    assert recorded == pytest.approx(truth, rel=bound)


def test_nothing_is_recorded_for_a_vendor_without_the_totals(hour: Hour) -> None:
    with_totals = {(name, target) for name, target, _, _ in EXPECTED}
    checked = {name for name, _ in with_totals} - {names.occupancy()}
    found = {(name, target) for name, target, queue in hour.recorded if name in checked and queue}
    assert found <= with_totals


@pytest.mark.parametrize("target", [SINCH, AXIALYS])
def test_the_service_level_of_the_day_matches_the_ledger(hour: Hour, target: str) -> None:
    now = [queue for queue in hour.moments[-1].queues if queue.name in queues_of(hour, target)]
    truth = {queue.name: queue.service_level_ratio for queue in now if queue.service_level_ratio is not None}
    name = names.service_level("day")
    recorded = {queue: value for (of, at, queue), value in hour.recorded.items() if (of, at) == (name, target)}
    assert recorded == pytest.approx(truth, rel=EXACTLY)


def test_the_service_level_of_a_target_is_computed_from_its_contacts(hour: Hour) -> None:
    queues = [hour.queue(queue) for queue in queues_of(hour, SINCH)]
    in_time = sum(increase(each, "contacts_answered_in_service_level") for each in queues)
    counted = sum(offered(each) - increase(each, "contacts_abandoned_short") for each in queues)
    assert hour.recorded[names.service_level("1h", "target"), SINCH, ""] == pytest.approx(
        in_time / counted, rel=EXTRAPOLATION
    )


def test_the_occupancy_of_a_target_is_computed_from_its_agents(hour: Hour) -> None:
    states = [agent.state for agent in hour.moments[-1].agents]
    busy = sum(state in {"busy", "ringing", "wrap_up"} for state in states)
    truth = busy / (busy + states.count("available"))
    assert hour.recorded[names.occupancy("target"), KPN, ""] == pytest.approx(truth, rel=EXACTLY)
