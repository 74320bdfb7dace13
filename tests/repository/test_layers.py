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


def import_of(package: str) -> str:
    """Return a statement that imports a module of a layer."""
    return f"import {modules_of(package).removesuffix('.py').replace('/', '.')}\n"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "exporter", tmp_path / "exporter", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


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


@pytest.mark.slow
@pytest.mark.parametrize(("importer", "imported"), UPWARDS + SIDEWAYS)
def test_an_import_upwards_or_sideways_breaks_the_layers(copy: Path, importer: str, imported: str) -> None:
    violate(copy, modules_of(importer), import_of(imported))
    code, report = lint(copy)
    assert code == 1
    assert f"exporter.{importer} is not allowed to import exporter.{imported}" in report


@pytest.mark.slow
@pytest.mark.parametrize("vendor", VENDORS)
def test_a_vendor_that_imports_another_breaks_their_independence(copy: Path, vendor: str) -> None:
    other = next(each for each in VENDORS if each != vendor)
    violate(copy, modules_of(f"vendors/{vendor}"), import_of(f"vendors/{other}"))
    code, report = lint(copy)
    assert code == 1
    assert f"exporter.vendors.{vendor} is not allowed to import exporter.vendors.{other}" in report


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
