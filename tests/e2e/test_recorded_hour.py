"""What Prometheus records of an hour agrees with what happened in it.

Between the first and the last scrape in a window Prometheus counts exactly. It then stretches the count to the whole
window: by at most the part of the window that lies outside of them, which is up to a scrape's interval at each end.
Part and whole of a share are stretched alike, unless one of them began near 0: Prometheus does not stretch a counter to
before it was 0. So a share, too, is off by no more than that.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from statistics import fmean

import pytest

from exporter.model import AgentState, Queue
from grafana.generator.rules import names
from tests.support.recorded import SCRAPE, WINDOW, Hour, record_hour

pytestmark = pytest.mark.slow

STRETCH = WINDOW / (WINDOW - 2 * SCRAPE) - 1
EXACTLY = 1e-9

KPN, SINCH, BRIGHTPATTERN, AXIALYS = "amsterdam", "helsinki", "oakland", "paris"
Figure = Callable[[Sequence[Queue]], float | None]


@pytest.fixture(scope="module")
def hour(tmp_path_factory: pytest.TempPathFactory) -> Hour:
    return asyncio.run(record_hour(tmp_path_factory.mktemp("hour")))


def grown(queues: Sequence[Queue], field: str) -> float:
    return float(getattr(queues[-1], field) - getattr(queues[0], field))


def offered(queues: Sequence[Queue]) -> float:
    return grown(queues, "contacts_offered")


def ratio(part: float, whole: float) -> float | None:
    return part / whole if whole > 0 else None


def share(field: str, *, short_known: bool = True) -> Figure:
    def figure(queues: Sequence[Queue]) -> float | None:
        short = grown(queues, "contacts_abandoned_short") if short_known else 0
        found = ratio(grown(queues, field), offered(queues) - short)
        return None if found is None else min(found, 1)

    return figure


def per_answer(field: str) -> Figure:
    return lambda queues: ratio(grown(queues, field), grown(queues, "contacts_answered"))


def mean_of(*fields: str) -> Figure:
    """Return the mean of the vendor's own figure, where contacts were answered at all."""

    def figure(queues: Sequence[Queue]) -> float | None:
        said = [[value for queue in queues if (value := getattr(queue, field)) is not None] for field in fields]
        return sum(map(fmean, said)) if all(said) and grown(queues, "contacts_answered") else None

    return figure


def working(*states: AgentState) -> Figure:
    def figure(queues: Sequence[Queue]) -> float | None:
        agents = queues[-1].agents
        busy = sum(agents[state] for state in states)
        return ratio(busy, busy + agents["available"])

    return figure


IN_TIME = share("contacts_answered_in_service_level")
ABANDONED = share("contacts_abandoned")

# Each recorded figure of each vendor that feeds it, worked out of the ledger; no line for a vendor that does not.
FIGURES: list[tuple[str, str, Figure, float]] = [
    *((names.offered("1h"), target, offered, STRETCH) for target in (KPN, SINCH, BRIGHTPATTERN, AXIALYS)),
    # KPN does not tell of short abandons, so they count against it.
    (names.service_level("1h"), KPN, share("contacts_answered_in_service_level", short_known=False), STRETCH),
    (names.service_level("1h"), SINCH, IN_TIME, STRETCH),
    (names.service_level("1h"), AXIALYS, IN_TIME, STRETCH),
    (names.service_level("1h"), BRIGHTPATTERN, mean_of("service_level_ratio"), EXACTLY),
    *((names.abandonment("1h"), target, ABANDONED, STRETCH) for target in (SINCH, BRIGHTPATTERN, AXIALYS)),
    (names.speed_of_answer("1h"), KPN, per_answer("answer_wait_seconds"), STRETCH),
    (names.speed_of_answer("1h"), SINCH, per_answer("answer_wait_seconds"), STRETCH),
    (names.speed_of_answer("1h"), BRIGHTPATTERN, mean_of("average_wait_seconds"), EXACTLY),
    (names.speed_of_answer("1h"), AXIALYS, mean_of("average_wait_seconds"), EXACTLY),
    (names.handle_time("1h"), SINCH, per_answer("handle_seconds"), STRETCH),
    (names.handle_time("1h"), AXIALYS, mean_of("average_talk_seconds", "average_wrap_up_seconds"), EXACTLY),
    # Who rings has no number at KPN's and Sinch's queues, who wraps up none at Axialys's.
    (names.occupancy(), KPN, working("busy", "wrap_up"), EXACTLY),
    (names.occupancy(), SINCH, working("busy", "wrap_up"), EXACTLY),
    (names.occupancy(), AXIALYS, working("busy", "ringing"), EXACTLY),
]


def queues_of(hour: Hour, target: str) -> Iterable[str]:
    """Return the queues a vendor tells of: KPN's and Axialys's APIs are of telephone queues."""
    every = hour.moments[-1].queues
    return [queue.name for queue in every if queue.channel == "voice" or target in (SINCH, BRIGHTPATTERN)]


@pytest.mark.parametrize(
    ("name", "target", "figure", "bound"), FIGURES, ids=[f"{target} {name}" for name, target, _, _ in FIGURES]
)
def test_what_is_recorded_of_each_queue_is_what_happened(
    hour: Hour, name: str, target: str, figure: Figure, bound: float
) -> None:
    truth = {queue: value for queue in queues_of(hour, target) if (value := figure(hour.queue(queue))) is not None}
    recorded = {queue: value for (of, at, queue), value in hour.recorded.items() if (of, at) == (name, target)}
    assert truth
    assert recorded == pytest.approx(truth, rel=bound)


def test_no_figure_is_recorded_of_a_vendor_that_does_not_feed_it(hour: Hour) -> None:
    fed = {(name, target) for name, target, _, _ in FIGURES}
    asked = {name for name, _ in fed} - {names.occupancy()}
    found = {(name, target) for name, target, queue in hour.recorded if name in asked and queue}
    assert found <= fed


@pytest.mark.parametrize("target", [SINCH, AXIALYS])
def test_the_service_level_of_the_day_is_the_ledgers(hour: Hour, target: str) -> None:
    now = [queue for queue in hour.moments[-1].queues if queue.name in queues_of(hour, target)]
    truth = {queue.name: queue.service_level_ratio for queue in now if queue.service_level_ratio is not None}
    name = names.service_level("day")
    recorded = {queue: value for (of, at, queue), value in hour.recorded.items() if (of, at) == (name, target)}
    assert recorded == pytest.approx(truth, rel=EXACTLY)


def test_the_service_level_of_a_target_is_that_of_its_contacts(hour: Hour) -> None:
    queues = [hour.queue(queue) for queue in queues_of(hour, SINCH)]
    in_time = sum(grown(each, "contacts_answered_in_service_level") for each in queues)
    counted = sum(offered(each) - grown(each, "contacts_abandoned_short") for each in queues)
    assert hour.recorded[names.service_level("1h", "target"), SINCH, ""] == pytest.approx(
        in_time / counted, rel=STRETCH
    )


def test_the_occupancy_of_a_target_is_that_of_its_agents(hour: Hour) -> None:
    states = [agent.state for agent in hour.moments[-1].agents]
    busy = sum(state in {"busy", "ringing", "wrap_up"} for state in states)
    truth = busy / (busy + states.count("available"))
    assert hour.recorded[names.occupancy("target"), KPN, ""] == pytest.approx(truth, rel=EXACTLY)
