"""The times of a resource, which all follow from its interval, floor and rounds."""

import pytest

from exporter.settings import Poll
from exporter.vendors.toolkit.cadence import Cadence

FAST, SLOW = Poll(), Poll(interval=60)


@pytest.mark.parametrize(
    ("cadence", "interval", "timeout", "stale_after"),
    [
        (Cadence(FAST), 15, 10, 45),
        (Cadence(FAST, floor=30), 30, 10, 60),
        (Cadence(SLOW, floor=30), 60, 10, 180),
        (Cadence(FAST, every=600), 600, 10, 1200),
        (Cadence(FAST, paced=True), 15, 15, 45),
        (Cadence(FAST, floor=30, paced=True), 30, 30, 60),
        (Cadence(Poll(interval=25, timeout=25, stale_after=75), floor=30), 30, 25, 75),
        (Cadence(Poll(interval=25, timeout=25, stale_after=50), floor=30), 30, 25, 70),
    ],
)
def test_every_time_follows_from_interval_and_floor(
    cadence: Cadence, interval: float, timeout: float, stale_after: float
) -> None:
    assert (cadence.interval, cadence.effective, cadence.timeout) == (interval, interval, timeout)
    assert cadence.stale_after == stale_after >= cadence.longest_gap


def test_a_round_longer_than_the_interval_stretches_the_effective_interval_only() -> None:
    cadence = Cadence(FAST, paced=True)
    cadence.took_round(40)
    assert (cadence.interval, cadence.timeout) == (15, 15)
    assert (cadence.effective, cadence.stale_after, cadence.answers_kept) == (40, 80, 80)
    cadence.took_round(9)
    assert (cadence.effective, cadence.stale_after) == (15, 45)


def test_regular_waits_for_others_stretch_the_effective_interval_only() -> None:
    cadence = Cadence(FAST)
    cadence.waited(50, imposed=True)
    assert (cadence.interval, cadence.effective, cadence.stale_after) == (15, 50, 100)
    cadence.waited(15, imposed=False)
    assert cadence.effective == 32.5
    for _ in range(10):
        cadence.waited(15, imposed=False)
    assert (cadence.effective, cadence.stale_after) == (15, 45)


def test_the_first_round_is_not_spread_and_the_second_ends_within_two_intervals() -> None:
    cadence = Cadence(FAST, floor=30, paced=True)
    assert cadence.spread_until(0, None) == 0
    assert cadence.spread_until(30, 0) == 52.5
    assert cadence.spread_until(45, 0) == 52.5
    assert cadence.spread_until(75, 45) == 97.5
    assert cadence.spread_until(200, 110) == 162.5


def test_a_poll_that_has_only_its_timeout_is_not_spread() -> None:
    assert Cadence(FAST).spread_until(30, 15) == 30
