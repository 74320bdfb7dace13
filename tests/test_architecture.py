"""The shape of the house, read from the source: who may import whom, and what nobody may do."""

import ast
import tomllib
from collections.abc import Iterator
from graphlib import TopologicalSorter

import pytest

from tests.sources import ROOT, Module, modules, unit_of

# What each room may import, the data's way first: vendors -> model -> mapping -> exposition -> web.
MAY_IMPORT: dict[str, set[str]] = {
    "vendors": {"beside", "model", "settings", "registry", "clock", "errors", "redaction", ""},
    "model": set(),
    "catalog": set(),
    "identity": {"model"},
    "mapping": {"model", "catalog", "identity"},
    "beside": set(),
    "selection": {"model", "catalog", "settings"},
    "counters": {"mapping"},
    "exposition": {"mapping", "catalog"},
    "health": {"mapping", "catalog", "errors"},
    "process": {"exposition"},
    "web": {"exposition", "health", "listening", "clock", "settings", "errors", "nearest", "redaction", "units", ""},
    "schedule": set(),
    "turns": {"clock"},
    "display": {"exposition", "health", "settings"},
    "collector": {"target", "exposition", "health", "settings", "clock", "errors"},
    "telling": set(),
    "bugs": set(),
    "garbage": set(),
    "heap": set(),
    "listening": set(),
    "clock": set(),
    "errors": {"redaction"},
    "redaction": set(),
    "nearest": set(),
    "units": set(),
    "settings": {"model", "catalog", "registry", "errors", "redaction", "nearest", "units"},
    "registry": {"bugs", "nearest"},
    "simulator": {"model", "listening", "clock", "errors"},
}
# What knows that there are vendors at all, and then only what they have in common.
KNOW_VENDORS = {"sdk", "target", "polling", "configuration", "reference", "connect", "demo"}

every_module = pytest.mark.parametrize("module", modules().values(), ids=lambda module: module.name)


def vendor_modules() -> set[str]:
    """Return the modules that hold a vendor, as this project offers them to itself."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return {entry.partition(":")[0] for entry in project["entry-points"]["contactcenter_exporter.vendors"].values()}


def called(module: Module) -> Iterator[str]:
    """Return the names of what a module calls."""
    return (ast.unparse(node.func) for node in ast.walk(module.tree) if isinstance(node, ast.Call))


def test_no_import_comes_back_to_where_it_started() -> None:
    order = TopologicalSorter({name: module.runtime_imports for name, module in modules().items()})
    order.prepare()


@every_module
def test_a_room_imports_only_what_stands_before_it(module: Module) -> None:
    if module.unit in MAY_IMPORT:
        assert {unit_of(name) for name in module.imports} <= MAY_IMPORT[module.unit] | {module.unit}


@every_module
def test_few_know_that_there_are_vendors_and_none_knows_one(module: Module) -> None:
    of_vendors = {name for name in module.imports if unit_of(name) == "vendors"}
    assert not of_vendors or module.unit in KNOW_VENDORS | {"vendors"}
    if module.name not in vendor_modules():
        assert not of_vendors & vendor_modules()


@every_module
def test_a_vendor_knows_no_other_vendor(module: Module) -> None:
    if module.name in vendor_modules():
        assert not module.imports & vendor_modules()


@every_module
def test_nothing_imports_the_command_line(module: Module) -> None:
    assert module.unit == "__main__" or "exporter.cli" not in module.imports


@every_module
def test_a_module_says_what_it_is_in_one_line(module: Module) -> None:
    first = (ast.get_docstring(module.tree) or "").partition("\n")[0]
    assert first.endswith((".", "?"))


@every_module
def test_a_module_does_not_print_and_does_not_end_the_process(module: Module) -> None:
    endings = {"sys.exit", "exit", "quit", "os._exit", "os.abort"}
    allowed = {"sys.exit"} if module.unit == "__main__" else set()
    assert not ({"print"} | endings - allowed) & set(called(module))


def test_a_broad_except_stands_in_one_place_only() -> None:
    broad = [
        module.name
        for module in modules().values()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) in {"Exception", "BaseException"})
    ]
    assert broad == ["exporter.bugs"]


def test_the_catalogue_is_the_only_list_of_metrics() -> None:
    """No other module writes a whole metric's name."""
    holders = {
        module.name
        for module in modules().values()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("contactcenter_")
    }
    assert holders <= {"exporter.catalog", "exporter.registry"}
