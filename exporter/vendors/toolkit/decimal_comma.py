"""Readers of numbers as they are written where the decimal separator is a comma, such as `87,5` or `87,5 %`."""

import re

from exporter.vendors.toolkit import readers

# Three digits after a comma may also be the end of a number of thousands, unless nothing but zero precedes it.
_DECIMAL = re.compile(r"(\d+),(\d{1,2}|\d{4,})|0+,\d+", re.ASCII)
_PERCENTAGE = re.compile(r"\d{1,3},\d+", re.ASCII)
_CLOCK = re.compile(r"(\d{1,9}):([0-5]\d):([0-5]\d)", re.ASCII)


def number(value: object) -> float:
    """Read a count or a sum as `readers.number` does; its decimal separator may be a comma.

    Raises:
        NoValueError: It stands for no value.
        UnmappedError: It is not a number, negative, or may be a number of thousands, such as `1,234`.
    """
    return readers.number(_with_point(value, _DECIMAL))


def seconds(value: object) -> float:
    """Read a duration in seconds as `readers.seconds` does; the decimal separator may be a comma.

    Raises:
        NoValueError: It stands for no value.
        UnmappedError: It has another form, is negative, or is longer than a year.
    """
    return readers.seconds(_with_point(value, _DECIMAL))


def total_seconds(value: object) -> float:
    """Read a sum of durations, in seconds or as HH:MM:SS; a thousand agents may exceed a year in a day.

    Raises:
        NoValueError: It stands for no value.
        UnmappedError: It has another form, or is negative.
    """
    clock = _CLOCK.fullmatch(value.strip()) if isinstance(value, str) else None
    if clock is None:
        return number(value)
    hours, minutes, rest = (int(part) for part in clock.groups())
    return (hours * 60 + minutes) * 60 + rest


def percentage(value: object) -> float:
    """Read a percentage from 0 to 100 as a ratio, with or without its sign; the decimal separator may be a comma.

    Raises:
        NoValueError: It stands for no value.
        UnmappedError: It is not a number, or outside the range.
    """
    plain = value.strip().removesuffix("%").rstrip() if isinstance(value, str) else value
    return readers.percentage(_with_point(plain, _PERCENTAGE))


def _with_point(value: object, form: re.Pattern[str]) -> object:
    if not isinstance(value, str) or "," not in value:
        return value
    return value.replace(",", ".") if form.fullmatch(value.strip()) else value
