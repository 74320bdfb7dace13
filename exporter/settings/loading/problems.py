"""The mistakes found while a configuration is read, each with its place."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from exporter.errors import ConfigError, Problem
from exporter.settings.loading.layers import Layers, Order
from exporter.settings.loading.yaml_positions import Place

_PLAIN_KEY: Final = re.compile(r"[\w.-]+")


class Findings:
    """Collects every mistake, so that an operator sees them all at once.

    Attributes:
        layers: What was configured where.
        directory: Where relative file names are looked up.
        targets: The names of the targets, None for one without.
    """

    def __init__(self, layers: Layers, directory: Path) -> None:
        self.layers = layers
        self.directory = directory
        self.targets: list[object] = []
        self._found: dict[tuple[Place, str], tuple[Order, Problem]] = {}
        self._aliases: dict[Place, Place] = {}
        for mistake in layers.yaml_problems:
            order, where = layers.at(mistake.position)
            self._note(mistake.place, order, Problem(_joined(where, dotted(mistake.place)), mistake.message))
        for problem in layers.environment.problems:
            self._note((problem.place,), (2, 0, 0), problem)

    def alias(self, place: Place, given: Place) -> None:
        """Tell mistakes of a place at another one, where the operator gave it."""
        self._aliases[place] = given

    def add(self, place: Place, message: str) -> None:
        """Note a mistake at a place; the same one again changes nothing."""
        given = self._aliases.get(place, place)
        order, where, is_name = self.layers.locate(given)
        shown = where if is_name else _joined(where, dotted(given))
        self._note(place, order, Problem(shown, message))

    def target_name(self, place: Place) -> object:
        """Return the name of the target a place belongs to, None where there is none."""
        index = place[1] if place[:1] == ("targets",) and len(place) > 1 else None
        return self.targets[index] if isinstance(index, int) else None

    def below(self, place: Place) -> frozenset[str | int]:
        """Return the keys directly below a place where, or under which, something is wrong."""
        depth = len(place)
        found = {spot for spot, _ in self._found}
        return frozenset(spot[depth] for spot in found if spot[:depth] == place and len(spot) > depth)

    def raise_if_any(self) -> None:
        """Do nothing if all is well.

        Raises:
            ConfigError: Something is wrong; it holds every mistake in the order of the file.
        """
        if self._found:
            raise ConfigError(tuple(problem for _, problem in sorted(self._found.values(), key=_position)))

    def _note(self, place: Place, order: Order, problem: Problem) -> None:
        self._found.setdefault((place, problem.message), (order, problem))


def dotted(place: Place) -> str:
    """Return a place as operators write it, such as `targets[0].url`."""
    text = ""
    for step in place:
        text += f"[{step}]" if isinstance(step, int) else f".{_key(step)}"
    return text.removeprefix(".")


def present(values: Mapping[str, object]) -> dict[str, object]:
    """Return the keys that say something; an empty value is the same as none."""
    return {key: value for key, value in values.items() if value is not None}


def _position(found: tuple[Order, Problem]) -> tuple[Order, str]:
    """Return what a mistake is sorted by: its position in the file, or the name of its variable or flag."""
    order, problem = found
    return order, problem.place if order[0] else ""


def _joined(*parts: str) -> str:
    return ": ".join(part for part in parts if part)


def _key(key: str) -> str:
    """Return a key on one line, quoted where it is no plain word."""
    return key if _PLAIN_KEY.fullmatch(key) else json.dumps(key)
