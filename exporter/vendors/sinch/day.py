"""The running totals of the local day of each queue, from the vendor's quarter hours.

Source page: section */contactSummaries*. A quarter hour counts the contacts that arrived in it, and changes until the
last of them has ended: an e-mail that arrives in the evening is answered in a quarter hour of yesterday. The totals of
a day are therefore the sum of its own quarter hours, and what those of earlier days have grown by since they were
exported last before midnight. The longest wait and the service level are of the contacts that arrived in the day.
"""

from collections.abc import Iterable, Iterator, Mapping
from math import inf
from typing import Any, Literal, NamedTuple

from exporter.model import Channel, Queue
from exporter.vendors.sinch.quarter_hours import QUARTER_HOURS, QuarterHour
from exporter.vendors.sinch.totals import ANSWERED, NOTHING, Values, growth, is_known, queue_fields, sums, values_of
from exporter.vendors.toolkit.json_document import Notes

# The vendor keeps a quarter hour for 36 hours.
KEPT_SECONDS = 36 * 3600.0
# No clock is this far ahead: such a time of change is not one.
_LARGEST_SKEW_SECONDS = 3600.0


class Day(NamedTuple):
    """A local day.

    Attributes:
        name: Its date.
        began: When it began, in seconds since the Unix epoch.
        ends: When it ends.
        before: The date of the day before.
    """

    name: str
    began: float
    ends: float
    before: str


class _Bucket:
    """A quarter hour of a queue.

    Attributes:
        began: When it began, in seconds since the Unix epoch.
        values: Its totals as received last.
        exported: Its totals as exported last, None before that.
        baseline: What of its totals has been exported before the present day, once it belongs to an earlier one.
        changed: When the vendor changed it last, in seconds since the Unix epoch; None if unknown.
        read: The number of the whole read during which it was received last.
    """

    __slots__ = ("baseline", "began", "changed", "exported", "read", "values")

    def __init__(self, began: float, values: Values, read: int) -> None:
        self.began = began
        self.values = values
        self.exported: Values | None = None
        self.baseline = NOTHING
        self.changed: float | None = None
        self.read = read


class _QueueBuckets:
    """The quarter hours of a queue by id, and its name and channel as received last."""

    __slots__ = ("buckets", "changed", "channel", "latest", "name", "undated")

    def __init__(self) -> None:
        self.buckets: dict[str, _Bucket] = {}
        self.name = ""
        self.channel: Channel | Literal[""] = ""
        self.latest = float("-inf")
        self.changed = True
        # The number of the whole read during which a row without a time was received last.
        self.undated = -1

    def describe(self, row: QuarterHour, began: float) -> None:
        if began >= self.latest:
            self.latest, self.name, self.channel = began, row.name, row.channel

    def estimate_baselines(self, day: Day) -> None:
        """Estimate what was exported before a day began, as after a restart.

        What earlier quarter hours have grown by since is between nothing and all of those that changed since. The
        lower bound may be less than was exported before the restart, which Prometheus takes for a counter reset and
        counts the day again. The upper bound counts those quarter hours again. The smaller error is chosen.
        """
        today = [each.values for each in self.buckets.values() if each.began >= day.began]
        earlier = [each for each in self.buckets.values() if each.began < day.began]
        grown = [each for each in earlier if each.changed is not None and each.changed >= day.began]
        counted_again = _answered(each.values for each in grown) <= _answered(today)
        for each in earlier:
            each.baseline = NOTHING if counted_again and each in grown else each.values


def _answered(rows: Iterable[Values]) -> float:
    return sum(values[ANSWERED] or 0 for values in rows)


