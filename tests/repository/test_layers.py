"""The import contracts hold, and a forbidden import fails in every layer."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.support.paths import ROOT

CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
LAYERS = [layer.split(" | ") for layer in CONTRACTS[0]["layers"]]
VENDORS = CONTRACTS[1]["layers"][0].split(" | ")


def modules_of(package: str) -> str:
    """Return a file of a layer: the module itself, or the first module of the package."""
    module = ROOT / "exporter" / f"{package}.py"
    found = module if module.exists() else min((ROOT / "exporter" / package).rglob("[a-z]*.py"))
    return str(found.relative_to(ROOT))


def name_of(package: str) -> str:
    """Return the dotted name of that module."""
    return modules_of(package).removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def copied(directory: Path) -> Path:
    """Return a copy of the source in a directory."""
    shutil.copytree(ROOT / "exporter", directory / "exporter", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", directory)
    return directory


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return copied(tmp_path)


def violate(copy: Path, file: str, statement: str) -> None:
    path = copy / file
    path.write_text(f"{path.read_text()}\n{statement}")


def lint(copy: Path) -> tuple[int, str]:
    """Return the exit code and the report of import-linter in a copy of the source."""
    program = str(Path(sys.executable).with_name("lint-imports"))
    done = subprocess.run([program, "--no-cache"], cwd=copy, capture_output=True, text=True, check=False)  # noqa: S603 - our own program
    return done.returncode, " ".join(done.stdout.split())


def test_the_source_keeps_every_contract(copy: Path) -> None:
    code, report = lint(copy)
    assert (code, "0 broken" in report) == (0, True), report


UPWARDS = [(lower, LAYERS[depth - 1][0]) for depth, layer in enumerate(LAYERS) if depth for lower in layer]
SIDEWAYS = [(left, right) for layer in LAYERS for left in layer for right in layer if left != right]
BETWEEN_VENDORS = [
    (f"vendors/{vendor}", f"vendors/{next(each for each in VENDORS if each != vendor)}") for vendor in VENDORS
]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the report on a copy of the source with all forbidden imports: a run for each would take half a second."""
    copy = copied(tmp_path_factory.mktemp("violations"))
    for importer, imported in UPWARDS + SIDEWAYS + BETWEEN_VENDORS:
        violate(copy, modules_of(importer), f"import {name_of(imported)}\n")
    code, report = lint(copy)
    assert code == 1
    return report


@pytest.mark.parametrize(("importer", "imported"), UPWARDS + SIDEWAYS)
def test_an_import_upwards_or_sideways_breaks_the_layers(report: str, importer: str, imported: str) -> None:
    assert f"exporter.{importer} is not allowed to import exporter.{imported}" in report
    assert f"{name_of(importer)} -> {name_of(imported)} (l." in report


@pytest.mark.parametrize(("importer", "imported"), BETWEEN_VENDORS)
def test_a_vendor_that_imports_another_breaks_their_independence(report: str, importer: str, imported: str) -> None:
    importing, forbidden = (f"exporter.{each.replace('/', '.')}" for each in (importer, imported))
    assert f"{importing} is not allowed to import {forbidden}" in report
    assert f"{name_of(importer)} -> {name_of(imported)} (l." in report


@pytest.mark.parametrize("folder", ["exporter", "exporter/vendors"])
def test_a_new_module_needs_a_layer(copy: Path, folder: str) -> None:
    (copy / folder / "newcomer.py").write_text('"""A module without a layer."""\n')
    code, report = lint(copy)
    assert code == 1
    assert "newcomer" in report


def test_two_modules_that_import_each_other_are_a_cycle(copy: Path) -> None:
    violate(copy, "exporter/polling/schedule.py", "import exporter.polling.collector\n")
    code, report = lint(copy)
    assert code == 1
    assert "No cycles among siblings BROKEN" in report
