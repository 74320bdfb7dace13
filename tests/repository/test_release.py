"""Releases: one version everywhere, and workflows that need no trust but in what they name."""

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
    """Write a repository that says its versions and return where."""
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


def test_every_version_agrees_with_the_tag_where_there_is_one() -> None:
    assert disagreements(ROOT, os.environ.get("RELEASE_TAG")) == []


def test_the_version_is_read_where_the_program_says_it() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+((a|b|rc)\d+)?", __version__)


def test_a_release_with_its_heading_agrees(tmp_path: Path) -> None:
    root = repository(
        tmp_path, "1.2.3", "# Changelog\n\n## Unreleased\n\n## 1.2.3 / 2026-11-22\n\n## 1.2.2 / 2026-01-01\n"
    )
    assert disagreements(root, "v1.2.3") == []


def test_a_release_without_its_heading_does_not(tmp_path: Path) -> None:
    root = repository(tmp_path, "1.2.3", "# Changelog\n\n## Unreleased\n\n## 1.2.2 / 2026-01-01\n")
    assert disagreements(root) == []
    assert disagreements(root, "v1.2.3") == [
        "CHANGELOG.md: the first heading with a date is not '## 1.2.3 / YYYY-MM-DD'"
    ]


def test_a_tag_of_another_version_does_not_agree(tmp_path: Path) -> None:
    root = repository(tmp_path, "1.2.3", "## 1.2.3 / 2026-11-22\n")
    assert disagreements(root, "v1.2.4") == ["the tag is v1.2.4, the program's version is 1.2.3"]


def test_a_chart_of_another_version_does_not_agree(tmp_path: Path) -> None:
    root = repository(tmp_path, "1.2.3", "")
    (root / "exporter" / "__init__.py").write_text('__version__ = "1.3.0"\n')
    assert disagreements(root) == [
        "Chart.yaml: version is 1.2.3, the program's is 1.3.0",
        "Chart.yaml: appVersion is 1.2.3, the program's is 1.3.0",
        "Chart.yaml: the annotated image is not of 1.3.0",
    ]


@every_workflow
def test_an_action_is_named_by_its_commit_with_its_version_beside_it(file: Path) -> None:
    for name, comment in USED.findall(file.read_text()):
        if not name.startswith("./"):
            assert re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}", name), name
            assert re.fullmatch(r" # v\d+\.\d+\.\d+", comment), name


@every_workflow
def test_a_workflow_may_do_nothing_but_what_its_jobs_say(file: Path) -> None:
    assert yaml.safe_load(file.read_text())["permissions"] == {}
    assert all("permissions" in job for job in jobs(file))
    assert set(SECRET.findall(file.read_text())) <= {"GITHUB_TOKEN"}


@every_workflow
def test_a_workflow_is_one_by_githubs_schema(file: Path) -> None:
    schema = (sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", file)
    checked = subprocess.run(schema, capture_output=True, text=True, check=False)  # noqa: S603 - the linter itself
    assert checked.returncode == 0, checked.stdout


def test_what_updates_is_one_by_githubs_schema() -> None:
    file = ROOT / ".github" / "dependabot.yml"
    schema = (sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.dependabot", file)
    checked = subprocess.run(schema, capture_output=True, text=True, check=False)  # noqa: S603 - the linter itself
    assert checked.returncode == 0, checked.stdout


def test_a_security_linter_has_nothing_to_say_of_the_workflows() -> None:
    zizmor = Path(sys.executable).with_name("zizmor")
    command = (zizmor, "--offline", "--no-progress", ROOT / ".github")
    checked = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - the linter itself
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_image_is_for_both_platforms_with_what_is_in_it_and_where_it_came_from() -> None:
    release = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text())
    [build] = [step for step in release["jobs"]["image"]["steps"] if step.get("id") == "build"]
    assert build["with"]["platforms"] == "linux/amd64,linux/arm64"
    assert build["with"]["sbom"] is True
    assert build["with"]["provenance"] == "mode=max"
    signed = release["jobs"]["image"]["steps"][-1]
    assert signed["env"]["DIGEST"] == "${{ steps.build.outputs.digest }}"
    assert "@$DIGEST" in signed["run"]
