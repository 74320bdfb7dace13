"""The day's running totals of each queue, added up from the quarter hours that the vendor counts by.

Source page: section */contactSummaries*. A quarter hour belongs to the day in which it begins; the vendor goes on to
correct those gone by, so a poll reads the whole day anew.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from exporter.model import Queue
from exporter.vendors.sinch.summaries import BUCKETS, DURATIONS, Bucket
from exporter.vendors.toolkit.json_document import Notes

_OFFERED = ("contacts_offered.handled", "contacts_offered.active")
_LONGEST = "max_wait_seconds"
_MILLISECONDS = 1000


class Day:
    """The queues of one day, as far as their quarter hours have been read."""

    def __init__(self, began: float) -> None:
        """Begin with none.

        Args:
            began: When the day began, in seconds since the Unix epoch.
        """
        self._began = began
        self._seen: set[str] = set()
        self._queues: dict[str, _Sums] = {}

    def add(self, buckets: Iterable[Bucket], notes: Notes) -> None:
        """Add quarter hours; those of another day are left aside, and so are those there are already.

        Args:
            buckets: What was read. One that does not say when it began counts, since only the day's were asked for.
            notes: Receives what had no meaning.
        """
        for bucket in buckets:
            if bucket.began is not None and bucket.began < self._began:
                continue
            if not bucket.queue_id:
                notes.append((f"{BUCKETS.name}.queueId", "no id"))
            elif bucket.id in self._seen:
                notes.append((f"{BUCKETS.name}.id", "duplicate id"))
            else:
                self._seen.add(bucket.id)
                self._queues.setdefault(bucket.queue_id, _Sums(bucket)).add(bucket.figures)

    def queues(self) -> tuple[Queue, ...]:
        """Return what the day's quarter hours say together."""
        return tuple(sums.queue() for sums in self._queues.values())


class _Sums:
    """The figures of one queue."""

    def __init__(self, first: Bucket) -> None:
        self._of = first
        self._figures: dict[str, float] = {}

    def add(self, figures: Mapping[str, float]) -> None:
        sums = self._figures
        for key, value in figures.items():
            sums[key] = max(sums.get(key, 0), value) if key == _LONGEST else sums.get(key, 0) + value

    def queue(self) -> Queue:
        fields: dict[str, Any] = {
            key: value / _MILLISECONDS if key in DURATIONS else value
            for key, value in self._figures.items()
            if key not in _OFFERED
        }
        if all(part in self._figures for part in _OFFERED):
            fields["contacts_offered"] = sum(self._figures[part] for part in _OFFERED)
        queue = Queue(id=self._of.queue_id, name=self._of.name, channel=self._of.channel, **fields)
        return msgspec.structs.replace(queue, service_level_ratio=_service_level(queue))


def _service_level(queue: Queue) -> float | None:
    """Return answered on time / (arrived - false attempts), as the vendor's monitoring computes it.

    None where a part is missing or the parts make no share.
    """
    on_time = queue.contacts_answered_in_service_level
    arrived, false_attempts = queue.contacts_offered, queue.contacts_abandoned_short
    if on_time is None or arrived is None or false_attempts is None:
        return None
    counted = arrived - false_attempts
    return on_time / counted if 0 < counted >= on_time else None
