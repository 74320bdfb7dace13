"""Parses a YAML file into plain data with the line of every key.

Plain scalars are kept as text and are converted by the type of their setting, as flags and environment variables are.
`name: 007`, `name: no` and `id: 12:30` therefore keep their text, and YAML 1.1's octal numbers, booleans and base-60
numbers have no effect. Only an empty value and `null` are None.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

import yaml

from exporter.errors import ConfigError, Problem

Place = tuple[str | int, ...]
"""The keys and list positions that lead to a value."""

_TAG: Final = "tag:yaml.org,2002:"
_SCALARS: Final = {_TAG + kind for kind in ("str", "int", "float", "bool", "null", "timestamp", "merge", "value")}
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_QUOTED_INPUT: Final = re.compile(r"(undefined tag handle|duplicate anchor) .*")


class Position(NamedTuple):
    """A one-based line and column in a file."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class YamlProblem:
    """A problem in a document that is valid YAML.

    Attributes:
        place: The place of the problem.
        position: Its position in the file.
        message: The error message.
    """

    place: Place
    position: Position
    message: str


@dataclass
class Document:
    """One YAML file.

    Attributes:
        name: The file name, for messages.
        root: The top-level node, a mapping.
        data: The content; scalars are text, empty ones None.
        problems: Problems such as duplicate keys.
    """

    name: str
    root: yaml.MappingNode
    data: dict[str, object] = field(default_factory=dict)
    problems: list[YamlProblem] = field(default_factory=list)

    def position(self, place: Place) -> Position:
        """Return the position of a place, or of its closest ancestor in the file."""
        return self._walk(place)[0]

    def has(self, place: Place) -> bool:
        """Return whether the file contains a place."""
        return self._walk(place)[1]

    def _walk(self, place: Place) -> tuple[Position, bool]:
        node: yaml.Node = self.root
        position = position_of(node)
        for step in place:
            if isinstance(node, yaml.MappingNode) and step in (pairs := pairs_of(node)):
                key, node = pairs[str(step)]
                position = position_of(key)
            elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
                node = node.value[step]
                position = position_of(node)
            else:
                return position, False
        return position, True


