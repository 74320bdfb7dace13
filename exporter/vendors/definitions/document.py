"""Reads the file of a definition: YAML with the line of every key, and JSON documents within it."""

import re
from pathlib import Path
from typing import Final

import yaml

from exporter.errors import ConfigError, Problem
from exporter.settings.loading import yaml_positions
from exporter.settings.loading.yaml_positions import Document, pairs_of

_JSON_KEYS: Final = frozenset({"json", "body"})
_JSON_NUMBER: Final = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
_LITERALS: Final = {"true": True, "false": False, "null": None, "~": None, "": None}
_LARGEST_BYTES: Final = 1 << 20
# Aliases can make a short file describe an enormous document.
_MOST_NODES: Final = 100_000


def read_definition(path: Path) -> str:
    """Return the text of a definition's file.

    Raises:
        ConfigError: It cannot be read, is too long, or is not UTF-8.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_BYTES + 1)
        if len(content) > _LARGEST_BYTES:
            raise _error(str(path), f"longer than {_LARGEST_BYTES} bytes")
        return content.decode("utf-8-sig")
    except OSError as error:
        raise _error(str(path), f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise _error(str(path), "not UTF-8 text") from error


def parse_definition(text: str, name: str) -> Document:
    """Parse the text of a definition; the values of the keys `json` and `body` keep their JSON types.

    Args:
        text: The text.
        name: The file name, for messages.

    Raises:
        ConfigError: It is not YAML, not a mapping, or too large.
    """
    document = yaml_positions.parse(text, name, example="vendor")
    try:
        if _count(document.root, {}) > _MOST_NODES:
            raise _error(name, f"aliases make it larger than {_MOST_NODES} values")
        pairs = pairs_of(document.root).items()
        document.data |= {key: _value(node, document.data.get(key)) for key, (_, node) in pairs}
    except RecursionError as error:
        raise _error(name, "nested too deeply") from error
    return document


def _count(node: yaml.Node, counted: dict[int, int]) -> int:
    """Return the number of values of a node with its aliases expanded, each node counted once."""
    if id(node) not in counted:
        children: list[yaml.Node] = []
        if isinstance(node, yaml.MappingNode):
            children = [each for pair in node.value for each in pair]
        elif isinstance(node, yaml.SequenceNode):
            children = node.value
        counted[id(node)] = 1 + sum(_count(child, counted) for child in children)
    return counted[id(node)]


def _value(node: yaml.Node, plain: object) -> object:
    """Return the data of a node, with JSON documents in the place of their plain data."""
    if isinstance(node, yaml.MappingNode) and isinstance(plain, dict):
        return {
            key: _json(inner) if key in _JSON_KEYS else _value(inner, plain.get(key))
            for key, (_, inner) in pairs_of(node).items()
        }
    if isinstance(node, yaml.SequenceNode) and isinstance(plain, list):
        return [_value(inner, value) for inner, value in zip(node.value, plain, strict=True)]
    return plain


def _json(node: yaml.Node) -> object:
    """Return the JSON value of a node; plain numbers, true, false and null are not texts."""
    if isinstance(node, yaml.MappingNode):
        return {key: _json(inner) for key, (_, inner) in pairs_of(node).items()}
    if isinstance(node, yaml.SequenceNode):
        return [_json(inner) for inner in node.value]
    written = str(node.value)
    if getattr(node, "style", None) is not None:
        return written
    if written in _LITERALS:
        return _LITERALS[written]
    if not _JSON_NUMBER.fullmatch(written):
        return written
    return float(written) if any(c in written for c in ".eE") else int(written)


def _error(place: str, message: str) -> ConfigError:
    return ConfigError((Problem(place, message),))
