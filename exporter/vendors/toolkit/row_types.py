"""Types and constructors derived from a row schema, built once and shared by all targets."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from typing import Any

import msgspec


@dataclass(frozen=True, slots=True)
class RowType:
    """A struct that keeps only some fields of a JSON object, and its decoders.

    Attributes:
        row: The struct type of a row.
        rows: Decodes a JSON array of rows.
        single: Decodes one row.
        getters: Return the value of each field of a row, None if the row does not contain it.
    """

    row: type[msgspec.Struct]
    rows: msgspec.json.Decoder[list[Any]]
    single: msgspec.json.Decoder[Any]
    getters: Mapping[str, Callable[[object], Any]]


@cache
def row_type(fields: tuple[str, ...]) -> RowType:
    """Return the type of rows with these fields, cached so that a thousand targets do not hold a thousand types."""
    slots = {name: f"f{index}" for index, name in enumerate(fields)}
    row = msgspec.defstruct(
        "Row",
        [(slot, Any, None) for slot in slots.values()],
        rename={slot: name for name, slot in slots.items()},
        gc=False,  # objects decoded from JSON cannot form reference cycles
    )
    # Keep fractions as text for the readers: a number outside the range of floats then skips its value, not its row.
    rows: msgspec.json.Decoder[list[Any]] = msgspec.json.Decoder(list[row], float_hook=str)  # type: ignore[valid-type]
    single: msgspec.json.Decoder[Any] = msgspec.json.Decoder(row, float_hook=str)
    return RowType(row, rows, single, {name: attrgetter(slot) for name, slot in slots.items()})


@cache
def model_defaults(model: type[msgspec.Struct]) -> Sequence[tuple[str, Callable[[], object]]]:
    """Return the fields of a model in their order, each with a function that makes its default.

    The default is None for a required field, such as the id: a row without it is dropped.
    """
    return tuple((field.name, _default(field)) for field in msgspec.structs.fields(model))


def _default(field: msgspec.structs.FieldInfo) -> Callable[[], object]:
    if field.default_factory is not msgspec.NODEFAULT:
        factory: Callable[[], object] = field.default_factory
        return factory
    return (lambda: None) if field.default is msgspec.NODEFAULT else (lambda: field.default)
