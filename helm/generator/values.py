"""The values of the chart as documented in values.yaml: path, default, description and schema."""

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
    """A value has no description, or the file is not a map."""


class Value(NamedTuple):
    """One value of the chart.

    Attributes:
        path: Its keys, outermost first.
        kind: Its JSON Schema type.
        default: Its default.
        text: Its description; "" for a group.
        schema: Additional keywords of its JSON Schema.
        inner: The values of a group.
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
    """Yield the values that are not groups, in the order of the file."""
    for value in values:
        if value.text:
            yield value
        yield from leaves(value.inner)


def _values(node: Node, path: tuple[str, ...], lines: list[str]) -> Iterator[Value]:
    """Yield the values of a map; one without a description is a group."""
    for key, value in node.value:
        here = (*path, str(key.value))
        text, schema = _comment(lines, key.start_mark.line)
        if not text and not (isinstance(value, MappingNode) and value.value):
            raise UndocumentedError(f"line {key.start_mark.line + 1}: {'.'.join(here)} has no '{_TEXT}'")
        inner = () if text else tuple(_values(value, here, lines))
        yield Value(here, _TAGS[value.tag], _plain(value), text, schema, inner)


def _plain(node: Node) -> object:
    """Return the value of a node."""
    return yaml.safe_load(yaml.serialize(node))


def _comment(lines: list[str], line: int) -> tuple[str, dict[str, object]]:
    """Return the description and the schema in the comment directly above a line."""
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
