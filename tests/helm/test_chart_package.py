"""The package of the chart: it contains what an installation needs and nothing else."""

import gzip
import json
import re
import shutil
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
import yaml
from helm_python import Chart, expand, package

from exporter import __version__
from tests.support.charts import CHART, GOOD, NAMESPACE, RELEASE, loaded
from tests.support.paths import ROOT

ENABLED = {"enabled": True}
# The most objects, and so the largest release.
EVERYTHING: dict[str, Any] = {
    "config": {"targets": [{"name": "a", "vendor": "sinch"}]},
    "replicaCount": 2,
    "leaderElection": ENABLED,
    "serviceMonitor": ENABLED,
    "prometheusRule": ENABLED,
    "dashboards": ENABLED,
    "networkPolicy": ENABLED,
    "podDisruptionBudget": ENABLED,
}
# Kubernetes' limits for the data of a Secret, in which Helm stores a release, and for the annotations of an object, in
# which client-side apply stores a copy of it.
SECRET_BYTES = 1024 * 1024
ANNOTATIONS_BYTES = 256 * 1024
# What editors, merges and earlier packages leave behind.
STRAY = (
    ".DS_Store",
    ".idea/workspace.xml",
    ".vscode/settings.json",
    "values.yaml.orig",
    "values.yaml.rej",
    "values.yaml.bak",
    "values.yaml~",
    "templates/.service.yaml.swp",
    "templates/__pycache__/a.pyc",
    "contactcenter-exporter-0.0.1.tgz",
    "ci/own-values.yaml",
)


def contents(directory: Path) -> dict[str, bytes]:
    """Return the files below a directory by their relative path."""
    files = (path for path in directory.rglob("*") if path.is_file())
    return {str(path.relative_to(directory)): path.read_bytes() for path in files}


def unpacked(chart: Path, directory: Path) -> dict[str, bytes]:
    """Package a chart and return the files in the package."""
    expand(directory, package(chart, destination=directory))
    return contents(directory / CHART.name)


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Return the files in the package."""
    return unpacked(CHART, tmp_path_factory.mktemp("package"))


def test_the_package_contains_the_charts_files_with_rules_dashboards_and_licence(packed: dict[str, bytes]) -> None:
    names = [CHART / name for name in ("values.yaml", "values.schema.json", "README.md", ".helmignore")]
    templates = [path for suffix in ("yaml", "tpl", "txt") for path in (CHART / "templates").rglob(f"*.{suffix}")]
    expected = {str(path.relative_to(CHART)): path.read_bytes() for path in (*names, *templates)}
    expected["LICENSE"] = (ROOT / "LICENSE").read_bytes()
    for directory, pattern in (("rules", "*.yml"), ("dashboards", "*.json")):
        for path in (ROOT / "grafana" / directory).glob(pattern):
            expected[f"files/{directory}/{path.name}"] = path.read_bytes()
    assert packed.keys() == expected.keys() | {"Chart.yaml"}
    assert {name for name, data in expected.items() if packed[name] != data} == set()


def test_the_package_keeps_the_metadata(packed: dict[str, bytes]) -> None:
    # Helm writes Chart.yaml itself.
    metadata = yaml.safe_load(packed["Chart.yaml"])
    assert metadata == loaded(CHART / "Chart.yaml")
    assert metadata["version"] == __version__


def test_stray_files_are_not_packaged(packed: dict[str, bytes], tmp_path: Path) -> None:
    copy = tmp_path / "source" / CHART.name
    shutil.copytree(CHART, copy)
    for name in STRAY:
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).write_text("stray")
    (copy / "files" / "rules" / "tests" / "own.yml").write_text("stray")
    assert unpacked(copy, tmp_path).keys() == packed.keys()


@pytest.mark.parametrize("file", [file for file in GOOD if file.parent.name == "ci"], ids=lambda file: file.stem)
def test_the_package_renders_as_the_checkout(file: Path, tmp_path: Path) -> None:
    from_package, from_checkout = Chart.load(package(CHART, destination=tmp_path)), Chart.load(CHART)
    values = loaded(file)
    assert from_package.render(values, name=RELEASE, namespace=NAMESPACE) == from_checkout.render(
        values, name=RELEASE, namespace=NAMESPACE
    )


def test_every_named_template_is_defined_and_used(packed: dict[str, bytes]) -> None:
    text = "".join(data.decode() for name, data in packed.items() if name.startswith("templates/"))
    defined = re.findall(r'{{- define "([\w.]+)"', text)
    assert len(defined) == len(set(defined))
    assert set(defined) == set(re.findall(r'\binclude "([\w.]+)"', text))


def test_links_in_the_readme_work_outside_the_repository(packed: dict[str, bytes]) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", packed["README.md"].decode())
    assert links
    assert [link for link in links if not link.startswith(("https://", "#"))] == []


def test_a_release_with_everything_fits_into_a_secret(packed: dict[str, bytes]) -> None:
    manifests = Chart.load(CHART).render(EVERYTHING, name=RELEASE, namespace=NAMESPACE)
    # Helm stores the base64 of compressed JSON, in which the files of the chart are in base64 too.
    files = {name: b64encode(data).decode() for name, data in packed.items()}
    stored = gzip.compress(json.dumps({"chart": files, "manifest": "\n---\n".join(manifests.values())}).encode())
    assert len(b64encode(stored)) < SECRET_BYTES


def test_client_side_apply_accepts_every_object() -> None:
    manifests = Chart.load(CHART).render(EVERYTHING, name=RELEASE, namespace=NAMESPACE)
    objects = [
        each
        for name, text in manifests.items()
        if not name.endswith("NOTES.txt")
        for each in yaml.safe_load_all(text)
        if each
    ]
    assert len(objects) >= 15
    large = {each["metadata"]["name"] for each in objects if len(json.dumps(each).encode()) >= ANNOTATIONS_BYTES}
    assert large == set()
