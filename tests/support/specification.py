"""Stand in for a vendor whose specification is known: facts of it become responses to a definition's requests.

A facts file lists the operations of a vendor with the types of their parameters and fields. Each list of a response has
an item for every combination of the values that the fields of its items can have.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl

from yarl import URL

from exporter.vendors.definitions.recorded import RecordedResponse

MINUTE: Final = 60
LOGIN: Final = "login:"
BODY: Final = "body:"
_STEP: Final = re.compile(r'(?:"([^"]+)"|([^".\[\]]*))(\[\])?(?:\.|$)')

Facts = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation of the specification.

    Attributes:
        key: The method and path.
        facts: The types of its query parameters, body fields and response fields.
        values: The values that its fields can have.
    """

    key: str
    facts: Facts
    values: Mapping[str, Sequence[str]]

    @property
    def method(self) -> str:
        """The method."""
        return self.key.partition(" ")[0]

    def matches(self, path: str) -> bool:
        """Return whether a path is that of the operation, each parameter of it a `{}`."""
        written = self.key.partition(" ")[2].removeprefix(LOGIN)
        return re.fullmatch(re.escape(written).replace(r"\{\}", "[^/]+"), path) is not None


@dataclass(slots=True)
class Node:
    """A value of a response: an object of others, or a leaf with a type."""

    kind: str = ""
    is_list: bool = False
    inner: dict[str, "Node"] = field(default_factory=dict)


class Specification:
    """The facts of one vendor's specification."""

    def __init__(self, file: Path) -> None:
        """Read a facts file."""
        facts = json.loads(file.read_text(encoding="utf-8"))
        values = facts.get("values", {})
        self.operations = [Operation(key, each, values.get(key, {})) for key, each in facts["operations"].items()]

    def operation(self, method: str, path: str) -> Operation | None:
        """Return the operation of a request; one without parameters precedes others."""
        found = (each for each in self.operations if each.method == method and each.matches(path))
        return min(found, key=lambda each: each.key.count("{}"), default=None)


class SpecifiedSession:
    """The HTTP session of a vendor that responds as its specification states.

    Attributes:
        problems: Requests, parameters and body fields that the specification lacks.
        requested: The operations that were requested.
    """

    def __init__(self, specification: Specification, definition: str, given: Mapping[str, object], now: float) -> None:
        """Prepare the responses.

        Args:
            specification: The facts.
            definition: The text of the definition, which names the keys of maps.
            given: Values of certain paths, such as the one of the next page.
            now: Seconds since the Unix epoch.
        """
        self._specification = specification
        self._definition = definition
        self._given = given
        self._now = now
        self.problems: list[str] = []
        self.requested: set[str] = set()

    def request(
        self,
        method: str,
        url: URL,
        *,
        data: Mapping[str, str] | None = None,
        json: object = None,
        **_options: Any,  # noqa: ANN401 - as of the HTTP client
    ) -> RecordedResponse:
        """Return a response with every field of the operation."""
        operation = self._specification.operation(method, url.path)
        if operation is None:
            self.problems.append(f"no operation {method} {url.path}")
            return RecordedResponse(404, {}, b"")
        self.requested.add(operation.key)
        self._check_parameters(operation, url, data, json)
        return RecordedResponse(200, {}, _encoded(self._response(operation)))

    def _check_parameters(self, operation: Operation, url: URL, data: Mapping[str, str] | None, body: object) -> None:
        known = operation.facts.get("query", {})
        names = {name for name, _ in parse_qsl(url.raw_query_string, keep_blank_values=True)}
        self.problems += [f"{operation.key}: no parameter {name}" for name in sorted(names - known.keys())]
        sent = {(path, value) for each in (dict(data or {}), body) for path, value in _leaves(each)}
        for path, value in sorted(sent, key=str):
            if path not in operation.facts.get("body", {}):
                self.problems.append(f"{operation.key}: no body field {path}")
            elif value not in (values := operation.values.get(f"{BODY}{path}", [value])):
                self.problems.append(f"{operation.key}: {path} is {value}, not one of {', '.join(map(str, values))}")

    def _response(self, operation: Operation) -> object:
        root = Node()
        for path, kind in operation.facts.get("response", {}).items():
            node = root
            for name, is_list in _steps(path):
                node = node.inner.setdefault(name, Node()) if name else node
                node.is_list = node.is_list or is_list
            node.kind = kind
        first = {path: values[0] for path, values in self._choices(root, "", operation)}
        return self._value(root, "", operation, 0, first)

    def _value(self, node: Node, path: str, operation: Operation, item: int, chosen: Mapping[str, str]) -> object:
        """Return the value of a node.

        Args:
            node: The node.
            path: Its path.
            operation: The operation.
            item: The number of the item of the innermost list around it.
            chosen: The values of the fields of that item, by path.
        """
        if not node.is_list:
            return self._single(node, path, operation, item, chosen)
        path = f"{path}[]"
        choices = dict(self._choices(node, path, operation))
        combinations = product(*choices.values())
        return [
            self._single(node, path, operation, number, dict(zip(choices, values, strict=True)))
            for number, values in enumerate(combinations)
        ]

    def _single(self, node: Node, path: str, operation: Operation, item: int, chosen: Mapping[str, str]) -> object:
        if not node.inner:
            return self._given[path] if path in self._given else chosen.get(path) or self._sample(node.kind, item)
        places = {name: f"{path}.{name}" if path else name for name in node.inner}
        return {
            key: self._value(inner, places[name], operation, item, chosen)
            for name, inner in node.inner.items()
            for key in (self._keys(places[name]) if name == "{}" else [name])
        }

    def _choices(self, node: Node, path: str, operation: Operation) -> Iterator[tuple[str, Sequence[str]]]:
        """Yield the fields with known values of an item, those in its objects too, but not in its lists."""
        for name, inner in node.inner.items():
            place = f"{path}.{name}" if path else name
            if place in operation.values:
                yield place, operation.values[place]
            if not inner.is_list:
                yield from self._choices(inner, place, operation)

    def _keys(self, path: str) -> Sequence[str]:
        """Return the keys of a map that the definition names."""
        before = re.escape(path.removesuffix("{}").rpartition("[].")[2])
        return sorted(set(re.findall(rf"{before}([^.\s]+)\.", self._definition)))

    def _sample(self, kind: str, item: int) -> object:
        return _SAMPLES[kind](item, self._now - MINUTE)


_SAMPLES: Final[Mapping[str, Callable[[int, float], object]]] = {
    "string": lambda item, _moment: f"x{item}",
    "integer": lambda item, _moment: MINUTE + item,  # which may be an id
    "number": lambda _item, _moment: 0.5,
    "percent": lambda _item, _moment: 50,
    "boolean": lambda item, _moment: item % 2 == 0,
    "date-time": lambda _item, moment: datetime.fromtimestamp(moment, UTC).isoformat(),
    "unix": lambda _item, moment: moment,
    "unix_ms": lambda _item, moment: int(moment * 1000),
    "duration": lambda _item, _moment: "PT1M",
    "clock": lambda _item, _moment: "00:01:00",
}


def _steps(path: str) -> Iterator[tuple[str, bool]]:
    """Yield the keys of a path, and whether each leads to a list."""
    at = 0
    while at < len(path):
        step = _STEP.match(path, at)
        assert step is not None, path
        yield step[1] or step[2], step[3] is not None
        at = step.end()


def _leaves(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Yield the paths and values of everything in a JSON document that contains nothing else."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner, f"{path}[]")
    elif path:
        yield path, value


def _encoded(value: object) -> bytes:
    return json.dumps(value).encode()
