"""The keys of a settings model in words: what each takes, what it is unless given, and what it means."""

import inspect
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, NamedTuple, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from exporter.settings.loading.secrets import FILE_SUFFIX, inner_model, secret_keys
from exporter.settings.units import Shown

_PLAIN: Final[Mapping[object, str]] = {
    bool: "`true` or `false`",
    int: "whole number",
    float: "number",
    str: "text",
    Path: "file",
    SecretStr: "secret",
}
_SEVERAL: Final = ("list of ", "names, each with ")
_LISTS: Final = (tuple, frozenset, list)
NOTHING: Final = "-"
"""Stands where there is nothing to say."""


class Key(NamedTuple):
    """One key.

    Attributes:
        name: Its name.
        takes: What it takes, in words.
        default: What it is unless given, in words.
        meaning: What it means.
        single: Whether one value says it, such as an environment variable holds; lists and names take several.
    """

    name: str
    takes: str
    default: str
    meaning: str
    single: bool


def keys(model: type[BaseModel]) -> list[Key]:
    """Return the plain keys of a model, the required ones first; those that hold keys of their own are left out."""
    fields = {name: field for name, field in model.model_fields.items() if inner_model(model, name) is None}
    ordered = sorted(fields.items(), key=lambda item: not item[1].is_required())
    return [_key(model, name, field) for name, field in ordered]


def groups(model: type[BaseModel]) -> Iterator[tuple[str, type[BaseModel], bool]]:
    """Yield the keys of a model that hold keys of their own, the model of those, and whether it is a list of them."""
    for name, field in model.model_fields.items():
        inner = inner_model(model, name)
        if inner is not None:
            yield name, inner, get_origin(field.annotation) in _LISTS


def told(model: type[BaseModel]) -> str:
    """Return what a model's docstring says, what it says of its attributes left out."""
    return inspect.cleandoc(model.__doc__ or "").partition("\n\nAttributes:")[0]


def meaning(field: FieldInfo) -> str:
    """Return what a field means, on one line."""
    return " ".join((field.description or "").split())


def _key(model: type[BaseModel], name: str, field: FieldInfo) -> Key:
    shown = name
    if name in secret_keys(model):
        shown = f"{name}, {name}{FILE_SUFFIX}"
    words = takes(field.annotation, field.metadata)
    if "_seconds" in name:
        words += ", in seconds"
    single = not words.startswith(_SEVERAL)
    return Key(shown, words, _default(field), meaning(field), single)


def takes(annotation: object, metadata: Iterable[object] = ()) -> str:
    """Return what a value of a type is, in words."""
    about = tuple(_flat(metadata))
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return takes(inner[0], (*inner[1:], *about))
    if origin in (Union, UnionType):
        return " or ".join(takes(each, about) for each in inner if each is not NoneType)
    if origin is Literal:
        return _either([f"`{each}`" for each in inner])
    if origin in _LISTS:
        return _SEVERAL[0] + _plural(takes(inner[0]))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return f"{_SEVERAL[1]}a {takes(inner[1])}"
    shown = _shown(about)
    word = _word(shown) if shown else _PLAIN[annotation]
    return ", ".join((word, *_bounds(about, shown)))


def _flat(metadata: Iterable[object]) -> Iterator[object]:
    """Yield what is said of a type, also that which stands in fields used as annotations."""
    for each in metadata:
        if isinstance(each, FieldInfo):
            yield from each.metadata
        else:
            yield each


def _shown(metadata: Iterable[object]) -> Shown | None:
    return next((each for each in metadata if isinstance(each, Shown)), None)


def _word(shown: Shown) -> str:
    return shown.metavar if shown.metavar == "URL" else shown.metavar.lower()


def _bounds(metadata: Iterable[object], shown: Shown | None) -> Iterator[str]:
    write = shown.text if shown else "{:g}".format
    for each in metadata:
        match each:
            case Gt(gt=bound):
                yield f"more than {write(bound)}"
            case Ge(ge=bound) if bound:
                yield f"at least {write(bound)}"
            case Lt(lt=bound):
                yield f"less than {write(bound)}"
            case Le(le=bound):
                yield f"at most {write(bound)}"


def _plural(words: str) -> str:
    return f"{words}s" if words.isalpha() and words != "text" else words


def _either(words: list[str]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}" if len(words) > 1 else words[0]


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**required**"
    value: Any = field.get_default(call_default_factory=True)
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, (*_LISTS, Mapping)):
        return "none"
    shown = _shown(_flat(field.metadata))
    return f"`{shown.text(value) if shown else value}`"
