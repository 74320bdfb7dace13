"""The sources of a configuration: flags override the environment, which overrides the file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, cast

from exporter.errors import Problem
from exporter.settings.loading.yaml_positions import Document, Place, Position, YamlProblem

Order = tuple[int, int, int]
"""Sort key of a problem: those in the file by line and column, then the environment's, then the flags'."""


class Source(NamedTuple):
    """The source of a value.

    Attributes:
        order: The sort key.
        text: The file and line, or the name of the flag or environment variable.
        is_name: Whether the text identifies the setting, as flags and variables do.
    """

    order: Order
    text: str
    is_name: bool


@dataclass(frozen=True)
class Overlay:
    """Individually named values: flags, or environment variables.

    Attributes:
        names: The flag or variable that sets each place.
        values: The value of each place.
        problems: Problems with the names themselves.
    """

    names: Mapping[Place, str] = field(default_factory=dict)
    values: Mapping[Place, object] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Layers:
    """All sources of a configuration.

    Attributes:
        file: The configuration file; None for commands without one.
        environment: Values from environment variables.
        flags: Values from the command line.
    """

    file: Document | None = None
    environment: Overlay = field(default_factory=Overlay)
    flags: Overlay = field(default_factory=Overlay)

    @property
    def yaml_problems(self) -> tuple[YamlProblem, ...]:
        """Return the problems of the file's YAML."""
        return tuple(self.file.problems) if self.file else ()

    def merged(self) -> dict[str, object]:
        """Return all values; a stronger layer overrides a weaker one."""
        tree: object = self.file.data if self.file else {}
        for overlay in (self.environment, self.flags):
            # Shorter places first, so that they do not overwrite nested values.
            for place in sorted(overlay.values, key=len):
                tree = _set(tree, place, overlay.values[place])
        return cast("dict[str, object]", tree)

    def rank(self, place: Place) -> int:
        """Return the precedence of the layer that sets a place: 3 for flags, 2 environment, 1 file, 0 for none."""
        for rank, overlay in ((3, self.flags), (2, self.environment)):
            if place in overlay.names:
                return rank
        return 1 if self.file and self.file.has(place) else 0

    def locate(self, place: Place) -> Source:
        """Return the source of a place, or the closest position in the file if the place is not set."""
        for rank, overlay in ((3, self.flags), (2, self.environment)):
            if place in overlay.names:
                return Source((rank, 0, 0), overlay.names[place], is_name=True)
        if self.file is None:
            return Source((0, 0, 0), "", is_name=False)
        return Source(*self.at(self.file.position(place)), is_name=False)

    def at(self, position: Position) -> tuple[Order, str]:
        """Return the sort key and text of a position in the file."""
        return (0, *position), f"{self.file.name}:{position.line}" if self.file else ""


def _set(tree: object, place: Place, value: object) -> object:
    """Return a copy of the tree with a value set at a place, creating intermediate keys."""
    if not place:
        return value
    step, *rest = place
    if isinstance(step, int) and isinstance(tree, list):
        return [_set(item, tuple(rest), value) if at == step else item for at, item in enumerate(tree)]
    branches: dict[str | int, object] = dict(tree) if isinstance(tree, dict) else {}
    return {**branches, step: _set(branches.get(step), tuple(rest), value)}
