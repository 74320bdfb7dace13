"""The arithmetic of running totals: tuples of values, each of them known or not.

A total is unknown if one of its parts is: a sum of the others would be too small.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from exporter.vendors.sinch.quarter_hours import DURATIONS, OFFERED

Values = tuple[float | None, ...]

_SUMS = (
    "contacts_offered",
    "contacts_answered",
    "contacts_answered_in_service_level",
    "contacts_abandoned",
    "contacts_abandoned_short",
    "contacts_rejected_closed",
    "answer_wait_seconds",
    "abandon_wait_seconds",
    "handle_seconds",
    "outbound_contacts_handled",
    "outbound_handle_seconds",
)
_LONGEST = "max_wait_seconds"
_FIELDS = (*_SUMS, _LONGEST)
_MILLISECONDS = 1000

ANSWERED = _FIELDS.index("contacts_answered")
"""The index of the contacts answered."""

_OFFERED_INDEX = _FIELDS.index("contacts_offered")

NOTHING: Values = (0,) * len(_FIELDS)
"""The totals of no contacts."""


def offered_only(values: Values) -> Values:
    """Return the contacts offered of a quarter hour, and 0 in every other field."""
    return tuple(value if index == _OFFERED_INDEX else 0 for index, value in enumerate(values))


def values_of(totals: Mapping[str, float]) -> Values:
    """Return the totals of a quarter hour; the contacts offered need both of their parts."""
    handled, active = map(totals.get, OFFERED)
    offered = None if handled is None or active is None else handled + active
    return (offered, *map(totals.get, _FIELDS[1:]))


def is_known(values: Values) -> Iterator[int]:
    """Yield the indexes of the known values."""
    return (index for index, value in enumerate(values) if value is not None)


def sums(rows: Sequence[Values]) -> Values:
    """Return the totals of one or more quarter hours."""
    *columns, longest = zip(*rows, strict=True)
    return (*map(_sum, columns), None if None in longest else max(longest))


def growth(rows: Iterable[tuple[Values, Values]]) -> Values:
    """Return what the sums of several quarter hours have grown by, at least 0; the longest wait does not grow.

    Args:
        rows: The values of each quarter hour now, and those it is compared with.
    """
    pairs = list(rows)
    if not pairs:
        return NOTHING
    now, before = (sums(column) for column in zip(*pairs, strict=True))
    return (*map(_grown, now[:-1], before[:-1]), 0)


def queue_fields(own: Values, earlier: Values) -> dict[str, float | None]:
    """Return the fields of a queue.

    Args:
        own: The totals of the contacts that arrived in the day.
        earlier: What the totals of earlier arrivals have grown by in the day.
    """
    parts = zip(own, earlier, strict=True)
    totals = [None if here is None or there is None else here + there for here, there in parts]
    fields = {
        name: value / _MILLISECONDS if value is not None and name in DURATIONS else value
        for name, value in zip(_FIELDS, totals, strict=True)
    }
    return {**fields, "service_level_ratio": _service_level(own)}


def _sum(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None


def _grown(now: float | None, before: float | None) -> float | None:
    return None if now is None or before is None else max(0, now - before)


def _service_level(values: Values) -> float | None:
    """Return answered on time / (arrived - false attempts), as the vendor's monitoring computes it.

    None if a part is missing or the result is not a ratio.
    """
    arrived, _, on_time, _, false_attempts, *_ = values
    if on_time is None or arrived is None or false_attempts is None:
        return None
    counted = arrived - false_attempts
    return on_time / counted if 0 < counted >= on_time else None
