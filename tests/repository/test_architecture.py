"""Rules for the source of every module of the exporter; import-linter checks the imports."""

import ast
from collections.abc import Iterator

import pytest

from tests.support.sources import Module, modules

every_module = pytest.mark.parametrize("module", modules().values(), ids=lambda module: module.name)


def called(module: Module) -> Iterator[str]:
    """Return the names of the functions a module calls."""
    return (ast.unparse(node.func) for node in ast.walk(module.tree) if isinstance(node, ast.Call))


@every_module
def test_a_module_docstring_begins_with_one_sentence(module: Module) -> None:
    first = (ast.get_docstring(module.tree) or "").partition("\n")[0]
    assert first.endswith((".", "?"))


@every_module
def test_a_module_neither_prints_nor_ends_the_process(module: Module) -> None:
    endings = {"sys.exit", "exit", "quit", "os._exit", "os.abort"}
    allowed = {"sys.exit", "os._exit"} if module.name == "exporter.__main__" else set()
    assert not ({"print"} | endings - allowed) & set(called(module))


def test_only_containment_has_a_broad_except() -> None:
    broad = [
        module.name
        for module in modules().values()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) in {"Exception", "BaseException"})
    ]
    assert broad == ["exporter.runtime.containment"]


def test_the_catalogue_is_the_only_list_of_metrics() -> None:
    """No other module contains the full name of a metric."""
    holders = {
        module.name
        for module in modules().values()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("contactcenter_")
    }
    assert holders <= {"exporter.metrics.catalog", "exporter.plugins"}