def read(path: Path, *, example: str = "targets", may_be_empty: bool = False) -> Document:
    """Read a YAML file.

    Args:
        path: The file.
        example: An example of a top-level key, for messages.
        may_be_empty: Whether an empty file is valid.

    Raises:
        ConfigError: The file cannot be read, is not YAML in UTF-8, or is not a mapping.
    """
    name = str(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise _error(name, f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise _error(f"{name}:{line}", "not UTF-8 text") from error
    return parse(text, name, example=example, may_be_empty=may_be_empty)


def parse(text: str, name: str, *, example: str = "targets", may_be_empty: bool = False) -> Document:
    """Parse YAML text.

    Args:
        text: The text.
        name: The file name, for messages.
        example: An example of a top-level key, for messages.
        may_be_empty: Whether empty text is valid.

    Raises:
        ConfigError: The text is not YAML, or not a mapping.
    """
    try:
        node = _Loader(text).get_single_node()
        if node is None and may_be_empty:
            node = yaml.SafeLoader("{}").get_single_node()
        return _document(node, name, example)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        message = f"not YAML: character U+{ord(text[error.position]):04X} is not allowed"
        raise _error(f"{name}:{line}", message) from error
    except yaml.MarkedYAMLError as error:
        # The original error contains an excerpt of the file, which may contain a secret, and a traceback would show it.
        raise _syntax(error, name) from None
    except RecursionError as error:
        raise _error(name, "nested too deeply or self-referencing alias") from error


class _Loader(yaml.SafeLoader):
    """Rejects unpaired surrogates, which YAML escapes can produce but UTF-8 cannot encode."""

    def compose_scalar_node(self, anchor: dict[Any, yaml.Node]) -> yaml.ScalarNode:
        node = super().compose_scalar_node(anchor)
        if not node.value.isascii() and _SURROGATE.search(node.value):
            raise yaml.MarkedYAMLError(problem="invalid Unicode: unpaired surrogate", problem_mark=node.start_mark)
        return node


def pairs_of(node: yaml.MappingNode) -> dict[str, tuple[yaml.Node, yaml.Node]]:
    """Return the key and value nodes of a mapping by key, including merged mappings (`<<`)."""
    own: dict[str, tuple[yaml.Node, yaml.Node]] = {}
    merged: dict[str, tuple[yaml.Node, yaml.Node]] = {}
    for key, value in node.value:
        if key.tag == _TAG + "merge":
            for source in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                if isinstance(source, yaml.MappingNode):
                    merged = pairs_of(source) | merged
        elif isinstance(key, yaml.ScalarNode):
            own.setdefault(key.value, (key, value))
    return merged | own


def position_of(node: yaml.Node) -> Position:
    """Return the start position of a node."""
    return Position(node.start_mark.line + 1, node.start_mark.column + 1)


def _document(node: yaml.Node | None, name: str, example: str) -> Document:
    if node is None:
        raise _error(name, f"is empty; add at least the key {example}")
    if not isinstance(node, yaml.MappingNode):
        raise _error(f"{name}:{position_of(node).line}", f"expected a mapping with top-level keys such as {example}")
    document = Document(name, node)
    document.data = _Reader(document.problems).mapping(node, ())
    return document


class _Reader:
    """Converts nodes into plain data, each once, and collects their problems."""

    def __init__(self, problems: list[YamlProblem]) -> None:
        self._problems = problems
        self._done: dict[int, object] = {}

    def mapping(self, node: yaml.MappingNode, place: Place) -> dict[str, object]:
        """Return the data of a mapping."""
        self._check_keys(node, place)
        return {key: self.value(value, (*place, key)) for key, (_, value) in pairs_of(node).items()}

    def value(self, node: yaml.Node, place: Place) -> object:
        """Return the data of a node; aliases of one node share one value."""
        if id(node) not in self._done:
            self._done[id(node)] = self._value(node, place)
        return self._done[id(node)]

    def _value(self, node: yaml.Node, place: Place) -> object:
        if isinstance(node, yaml.MappingNode) and node.tag == _TAG + "map":
            return self.mapping(node, place)
        if isinstance(node, yaml.SequenceNode) and node.tag == _TAG + "seq":
            return [self.value(item, (*place, index)) for index, item in enumerate(node.value)]
        if isinstance(node, yaml.ScalarNode) and node.tag in _SCALARS:
            return None if node.tag == _TAG + "null" else str(node.value)
        self._record(place, node, "YAML tags are not supported; quote text that starts with !")
        return ""

    def _check_keys(self, node: yaml.MappingNode, place: Place) -> None:
        first: dict[str, Position] = {}
        for key, value in node.value:
            if key.tag == _TAG + "merge":
                self._check_merge(value, place)
            elif not isinstance(key, yaml.ScalarNode):
                self._record(place, key, "keys must be plain text")
            elif key.value in first:
                line = first[key.value].line
                self._record((*place, key.value), key, f"duplicate key, first defined on line {line}")
            else:
                first[key.value] = position_of(key)

    def _check_merge(self, node: yaml.Node, place: Place) -> None:
        sources = node.value if isinstance(node, yaml.SequenceNode) else [node]
        if not all(isinstance(source, yaml.MappingNode) for source in sources):
            self._record((*place, "<<"), node, "expected an alias of a mapping, such as *defaults")

    def _record(self, place: Place, node: yaml.Node, message: str) -> None:
        self._problems.append(YamlProblem(place, position_of(node), message))


def _error(place: str, message: str) -> ConfigError:
    return ConfigError((Problem(place, message),))


def _syntax(error: yaml.MarkedYAMLError, name: str) -> ConfigError:
    """Return a syntax error as one line that repeats no more than one character of the file."""
    problem = error.problem or error.context or "syntax error"
    if "undefined alias" in problem:
        problem = "undefined alias; define its anchor first, or quote text that starts with *"
    elif "but found another document" in problem:
        problem = "expected a single document"
    elif r"'\t'" in problem:
        problem = "tabs are not allowed for indentation; use spaces"
    problem = _QUOTED_INPUT.sub(r"\1", problem)
    within = error.context if error.context and error.context.startswith("while ") else None
    if within and error.context_mark and error.problem_mark and error.context_mark.line != error.problem_mark.line:
        problem += f" ({within}, which starts on line {error.context_mark.line + 1})"
    position = error.problem_mark or error.context_mark
    place = f"{name}:{position.line + 1}:{position.column + 1}" if position else name
    return _error(place, f"not YAML: {problem}")
