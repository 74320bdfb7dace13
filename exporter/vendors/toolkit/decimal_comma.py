"""Reader of percentages as they are written where the decimal separator is a comma, such as `87,5` or `87,5 %`."""

import re

from exporter.vendors.toolkit import readers

_PERCENTAGE = re.compile(r"\d{1,3},\d+", re.ASCII)


def percentage(value: object) -> float:
    """Read a percentage from 0 to 100 as a ratio, with or without its sign; the decimal separator may be a comma.

    Raises:
        NoValueError: It stands for no value.
        UnmappedError: It is not a number, or outside the range.
    """
    if not isinstance(value, str):
        return readers.percentage(value)
    plain = value.strip().removesuffix("%").rstrip()
    return readers.percentage(plain.replace(",", ".") if _PERCENTAGE.fullmatch(plain) else plain)
