"""Reads the YAML of rules and of their tests."""

import re
from pathlib import Path
from typing import Any, ClassVar

import yaml

_INT = "tag:yaml.org,2002:int"


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Reads 0x60 as text: in promtool's notation it is sixty zeros, in YAML a hexadecimal number."""

    yaml_implicit_resolvers: ClassVar = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag != _INT]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


_Loader.add_implicit_resolver(_INT, re.compile(r"[-+]?\d+$"), list("-+0123456789"))


def read(path: Path) -> Any:  # noqa: ANN401 - any YAML
    """Return the content of a YAML file of the repository."""
    return parsed(path.read_text(encoding="utf-8"))


def parsed(text: str) -> Any:  # noqa: ANN401 - any YAML
    """Return the content of YAML, with the notation of promtool as text."""
    return yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader
