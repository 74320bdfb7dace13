"""Counts durations in buckets, as a counter that only grows."""

from bisect import bisect_left
from collections.abc import Iterable
from itertools import accumulate

from exporter.model import Histogram


class DurationHistogram:
    """The durations of one kind."""

    def __init__(self, bounds: Iterable[float]) -> None:
        """Start without durations.

        Args:
            bounds: The upper bounds of the buckets in seconds, inclusive and ascending.
        """
        self._bounds = tuple(bounds)
        self._counts = [0] * (len(self._bounds) + 1)
        self._milliseconds = 0

    def observe(self, seconds: float) -> None:
        """Count a duration."""
        self._counts[bisect_left(self._bounds, seconds)] += 1
        self._milliseconds += round(seconds * 1000)  # fractions of a second would not add up exactly

    def add_bound(self, bound: float) -> None:
        """Add an upper bound, unless it exists.

        The durations counted so far in the bucket that it divides are counted above it: the counts of all bounds stay
        as they are, and that of the new one starts at the count of the bound before it.
        """
        at = bisect_left(self._bounds, bound)
        if self._bounds[at : at + 1] != (bound,):
            self._bounds = (*self._bounds[:at], bound, *self._bounds[at:])
            self._counts.insert(at, 0)

    def read(self) -> Histogram:
        """Return what has been counted so far."""
        return Histogram(bounds=self._bounds, counts=tuple(accumulate(self._counts)), sum=self._milliseconds / 1000)
