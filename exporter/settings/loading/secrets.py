"""Secrets set by `x_file`: any field of a secret type, in any model, can be read from a file."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final, get_args

from pydantic import BaseModel, SecretStr

from exporter.settings.loading.problems import Findings, present
from exporter.settings.loading.yaml_positions import Place
from exporter.settings.types import FrozenModel, resolve_path

FILE_SUFFIX: Final = "_file"

# Placeholder for a secret whose file cannot be read, so that it is not also reported as missing. Too short to be
# redacted from output.
_UNREADABLE: Final = "?"


@cache
def secret_keys(model: type[BaseModel]) -> frozenset[str]:
    """Return the secret fields of a model."""
    return frozenset(key for key, field in model.model_fields.items() if SecretStr in _classes(field.annotation))


@cache
def known_keys(model: type[BaseModel]) -> frozenset[str]:
    """Return every key a model accepts, including those of secret files."""
    also = model.also_accepted if issubclass(model, FrozenModel) else frozenset()
    names = {field.alias or key for key, field in model.model_fields.items()}
    return also | names | {key + FILE_SUFFIX for key in secret_keys(model)}


@cache
def inner_model(model: type[BaseModel], key: str) -> type[BaseModel] | None:
    """Return the model of a key's value or list items; None if they are plain values."""
    aliases = {field.alias: name for name, field in model.model_fields.items() if field.alias}
    field = model.model_fields.get(aliases.get(key, key))
    classes = _classes(field.annotation) if field else ()
    return next((kind for kind in classes if issubclass(kind, BaseModel)), None)


def read_secret_files(
    model: type[BaseModel], raw: Mapping[str, object], place: Place, findings: Findings
) -> dict[str, object]:
    """Return raw values with every secret file replaced by its content, at any depth.

    Args:
        model: The model of the values.
        raw: The values.
        place: The place of the values.
        findings: Receives files that cannot be read, and secrets set both directly and by file in one layer.
    """
    values = present(raw)
    for key in secret_keys(model):
        _resolve(key, values, place, findings)
    for key, value in values.items():
        inner = inner_model(model, key)
        if inner is not None:
            values[key] = _read_nested(inner, value, (*place, key), findings)
    return values


def _read_nested(model: type[BaseModel], value: object, place: Place, findings: Findings) -> object:
    if isinstance(value, dict):
        return read_secret_files(model, value, place, findings)
    if isinstance(value, list):
        return [_read_nested(model, item, (*place, index), findings) for index, item in enumerate(value)]
    return value


def _resolve(key: str, values: dict[str, object], place: Place, findings: Findings) -> None:
    """Replace the file of one secret by its content, unless a stronger layer sets the secret directly."""
    file = values.pop(key + FILE_SUFFIX, None)
    if file is None:
        return
    file_place = (*place, key + FILE_SUFFIX)
    strength = findings.layers.rank(file_place) - findings.layers.rank((*place, key))
    if key not in values or strength > 0:
        values[key] = _read(file, file_place, findings)
    elif strength == 0:
        findings.add(file_place, f"conflicts with {key}; set only one of them")


def _read(file: object, place: Place, findings: Findings) -> str:
    """Return the content of a secret's file."""
    try:
        text = _text(file, findings.directory)
    except ValueError as error:
        findings.add(place, str(error))
        return _UNREADABLE
    return text


def _text(file: object, directory: Path) -> str:
    """Return the text of a file.

    Raises:
        ValueError: The file cannot be read; the message omits its name, which may be the secret itself by mistake.
    """
    if not isinstance(file, str):
        raise ValueError("expected a file name")  # noqa: TRY004 - invalid configuration, not an invalid call
    try:
        text = resolve_path(Path(file), directory).read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ValueError(f"cannot read the file: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ValueError("the file is not UTF-8 text") from error
    if not text.strip("\r\n"):
        raise ValueError("the file is empty")
    return text


def _classes(annotation: object) -> tuple[type, ...]:
    """Return the classes in an annotation, at any depth."""
    return tuple(_walk(annotation))


def _walk(annotation: object) -> Iterator[type]:
    if isinstance(annotation, type) and not get_args(annotation):
        yield annotation
    for part in get_args(annotation):
        yield from _walk(part)