class DayTotals:
    """The quarter hours that the vendor keeps, and the totals of the present day.

    Attributes:
        changed: When the vendor changed a quarter hour last, in seconds since the Unix epoch; None if unknown.
    """

    def __init__(self) -> None:
        """Start without quarter hours."""
        self.changed: float | None = None
        self._queues: dict[str, _QueueBuckets] = {}
        self._returned = [False] * len(NOTHING)
        self._exported_day: str | None = None
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
        queue = self._queues.get(queue_id)
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
        for queue in self._queues.values():
            gone = [key for key, each in queue.buckets.items() if each.read < self._read and each.began >= kept_from]
            for key in gone:
                del queue.buckets[key]
            queue.changed |= bool(gone) or queue.undated == self._complete
        self._complete = self._read
        self._spoiled.clear()  # what a complete read lacks, the vendor does not provide

    def add(self, rows: Iterable[QuarterHour], requested_from: float, now: float, day: Day, notes: Notes) -> None:
        """Add or correct quarter hours.

        Args:
            rows: Rows of the vendor.
            requested_from: The time from which they were requested.
            now: The present time.
            day: The present day.
            notes: Receives the rows that cannot be added.
        """
        for row in rows:
            if not row.queue_id:
                notes.append((f"{QUARTER_HOURS.name}.queueId", "no id"))
                continue
            self._silent = False
            queue = self._queues.setdefault(row.queue_id, _QueueBuckets())
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
    def _began(row: QuarterHour, bucket: _Bucket | None, requested_from: float, day: Day) -> float | None:
        """Return when a quarter hour began; one without a time is of today if only today was requested."""
        if row.began is not None:
            return row.began
        if bucket is not None:
            return bucket.began
        return day.began if requested_from >= day.began else None

    def _put(self, queue: _QueueBuckets, bucket: _Bucket | None, row: QuarterHour, began: float) -> None:
        values = values_of(row.totals)
        self._earliest = began if self._earliest is None else min(self._earliest, began)
        before = queue.name, queue.channel
        queue.describe(row, began)
        queue.changed |= (queue.name, queue.channel) != before
        if bucket is None:
            bucket = queue.buckets[row.id] = _Bucket(began, values, self._read)
            bucket.changed = row.changed
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

    def begin_export(self, day: Day) -> None:
        """Prepare the export of a day's totals: what was exported before a new day began does not count in it."""
        if day.name == self._exported_day:
            return
        continues = self._exported_day == day.before
        self._exported_day = day.name
        self._cached.clear()
        for key, queue in list(self._queues.items()):
            queue.changed = True
            queue.buckets = {key: each for key, each in queue.buckets.items() if each.began >= day.began - KEPT_SECONDS}
            if not queue.buckets and queue.undated < self._complete:
                del self._queues[key]
            if continues:
                for each in queue.buckets.values():
                    each.baseline = each.exported or NOTHING
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
        for queue_id, queue in list(self._queues.items()):
            if queue.changed or queue_id not in self._cached:
                self._cached[queue_id] = self._exported(queue_id, queue, day)
            if not known or queue_id in known or any(day.began <= each.began for each in queue.buckets.values()):
                yield self._cached[queue_id]
        for listed in known.values():
            if listed.id not in self._queues:
                yield _queue(listed.id, listed.name, listed.channel, self._without_contacts())

    def _exported(self, queue_id: str, queue: _QueueBuckets, day: Day) -> Queue:
        own = [each.values for each in queue.buckets.values() if day.began <= each.began < day.ends]
        earlier = [(each.values, each.baseline) for each in queue.buckets.values() if each.began < day.began]
        totals = sums(own) if own else self._without_contacts()
        if queue.undated >= self._complete:
            totals = (None,) * len(NOTHING)
        for each in queue.buckets.values():
            if each.began < day.ends:
                each.exported = each.values
        queue.changed = False
        return _queue(queue_id, queue.name, queue.channel, totals, growth(earlier))

    def _without_contacts(self) -> Values:
        return tuple(0 if returned else None for returned in self._returned)


def _queue(queue_id: str, name: str, channel: Channel | Literal[""], own: Values, earlier: Values = NOTHING) -> Queue:
    fields: dict[str, Any] = queue_fields(own, earlier)
    return Queue(id=queue_id, name=name, channel=channel, **fields)
