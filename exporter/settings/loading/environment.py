"""Settings given through environment variables, `CONTACTCENTER_` and the keys joined by `__`.

Not pydantic-settings' own reader, because it can neither reach into one item of a list by its name nor say which
variable a value came from.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from exporter.errors import Problem
from exporter.runtime.suggest import nearest
from exporter.settings.loading.layers import Overlay
from exporter.settings.loading.yaml_positions import Place

PREFIX: Final = "CONTACTCENTER_"
_TARGETS: Final = f"{PREFIX}TARGETS__"
_NO_VARIABLE_CHARACTER: Final = re.compile(r"[^A-Z0-9]")


def variable(place: Place, target: object = None) -> str:
    """Return the variable that gives a place, a target being called by its name if it has one."""
    steps = [str(step) for step in place]
    if place[:1] == ("targets",) and len(place) > 1 and isinstance(target, str) and target:
        steps[1] = slug(target)
    return PREFIX + "__".join(steps).upper()


def slug(name: str) -> str:
    """Return a target's name as it stands in the name of a variable."""
    return _NO_VARIABLE_CHARACTER.sub("_", name.upper())


def read(
    environ: Mapping[str, str], keys: Iterable[str], targets: Iterable[object] = (), passed_over: Iterable[str] = ()
) -> Overlay:
    """Return what the environment says.

    A variable of another prefix is somebody else's, and so is one of an unknown first key without `__`: Kubernetes sets
    `CONTACTCENTER_EXPORTER_PORT` for a service of that name. One for a target that is not configured is passed over
    too, so that a reload may remove a target while the process still has its secret. An empty variable is the same as
    none.

    Args:
        environ: The variables.
        keys: The outermost keys there are.
        targets: The names of the configured targets in their order.
        passed_over: Outermost keys that are meant for another command.

    Returns:
        The values, with a problem for each variable that is not ASCII, has an unknown first key or fits two targets.
    """
    known = frozenset(keys)
    familiar = known.union(passed_over, ("targets",))
    aliases = _aliases(targets)
    names: dict[Place, str] = {}
    values: dict[Place, object] = {}
    problems: list[Problem] = []
    for name, value in sorted(environ.items()):
        if not value or not name.upper().startswith(PREFIX):
            continue
        if not name.isascii():
            problems.append(Problem(ascii(name).strip("'"), "unknown key: all keys are ASCII"))
            continue
        if "__" in name and _steps(name.upper())[0] not in familiar:
            problems.append(Problem(name, _unknown(name.upper(), familiar)))
            continue
        places = list(_places(name.upper(), known, aliases))
        if len(places) > 1:
            both = " and ".join(f"targets[{place[1]}]" for place in places)
            problems.append(Problem(name, f"means both {both}; use a target's other form, name or position"))
        for place in places:
            names[place] = name
            values[place] = value
    return Overlay(names, values, tuple(problems))


def _aliases(targets: Iterable[object]) -> list[tuple[str, int]]:
    """Return each target's position with the words it may be called by in a variable."""
    words: list[tuple[str, int]] = []
    for index, name in enumerate(targets):
        called = {str(index), slug(name)} if isinstance(name, str) and name else {str(index)}
        words += [(f"{word}__", index) for word in sorted(called)]
    return words


def _places(name: str, known: frozenset[str], aliases: list[tuple[str, int]]) -> Iterable[Place]:
    """Yield the places a variable may mean."""
    if name.startswith(_TARGETS):
        rest = name.removeprefix(_TARGETS)
        for word, index in aliases:
            if rest.startswith(word):
                yield ("targets", index, *rest.removeprefix(word).lower().split("__"))
        return
    steps = _steps(name)
    if steps[0] in known and steps[0] != "targets":
        yield tuple(steps)


def _steps(name: str) -> list[str]:
    return name.removeprefix(PREFIX).lower().split("__")


def _unknown(name: str, known: frozenset[str]) -> str:
    """Return the message for a variable whose first key is not known."""
    first, *rest = _steps(name)
    meant = nearest(first, known)
    if meant is None:
        return f"unknown key (known: {', '.join(sorted(known))})"
    return f"unknown key; did you mean {variable((meant, *rest))}?"
