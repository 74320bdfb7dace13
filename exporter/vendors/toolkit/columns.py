"""Columns: one field of all rows at once, which spares most of what a row read by itself takes."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import msgspec

from exporter.vendors.toolkit.json_document import Notes
from exporter.vendors.toolkit.readers import Reader, UnmappedError

Column = list[Any]
"""One field of all rows, in their order."""

UNSET: Final = msgspec.UNSET
"""What a row does not tell, None being something a reader may find."""

MISSING: Final = "missing"
"""Noted in the place of a value that a row does not hold and should."""

_LONGEST_NOTE = 80
# Of these kinds equal values mean the same (a true equals 1 and is none), so each is read once.
_PLAIN_KINDS: Final = frozenset({str, int, type(None)})
_NOTHING: Final = frozenset({None, ""})
_NOTHING_TOLD: Final[dict[Any, Any]] = dict.fromkeys(_NOTHING, UNSET)


def read(values: Column, reader: Reader, label: str, notes: Notes) -> Column:
    """Return what the values of a column mean; each that has no meaning is noted."""
    try:
        if _PLAIN_KINDS.issuperset(map(type, values)):
            meanings = {value: reader(value) for value in set(values) - _NOTHING} | _NOTHING_TOLD
            return [meanings[value] for value in values]
        return [UNSET if value is None or value == "" else reader(value) for value in values]
    except UnmappedError:
        return [_read_noting(value, reader, label, notes) for value in values]


def _read_noting(value: object, reader: Reader, label: str, notes: Notes) -> object:
    if value is None or value == "":
        return UNSET
    try:
        return reader(value)
    except UnmappedError as unmapped:
        notes.append((label, str(unmapped)[:_LONGEST_NOTE]))
        return UNSET if unmapped.instead is None else unmapped.instead


def over(column: Column, other: Column) -> Column:
    """Return two columns as one: what the second tells stands over the first."""
    return [first if second is UNSET else second for first, second in zip(column, other, strict=True)]


def filled(column: Column, default: Callable[[], object]) -> Column:
    """Return a column with a default wherever nothing is told."""
    return [default() if value is UNSET else value for value in column] if UNSET in column else column


def made(make: Callable[[Any], object], column: Column) -> Column:
    """Return what is made of each value that is told."""
    return [value if value is UNSET else make(value) for value in column]


def noted(column: Column | None, rows: int, label: str, notes: Notes) -> Column:
    """Note what is needed and nobody told, and let its stand-in stand."""
    told = [UNSET if value is None else value for value in column or [None] * rows]
    notes += [(label, MISSING)] * told.count(UNSET)
    return told


def across(columns: Mapping[str, Column]) -> Iterator[dict[str, Any]]:
    """Return what columns tell, row by row."""
    across = zip(*columns.values(), strict=True)
    if any(UNSET in column for column in columns.values()):
        return ({name: value for name, value in zip(columns, row) if value is not UNSET} for row in across)  # noqa: B905 - as long
    return (dict(zip(columns, row)) for row in across)  # noqa: B905 - as long
