"""The exporter's own source, taken apart for tests of its shape."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent


class Module(NamedTuple):
    """One module of the exporter.

    Attributes:
        name: Its full name.
        tree: Its syntax.
        imports: Modules of the exporter that it imports, those only for annotations included.
        runtime_imports: Those among them that it imports when it runs.
    """

    name: str
    tree: ast.Module
    imports: frozenset[str]
    runtime_imports: frozenset[str]

    @property
    def unit(self) -> str:
        """The module or package directly in the exporter that it belongs to, such as `web`."""
        return unit_of(self.name)


def unit_of(name: str) -> str:
    """Return the module or package directly in the exporter that a module belongs to."""
    return name.split(".")[1] if "." in name else ""


@cache
def modules() -> dict[str, Module]:
    """Return every module of the exporter by its name."""
    trees = {_name(path): ast.parse(path.read_text(), path.name) for path in (ROOT / "exporter").rglob("*.py")}
    return {
        name: Module(
            name,
            tree,
            frozenset(_imports(ast.walk(tree), trees)),
            frozenset(_imports(_running(tree), trees)),
        )
        for name, tree in sorted(trees.items())
    }


def _name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def _imports(nodes: Iterator[ast.AST], known: dict[str, ast.Module]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module in known:
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            yield from inner & known.keys()
            if inner - known.keys():
                yield node.module


def _running(node: ast.AST) -> Iterator[ast.AST]:
    """Return every node but those that only a type checker sees."""
    yield node
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"):
            yield from _running(child)
