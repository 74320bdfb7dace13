"""Every definition of this repository passes its own examples."""

from pathlib import Path

import pytest

from exporter.cli.definitions import check_definitions
from exporter.vendors.definitions import included

FILES = [*included().values(), *sorted(Path(__file__).parent.glob("*.yml"))]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_definition_passes_its_examples(file: Path) -> None:
    report, valid = check_definitions([file])
    assert valid, report
