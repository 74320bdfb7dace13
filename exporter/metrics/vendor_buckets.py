"""Histograms that a vendor counts, as one running total for each bucket and one for the sum.

The buckets of one histogram restart together or not at all: the count of all observations decides, because a single
bucket may be corrected without a restart.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import Final

import msgspec

from exporter.metrics import catalog
from exporter.metrics.columns import Column, HistogramSample, Sample, open_column

VENDOR_HISTOGRAMS: Final = frozenset({catalog.QUEUE_WAIT})
"""The histograms that the vendor counts. The exporter counts the others itself, so they never decrease."""


@lru_cache(maxsize=10_000)
def _columns(column: Column, bounds: tuple[float, ...]) -> tuple[Sequence[Column], Column]:
    """Return the columns of all buckets and that of the sum."""
    edges = [*map(str, map(float, bounds)), "+Inf"]
    family, labels = column.family, column.labels
    buckets = [open_column(family, *labels, ("le", edge)) for edge in edges]
    return buckets, open_column(family, *labels, ("part", "sum"))


def bucket_totals(sample: HistogramSample) -> Sequence[Sample]:
    """Return the running totals of a histogram: all observations, the other buckets, and the sum if it has one."""
    column, histogram = sample
    buckets, of_sum = _columns(column, histogram.bounds)
    first: Sample = (buckets[-1], histogram.counts[-1])
    totals = [first, *zip(buckets[:-1], histogram.counts[:-1], strict=True)]
    return totals if histogram.sum is None else [*totals, (of_sum, histogram.sum)]


def with_totals(sample: HistogramSample, held: Sequence[float]) -> HistogramSample:
    """Return a histogram with other totals, in the order of `bucket_totals`.

    A bucket never has less than the one below it, which is possible if only one of them was held.
    """
    column, histogram = sample
    total, *others = held[: len(histogram.counts)]
    *below, most = accumulate([*others, total], max)
    total_sum = None if histogram.sum is None else held[-1]
    return column, msgspec.structs.replace(histogram, counts=(*below, most), sum=total_sum)


def vendor_histograms(histograms: Iterable[HistogramSample]) -> Iterator[HistogramSample]:
    """Yield the histograms that the vendor counts."""
    return (sample for sample in histograms if sample[0].family in VENDOR_HISTOGRAMS)
