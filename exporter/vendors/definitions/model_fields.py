"""The fields of the model that a definition can feed, and what each of them holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from functools import cache
from types import UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from exporter.metrics.mapping import feeds
from exporter.model import CHANNELS, DIRECTIONS, Agent, Handled, Histogram, Number, Queue, Trunk

MODELS: Final[Mapping[str, type[msgspec.Struct]]] = {"queue": Queue, "agent": Agent, "trunk": Trunk, "number": Number}
"""The models by the key of a resource that lists its fields."""


class Kind(Enum):
    """What a field of the model holds."""

    TEXT = auto()
    WORD = auto()
    FIGURE = auto()
    COUNTS = auto()
    NAMED_COUNTS = auto()
    HANDLED = auto()
    STRUCT = auto()
    WAITS = auto()
    ROWS = auto()


@dataclass(frozen=True, slots=True)
class ModelField:
    """A field of the model.

    Attributes:
        name: Its name.
        kind: What it holds.
        words: The values of a word, and the entries of a mapping or a struct.
        model: The type of a struct or of rows.
        is_total: Whether it is a running total.
        is_count: Whether it is a count, whatever its name ends in.
    """

    name: str
    kind: Kind
    words: tuple[str, ...] = ()
    model: type[msgspec.Struct] | None = None
    is_total: bool = False
    is_count: bool = False

    @property
    def is_duration(self) -> bool:
        """Whether it is a duration."""
        return self.kind is Kind.FIGURE and not self.is_count and self.name.endswith("_seconds")

    @property
    def is_ratio(self) -> bool:
        """Whether it is a ratio."""
        return self.kind is Kind.FIGURE and self.name.endswith("_ratio")


@cache
def model_fields(model: type[msgspec.Struct]) -> Mapping[str, ModelField]:
    """Return the fields of a model that a definition can feed, by name."""
    hints = get_type_hints(model)
    found = (_field(model, each.name, hints[each.name]) for each in msgspec.structs.fields(model))
    return {field.name: field for field in found if field is not None}


def _field(model: type[msgspec.Struct], name: str, hint: object) -> ModelField | None:
    is_total = any(family.kind == "counter" for family in feeds(model, name))
    types = [part for part in _alternatives(hint) if part is not type(None)]
    words = _words(types)
    if words:
        return ModelField(name, Kind.WORD, words)
    if len(types) != 1:
        return None
    if types[0] is float:
        return ModelField(name, Kind.FIGURE, is_total=is_total)
    if types[0] is str:
        return ModelField(name, Kind.TEXT)
    return _composite(name, types[0], is_total=is_total)


def _composite(name: str, hint: Any, *, is_total: bool) -> ModelField | None:  # noqa: ANN401 - a type hint
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Mapping and inner[1] is float:
        words = _words([inner[0]])
        return ModelField(name, Kind.COUNTS if words else Kind.NAMED_COUNTS, words, is_total=is_total)
    if origin is Mapping and inner[1] is Histogram:
        return ModelField(name, Kind.WAITS, _words([inner[0]]), is_total=True)
    if origin is tuple and inner[0] is Handled:
        words = tuple(f"{channel}.{direction}" for channel in CHANNELS for direction in DIRECTIONS)
        return ModelField(name, Kind.HANDLED, words, is_total=is_total)
    if origin is tuple and _has_id(inner[0]):
        return ModelField(name, Kind.ROWS, model=inner[0])
    if _is_struct(hint) and set(get_type_hints(hint).values()) == {float}:
        return ModelField(name, Kind.STRUCT, hint.__struct_fields__, hint)
    return None


def _alternatives(hint: object) -> tuple[object, ...]:
    return get_args(hint) if get_origin(hint) in {Union, UnionType} else (hint,)


def _words(types: list[object]) -> tuple[str, ...]:
    """Return the words of literal types; none if another type is among them."""
    if not all(get_origin(each) is Literal for each in types):
        return ()
    return tuple(word for each in types for word in get_args(each) if word)


def _is_struct(hint: object) -> bool:
    return isinstance(hint, type) and issubclass(hint, msgspec.Struct)


def _has_id(hint: object) -> bool:
    return _is_struct(hint) and "id" in getattr(hint, "__struct_fields__", ())
