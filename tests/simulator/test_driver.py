"""Driving simulated time by a clock."""

import pytest

from exporter.simulator import Driver, working_day
from exporter.simulator.daytime import HOUR
from tests.support.simulation import ManualClock


@pytest.mark.parametrize(("speed", "expected"), [(1.0, 90), (60.0, 5400), (0.0, 0), (0.5, 45)])
def test_speed_is_simulated_seconds_per_second(speed: float, expected: float) -> None:
    clock = ManualClock()
    driver = Driver(working_day(), clock, speed=speed)
    clock.elapsed += 90.9
    assert driver.catch_up().now - 10.5 * HOUR == pytest.approx(expected, abs=60)
    assert driver.centre.now == int(driver.centre.now)


def test_a_stopped_clock_stops_the_centre() -> None:
    driver = Driver(working_day(), ManualClock())
    before = driver.catch_up().ledger.queues()
    assert driver.catch_up().ledger.queues() == before


def test_a_centre_advanced_by_hand_waits_for_its_clock() -> None:
    clock = ManualClock()
    driver = Driver(working_day(), clock)
    driver.centre.advance(11 * HOUR)
    clock.elapsed += 10
    assert driver.catch_up().now == 11 * HOUR
    clock.elapsed += 0.5 * HOUR
    assert driver.catch_up().now == 11 * HOUR + 10


def test_negative_speed_is_rejected() -> None:
    with pytest.raises(ValueError, match="speed must be >= 0"):
        Driver(working_day(), ManualClock(), speed=-1)
