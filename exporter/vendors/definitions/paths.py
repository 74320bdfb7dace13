"""Dotted paths, which name a value within a JSON document or a record.

`a.b` is the value of key b in the object a; `a[].b` are those of every item of the list a. A key with dots or brackets
is written in double quotes.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

_STEP: Final = re.compile(r'(?:"(?P<quoted>[^"]+)"|(?P<plain>[^".\[\]\s][^".\[\]]*))(?P<each>\[\])?(?:\.(?=.)|$)')
_LONGEST: Final = 200


class Step(NamedTuple):
    """One step of a path.

    Attributes:
        key: The key of an object.
        each: Whether its value is a list whose items the rest of the path applies to.
    """

    key: str
    each: bool = False


@dataclass(frozen=True, slots=True)
class Path:
    """A path.

    Attributes:
        text: The path as it is written.
        steps: Its steps, at least one.
    """

    text: str
    steps: tuple[Step, ...]

    @property
    def root(self) -> str:
        """The key of the record itself that the path begins with."""
        return self.steps[0].key

    @property
    def is_list(self) -> bool:
        """Whether the path leads to many values."""
        return any(step.each for step in self.steps)

    @property
    def is_key(self) -> bool:
        """Whether the path is one key of the record."""
        return len(self.steps) == 1 and not self.is_list

    def as_list(self) -> "Path":
        """Return the path to the items of the list that this path leads to."""
        *before, last = self.steps
        return Path(self.text, (*before, Step(last.key, each=True)))

    def split(self) -> "tuple[Path, Path | None]":
        """Return the path to the items of the last list, and the path within an item, None for the item itself."""
        last = max((at for at, step in enumerate(self.steps) if step.each), default=len(self.steps) - 1)
        inner = self.steps[last + 1 :]
        return Path(self.text, self.steps[: last + 1]).as_list(), Path(self.text, inner) if inner else None

    def value(self, root: object) -> object:
        """Return the value that the path leads to from the value of its root; None if there is none."""
        value = root
        for step in self.steps[1:]:
            value = value.get(step.key) if isinstance(value, dict) else None
        return value

    def items(self, root: object) -> list[object] | None:
        """Return the values that the path leads to from the value of its root; None if the first list is missing.

        A single object in the place of a list is a list of one, as some vendors send a list of one.
        """
        return _items(root, self.steps[0].each, self.steps[1:])


def _items(value: object, each: bool, rest: Sequence[Step]) -> list[object] | None:  # noqa: FBT001 - the parts of a step
    if each:
        if value is None:
            return None
        listed = value if isinstance(value, list) else [value]
        if not rest:
            return listed
        return [found for item in listed for found in _items(item, False, rest) or ()]  # noqa: FBT003 - as above
    if not rest:
        return [value]
    step = rest[0]
    return _items(value.get(step.key) if isinstance(value, dict) else None, step.each, rest[1:])


def parse_path(text: str) -> Path:
    """Return the path that a text describes.

    Raises:
        ValueError: It is not a path.
    """
    steps: list[Step] = []
    at = 0
    while at < len(text) <= _LONGEST:
        match = _STEP.match(text, at)
        if match is None:
            break
        steps.append(Step(match["quoted"] or match["plain"], match["each"] is not None))
        at = match.end()
    if not steps or at < len(text):
        raise ValueError("not a path: use keys joined by dots, such as meta.total")
    return Path(text, tuple(steps))
