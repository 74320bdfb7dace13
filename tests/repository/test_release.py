"""Releases: one version everywhere, and workflows with pinned actions and minimal permissions."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from exporter import __version__
from tests.support.paths import ROOT
from tests.support.releases import disagreements

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
SECRET = re.compile(r"\bsecrets\.(\w+)")
USED = re.compile(r"^\s*(?:- )?uses: (\S+)(.*)$", re.MULTILINE)

every_workflow = pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)


def repository(root: Path, version: str, changelog: str) -> Path:
    """Write a repository with a version and a changelog, and return its directory."""
    chart = root / "helm" / "contactcenter-exporter"
    chart.mkdir(parents=True)
    (root / "exporter").mkdir()
    (root / "pyproject.toml").write_text('[tool.hatch.version]\npath = "exporter/__init__.py"\n')
    (root / "exporter" / "__init__.py").write_text(f'"""The program."""\n\n__version__ = "{version}"\n')
    images = f"- name: a\n  image: b/c:{version}\n"
    about = {"version": version, "appVersion": version, "annotations": {"artifacthub.io/images": images}}
    (chart / "Chart.yaml").write_text(yaml.safe_dump(about))
    (root / "CHANGELOG.md").write_text(changelog)
    return root


def jobs(file: Path) -> Iterator[dict[str, Any]]:
    yield from yaml.safe_load(file.read_text())["jobs"].values()


def test_every_version_matches_the_tag_of_a_release() -> None:
    assert disagreements(ROOT, os.environ.get("RELEASE_TAG")) == []


def test_the_version_has_three_numbers() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+((a|b|rc)\d+)?", __version__)


def test_a_release_with_its_heading_matches(tmp_path: Path) -> None:
    root = repository(
        tmp_path, "1.2.3", "# Changelog\n\n## Unreleased\n\n## 1.2.3 / 2026-11-22\n\n## 1.2.2 / 2026-01-01\n"
    )
    assert disagreements(root, "v1.2.3") == []


def test_a_release_without_its_heading_does_not_match(tmp_path: Path) -> None:
    root = repository(tmp_path, "1.2.3", "# Changelog\n\n## Unreleased\n\n## 1.2.2 / 2026-01-01\n")
    assert disagreements(root) == []
    assert disagreements(root, "v1.2.3") == [
        "CHANGELOG.md: the first heading with a date is not '## 1.2.3 / YYYY-MM-DD'"
    ]


def test_a_tag_of_another_version_does_not_match(tmp_path: Path) -> None:
    root = repository(tmp_path, "1.2.3", "## 1.2.3 / 2026-11-22\n")
    assert disagreements(root, "v1.2.4") == ["the tag is v1.2.4, the exporter's version is 1.2.3"]


def test_a_chart_of_another_version_does_not_match(tmp_path: Path) -> None:
    root = repository(tmp_path, "1.2.3", "")
    (root / "exporter" / "__init__.py").write_text('__version__ = "1.3.0"\n')
    assert disagreements(root) == [
        "Chart.yaml: version is 1.2.3, the exporter's is 1.3.0",
        "Chart.yaml: appVersion is 1.2.3, the exporter's is 1.3.0",
        "Chart.yaml: the annotated image is not 1.3.0",
    ]


@every_workflow
def test_an_action_is_pinned_by_commit_with_its_version_in_a_comment(file: Path) -> None:
    for name, comment in USED.findall(file.read_text()):
        if not name.startswith("./"):
            assert re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}", name), name
            assert re.fullmatch(r" # v\d+\.\d+\.\d+", comment), name


@every_workflow
def test_a_workflow_has_only_the_permissions_of_its_jobs(file: Path) -> None:
    assert yaml.safe_load(file.read_text())["permissions"] == {}
    assert all("permissions" in job for job in jobs(file))
    assert set(SECRET.findall(file.read_text())) <= {"GITHUB_TOKEN"}


@every_workflow
def test_a_workflow_matches_githubs_schema(file: Path) -> None:
    schema = (sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", file)
    checked = subprocess.run(schema, capture_output=True, text=True, check=False)  # noqa: S603 - the linter itself
    assert checked.returncode == 0, checked.stdout


def test_the_dependabot_configuration_matches_githubs_schema() -> None:
    file = ROOT / ".github" / "dependabot.yml"
    schema = (sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.dependabot", file)
    checked = subprocess.run(schema, capture_output=True, text=True, check=False)  # noqa: S603 - the linter itself
    assert checked.returncode == 0, checked.stdout


def test_zizmor_reports_nothing() -> None:
    zizmor = Path(sys.executable).with_name("zizmor")
    command = (zizmor, "--offline", "--no-progress", ROOT / ".github")
    checked = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - the linter itself
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_image_is_built_for_both_platforms_with_sbom_provenance_and_signature() -> None:
    release = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text())
    [build] = [step for step in release["jobs"]["image"]["steps"] if step.get("id") == "build"]
    assert build["with"]["platforms"] == "linux/amd64,linux/arm64"
    assert build["with"]["sbom"] is True
    assert build["with"]["provenance"] == "mode=max"
    signed = release["jobs"]["image"]["steps"][-1]
    assert signed["env"]["DIGEST"] == "${{ steps.build.outputs.digest }}"
    assert "@$DIGEST" in signed["run"]
