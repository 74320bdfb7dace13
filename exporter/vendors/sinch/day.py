"""The running totals of the local day of each queue, from the vendor's quarter hours.

Source page: section */contactSummaries*. A quarter hour counts the contacts that arrived in it, and changes until the
last of them has ended: an e-mail that arrives in the evening is answered in a quarter hour of yesterday. The totals of
a day are therefore the sum of its own quarter hours, and what those of earlier days have grown by since they were
exported last before midnight. The longest wait and the service level are of the contacts that arrived in the day.
"""

from collections.abc import Iterable, Iterator, Mapping
from math import inf
from typing import Any, Literal

import msgspec

from exporter.model import Channel, Queue
from exporter.vendors.sinch.buckets import Bucket, Day, QueueBuckets
from exporter.vendors.sinch.quarter_hours import QUARTER_HOURS, QuarterHour
from exporter.vendors.sinch.totals import ANSWERED, NOTHING, Values, growth, is_known, queue_fields, sums, values_of
from exporter.vendors.toolkit.json_document import Notes

# The vendor keeps a quarter hour for 36 hours.
KEPT_SECONDS = 36 * 3600.0
# No clock is this far ahead: such a time of change is not one.
_LARGEST_SKEW_SECONDS = 3600.0


class DayTotals:
    """The quarter hours that the vendor keeps, and the totals of the present day.

    Attributes:
        changed: When the vendor changed a quarter hour last, in seconds since the Unix epoch; None if unknown.
        queues: The quarter hours of each queue, by id.
        exported_day: The day whose totals were exported last; None before that.
        read_before: Complete reads contained every quarter hour that began before this time, in seconds since the Unix
            epoch.
    """

    def __init__(self) -> None:
        """Start without quarter hours."""
        self.changed: float | None = None
        self.read_before = -inf
        self.queues: dict[str, QueueBuckets] = {}
        self._returned = [False] * len(NOTHING)
        self.exported_day: Day | None = None
        self._may_continue = True
        self._cached: dict[str, Queue] = {}
        # The number of the whole read under way, and of the last complete one.
        self._read = self._complete = 0
        self._earliest: float | None = None
        self._silent = False
        # When quarter hours began that have lost a value since they were received before, by id.
        self._spoiled: dict[str, float] = {}

    @property
    def spoiled_from(self) -> float:
        """When the first quarter hour began that has lost a value and should be read again; infinite if none has."""
        return min(self._spoiled.values(), default=inf)

    def answered(self, queue_id: str, began: float, ends: float) -> float | None:
        """Return the contacts answered of a queue that arrived in whole quarter hours; None if that is unknown.

        Args:
            queue_id: The queue.
            began: When the first quarter hour began.
            ends: When the last one ended.
        """
        queue = self.queues.get(queue_id)
        if self._silent or (queue is not None and queue.undated >= self._complete):
            return None
        rows = queue.buckets.values() if queue is not None else ()
        answered = [each.values[ANSWERED] for each in rows if began <= each.began < ends]
        return None if None in answered else sum(value for value in answered if value is not None)

    def begin_whole_read(self) -> None:
        """Start to note which quarter hours the vendor returns."""
        self._read += 1
        self._earliest = None

    def end_whole_read(self, requested_from: float) -> None:
        """Remove the quarter hours that the vendor no longer returns, except those it has kept for long enough.

        Args:
            requested_from: The time from which quarter hours were requested.
        """
        self._silent = self._earliest is None
        kept_from = requested_from if self._earliest is None else self._earliest
        for queue in self.queues.values():
            gone = [key for key, each in queue.buckets.items() if each.read < self._read and each.began >= kept_from]
            for key in gone:
                queue.remove(key)
            queue.changed |= bool(gone) or queue.undated == self._complete
        self._complete = self._read
        self._spoiled.clear()  # what a complete read lacks, the vendor does not provide

    def add(self, rows: Iterable[QuarterHour], requested_from: float, now: float, day: Day, notes: Notes) -> None:
        """Add or correct quarter hours.

        Args:
            rows: Rows of the vendor.
            requested_from: The time from which they were requested.
            now: The present time of the vendor.
            day: The present day.
            notes: Receives the rows that cannot be added.
        """
        for row in map(_identified, rows):
            if not row.queue_id:
                notes.append((f"{QUARTER_HOURS.name}.queueId", "no id"))
                continue
            self._silent = False
            queue = self.queues.setdefault(row.queue_id, QueueBuckets())
            bucket = queue.buckets.get(row.id)
            began = self._began(row, bucket, requested_from, day)
            if began is None:
                notes.append((f"{QUARTER_HOURS.name}.hourTime", "missing, and it may be of yesterday"))
                queue.undated = self._read
                queue.changed = True
            else:
                self._put(queue, bucket, row, began)
            if row.changed is not None and row.changed <= now + _LARGEST_SKEW_SECONDS:
                self.changed = max(row.changed, self.changed or row.changed)

    @staticmethod
    def _began(row: QuarterHour, bucket: Bucket | None, requested_from: float, day: Day) -> float | None:
        """Return when a quarter hour began; one without a time is of today if only today was requested.

        One that has no id either cannot be distinguished from others.
        """
        if row.began is not None or not row.id:
            return row.began
        if bucket is not None:
            return bucket.began
        return day.began if requested_from >= day.began else None

    def _put(self, queue: QueueBuckets, bucket: Bucket | None, row: QuarterHour, began: float) -> None:
        values = values_of(row.totals)
        self._earliest = began if self._earliest is None else min(self._earliest, began)
        before = queue.name, queue.channel
        queue.describe(row, began)
        queue.changed |= (queue.name, queue.channel) != before
        if bucket is None:
            bucket = Bucket(began, values, self._read)
            bucket.changed = row.changed
            if began < self.read_before:
                # It existed, but was not visible: of an earlier day, it does not count as growth.
                bucket.baseline = values
            queue.add(row.id, bucket)
        else:
            bucket.read, bucket.changed = self._read, row.changed
            if (bucket.values, bucket.began) == (values, began):
                return
            lost = not set(is_known(bucket.values)) <= set(is_known(values))
            if lost:
                self._spoiled[row.id] = began
            else:
                self._spoiled.pop(row.id, None)
            bucket.values, bucket.began = values, began
        queue.changed = True
        for index in is_known(values):
            if not self._returned[index]:
                self._returned[index] = True
                self._cached.clear()

    def resume(self, day: Day, queues: dict[str, QueueBuckets], *, recent: bool) -> None:
        """Continue with what another process exported, before the first read.

        Args:
            day: The day that it exported last.
            queues: The quarter hours of each queue, by id.
            recent: Whether it exported recently enough for a new day to continue that one.
        """
        self.exported_day, self.queues = day, queues
        self._may_continue = recent

    def begin_export(self, day: Day) -> None:
        """Prepare the export of a day's totals: what was exported before a new day began does not count in it."""
        last = self.exported_day
        if last is not None and last.name == day.name:
            return
        continues = last is not None and last.name == day.before and self._may_continue
        self._may_continue = True
        self.exported_day = day
        self._cached.clear()
        for key, queue in list(self.queues.items()):
            queue.changed = True
            queue.saved = None
            queue.drop_before(day.began - KEPT_SECONDS)
            if not (queue.buckets or queue.removed) and queue.undated < self._complete:
                del self.queues[key]
            if continues:
                queue.continue_day()
            else:
                queue.estimate_baselines(day)

    def export(self, day: Day, known: Mapping[str, Queue]) -> Iterator[Queue]:
        """Yield the queues with their totals of the day, after `begin_export`.

        A queue without quarter hours has totals of 0 in each field that the vendor has returned for any queue, because
        a day begins without rows. If the vendor returns no rows at all, nothing is known.

        Args:
            day: The day.
            known: The queues that exist, by id; empty if that is not known.
        """
        if self._silent:
            return
        for queue_id, queue in list(self.queues.items()):
            if queue.changed or queue_id not in self._cached:
                self._cached[queue_id] = self._exported(queue_id, queue, day)
            if not known or queue_id in known or any(day.began <= each.began for each in queue.buckets.values()):
                yield self._cached[queue_id]
        for listed in known.values():
            if listed.id not in self.queues:
                yield _queue(listed.id, listed.name, listed.channel, self._without_contacts())

    def _exported(self, queue_id: str, queue: QueueBuckets, day: Day) -> Queue:
        own = [each.values for each in queue.buckets.values() if day.began <= each.began < day.ends]
        earlier = [(each.values, each.baseline) for each in queue.buckets.values() if each.began < day.began]
        totals = sums(own) if own else self._without_contacts()
        if queue.undated >= self._complete:
            totals = (None,) * len(NOTHING)
        for each in queue.buckets.values():
            if each.began < day.ends:
                each.exported = each.values
        queue.changed = False
        queue.saved = None
        return _queue(queue_id, queue.name, queue.channel, totals, growth(earlier))

    def _without_contacts(self) -> Values:
        return tuple(0 if returned else None for returned in self._returned)


def _identified(row: QuarterHour) -> QuarterHour:
    """Return a row with an id, which the vendor makes of the queue and the time; as it is if it has neither."""
    if row.id or row.began is None:
        return row
    return msgspec.structs.replace(row, id=f"{row.queue_id} {row.began:.0f}")


def _queue(queue_id: str, name: str, channel: Channel | Literal[""], own: Values, earlier: Values = NOTHING) -> Queue:
    fields: dict[str, Any] = queue_fields(own, earlier)
    return Queue(id=queue_id, name=name, channel=channel, **fields)
