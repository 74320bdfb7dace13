"""Durations in, cumulative counts out; bounds that are added later."""

from exporter.model import Histogram
from exporter.vendors.toolkit.duration_histogram import DurationHistogram


def test_a_duration_counts_in_every_bucket_up_to_whose_bound_it_reaches() -> None:
    waits = DurationHistogram((10.0, 20.0, 60.0))
    for seconds in (0.0, 10.0, 12.807, 20.001, 3600.0):
        waits.observe(seconds)
    assert waits.read() == Histogram(bounds=(10.0, 20.0, 60.0), counts=(2, 3, 4, 5), sum=3642.808)


def test_tenths_of_seconds_add_up_exactly() -> None:
    waits = DurationHistogram((60.0,))
    for _ in range(1000):
        waits.observe(0.1)
    assert waits.read().sum == 100.0


def test_a_bound_added_later_changes_no_count_and_is_exact_from_then_on() -> None:
    waits = DurationHistogram((10.0, 60.0))
    for seconds in (5.0, 15.0, 30.0):
        waits.observe(seconds)
    assert waits.read().counts == (1, 3, 3)
    waits.add_bound(20.0)
    waits.add_bound(20.0)
    assert waits.read() == Histogram(bounds=(10.0, 20.0, 60.0), counts=(1, 1, 3, 3), sum=50.0)
    for seconds in (15.0, 20.0, 20.5):
        waits.observe(seconds)
    assert waits.read().counts == (1, 3, 6, 6)


def test_a_bound_beyond_all_others() -> None:
    waits = DurationHistogram((10.0,))
    waits.observe(11.0)
    waits.add_bound(90.0)
    waits.observe(90.0)
    assert waits.read() == Histogram(bounds=(10.0, 90.0), counts=(0, 1, 2), sum=101.0)
