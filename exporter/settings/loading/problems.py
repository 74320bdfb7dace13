"""Collects the problems of a configuration with their locations."""

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from exporter.errors import ConfigError, Problem
from exporter.settings.loading.layers import Layers, Order
from exporter.settings.loading.yaml_positions import Place

_PLAIN_KEY: Final = re.compile(r"[\w.-]+")


class Findings:
    """The problems found so far, reported together once loading ends.

    Attributes:
        layers: The sources of the configuration.
        directory: The directory that relative file names are resolved against.
        targets: The names of the targets; None for a target without one.
    """

    def __init__(self, layers: Layers, directory: Path) -> None:
        self.layers = layers
        self.directory = directory
        self.targets: list[object] = []
        self._problems: dict[tuple[Place, str], tuple[Order, Problem]] = {}
        self._aliases: dict[Place, Place] = {}
        for yaml_problem in layers.yaml_problems:
            order, source = layers.at(yaml_problem.position)
            location = _joined(source, dotted(yaml_problem.place))
            self._record(yaml_problem.place, order, Problem(location, yaml_problem.message))
        for problem in layers.environment.problems:
            self._record((problem.place,), (2, 0, 0), problem)

    def alias(self, place: Place, configured: Place) -> None:
        """Report problems of a place at another one, where it was configured."""
        self._aliases[place] = configured

    def add(self, place: Place, message: str) -> None:
        """Add a problem at a place; duplicates are ignored."""
        configured = self._aliases.get(place, place)
        order, source, is_name = self.layers.locate(configured)
        location = source if is_name else _joined(source, dotted(configured))
        self._record(place, order, Problem(location, message))

    def add_others(self, place: Place, problems: Iterable[Problem]) -> None:
        """Add the problems of another file that is named at a place."""
        order, _, _ = self.layers.locate(place)
        for problem in problems:
            self._record((*place, problem.place), order, problem)

    def target_name(self, place: Place) -> object:
        """Return the name of the target that contains a place; None outside targets or for a target without a name."""
        index = place[1] if place[:1] == ("targets",) and len(place) > 1 else None
        return self.targets[index] if isinstance(index, int) else None

    def below(self, place: Place) -> frozenset[str | int]:
        """Return the direct child keys of a place that have problems at any depth."""
        depth = len(place)
        places = {each for each, _ in self._problems}
        return frozenset(each[depth] for each in places if each[:depth] == place and len(each) > depth)

    def raise_if_any(self) -> None:
        """Raise if any problem was found.

        Raises:
            ConfigError: The configuration is invalid; the error lists every problem in the order of the file.
        """
        if self._problems:
            raise ConfigError(tuple(problem for _, problem in sorted(self._problems.values(), key=_sort_key)))

    def _record(self, place: Place, order: Order, problem: Problem) -> None:
        self._problems.setdefault((place, problem.message), (order, problem))


def dotted(place: Place) -> str:
    """Return a place in dotted notation, such as `targets[0].url`."""
    text = ""
    for step in place:
        text += f"[{step}]" if isinstance(step, int) else f".{_key(step)}"
    return text.removeprefix(".")


def present(values: Mapping[str, object]) -> dict[str, object]:
    """Return the keys that have a value; empty values are treated as unset."""
    return {key: value for key, value in values.items() if value is not None}


def _sort_key(item: tuple[Order, Problem]) -> tuple[Order, str]:
    """Return the sort key of a problem: its position in the file, or its variable or flag."""
    order, problem = item
    return order, problem.place if order[0] else ""


def _joined(*parts: str) -> str:
    return ": ".join(part for part in parts if part)


def _key(key: str) -> str:
    """Return a key on one line, quoted unless it is a plain word."""
    return key if _PLAIN_KEY.fullmatch(key) else json.dumps(key)
