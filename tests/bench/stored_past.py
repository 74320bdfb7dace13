"""The samples of the past that rules read, oldest first: what they would find after three days.

Totals have samples every 15 seconds for as long as the exact windows are. What is recorded has samples every two
minutes for as long, and before that only at the steps of the subqueries of hours and days.
"""

from collections.abc import Iterator
from typing import Final

from exporter.metrics import catalog
from grafana.generator.rules import names
from tests.bench.ten_thousand import Pages

SCRAPE: Final = 15
_RECORDED: Final = 120
# Half an hour, and what the measuring takes.
_RECENT: Final = 40 * 60
_STEPS: Final = {6 * 3600: 600, 72 * 3600: 1800}
_TOTALS: Final = (
    catalog.QUEUE_CONTACTS_OFFERED,
    catalog.QUEUE_CONTACTS_ANSWERED,
    catalog.QUEUE_CONTACTS_ANSWERED_IN_SERVICE_LEVEL,
    catalog.QUEUE_CONTACTS_ABANDONED,
    catalog.QUEUE_CONTACTS_ABANDONED_UNIQUE,
    catalog.QUEUE_CONTACTS_REDIRECTED_ON_NO_ANSWER,
)
_HALF_HOURS: Final = {names.counted("30m"): 40, names.service_level("30m"): 0.9}


def past(pages: Pages, now: float) -> Iterator[bytes]:
    """Yield the lines of each moment of the past.

    Args:
        pages: The series of the estate.
        now: The time, in seconds since the Unix epoch.
    """
    starts = tuple(f"{family.name}{{" for family in _TOTALS)
    totals = [counter for counter in pages.counters if counter[0].startswith(starts)]
    counted = _counted(pages)
    queues = list(counted)
    for moment in sorted(_moments(now)):
        at, recent = f"{moment * 1000}\n", moment > now - _RECENT
        step = int(moment - now) // SCRAPE + pages.start
        lines = [f"{head}{first + growth * step} {at}" for head, first, growth in totals if recent]
        if moment % _RECORDED == 0:
            lines += [f"{name}{{{queue}{value} {at}" for name, value in _HALF_HOURS.items() for queue in queues]
            today = ((queue, first + growth * step) for queue, (first, growth) in counted.items() if recent)
            lines += [f"{names.COUNTED_TODAY}{{{queue}{value} {at}" for queue, value in today]
        yield "".join(lines).encode()


def _counted(pages: Pages) -> dict[str, tuple[int, int]]:
    """Return the contacts with an outcome, at first and in a step, by the labels of each queue."""
    totals = {(name, labels): total for head, *total in pages.counters for name, _, labels in [head.partition("{")]}
    abandoned = catalog.QUEUE_CONTACTS_ABANDONED.name
    found: dict[str, tuple[int, int]] = {}
    for (name, labels), (first, growth) in totals.items():
        if name == catalog.QUEUE_CONTACTS_ANSWERED.name:
            lost, more_lost = totals.get((abandoned, labels), (80, 2))
            found[labels] = (first + lost, growth + more_lost)
    return found


def _moments(now: float) -> set[int]:
    """Return the times at which there are samples."""
    found = set(range(int(now - _RECENT) // SCRAPE * SCRAPE, int(now), SCRAPE))
    for age, step in _STEPS.items():
        found |= set(range(int(now - age) // step * step, int(now), step))
    return found
