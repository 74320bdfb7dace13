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


@pytest.mark.parametrize("speed", [1.0, 60.0, 0.0])
def test_a_simulated_moment_keeps_its_time(speed: float) -> None:
    clock = ManualClock()
    driver = Driver(working_day(), clock, speed=speed)
    began = driver.centre.now
    assert driver.time_of(began - 1800) == clock.time() - 1800
    clock.elapsed += 90.5
    driver.catch_up()
    assert driver.time_of(began - 1800) == clock.time() - 90.5 - 1800
    assert driver.time_of(began + speed * 30) == clock.time() - 90.5 + (30 if speed else 0)


def test_the_present_of_a_centre_advanced_by_hand_is_now() -> None:
    clock = ManualClock()
    driver = Driver(working_day(), clock)
    driver.centre.advance(driver.centre.now + 7200)
    assert driver.time_of(driver.centre.now) == clock.time()
    clock.elapsed += 10
    assert driver.time_of(driver.catch_up().now) == clock.time()
