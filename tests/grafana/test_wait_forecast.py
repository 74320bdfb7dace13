"""The wait forecast against exact queueing theory, and against what the simulated contact centre did.

The forecast is the number waiting over the rate at which contacts leave, answered or abandoned, in the last 15 minutes.
`test_intraday.py` shows that the dashboard's PromQL computes it.
"""

import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

import pytest

from exporter.simulator.centre import Centre
from exporter.simulator.default import working_day
from exporter.simulator.scenarios import ScenarioName
from grafana.preview.panel_queries import boards, panels
from tests.support.erlang import Erlang
from tests.support.paths import ROOT

WINDOW = 900.0
STEP = 15.0
SHOWN_FROM = 3
HALF_HOUR = 1800.0


def forecast(waiting: float, leaving_per_second: float) -> float:
    return waiting / leaving_per_second


def mean_waiting(queue: Erlang) -> float:
    """Return the mean number waiting, by the birth and death equations."""
    weights = [1.0]
    for state in range(1, 3000):
        busy, queued = min(state, queue.agents), max(0, state - queue.agents)
        weights.append(weights[-1] * queue.arrivals / (busy / queue.service + queued / queue.patience))
    return sum(max(0, state - queue.agents) * weight for state, weight in enumerate(weights)) / sum(weights)


@pytest.mark.parametrize(
    "queue",
    [
        Erlang(arrivals=0.05, service=180, agents=10),
        Erlang(arrivals=0.2, service=240, agents=50),
        Erlang(arrivals=0.05, service=180, agents=10, patience=240),
        Erlang(arrivals=0.09, service=180, agents=10, patience=240),  # more contacts than the agents can answer
        Erlang(arrivals=0.4, service=240, agents=80, patience=120),
    ],
)
def test_at_the_mean_number_waiting_the_forecast_is_the_mean_wait_of_erlang_c_and_a(queue: Erlang) -> None:
    answered = queue.arrivals * (1 - queue.abandons)
    abandoned = queue.arrivals * queue.abandons
    assert forecast(mean_waiting(queue), answered + abandoned) == pytest.approx(queue.mean_wait, rel=1e-3)


@pytest.mark.parametrize("waiting", [3, 5, 10, 30])
def test_with_all_agents_busy_and_patient_callers_the_forecast_is_short_by_one_contact(waiting: int) -> None:
    # Erlang C: a contact that finds k waiting is answered after k + 1 conversations end, each after service / agents.
    agents, service = 12, 240
    exact = (waiting + 1) * service / agents
    assert forecast(waiting, agents / service) == pytest.approx(exact * waiting / (waiting + 1))


@pytest.mark.parametrize(("agents", "patience"), [(10, 240), (40, 300), (40, 120)])
def test_in_a_standing_overload_the_forecast_is_within_a_third_of_the_exact_wait_of_a_patient_caller(
    agents: int, patience: float
) -> None:
    # Erlang A: each of those ahead leaves answered (a rate of agents / service) or abandoned (waiting / patience).
    service = 180.0
    queue = Erlang(arrivals=1.25 * agents / service, service=service, agents=agents, patience=patience)
    waiting = round(mean_waiting(queue))
    assert waiting >= SHOWN_FROM
    exact = sum(1 / (agents / service + ahead / patience) for ahead in range(waiting + 1))
    assert forecast(waiting, queue.arrivals) == pytest.approx(exact, rel=1 / 3)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A forecast, and how long the contacts then waiting were in the queue."""

    forecast: float
    actual: float


@pytest.fixture(scope="module")
def outcomes() -> list[Outcome]:
    """Return the outcomes of an hour of three times the usual contacts, on three days, and of the half hour after."""
    return [outcome for seed in (1, 2, 3) for outcome in _observed(seed)]


def _observed(seed: int) -> Iterator[Outcome]:
    centre = working_day(seed)
    start = centre.now
    totals: dict[str, deque[tuple[float, float]]] = {queue: deque() for queue in centre.lines}
    pending: list[tuple[str, float, float]] = []
    surge = centre.scenarios[ScenarioName.SURGE]
    for tick in range(1, int((4 * HALF_HOUR) / STEP) + 1):
        now = start + tick * STEP
        if now == start + HALF_HOUR:
            surge.on()
        if now == start + 3 * HALF_HOUR:
            surge.off()
        centre.advance(now)
        for queue in centre.ledger.queues():
            left = totals[queue.id]
            left.append((now, (queue.contacts_answered or 0) + (queue.contacts_abandoned or 0)))
            while left[0][0] < now - WINDOW:
                left.popleft()
            rate = (left[-1][1] - left[0][1]) / WINDOW
            if (queue.waiting_contacts or 0) >= SHOWN_FROM and rate and now >= start + HALF_HOUR:
                pending.append((queue.id, now, forecast(queue.waiting_contacts or 0, rate)))
        gone = [item for item in pending if _first_offered(centre, item[0]) > item[1]]
        pending = [item for item in pending if item not in gone]
        yield from (Outcome(expected, now - since) for _, since, expected in gone)


def _first_offered(centre: Centre, queue: str) -> float:
    return min((contact.offered for contact in centre.lines[queue].waiting), default=math.inf)


def test_the_measured_error_is_the_one_in_the_docs(outcomes: list[Outcome]) -> None:
    factors = sorted(outcome.forecast / outcome.actual for outcome in outcomes)
    assert len(factors) > 1000
    within_two = sum(0.5 <= factor <= 2 for factor in factors) / len(factors)
    middle = f"within a factor of {median(max(each, 1 / each) for each in factors):.1f}"
    text = (
        f"half of the forecasts were {middle}, and "
        f"{within_two * 100:.0f} % within a factor of 2; the median was {median(factors):.2f} of the actual wait"
    )
    assert 0.8 < median(factors) < 1.25
    assert text in " ".join((ROOT / "docs" / "boards.md").read_text(encoding="utf-8").split())
    staffing = next(panel for panel in panels(boards()["intraday"]) if panel["title"] == "Staffing by queue")
    assert f"half of the forecasts are {middle}" in staffing["description"]


def test_longer_forecasts_are_longer_waits(outcomes: list[Outcome]) -> None:
    ordered = sorted(outcomes, key=lambda outcome: outcome.forecast)
    size = len(ordered) // 4
    quarters = [median(outcome.actual for outcome in ordered[place * size : (place + 1) * size]) for place in range(4)]
    assert all(longer > shorter for shorter, longer in pairwise(quarters)), quarters
