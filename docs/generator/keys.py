"""Describes the keys of a settings model: type, default and description."""

import inspect
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, NamedTuple, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from exporter.settings.loading.secrets import FILE_SUFFIX, inner_model, secret_keys
from exporter.settings.units import ValueFormat

_PLAIN: Final[Mapping[object, str]] = {
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    Path: "file",
    SecretStr: "secret",
}
_SEVERAL: Final = ("list of ", "mapping of name to ")
_WORDS: Final[Mapping[str, str]] = {"TEXT": "string", "URL": "URL"}
_LISTS: Final = (tuple, frozenset, list)
NOT_APPLICABLE: Final = "-"
"""The content of a table cell without a value."""


class Key(NamedTuple):
    """A key of the configuration.

    Attributes:
        name: The name.
        type: The type of its value, for readers.
        default: The default, for readers.
        description: The description.
        single: Whether it takes a single value, which an environment variable can hold, and not a list or mapping.
    """

    name: str
    type: str
    default: str
    description: str
    single: bool


def keys(model: type[BaseModel]) -> list[Key]:
    """Return the keys of a model that have plain values, required ones first."""
    fields = {name: field for name, field in model.model_fields.items() if inner_model(model, name) is None}
    ordered = sorted(fields.items(), key=lambda item: not item[1].is_required())
    return [_key(model, name, field) for name, field in ordered]


def groups(model: type[BaseModel]) -> Iterator[tuple[str, type[BaseModel], bool]]:
    """Yield the keys of a model that contain a nested model, with that model and whether it is a list."""
    for name, field in model.model_fields.items():
        inner = inner_model(model, name)
        if inner is not None:
            yield name, inner, get_origin(field.annotation) in _LISTS


def model_text(model: type[BaseModel]) -> str:
    """Return the docstring of a model without its attributes."""
    return inspect.cleandoc(model.__doc__ or "").partition("\n\nAttributes:")[0]


def field_text(field: FieldInfo) -> str:
    """Return the description of a field on one line."""
    return " ".join((field.description or "").split())


def _key(model: type[BaseModel], name: str, field: FieldInfo) -> Key:
    names = name
    if name in secret_keys(model):
        names = f"{name}, {name}{FILE_SUFFIX}"
    kind = type_text(field.annotation, field.metadata)
    if "_seconds" in name:
        kind += ", in seconds"
    single = not kind.startswith(_SEVERAL)
    return Key(names, kind, _default(field), field_text(field), single)


def type_text(annotation: object, metadata: Iterable[object] = ()) -> str:
    """Describe a type for readers."""
    constraints = tuple(_flat(metadata))
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return type_text(inner[0], (*inner[1:], *constraints))
    if origin in (Union, UnionType):
        return " or ".join(type_text(each, constraints) for each in inner if each is not NoneType)
    if origin is Literal:
        return _either([f"`{each}`" for each in inner])
    if origin in _LISTS:
        return _SEVERAL[0] + _plural(type_text(inner[0]))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return f"{_SEVERAL[1]}{type_text(inner[1])}"
    value_format = _value_format(constraints)
    word = _word(value_format) if value_format else _PLAIN[annotation]
    return ", ".join((word, *_bounds(constraints, value_format)))


def _flat(metadata: Iterable[object]) -> Iterator[object]:
    """Yield the metadata of a type, including that of fields used as annotations."""
    for each in metadata:
        if isinstance(each, FieldInfo):
            yield from each.metadata
        else:
            yield each


def _value_format(metadata: Iterable[object]) -> ValueFormat | None:
    return next((each for each in metadata if isinstance(each, ValueFormat)), None)


def _word(value_format: ValueFormat) -> str:
    return _WORDS.get(value_format.metavar, value_format.metavar.lower())


def _bounds(metadata: Iterable[object], value_format: ValueFormat | None) -> Iterator[str]:
    write = value_format.write if value_format else "{:g}".format
    for each in metadata:
        match each:
            case Gt(gt=bound):
                yield f"greater than {write(bound)}"
            case Ge(ge=bound) if bound:
                yield f"at least {write(bound)}"
            case Lt(lt=bound):
                yield f"less than {write(bound)}"
            case Le(le=bound):
                yield f"at most {write(bound)}"


def _plural(words: str) -> str:
    return f"{words}s" if words.isalpha() else words


def _either(words: list[str]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}" if len(words) > 1 else words[0]


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**required**"
    value: Any = field.get_default(call_default_factory=True)
    if value is None:
        return NOT_APPLICABLE
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, (*_LISTS, Mapping)):
        return "none"
    value_format = _value_format(_flat(field.metadata))
    return f"`{value_format.write(value) if value_format else value}`"
