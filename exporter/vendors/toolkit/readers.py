"""Readers, which convert one value of a vendor to a value of the model.

Vendors send numbers as strings, words in varying case, and texts too long for a label. A reader accepts values with a
clear meaning and raises UnmappedError for any other.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TypeVar

from exporter.redaction import SHORTEST_IN_LABEL, clean_label

T = TypeVar("T")
Reader = Callable[[object], object]

# A longer name is unreadable on a dashboard, and a hostile one must not fill the exposition.
LONGEST_LABEL = 256
# Eighteen digits before the point are more than any count or duration has; bounded exponents cannot reach infinity.
_BEYOND = 10**18
_NUMBER = re.compile(r"\d{1,18}(\.\d+)?([eE][+-]?\d{1,2})?", re.ASCII)

_CLOCK = re.compile(r"(\d{1,4}):([0-5]\d):([0-5]\d)", re.ASCII)


class UnmappedError(ValueError):
    """A value without a mapping to the model.

    Attributes:
        fallback: The value to use instead, None to leave it out.
    """

    def __init__(self, value: object, fallback: object = None) -> None:
        super().__init__(str(value))
        self.fallback = fallback


def text(value: object) -> str:
    """Read a name, an id or a code; one that is too long is cut and made unique by a hash of the whole.

    Known secrets are removed from it.

    Raises:
        UnmappedError: It is neither text nor a number, or it was cut.
    """
    label = value if isinstance(value, str) else _scalar(value)
    if len(label) < SHORTEST_IN_LABEL:
        return label
    if len(label) <= LONGEST_LABEL:
        return clean_label(label)
    digest = hashlib.sha256(label.encode("utf-8", "replace")).hexdigest()[:8]
    # Its content stays out of the log: it may be a person's name.
    start = clean_label(label[: LONGEST_LABEL - len(digest) - 1])
    raise UnmappedError(f"{len(label)} characters", f"{start}…{digest}")


def number(value: object) -> float:
    """Read a count or a duration: a number, or a string of one; never negative.

    Raises:
        UnmappedError: It is neither, or negative.
    """
    if type(value) is int and 0 <= value < _BEYOND:  # the most common case; excludes bool
        return value
    digits = _digits(value)
    return int(digits) if digits.isdigit() else float(digits)


def milliseconds(value: object) -> float:
    """Read a duration in milliseconds as seconds; never negative.

    Raises:
        UnmappedError: It is not a number, or negative.
    """
    return _shifted(value, -3)


def seconds(value: object) -> float:
    """Read a duration in seconds, as a number, a string of one, or as HH:MM:SS; never negative.

    Raises:
        UnmappedError: It has another form, or is negative.
    """
    clock = _CLOCK.fullmatch(value.strip()) if isinstance(value, str) else None
    if clock is None:
        return number(value)
    hours, minutes, rest = (int(part) for part in clock.groups())
    return (hours * 60 + minutes) * 60 + rest


def ratio(value: object) -> float:
    """Read a ratio from 0 to 1.

    Raises:
        UnmappedError: It is not a number, or outside the range.
    """
    return _ratio(value, 0)


def percentage(value: object) -> float:
    """Read a percentage from 0 to 100 as a ratio.

    Raises:
        UnmappedError: It is not a number, or outside the range.
    """
    return _ratio(value, -2)


def words(table: Mapping[str, T], unknown: T) -> Reader:
    """Return a reader of the vendor's words; case and surrounding space are ignored.

    Args:
        table: The vendor's words and their values in the model.
        unknown: The fallback for any other word.
    """
    folded = {word.casefold(): meaning for word, meaning in table.items()}

    def read(value: object) -> T:
        meaning = folded.get(value.strip().casefold()) if isinstance(value, str) else None
        if meaning is None:
            raise UnmappedError(value if isinstance(value, str) else type(value).__name__, unknown)
        return meaning

    return read


def _ratio(value: object, places: int) -> float:
    result = _shifted(value, places)
    if result > 1:
        raise UnmappedError(value)
    return result


def _shifted(value: object, places: int) -> float:
    """Read a number with its decimal point shifted, which keeps 57% at exactly 0.57; dividing would add noise."""
    return float(Decimal(_digits(value)).scaleb(places))


def _scalar(value: object) -> str:
    """Return text, or a number as text; any other value may be deeply nested, so only its type is reported."""
    if isinstance(value, str):  # the most common case
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UnmappedError(type(value).__name__)
    return str(value)


def _digits(value: object) -> str:
    digits = _scalar(value).strip()
    if not _NUMBER.fullmatch(digits):
        raise UnmappedError(value)
    return digits
