"""What is made of a table's names once for all targets: the type its rows are decoded into, and a model's places."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from typing import Any

import msgspec


@dataclass(frozen=True, slots=True)
class Shape:
    """Rows of which nothing but some fields is kept.

    Attributes:
        row: The type of a row.
        rows: Decodes a JSON array of them.
        single: Decodes one of them.
        told: What a row tells of each field, None where it does not.
    """

    row: type[msgspec.Struct]
    rows: msgspec.json.Decoder[list[Any]]
    single: msgspec.json.Decoder[Any]
    told: Mapping[str, Callable[[object], Any]]


@cache
def shape(fields: tuple[str, ...]) -> Shape:
    """Return the shape of rows with these fields, one for all who ask: a thousand targets would hold a thousand."""
    slots = {name: f"f{index}" for index, name in enumerate(fields)}
    row = msgspec.defstruct(
        "Row",
        [(slot, Any, None) for slot in slots.values()],
        rename={slot: name for name, slot in slots.items()},
        gc=False,  # what comes out of JSON has no circles
    )
    # Fractions stay digits, for the readers to read: one past the range of floats costs its value, not its row.
    rows: msgspec.json.Decoder[list[Any]] = msgspec.json.Decoder(list[row], float_hook=str)  # type: ignore[valid-type]
    single: msgspec.json.Decoder[Any] = msgspec.json.Decoder(row, float_hook=str)
    return Shape(row, rows, single, {name: attrgetter(slot) for name, slot in slots.items()})


@cache
def places(model: type[msgspec.Struct]) -> Sequence[tuple[str, Callable[[], object]]]:
    """Return the fields of a model in their order, each with what makes the value of one that is not told.

    That is None for a field without a default, such as the id: without it nothing is kept.
    """
    return tuple((each.name, _default(each)) for each in msgspec.structs.fields(model))


def nothing() -> None:
    """Stand for a field that nobody told and that has no default."""


def _default(told: msgspec.structs.FieldInfo) -> Callable[[], object]:
    if told.default_factory is not msgspec.NODEFAULT:
        factory: Callable[[], object] = told.default_factory
        return factory
    return nothing if told.default is msgspec.NODEFAULT else lambda: told.default
