"""A YAML file as plain data that remembers the line of every key.

Every plain scalar is kept as the text the operator wrote; the type of the setting it feeds says what it means, just
as for a flag or an environment variable. So `name: 007`, `name: no` and `id: 12:30` are what they look like, and
YAML 1.1's octal numbers, booleans and base-60 times never get in the way. Only an empty value and `null` are None.
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
_HALF: Final = re.compile("[\ud800-\udfff]")
_QUOTING: Final = re.compile(r"(undefined tag handle|duplicate anchor) .*")


class Position(NamedTuple):
    """A position in a file, both counted from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class YamlProblem:
    """A mistake that YAML itself would let pass.

    Attributes:
        place: The keys that lead there.
        mark: Where it stands.
        message: What is wrong.
    """

    place: Place
    position: Position
    message: str


@dataclass
class Document:
    """One YAML file.

    Attributes:
        name: The file as the operator named it.
        root: Its outermost node, a mapping.
        data: What it says; scalars are text, empty ones None.
        problems: Mistakes such as repeated keys.
    """

    name: str
    root: yaml.MappingNode
    data: dict[str, object] = field(default_factory=dict)
    problems: list[YamlProblem] = field(default_factory=list)

    def position(self, place: Place) -> Position:
        """Return where `place` stands, or the closest thing around it that is in the file."""
        return self._walk(place)[0]

    def has(self, place: Place) -> bool:
        """Return whether the file says something at `place`."""
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
    """Return what a file says.

    Args:
        path: The file.
        example: A key it may hold at the outermost level, for the messages.
        may_be_empty: Whether a file that says nothing is no mistake.

    Raises:
        ConfigError: It cannot be read, is not YAML in UTF-8, or does not hold keys.
    """
    name = str(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise _refused(name, f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise _refused(f"{name}:{line}", "not text in UTF-8") from error
    return parse(text, name, example=example, may_be_empty=may_be_empty)


def parse(text: str, name: str, *, example: str = "targets", may_be_empty: bool = False) -> Document:
    """Return what YAML text says.

    Args:
        text: The text.
        name: The file as the operator named it.
        example: A key it may hold at the outermost level, for the messages.
        may_be_empty: Whether text that says nothing is no mistake.

    Raises:
        ConfigError: It is not YAML, or does not hold keys.
    """
    try:
        node = _Loader(text).get_single_node()
        if node is None and may_be_empty:
            node = yaml.SafeLoader("{}").get_single_node()
        return _document(node, name, example)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        message = f"not YAML: character U+{ord(text[error.position]):04X} is not allowed"
        raise _refused(f"{name}:{line}", message) from error
    except yaml.MarkedYAMLError as error:
        # The original would be shown by a traceback together with a piece of the file, which may hold a secret.
        raise _syntax(error, name) from None
    except RecursionError as error:
        raise _refused(name, "nested too deeply, or a value holds itself") from error


class _Loader(yaml.SafeLoader):
    """Takes for text only what is text: YAML's escapes can write half of a character, which nothing else can read."""

    def compose_scalar_node(self, anchor: dict[Any, yaml.Node]) -> yaml.ScalarNode:
        node = super().compose_scalar_node(anchor)
        if not node.value.isascii() and _HALF.search(node.value):
            raise yaml.MarkedYAMLError(problem="half of a character (a lone surrogate)", problem_mark=node.start_mark)
        return node


def pairs_of(node: yaml.MappingNode) -> dict[str, tuple[yaml.Node, yaml.Node]]:
    """Return a mapping's key and value nodes by key, merged mappings (`<<`) included."""
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
    """Return where a node begins."""
    return Position(node.start_mark.line + 1, node.start_mark.column + 1)


def _document(node: yaml.Node | None, name: str, example: str) -> Document:
    if node is None:
        raise _refused(name, f"is empty; give at least {example}")
    if not isinstance(node, yaml.MappingNode):
        raise _refused(f"{name}:{position_of(node).line}", f"expected keys such as {example} at the outermost level")
    document = Document(name, node)
    document.data = _Reader(document.problems).mapping(node, ())
    return document


class _Reader:
    """Gate nodes into plain data, each once, and notes what is wrong with them."""

    def __init__(self, problems: list[YamlProblem]) -> None:
        self._problems = problems
        self._done: dict[int, object] = {}

    def mapping(self, node: yaml.MappingNode, place: Place) -> dict[str, object]:
        """Return what a mapping says, and note its repeated keys."""
        self._check_keys(node, place)
        return {key: self.value(value, (*place, key)) for key, (_, value) in pairs_of(node).items()}

    def value(self, node: yaml.Node, place: Place) -> object:
        """Return what any node says; aliases of one node share one value."""
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
        self._note(place, node, "YAML tags have no meaning here; put text that starts with ! in quotes")
        return ""

    def _check_keys(self, node: yaml.MappingNode, place: Place) -> None:
        first: dict[str, Position] = {}
        for key, value in node.value:
            if key.tag == _TAG + "merge":
                self._check_merge(value, place)
            elif not isinstance(key, yaml.ScalarNode):
                self._note(place, key, "a key must be a word")
            elif key.value in first:
                line = first[key.value].line
                self._note((*place, key.value), key, f"given twice, first on line {line}")
            else:
                first[key.value] = position_of(key)

    def _check_merge(self, node: yaml.Node, place: Place) -> None:
        sources = node.value if isinstance(node, yaml.SequenceNode) else [node]
        if not all(isinstance(source, yaml.MappingNode) for source in sources):
            self._note((*place, "<<"), node, "expected an alias of keys, such as *defaults")

    def _note(self, place: Place, node: yaml.Node, message: str) -> None:
        self._problems.append(YamlProblem(place, position_of(node), message))


def _refused(place: str, message: str) -> ConfigError:
    return ConfigError((Problem(place, message),))


def _syntax(error: yaml.MarkedYAMLError, name: str) -> ConfigError:
    """Return a syntax error as one line that repeats nothing longer than a character of the file."""
    problem = error.problem or error.context or "cannot be understood"
    if "undefined alias" in problem:
        problem = "text that starts with * must stand in quotes (an alias needs an anchor before it)"
    elif "but found another document" in problem:
        problem = "only one document is expected"
    elif r"'\t'" in problem:
        problem = "a tab cannot indent; use spaces"
    problem = _QUOTING.sub(r"\1", problem)
    within = error.context if error.context and error.context.startswith("while ") else None
    if within and error.context_mark and error.problem_mark and error.context_mark.line != error.problem_mark.line:
        problem += f" ({within}, which begins on line {error.context_mark.line + 1})"
    position = error.problem_mark or error.context_mark
    place = f"{name}:{position.line + 1}:{position.column + 1}" if position else name
    return _refused(place, f"not YAML: {problem}")
