"""What was configured where: flags over environment over file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, cast

from exporter.errors import Problem
from exporter.settings.loading.yaml_positions import Document, Place, Position, YamlProblem

Order = tuple[int, int, int]
"""Sorts mistakes: those of the file by line and column, then the environment's, then the flags'."""


class Found(NamedTuple):
    """Where a value stands.

    Attributes:
        order: Sorts it among others.
        text: The file and line, or the name of the flag or environment variable.
        is_name: Whether the text names the setting by itself.
    """

    order: Order
    text: str
    is_name: bool


@dataclass(frozen=True)
class Overlay:
    """Values given one by one under names of their own: flags, or environment variables.

    Attributes:
        names: The name each place was given under.
        values: What was given there.
        problems: What is wrong with the names themselves.
    """

    names: Mapping[Place, str] = field(default_factory=dict)
    values: Mapping[Place, object] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Layers:
    """All sources of a configuration.

    Attributes:
        file: The configuration file, None for a command that has none.
        environment: What environment variables say.
        flags: What the command line says.
    """

    file: Document | None = None
    environment: Overlay = field(default_factory=Overlay)
    flags: Overlay = field(default_factory=Overlay)

    @property
    def yaml_problems(self) -> tuple[YamlProblem, ...]:
        """What is wrong with the file as YAML."""
        return tuple(self.file.problems) if self.file else ()

    def merged(self) -> dict[str, object]:
        """Return every value, the stronger layer's where several give one."""
        tree: object = self.file.data if self.file else {}
        for overlay in (self.environment, self.flags):
            # A shorter place first, so that it never wipes out what a longer one says.
            for place in sorted(overlay.values, key=len):
                tree = _placed(tree, place, overlay.values[place])
        return cast("dict[str, object]", tree)

    def rank(self, place: Place) -> int:
        """Return how strong the layer is that gives a place: 3 for flags, 2 environment, 1 file, 0 none."""
        for rank, overlay in ((3, self.flags), (2, self.environment)):
            if place in overlay.names:
                return rank
        return 1 if self.file and self.file.has(place) else 0

    def locate(self, place: Place) -> Found:
        """Return where a place was given, or else where it would be looked for."""
        for rank, overlay in ((3, self.flags), (2, self.environment)):
            if place in overlay.names:
                return Found((rank, 0, 0), overlay.names[place], is_name=True)
        if self.file is None:
            return Found((0, 0, 0), "", is_name=False)
        return Found(*self.at(self.file.position(place)), is_name=False)

    def at(self, position: Position) -> tuple[Order, str]:
        """Return how a position in the file sorts and is written."""
        return (0, *position), f"{self.file.name}:{position.line}" if self.file else ""


def _placed(tree: object, place: Place, value: object) -> object:
    """Return a copy of the tree with a value put at a place, making keys on the way."""
    if not place:
        return value
    step, *rest = place
    if isinstance(step, int) and isinstance(tree, list):
        return [_placed(item, tuple(rest), value) if at == step else item for at, item in enumerate(tree)]
    branches: dict[str | int, object] = dict(tree) if isinstance(tree, dict) else {}
    return {**branches, step: _placed(branches.get(step), tuple(rest), value)}
