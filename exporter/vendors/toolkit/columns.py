"""Columns: one field of all rows at once, which is much faster than reading row by row."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import msgspec

from exporter.model import NoValue
from exporter.vendors.toolkit.json_document import Notes
from exporter.vendors.toolkit.readers import NoValueError, Reader, UnmappedError

Column = list[Any]
"""One field of all rows, in their order."""

UNSET: Final = msgspec.UNSET
"""Marks a value that a row does not contain; None is a value that a reader may return."""

MISSING: Final = NoValue("missing")
"""Recorded for a needed value that a row does not contain; counted once."""

_LONGEST_NOTE = 80
# Equal values of these types have the same meaning (True equals 1 and is not of them), so each is read once.
_PLAIN_TYPES: Final = frozenset({str, int, type(None)})
_EMPTY: Final = frozenset({None, ""})
_EMPTY_UNSET: Final[dict[Any, Any]] = dict.fromkeys(_EMPTY, UNSET)


def read(values: Column, reader: Reader, label: str, notes: Notes) -> Column:
    """Return a column read by a reader; unmapped values are recorded in `notes`."""
    try:
        if _PLAIN_TYPES.issuperset(map(type, values)):
            meanings = {value: reader(value) for value in set(values) - _EMPTY} | _EMPTY_UNSET
            return [meanings[value] for value in values]
        return [UNSET if value is None or value == "" else reader(value) for value in values]
    except UnmappedError:
        return [_read_one(value, reader, label, notes) for value in values]


def _read_one(value: object, reader: Reader, label: str, notes: Notes) -> object:
    if value is None or value == "":
        return UNSET
    try:
        return reader(value)
    except NoValueError as no_value:
        if str(no_value).strip():
            notes.append((label, NoValue(str(no_value)[:_LONGEST_NOTE])))
        return UNSET
    except UnmappedError as unmapped:
        notes.append((label, str(unmapped)[:_LONGEST_NOTE]))
        return UNSET if unmapped.fallback is None else unmapped.fallback


def overlay(column: Column, other: Column) -> Column:
    """Return a column with the set values of another one in place of its own."""
    return [first if second is UNSET else second for first, second in zip(column, other, strict=True)]


def with_default(column: Column, default: Callable[[], object]) -> Column:
    """Return a column with a default for each unset value."""
    return [default() if value is UNSET else value for value in column] if UNSET in column else column


def apply(function: Callable[[Any], object], column: Column) -> Column:
    """Return a column with a function applied to each set value."""
    return [value if value is UNSET else function(value) for value in column]


def record_missing(column: Column | None, rows: int, label: str, notes: Notes) -> Column:
    """Return a column with None as unset, and record each unset value in `notes`."""
    known = [UNSET if value is None else value for value in column or [None] * rows]
    notes += [(label, MISSING)] * known.count(UNSET)
    return known


def to_rows(columns: Mapping[str, Column]) -> Iterator[dict[str, Any]]:
    """Return the set values of columns, row by row."""
    rows = zip(*columns.values(), strict=True)
    if any(UNSET in column for column in columns.values()):
        return ({name: value for name, value in zip(columns, row) if value is not UNSET} for row in rows)  # noqa: B905 - as long
    return (dict(zip(columns, row)) for row in rows)  # noqa: B905 - as long
