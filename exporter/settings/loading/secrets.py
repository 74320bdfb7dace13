"""Secrets given as `x_file`: found by the type of the field, in any model, and read."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final, get_args

from pydantic import BaseModel, SecretStr

from exporter.settings.loading.problems import Findings, present
from exporter.settings.loading.yaml_positions import Place
from exporter.settings.types import FrozenModel, run_in_worker

FILE_SUFFIX: Final = "_file"

# Stands in for a secret that was given but cannot be read, so that it is not called missing as well. Too short to be
# remembered as one.
_UNREADABLE: Final = "?"


@cache
def secret_keys(model: type[BaseModel]) -> frozenset[str]:
    """Return the fields of a model that hold a secret."""
    return frozenset(key for key, field in model.model_fields.items() if SecretStr in _classes(field.annotation))


@cache
def known_keys(model: type[BaseModel]) -> frozenset[str]:
    """Return every key a model accepts, those that name a secret's file included."""
    also = model.also_accepted if issubclass(model, FrozenModel) else frozenset()
    return also | model.model_fields.keys() | {key + FILE_SUFFIX for key in secret_keys(model)}


@cache
def inner_model(model: type[BaseModel], key: str) -> type[BaseModel] | None:
    """Return the model of the values under a key, None where they are plain."""
    field = model.model_fields.get(key)
    found = _classes(field.annotation) if field else ()
    return next((kind for kind in found if issubclass(kind, BaseModel)), None)


def reveal(model: type[BaseModel], raw: Mapping[str, object], place: Place, findings: Findings) -> dict[str, object]:
    """Return raw values with every secret's file replaced by what it holds, at every depth.

    Args:
        model: What the values are for.
        raw: The values.
        place: Where they stand.
        findings: Takes a file that cannot be read, and a secret given twice in one layer.
    """
    values = present(raw)
    for key in secret_keys(model):
        _resolve(key, values, place, findings)
    for key, value in values.items():
        inner = inner_model(model, key)
        if inner is not None:
            values[key] = _inside(inner, value, (*place, key), findings)
    return values


def _inside(model: type[BaseModel], value: object, place: Place, findings: Findings) -> object:
    if isinstance(value, dict):
        return reveal(model, value, place, findings)
    if isinstance(value, list):
        return [_inside(model, item, (*place, index), findings) for index, item in enumerate(value)]
    return value


def _resolve(key: str, values: dict[str, object], place: Place, findings: Findings) -> None:
    """Replace the file of one secret by what it holds, unless a stronger layer gives the secret itself."""
    file = values.pop(key + FILE_SUFFIX, None)
    if file is None:
        return
    file_place = (*place, key + FILE_SUFFIX)
    strength = findings.layers.rank(file_place) - findings.layers.rank((*place, key))
    if key not in values or strength > 0:
        values[key] = _read(file, file_place, findings)
    elif strength == 0:
        findings.add(file_place, f"{key} is given too; give only one of them")


def _read(file: object, place: Place, findings: Findings) -> str:
    """Return the secret in a file without the line break at its end."""
    try:
        text = _text(file, findings.directory)
    except ValueError as error:
        findings.add(place, str(error))
        return _UNREADABLE
    return text.removesuffix("\n").removesuffix("\r")


def _text(file: object, directory: Path) -> str:
    """Return what a file holds.

    Raises:
        ValueError: It cannot be read. The message does not name the file, which may be the secret itself by mistake.
    """
    if not isinstance(file, str):
        raise ValueError("expected a file name")  # noqa: TRY004 - a mistake of the operator's, not of a caller's
    try:
        text = run_in_worker(Path(file), directory).read_bytes().decode()
    except OSError as error:
        raise ValueError(f"the file cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ValueError("the file is not text in UTF-8") from error
    if not text.strip("\r\n"):
        raise ValueError("the file is empty")
    return text


def _classes(annotation: object) -> tuple[type, ...]:
    """Return the classes an annotation is made of, at any depth."""
    return tuple(_walk(annotation))


def _walk(annotation: object) -> Iterator[type]:
    if isinstance(annotation, type) and not get_args(annotation):
        yield annotation
    for part in get_args(annotation):
        yield from _walk(part)
