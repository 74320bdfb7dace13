"""Included definitions are found by the name of their file and read when they are used."""

from pathlib import Path

import pytest

from exporter import plugins
from exporter.vendors import definitions
from exporter.vendors.base import load_vendor
from exporter.vendors.definitions import included
from tests.support.definitions import QUEUES, text_of
from tests.support.paths import ROOT


def test_every_included_definition_has_the_name_of_its_file_and_an_entry_point() -> None:
    for name in included():
        assert load_vendor(name).name == name
        assert plugins.installed()[name].value == f"exporter.vendors.definitions:{name.replace('-', '_')}"


def test_an_included_definition_is_an_attribute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "acme-test.yml").write_text(text_of(QUEUES).replace("vendor: acme", "vendor: acme-test"))
    monkeypatch.setattr(definitions, "FOLDER", tmp_path)
    assert list(included()) == ["acme-test"]
    assert definitions.acme_test.name == "acme-test"
    assert definitions.acme_test is definitions.acme_test
    with pytest.raises(AttributeError, match=r"no included definition other\.yml"):
        _ = definitions.other


def test_definitions_are_part_of_the_wheel() -> None:
    # hatchling includes every file of a package, so that only an exclusion could leave definitions out.
    assert 'packages = ["exporter"]' in (ROOT / "pyproject.toml").read_text()
    assert not [line for line in (ROOT / ".gitignore").read_text().splitlines() if line.endswith((".yml", "*.y*ml"))]
