"""Text of a value with its unit, as Grafana 11 formats it.

It follows packages/grafana-data/src/valueFormats of Grafana 11.6. An unknown unit is an error: a picture must not show
text that Grafana would not show.
"""

import math
from collections.abc import Callable
from typing import Final

Decimals = int | None

_SIGNIFICANT: Final = 2.25  # Grafana shows a further decimal above this share of the first digits
_MINUTE: Final = 60
_HOUR: Final = 3600
_DAY: Final = 86400
_WEEK: Final = 604800
_YEAR: Final = 31536000
# The end of each range, how many of its unit are a second, and its name.
_FRACTIONS: Final = ((1e-6, 1e9, " ns"), (1e-3, 1e6, " µs"), (1, 1e3, " ms"))
# The end of each range, the size of its unit and its name.
_DURATIONS: Final = (
    (_MINUTE, 1, " s"),
    (_HOUR, _MINUTE, " min"),
    (_DAY, _HOUR, " hour"),
    (_WEEK, _DAY, " day"),
    (_YEAR, _WEEK, " week"),
    (math.inf, 31556900, " year"),
)
_PLURALS: Final = frozenset({" min", " hour", " day", " week", " year"})
_COUNTS: Final = ("", "K", "M", "B", "T")
_BYTES: Final = tuple(f" {prefix}B" for prefix in ("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"))


def format_value(value: float, unit: str, decimals: Decimals = None) -> str:
    """Return a number with its unit.

    Args:
        value: The number.
        unit: Grafana's identifier of the unit.
        decimals: The number of decimals; None for three significant digits.

    Raises:
        KeyError: The unit is not one of those the dashboards use.
    """
    if unit.startswith("suffix:"):
        return f"{fixed(value, decimals)} {unit.removeprefix('suffix:')}"
    return _FORMATS[unit](value, decimals)


def fixed(value: float, decimals: Decimals = None) -> str:
    """Return a number with a fixed number of decimals; halves are rounded up, as JavaScript does."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "∞" if value > 0 else "-∞"
    places = _decimals_for(value) if decimals is None else decimals
    factor = 10.0**places
    return f"{math.floor(value * factor + 0.5) / factor:.{places}f}"


def _decimals_for(value: float) -> int:
    if value == int(value):
        return 0
    places = 1 - math.floor(math.log10(abs(value)))
    return max(0, places + (abs(value) * 10.0**places > _SIGNIFICANT))


def _seconds(value: float, decimals: Decimals) -> str:
    if value == 0:
        return "0 s"
    for end, count, name in _FRACTIONS:
        if abs(value) < end:
            return f"{fixed(value * count, decimals)}{name}"
    size, name = next((size, name) for end, size, name in _DURATIONS if abs(value) < end)
    plural = "s" if name in _PLURALS and abs(value / size) > 1 else ""
    return f"{fixed(value / size, decimals)}{name}{plural}"


def _clock(value: float, _decimals: Decimals) -> str:
    whole = math.floor(abs(value))
    minutes, seconds = divmod(whole, _MINUTE)
    hours, minutes = divmod(minutes, _MINUTE)
    return f"{hours:02}:{minutes:02}:{seconds:02}{' ago' if value < 0 else ''}"


def _scaled(value: float, decimals: Decimals, base: int, suffixes: tuple[str, ...]) -> str:
    power = 0 if value == 0 else math.floor(math.log(abs(value), base))
    power = min(max(power, 0), len(suffixes) - 1)
    return f"{fixed(value / base**power, decimals)}{suffixes[power]}"


_FORMATS: Final[dict[str, Callable[[float, Decimals], str]]] = {
    "none": fixed,
    "percentunit": lambda value, decimals: f"{fixed(value * 100, decimals)}%",
    "s": _seconds,
    "dthms": _clock,
    "cpm": lambda value, decimals: f"{_scaled(value, decimals, 1000, _COUNTS)} c/m",
    "bytes": lambda value, decimals: _scaled(value, decimals, 1024, _BYTES),
}
