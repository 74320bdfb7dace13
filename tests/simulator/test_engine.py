"""Time jumps from event to event, in order."""

from functools import partial

import pytest

from exporter.simulator.engine import Engine


def test_events_happen_in_order_and_at_one_moment_as_planned() -> None:
    engine = Engine()
    seen: list[str] = []
    for moment, name in ((3, "late"), (1, "first"), (1, "second")):
        engine.at(moment, partial(seen.append, name))
    engine.advance(2)
    assert (seen, engine.now) == (["first", "second"], 2)
    engine.advance(3)
    assert seen == ["first", "second", "late"]


def test_events_planned_meanwhile_happen_within_the_same_advance() -> None:
    engine, seen = Engine(), []

    def plan_another() -> None:
        engine.after(1, lambda: seen.append(engine.now))

    engine.after(1, plan_another)
    engine.advance(5)
    assert seen == [2]


def test_a_cancelled_event_does_not_happen() -> None:
    engine, seen = Engine(), []
    event = engine.after(1, lambda: seen.append("never"))
    event.cancel()
    engine.advance(5)
    assert not seen


def test_moments_are_rounded_up_and_delays_to_the_nearest_of_the_resolution() -> None:
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


def test_an_event_planned_for_the_past_happens_now() -> None:
    engine, seen = Engine(start=10), []
    engine.at(3, lambda: seen.append(engine.now))
    engine.advance(10)
    assert seen == [10]


def test_time_does_not_run_backwards() -> None:
    engine = Engine(start=10)
    with pytest.raises(ValueError, match="forwards"):
        engine.advance(9)
