"""The quarter hours of one queue at Sinch: what the vendor returned, what was exported, and their saved form."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Literal, NamedTuple

import msgspec

from exporter.model import Channel
from exporter.vendors.sinch.quarter_hours import QuarterHour
from exporter.vendors.sinch.totals import ANSWERED, NOTHING, Values, offered_only, sums

# Whole numbers remain whole.
_Numbers = tuple[int | float | None, ...]
# When a quarter hour began, what was exported of it, and what of that before the day; None if that is all of it.
_Row = tuple[int | float, _Numbers, _Numbers | None]
# How long before midnight a quarter hour begins whose contacts offered were still growing at the last poll before it.
_STILL_GROWING_SECONDS = 2 * 3600.0


class _Saved(msgspec.Struct, array_like=True):
    """The saved form of a queue."""

    name: str
    channel: Channel | Literal[""]
    rows: list[_Row]


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


class Bucket:
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


class QueueBuckets:
    """The quarter hours of a queue by id, and its name and channel as received last."""

    __slots__ = ("buckets", "changed", "channel", "latest", "name", "removed", "saved", "undated")

    def __init__(self) -> None:
        self.buckets: dict[str, Bucket] = {}
        # Those that the vendor does not return any more. If one returns, what was exported of it is known.
        self.removed: dict[str, Bucket] = {}
        self.name = ""
        self.channel: Channel | Literal[""] = ""
        self.latest = float("-inf")
        self.changed = True
        # The number of the whole read during which a row without a time was received last.
        self.undated = -1
        # The saved form of what was exported last; None if it has to be made.
        self.saved: bytes | None = None

    def describe(self, row: QuarterHour, began: float) -> None:
        """Take over the name and channel of a row, unless those of a later one are known."""
        if began >= self.latest:
            self.latest, self.name, self.channel = began, row.name, row.channel

    def add(self, row_id: str, bucket: Bucket) -> None:
        """Add a quarter hour; one that was removed, or that the last process exported, continues."""
        restored_id = _restored_id(bucket.began)
        for buckets, key in ((self.removed, row_id), (self.removed, restored_id), (self.buckets, restored_id)):
            known = buckets.pop(key, None)
            if known is not None:
                bucket.exported, bucket.baseline = known.exported, known.baseline
                break
        self.buckets[row_id] = bucket

    def remove(self, row_id: str) -> None:
        """Remove a quarter hour that the vendor does not return any more."""
        self.removed[row_id] = self.buckets.pop(row_id)

    def drop_before(self, began: float) -> None:
        """Drop the quarter hours that began before a time."""
        self.buckets = {key: each for key, each in self.buckets.items() if each.began >= began}
        self.removed = {key: each for key, each in self.removed.items() if each.began >= began}

    def continue_day(self) -> None:
        """Begin the day after the one exported last: what was exported of a quarter hour does not count again."""
        for each in self._all():
            each.baseline = each.exported or NOTHING

    def _all(self) -> Iterator[Bucket]:
        return chain(self.buckets.values(), self.removed.values())

    def save(self, day: Day) -> bytes:
        """Return what was exported, as JSON; it is kept until something else is exported."""
        if self.saved is None:
            self.saved = msgspec.json.encode(_Saved(self.name, self.channel, self._rows(day)))
        return self.saved

    def _rows(self, day: Day) -> list[_Row]:
        """Return the quarter hours that were exported; ids are omitted, because only sums matter."""
        together: defaultdict[float, list[tuple[Values, Values]]] = defaultdict(list)
        for each in self._all():
            if each.exported is not None:
                baseline = each.baseline if each.began < day.began else each.exported
                together[each.began].append((each.exported, baseline))
        return [_row(began, values) for began, values in together.items()]

    def restore(self, saved: bytes, day: Day) -> None:
        """Continue with what another process exported on a day. Raises msgspec.MsgspecError."""
        found = msgspec.json.decode(saved, type=_Saved)
        self.name, self.channel = found.name, found.channel
        for began, exported, baseline in found.rows:
            if {len(exported), len(baseline or exported)} != {len(NOTHING)}:
                raise msgspec.ValidationError("totals of other fields")
            bucket = self.buckets[_restored_id(began)] = Bucket(began, exported, 0)
            bucket.exported = exported
            if began < day.began:
                bucket.baseline = exported if baseline is None else baseline

    def estimate_baselines(self, day: Day) -> None:
        """Estimate what was exported before a day began, as after a restart.

        What earlier quarter hours have grown by since is between nothing and all of those that changed since. The
        lower bound may be less than was exported before the restart, which Prometheus takes for a counter reset and
        counts the day again. The upper bound counts those quarter hours again. The smaller error is chosen. Contacts
        offered are settled once a quarter hour has passed: those of the evening do not count again.
        """
        today = [each.values for each in self.buckets.values() if each.began >= day.began]
        earlier = [each for each in self._all() if each.began < day.began]
        grown = [each for each in earlier if each.changed is not None and each.changed >= day.began]
        counted_again = _answered(each.values for each in grown) <= _answered(today)
        for each in earlier:
            if not counted_again or each not in grown:
                each.baseline = each.values
            elif each.began < day.began - _STILL_GROWING_SECONDS:
                each.baseline = offered_only(each.values)
            else:
                each.baseline = NOTHING


def _answered(rows: Iterable[Values]) -> float:
    return sum(values[ANSWERED] or 0 for values in rows)


def _row(began: float, values: Sequence[tuple[Values, Values]]) -> _Row:
    """Return the row of one or more quarter hours that began at the same time."""
    if len(values) == 1:
        [(exported, baseline)] = values
    else:
        exported, baseline = (sums(column) for column in zip(*values, strict=True))
    return began, exported, None if baseline == exported else baseline


def _restored_id(began: float) -> str:
    """Return what stands for the id of a quarter hour that was saved."""
    return f"@{began}"
