"""The chart's values as documented in values.yaml: each with its place, default, description and schema."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import yaml
from yaml.nodes import MappingNode, Node

_TEXT = "# -- "
_SCHEMA = "# @schema "
_TAGS = {
    "tag:yaml.org,2002:str": "string",
    "tag:yaml.org,2002:int": "integer",
    "tag:yaml.org,2002:float": "number",
    "tag:yaml.org,2002:bool": "boolean",
    "tag:yaml.org,2002:seq": "array",
    "tag:yaml.org,2002:map": "object",
}


class UndocumentedError(Exception):
    """A value lacks its description, or the description is not one."""


class Value(NamedTuple):
    """One value of the chart.

    Attributes:
        path: Its keys from the outside in.
        kind: Its type in JSON Schema's words.
        default: What it is unless given.
        text: What it means; "" for one that only groups others.
        schema: What else must hold of it, as JSON Schema.
        inner: The values in it, where those are documented one by one.
    """

    path: tuple[str, ...]
    kind: str
    default: object
    text: str
    schema: dict[str, object]
    inner: "tuple[Value, ...]"

    @property
    def name(self) -> str:
        """The path as `--set` takes it."""
        return ".".join(self.path)


def read(file: Path) -> tuple[Value, ...]:
    """Return the documented values of a file.

    Raises:
        UndocumentedError: A value has no description.
    """
    text = file.read_text(encoding="utf-8")
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    if not isinstance(root, MappingNode):
        raise UndocumentedError(f"{file}: expected a map")
    return tuple(_values(root, (), text.splitlines()))


def leaves(values: tuple[Value, ...]) -> Iterator[Value]:
    """Yield the values that are given, in the order of the file: all but those that only group others."""
    for value in values:
        if value.text:
            yield value
        yield from leaves(value.inner)


def _values(node: Node, path: tuple[str, ...], lines: list[str]) -> Iterator[Value]:
    """Yield the values in a map, one with a description as a whole, one without as a group of others."""
    for key, value in node.value:
        here = (*path, str(key.value))
        text, schema = _comment(lines, key.start_mark.line)
        if not text and not (isinstance(value, MappingNode) and value.value):
            raise UndocumentedError(f"line {key.start_mark.line + 1}: {'.'.join(here)} has no '{_TEXT}'")
        inner = () if text else tuple(_values(value, here, lines))
        yield Value(here, _TAGS[value.tag], _plain(value), text, schema, inner)


def _plain(node: Node) -> object:
    """Return what a node stands for."""
    return yaml.safe_load(yaml.serialize(node))


def _comment(lines: list[str], line: int) -> tuple[str, dict[str, object]]:
    """Return the description and the schema that stand directly above a line."""
    above: list[str] = []
    for text in reversed(lines[:line]):
        if not text.lstrip().startswith("#"):
            break
        above.insert(0, text.strip())
    described: list[str] = []
    schema: dict[str, object] = {}
    for text in above:
        if text.startswith(_SCHEMA):
            schema |= yaml.safe_load(text.removeprefix(_SCHEMA))
        elif text.startswith(_TEXT):
            described = [text.removeprefix(_TEXT)]
        elif described:
            described.append(text.removeprefix("# "))
    return " ".join(described), schema
