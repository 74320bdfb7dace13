"""The syntax trees of the exporter, for tests of its structure."""

import ast
from functools import cache
from typing import NamedTuple

from tests.support.paths import ROOT


class Module(NamedTuple):
    """One module of the exporter.

    Attributes:
        name: Its full name.
        tree: Its syntax.
    """

    name: str
    tree: ast.Module


@cache
def modules() -> dict[str, Module]:
    """Return every module of the exporter by name."""
    found = {}
    for path in sorted((ROOT / "exporter").rglob("*.py")):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        found[name] = Module(name, ast.parse(path.read_text(), path.name))
    return found
