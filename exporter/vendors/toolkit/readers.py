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
_TOTAL_CLOCK = re.compile(r"(\d{1,9}):([0-5]\d):([0-5]\d)", re.ASCII)


# What vendors send for "no value" where a number belongs: blanks, and -1 as a signed or an unsigned number.
_NO_NUMBER = frozenset({"", "-", "--", "n/a", "na", "null", "none", "-1", "4294967295", "18446744073709551615"})
_NO_TEXT = frozenset({"", "-", "--", "n/a"})
# The same where a word of a fixed vocabulary or a date belongs.
_NO_WORD = _NO_TEXT | {"na", "null"}
_LONGEST_NO_TEXT = max(map(len, _NO_TEXT))
_UNSIGNED = frozenset({2**32 - 1, 2**64 - 1})
# No wait, call or state lasts longer: such a value is a date, an epoch or an overflow.
LONGEST_DURATION = 366 * 86_400.0
# A date further in the future is an error of its time zone or of a clock, not "just now".
LATEST_DATE = 120.0
_HEX_ID = re.compile(r"[0-9A-Fa-f]{32}")


class UnmappedError(ValueError):
    """A value without a mapping to the model.

    Attributes:
        fallback: The value to use instead, None to leave it out.
    """

    def __init__(self, value: object, fallback: object = None) -> None:
        super().__init__(str(value))
        self.fallback = fallback


class NoValueError(UnmappedError):
    """A value that stands for no value, such as "N/A"; it is left out, and counted only once."""


def is_no_value(value: object) -> bool:
    """Return whether a value where a word, an id or a date belongs stands for no value, such as None, "" or "N/A"."""
    return value is None or (isinstance(value, str) and value.strip().casefold() in _NO_WORD)


def text(value: object) -> str:
    """Read a name or a code without surrounding blanks; one that is too long is cut and made unique by a hash.

    Known secrets are removed from it.

    Raises:
        NoValueError: It is blank or stands for no value, such as "-".
        UnmappedError: It is neither text nor a number, or it was cut.
    """
    label = (value if isinstance(value, str) else _scalar(value)).strip()
    if len(label) <= _LONGEST_NO_TEXT and label.casefold() in _NO_TEXT:
        raise NoValueError(label)
    if len(label) < SHORTEST_IN_LABEL:
        return label
    if len(label) <= LONGEST_LABEL:
        return clean_label(label)
    digest = hashlib.sha256(label.encode("utf-8", "replace")).hexdigest()[:8]
    # Its content stays out of the log: it may be a person's name.
    start = clean_label(label[: LONGEST_LABEL - len(digest) - 1])
    raise UnmappedError(f"{len(label)} characters", f"{start}…{digest}")


def identifier(value: object) -> str:
    """Read an id as `text` does; ids of 32 hexadecimal digits are converted to upper case, in which all vendors print.

    Raises:
        NoValueError: It is blank or stands for no value.
        UnmappedError: It is neither text nor a number, or it was cut.
    """
    label = text(value)
    return label.upper() if _HEX_ID.fullmatch(label) else label


def number(value: object) -> float:
    """Read a count or a sum: a number, or a string of one; never negative.

    Raises:
        NoValueError: It stands for no value, such as -1 or "N/A".
        UnmappedError: It is not a number, or negative.
    """
    if type(value) is int and 0 <= value < _BEYOND and value not in _UNSIGNED:  # the most common case; excludes bool
        return value
    digits = _digits(value)
    return int(digits) if digits.isdigit() else float(digits)


def milliseconds(value: object) -> float:
    """Read a duration in milliseconds as seconds; never negative.

    Raises:
        NoValueError: It stands for no value, such as -1.
        UnmappedError: It is not a number, negative, or longer than a year.
    """
    return _duration(_shifted(value, -3), value)


def seconds(value: object) -> float:
    """Read a duration in seconds, as a number, a string of one, or as HH:MM:SS; never negative.

    Raises:
        NoValueError: It stands for no value, such as -1.
        UnmappedError: It has another form, is negative, or is longer than a year.
    """
    clock = _CLOCK.fullmatch(value.strip()) if isinstance(value, str) else None
    if clock is None:
        return _duration(number(value), value)
    return _clock_seconds(clock)


def total_seconds(value: object) -> float:
    """Read a sum of durations, in seconds or as HH:MM:SS; a thousand agents may exceed a year in a day.

    Raises:
        NoValueError: It stands for no value.
        UnmappedError: It has another form, or is negative.
    """
    clock = _TOTAL_CLOCK.fullmatch(value.strip()) if isinstance(value, str) else None
    return number(value) if clock is None else _clock_seconds(clock)


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
    """Return a reader of the vendor's words; case and surrounding space are ignored, and blanks stand for no value.

    Args:
        table: The vendor's words and their values in the model.
        unknown: The fallback for any other word.
    """
    folded = {word.casefold(): meaning for word, meaning in table.items()}

    def read(value: object) -> T:
        meaning = folded.get(value.strip().casefold()) if isinstance(value, str) else None
        if meaning is None:
            if is_no_value(value):
                raise NoValueError(value)
            raise UnmappedError(value if isinstance(value, str) else type(value).__name__, unknown)
        return meaning

    return read


def _clock_seconds(clock: re.Match[str]) -> float:
    hours, minutes, rest = (int(part) for part in clock.groups())
    return (hours * 60 + minutes) * 60 + rest


def _duration(seconds: float, value: object) -> float:
    if seconds > LONGEST_DURATION:
        raise UnmappedError(value)
    return seconds


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
    if not _NUMBER.fullmatch(digits) or digits in _NO_NUMBER:
        if digits.casefold().removesuffix(".0") in _NO_NUMBER:
            raise NoValueError(value)
        raise UnmappedError(value)
    return digits
