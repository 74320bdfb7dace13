"""Events run in order and advance the time."""

from functools import partial

import pytest

from exporter.simulator.engine import Engine


def test_events_run_in_order_of_time_then_planning() -> None:
    engine = Engine()
    seen: list[str] = []
    for moment, name in ((3, "late"), (1, "first"), (1, "second")):
        engine.at(moment, partial(seen.append, name))
    engine.advance(2)
    assert (seen, engine.now) == (["first", "second"], 2)
    engine.advance(3)
    assert seen == ["first", "second", "late"]


def test_events_planned_by_events_run_in_the_same_advance() -> None:
    engine, seen = Engine(), []

    def plan_another() -> None:
        engine.after(1, lambda: seen.append(engine.now))

    engine.after(1, plan_another)
    engine.advance(5)
    assert seen == [2]


def test_cancelled_event_does_not_run() -> None:
    engine, seen = Engine(), []
    event = engine.after(1, lambda: seen.append("never"))
    event.cancel()
    engine.advance(5)
    assert not seen


def test_times_round_up_and_delays_round_to_nearest() -> None:
    engine, seen = Engine(resolution=1), []
    engine.at(1.2, lambda: seen.append(engine.now))
    engine.after(3.4, lambda: seen.append(engine.now))
    engine.after(4.5, lambda: seen.append(engine.now))
    engine.advance(9.9)
    assert (seen, engine.now) == ([2, 3, 5], 9)


def test_continuous_time_is_not_rounded() -> None:
    engine, seen = Engine(resolution=0), []
    engine.at(1.2, lambda: seen.append(engine.now))
    engine.advance(9.9)
    assert (seen, engine.now) == ([1.2], 9.9)


def test_event_planned_in_the_past_runs_now() -> None:
    engine, seen = Engine(start=10), []
    engine.at(3, lambda: seen.append(engine.now))
    engine.advance(10)
    assert seen == [10]


def test_advancing_to_the_past_is_rejected() -> None:
    engine = Engine(start=10)
    with pytest.raises(ValueError, match="cannot advance from 10 back to 9"):
        engine.advance(9)
