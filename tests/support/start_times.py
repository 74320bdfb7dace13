"""What Prometheus stores of totals with start times, with its feature `created-timestamp-zero-ingestion`."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

from exporter.metrics.pages import Format
from tests.support.exposition import read

# Prometheus accepts no sample older than half its head block of two hours, counted from its newest sample.
_OLDEST_SECONDS = 3600.0

Samples = Sequence[tuple[float, float]]
"""Times and values of one series."""


class ZeroIngestion:
    """Stores scraped pages, and a 0 at the start of a total that is newer than the total's last sample.

    Attributes:
        series: The samples of each queue's total.
    """

    def __init__(self, family: str) -> None:
        """Store one family of totals, named without its `_total`."""
        self.series: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
        self._family = family
        self._newest = float("-inf")

    def scrape(self, page: bytes, now: float) -> None:
        """Store an OpenMetrics page."""
        families = read(page, Format.OPENMETRICS)
        samples = [sample for metric in families if metric.name == self._family for sample in metric.samples]
        began = {each.labels["queue_id"]: each.value for each in samples if each.name.endswith("_created")}
        self._newest = max(self._newest, now)
        for sample in samples:
            if sample.name.endswith("_total"):
                queue = sample.labels["queue_id"]
                self._start(self.series[queue], began.get(queue), now)
                self.series[queue].append((now, sample.value))

    def _start(self, stored: list[tuple[float, float]], began: float | None, now: float) -> None:
        if began is None or began >= now or began < self._newest - _OLDEST_SECONDS:
            return
        if not stored or began > stored[-1][0]:
            stored.append((began, 0.0))


def increase(samples: Samples) -> float:
    """Return the increase over samples as `increase()` counts it, without its extrapolation."""
    values = [value for _, value in samples]
    return sum(after - before if after >= before else after for before, after in pairwise(values))
