"""Settings from environment variables named `CONTACTCENTER_` and the keys joined by `__`.

pydantic-settings' own source is not used: it can neither address a list item by name nor report which variable a value
came from.
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
_NOT_IN_VARIABLE: Final = re.compile(r"[^A-Z0-9]")


def variable(place: Place, target: object = None) -> str:
    """Return the variable that sets a place; a named target is addressed by its name."""
    steps = [str(step) for step in place]
    if place[:1] == ("targets",) and len(place) > 1 and isinstance(target, str) and target:
        steps[1] = slug(target)
    return PREFIX + "__".join(steps).upper()


def slug(name: str) -> str:
    """Return a target's name in the form used in variable names."""
    return _NOT_IN_VARIABLE.sub("_", name.upper())


def read(
    environ: Mapping[str, str], keys: Iterable[str], targets: Iterable[object] = (), ignored: Iterable[str] = ()
) -> Overlay:
    """Read settings from environment variables.

    Variables with another prefix are ignored, as are those with an unknown first key and no `__`: Kubernetes sets
    `CONTACTCENTER_EXPORTER_PORT` for a service of that name. Variables for targets that are not configured are ignored
    too, so that a reload can remove a target while its secret is still in the environment. Empty variables are ignored.

    Args:
        environ: The environment variables.
        keys: The known top-level keys.
        targets: The names of the configured targets, in order.
        ignored: Top-level keys that belong to other commands.

    Returns:
        The values, with a problem for each variable that is not ASCII, has an unknown first key or is ambiguous.
    """
    known = frozenset(keys)
    accepted = known.union(ignored, ("targets",))
    aliases = _aliases(targets)
    names: dict[Place, str] = {}
    values: dict[Place, object] = {}
    problems: list[Problem] = []
    for name, value in sorted(environ.items()):
        if not value or not name.upper().startswith(PREFIX):
            continue
        if not name.isascii():
            problems.append(Problem(ascii(name).strip("'"), "unknown key: keys are ASCII only"))
            continue
        if "__" in name and _steps(name.upper())[0] not in accepted:
            problems.append(Problem(name, _unknown(name.upper(), accepted)))
            continue
        places = list(_places(name.upper(), known, aliases))
        if len(places) > 1:
            matches = " and ".join(f"targets[{place[1]}]" for place in places)
            problems.append(Problem(name, f"ambiguous: matches {matches}; use the target's other form, name or index"))
        for place in places:
            names[place] = name
            values[place] = value
    return Overlay(names, values, tuple(problems))


def _aliases(targets: Iterable[object]) -> list[tuple[str, int]]:
    """Return the variable name parts that address each target, with the target's index."""
    aliases: list[tuple[str, int]] = []
    for index, name in enumerate(targets):
        forms = {str(index), slug(name)} if isinstance(name, str) and name else {str(index)}
        aliases += [(f"{form}__", index) for form in sorted(forms)]
    return aliases


def _places(name: str, known: frozenset[str], aliases: list[tuple[str, int]]) -> Iterable[Place]:
    """Yield the places a variable may refer to."""
    if name.startswith(_TARGETS):
        rest = name.removeprefix(_TARGETS)
        for alias, index in aliases:
            if rest.startswith(alias):
                yield ("targets", index, *rest.removeprefix(alias).lower().split("__"))
        return
    steps = _steps(name)
    if steps[0] in known and steps[0] != "targets":
        yield tuple(steps)


def _steps(name: str) -> list[str]:
    return name.removeprefix(PREFIX).lower().split("__")


def _unknown(name: str, known: frozenset[str]) -> str:
    """Return the message for a variable with an unknown first key."""
    first, *rest = _steps(name)
    suggestion = nearest(first, known)
    if suggestion is None:
        return f"unknown key (known: {', '.join(sorted(known))})"
    return f"unknown key; did you mean {variable((suggestion, *rest))}?"
