"""The day's running totals of each queue, added up from the vendor's quarter hours.

Source page: section */contactSummaries*. A quarter hour belongs to the day in which it begins. The vendor corrects past
ones, so every poll reads the whole day again.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from exporter.model import Queue
from exporter.vendors.sinch.tables import DURATIONS, QUARTER_HOURS, QuarterHour
from exporter.vendors.toolkit.json_document import Notes

_OFFERED = ("contacts_offered.handled", "contacts_offered.active")
_LONGEST = "max_wait_seconds"
_MILLISECONDS = 1000


class DayTotals:
    """The totals of one day by queue, of the quarter hours added so far."""

    def __init__(self, began: float) -> None:
        """Start an empty day.

        Args:
            began: When the day began, in seconds since the Unix epoch.
        """
        self._began = began
        self._seen: set[str] = set()
        self._queues: dict[str, _QueueTotals] = {}

    def add(self, quarter_hours: Iterable[QuarterHour], notes: Notes) -> None:
        """Add quarter hours, except those of another day and duplicates.

        Args:
            quarter_hours: Rows of the vendor. One without a start time counts, since only the day's were requested.
            notes: Receives the rows that cannot be added.
        """
        for row in quarter_hours:
            if row.began is not None and row.began < self._began:
                continue
            if not row.queue_id:
                notes.append((f"{QUARTER_HOURS.name}.queueId", "no id"))
            elif row.id in self._seen:
                notes.append((f"{QUARTER_HOURS.name}.id", "duplicate id"))
            else:
                self._seen.add(row.id)
                self._queues.setdefault(row.queue_id, _QueueTotals(row)).add(row.totals)

    def queues(self) -> tuple[Queue, ...]:
        """Return the queues with their totals of the day."""
        return tuple(totals.queue() for totals in self._queues.values())


class _QueueTotals:
    """The totals of one queue."""

    def __init__(self, first: QuarterHour) -> None:
        self._first = first
        self._totals: dict[str, float] = {}

    def add(self, totals: Mapping[str, float]) -> None:
        sums = self._totals
        for key, value in totals.items():
            sums[key] = max(sums.get(key, 0), value) if key == _LONGEST else sums.get(key, 0) + value

    def queue(self) -> Queue:
        fields: dict[str, Any] = {
            key: value / _MILLISECONDS if key in DURATIONS else value
            for key, value in self._totals.items()
            if key not in _OFFERED
        }
        if all(part in self._totals for part in _OFFERED):
            fields["contacts_offered"] = sum(self._totals[part] for part in _OFFERED)
        queue = Queue(id=self._first.queue_id, name=self._first.name, channel=self._first.channel, **fields)
        return msgspec.structs.replace(queue, service_level_ratio=_service_level(queue))


def _service_level(queue: Queue) -> float | None:
    """Return answered on time / (arrived - false attempts), as the vendor's monitoring computes it.

    None if a part is missing or the result is not a ratio.
    """
    on_time = queue.contacts_answered_in_service_level
    arrived, false_attempts = queue.contacts_offered, queue.contacts_abandoned_short
    if on_time is None or arrived is None or false_attempts is None:
        return None
    counted = arrived - false_attempts
    return on_time / counted if 0 < counted >= on_time else None
