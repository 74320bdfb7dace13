"""The simulated queue agrees with queueing theory, and the formulas with published examples."""

import math
from statistics import mean, stdev
from typing import TYPE_CHECKING

import pytest

from exporter.model import Queue
from exporter.simulator.daytime import DAY
from tests.support.erlang import Erlang, erlang_b, erlang_c
from tests.support.simulation import stationary

if TYPE_CHECKING:
    from collections.abc import Callable

BATCHES = 20
STUDENT_99_PERCENT_OF_19 = 2.861
TARGET = 20.0


def test_erlang_b_and_c_agree_with_the_textbooks() -> None:
    assert erlang_b(1, 2) == pytest.approx(0.2)
    assert erlang_b(10, 10) == pytest.approx(0.2146, abs=5e-5)
    # 360 calls in half an hour of 4 minutes for 55 agents: the worked example of Mitan's Erlang-C page.
    queue = Erlang(arrivals=0.2, service=240, agents=55)
    assert erlang_c(48, 55) == pytest.approx(0.239, abs=5e-4)
    assert queue.waits == pytest.approx(erlang_c(48, 55), rel=1e-9)
    assert queue.mean_wait == pytest.approx(8.2, abs=0.05)
    assert queue.service_level(15) == pytest.approx(0.846, abs=5e-4)


def test_erlang_a_agrees_with_the_textbook() -> None:
    # Garnett, Mandelbaum and Reiman, "Designing a call center with impatient customers" (2002), table 1:
    # 48 calls a minute of 1 minute for 50 agents, callers with infinite patience and with a patience of 2 minutes.
    patient, impatient = Erlang(48, 1, 50), Erlang(48, 1, 50, patience=2)
    assert patient.mean_wait * 60 == pytest.approx(20.8, abs=0.05)
    assert impatient.abandons == pytest.approx(0.031, abs=5e-4)
    assert impatient.mean_wait * 60 == pytest.approx(3.7, abs=0.05)


def test_erlang_a_agrees_with_its_birth_and_death_equations() -> None:
    queue = Erlang(arrivals=0.06, service=180, agents=10, patience=120)
    weights = [1.0]
    for state in range(1, 400):
        busy, queued = min(state, queue.agents), max(0, state - queue.agents)
        weights.append(weights[-1] * queue.arrivals / (busy / queue.service + queued / queue.patience))
    waiting = sum(max(0, state - queue.agents) * weight for state, weight in enumerate(weights)) / sum(weights)
    assert queue.abandons == pytest.approx(waiting / queue.patience / queue.arrivals, rel=1e-8)
    assert queue.waits == pytest.approx(sum(weights[10:]) / sum(weights), rel=1e-8)
    assert queue.service_level(1e4) == pytest.approx(1 - queue.abandons, rel=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "per_hour", "patience"), [("Erlang-A", 200, 120.0), ("Erlang-C", 160, None)])
def test_the_simulated_queue_agrees_with_theory(name: str, per_hour: float, patience: float | None) -> None:
    theory = Erlang(per_hour / 3600, 180, 10, patience or math.inf)
    days = _days(per_hour, patience)
    expected: dict[str, tuple[float, Callable[[Queue], float]]] = {
        "service level": (theory.service_level(TARGET), lambda queue: queue.service_level_ratio or 0.0),
        "mean wait of those answered": (theory.mean_answered_wait, lambda queue: queue.average_wait_seconds or 0.0),
        "mean wait of all": (theory.mean_wait, _mean_wait),
        "abandoned": (theory.abandons, _abandoned),
    }
    for what, (truth, of) in expected.items():
        batches = [of(queue) for queue in days]
        middle = mean(batches)
        margin = STUDENT_99_PERCENT_OF_19 * stdev(batches) / math.sqrt(BATCHES)
        print(f"{name}: {what}: theory {truth:.4f}, simulated {middle:.4f} ± {margin:.4f} (99%)")  # noqa: T201
        assert abs(middle - truth) <= margin + 1e-12


def _days(per_hour: float, patience: float | None) -> list[Queue]:
    """Return the queue at the end of each day; each day is a batch, the first one is the warm-up."""
    centre = stationary(agents=10, per_hour=per_hour, service=180, patience=patience)
    days: list[Queue] = []
    for day in range(1, BATCHES + 2):
        centre.advance(day * DAY - 1e-3)
        days.extend(centre.ledger.queues())
    return days[1:]


def _mean_wait(queue: Queue) -> float:
    return ((queue.answer_wait_seconds or 0.0) + (queue.abandon_wait_seconds or 0.0)) / (
        queue.contacts_offered or math.inf
    )


def _abandoned(queue: Queue) -> float:
    return (queue.contacts_abandoned or 0.0) / (queue.contacts_offered or math.inf)
