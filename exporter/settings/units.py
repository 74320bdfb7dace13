"""Durations and sizes in configuration syntax."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import BeforeValidator, Field, WithJsonSchema

_MILLISECONDS: Final = {
    "y": 365 * 24 * 3_600_000,
    "w": 7 * 24 * 3_600_000,
    "d": 24 * 3_600_000,
    "h": 3_600_000,
    "m": 60_000,
    "s": 1_000,
    "ms": 1,
}
_DURATION: Final = re.compile("".join(rf"(?:(?P<{unit}>[0-9]{{1,15}}){unit})?" for unit in _MILLISECONDS))
# Prometheus stores durations as 64-bit nanoseconds and rejects longer ones.
_MAX_MILLISECONDS: Final = 2**63 // 1_000_000
_WHOLE_ONLY: Final = ("y", "w", "d")

_BYTES: Final = {
    "": 1,
    "b": 1,
    "kb": 10**3,
    "mb": 10**6,
    "gb": 10**9,
    "kib": 2**10,
    "mib": 2**20,
    "gib": 2**30,
}
_SIZE: Final = re.compile(r"([0-9]{1,18}(?:\.[0-9]{1,6})?) ?([A-Za-z]{0,3})")


@dataclass(frozen=True, slots=True)
class ValueFormat:
    """How values of a type appear in help texts and the reference.

    Attributes:
        metavar: The placeholder for a value, such as `DURATION`.
        write: Formats a value in configuration syntax.
    """

    metavar: str
    write: Callable[..., str] = str


def parse_duration(text: str) -> float:
    """Return the seconds of a Prometheus duration such as `15s`, `1m30s` or `500ms`.

    Raises:
        ValueError: The text is not a duration; the message includes an example.
    """
    parts = _DURATION.fullmatch(text)
    if text != "0" and (not text or parts is None):
        raise ValueError("invalid duration: use a number and a unit, such as 15s")
    counts = parts.groupdict() if parts else {}
    milliseconds = sum(int(count) * _MILLISECONDS[unit] for unit, count in counts.items() if count)
    if milliseconds > _MAX_MILLISECONDS:
        raise ValueError("duration too long")
    return milliseconds / 1000


def format_duration(seconds: float) -> str:
    """Return seconds in Prometheus duration syntax, rounded to milliseconds."""
    remaining = round(seconds * 1000)
    text = ""
    for unit, size in _MILLISECONDS.items():
        if remaining < size or (unit in _WHOLE_ONLY and remaining % size):
            continue
        text += f"{remaining // size}{unit}"
        remaining %= size
    return text or "0s"


def parse_bytes(text: str) -> int:
    """Return the bytes of a size such as `64MiB`, `10MB` or `4096`.

    Raises:
        ValueError: The text is not a size; the message includes an example.
    """
    parts = _SIZE.fullmatch(text)
    factor = _BYTES.get(parts[2].lower()) if parts else None
    if parts is None or factor is None:
        raise ValueError("invalid size: use a number and a unit, such as 64MiB")
    whole, _, fraction = parts[1].partition(".")
    return int(whole) * factor + int(float(f"0.{fraction or 0}") * factor)


def format_bytes(size: int) -> str:
    """Return bytes in the largest binary unit that divides them evenly."""
    for unit in ("GiB", "MiB", "KiB"):
        factor = _BYTES[unit.lower()]
        if size and size % factor == 0:
            return f"{size // factor}{unit}"
    return str(size)


def _seconds(value: object) -> object:
    """Parse text; pass numbers through."""
    if isinstance(value, str):
        return parse_duration(value)
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("invalid duration: must be finite")
    return value


def _size(value: object) -> object:
    """Parse text; pass numbers through."""
    return parse_bytes(value) if isinstance(value, str) else value


# For editors, which check the syntax only; bounds are checked when the configuration is loaded.
_DURATION_SCHEMA: Final = WithJsonSchema(
    {"anyOf": [{"type": "string", "pattern": "^([0-9]+(y|w|d|h|m|s|ms))+$"}, {"const": 0}]}
)
_SIZE_SCHEMA: Final = WithJsonSchema(
    {
        "anyOf": [
            {"type": "string", "pattern": "^[0-9]+([.][0-9]+)? ?([KMGkmg]?[Ii]?[Bb])?$"},
            {"type": "integer", "minimum": 0},
        ]
    }
)

Duration = Annotated[
    float, Field(ge=0), BeforeValidator(_seconds), ValueFormat("DURATION", format_duration), _DURATION_SCHEMA
]
"""Seconds, in Prometheus duration syntax."""

ByteSize = Annotated[int, Field(ge=0), BeforeValidator(_size), ValueFormat("SIZE", format_bytes), _SIZE_SCHEMA]
"""Bytes, with a decimal (`MB`) or binary (`MiB`) unit or without one."""
