"""The samples that rules and dashboards of ten thousand queues read: what is scraped, and what was recorded before.

What is scraped has samples every 15 seconds, from before the longest window of totals until after the measurement, so
that nothing needs to be scraped meanwhile. What was recorded has samples every two minutes for as long, and before that
only at the steps of the subqueries of hours and days.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Final

from exporter.metrics import catalog
from grafana.generator.rules import names
from tests.bench import remote_write
from tests.bench.ten_thousand import Series

SCRAPE: Final = 15
# Prometheus accepts samples of up to ten minutes in the future.
_AHEAD: Final = 9 * 60
_BEFORE: Final = 32 * 60
_RECORDED: Final = 120
_STEPS: Final = {6 * 3600: 600, 72 * 3600: 1800}
# Totals restarted long before.
_FIRST_STEP: Final = 1000
# The service level of queues whose vendor reports only that of the day.
_OF_DAY: Final = 0.85
_OFFERED: Final = catalog.QUEUE_CONTACTS_OFFERED
_ANSWERED: Final = catalog.QUEUE_CONTACTS_ANSWERED
INSTANCE: Final = "exporter:10117"
_LABELS: Final = {"job": "contactcenter", "instance": INSTANCE}
_REQUEST: Final = 4_000


class Writer:
    """Encodes the series; most have the same samples as many others."""

    def __init__(self, now: float) -> None:
        """Set the present time, in seconds since the Unix epoch."""
        self._now = int(now) // SCRAPE * SCRAPE
        self._samples = cache(self._encoded)

    def requests(self, series: Iterable[Series]) -> Iterator[bytes]:
        """Yield the bodies of the remote-write requests."""
        everything = list(series)
        encoded = [*map(self._scraped, everything), *map(self._recorded, _recorded(everything))]
        for start in range(0, len(encoded), _REQUEST):
            yield remote_write.body(encoded[start : start + _REQUEST])

    def _scraped(self, series: Series) -> bytes:
        return self._series(series, -_BEFORE, _AHEAD, SCRAPE)

    def _recorded(self, series: Series) -> bytes:
        return self._series(series, -_BEFORE if series.growth else -max(_STEPS), 0, _RECORDED)

    def _series(self, series: Series, *span: int) -> bytes:
        encoded = self._samples(series.first, series.growth, *span)
        return remote_write.series(series.name, {**series.labels, **_LABELS}, encoded)

    def _encoded(self, first: float, growth: float, start: int, end: int, step: int) -> bytes:
        ages = (at - self._now for at in self._times(start, end, step))
        values = (first + int(growth * (age / SCRAPE + _FIRST_STEP)) for age in ages)
        return remote_write.samples([at * 1000 for at in self._times(start, end, step)], values)

    def _times(self, start: int, end: int, step: int) -> list[int]:
        """Return multiples of the step, and before the last half hour those of longer steps."""
        now = self._now
        found = set(range((now + max(start, -_BEFORE)) // step * step, now + end, step))
        for age, longer in _STEPS.items():
            if age <= -start:
                found |= set(range((now - age) // longer * longer, now - _BEFORE, longer))
        return sorted(found)


def _recorded(series: Iterable[Series]) -> Iterator[Series]:
    """Yield what earlier evaluations recorded of each queue and later ones read."""
    queues: dict[tuple[str, str], dict[str, Series]] = defaultdict(dict)
    for each in series:
        if each.growth:
            queues[each.labels["target"], each.labels["queue_id"]][each.name] = each
    for totals in queues.values():
        offered, answered = (totals[family.name] for family in (_OFFERED, _ANSWERED))
        abandoned = totals.get(catalog.QUEUE_CONTACTS_ABANDONED.name)
        first, growth = (
            (answered.first + abandoned.first, answered.growth + abandoned.growth)
            if abandoned
            else (offered.first, offered.growth)
        )
        in_time = totals.get(catalog.QUEUE_CONTACTS_ANSWERED_IN_SERVICE_LEVEL.name)
        level = in_time.growth / growth if in_time else _OF_DAY
        yield Series(names.COUNTED_TODAY, answered.labels, first, growth)
        yield Series(names.counted("30m"), answered.labels, growth * 1800 / SCRAPE, 0)
        yield Series(names.service_level("30m"), answered.labels, level, 0)
