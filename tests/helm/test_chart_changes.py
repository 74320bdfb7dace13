"""The changes of a release in Chart.yaml, in the format of Artifact Hub."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from helm.generator.changes import KINDS, annotated, changes
from tests.support.charts import CHART
from tests.support.paths import ROOT

CHANGELOG = """# Changelog

## Unreleased

- [FEATURE] Not released yet.

## 1.2.0 / 2026-05-01

- [FEATURE] A "new" value: `a.b`,
  on two lines.
- [BUGFIX] A fix: of #5.

## 1.1.0 / 2026-04-01

- [SECURITY] An older change.
"""
CHART_YAML = "version: 1.2.0\nannotations:\n  artifacthub.io/license: Apache-2.0\n  a: |\n    - name: source\n"


def test_the_changes_of_a_version_are_listed_by_kind() -> None:
    assert list(changes(CHANGELOG, "1.2.0")) == [
        ("added", 'A "new" value: `a.b`, on two lines.'),
        ("fixed", "A fix: of #5."),
    ]


def test_artifact_hub_reads_the_changes_from_the_annotations() -> None:
    annotations = yaml.safe_load(annotated(CHART_YAML, CHANGELOG))["annotations"]
    assert annotations["artifacthub.io/license"] == "Apache-2.0"
    assert annotations["a"] == "- name: source\n"
    assert yaml.safe_load(annotations["artifacthub.io/changes"]) == [
        {"kind": "added", "description": 'A "new" value: `a.b`, on two lines.'},
        {"kind": "fixed", "description": "A fix: of #5."},
    ]
    assert annotations["artifacthub.io/prerelease"] == "false"
    assert annotations["artifacthub.io/containsSecurityUpdates"] == "false"


@pytest.mark.parametrize(
    ("version", "annotation"),
    [("1.1.0", "artifacthub.io/containsSecurityUpdates"), ("1.3.0-rc.1", "artifacthub.io/prerelease")],
)
def test_security_fixes_and_prereleases_are_marked(version: str, annotation: str) -> None:
    changelog = CHANGELOG + "\n## 1.3.0-rc.1 / 2026-03-01\n\n- [CHANGE] A candidate.\n"
    annotations = yaml.safe_load(annotated(CHART_YAML.replace("1.2.0", version), changelog))["annotations"]
    assert annotations[annotation] == "true"


def test_a_version_without_changes_is_rejected() -> None:
    with pytest.raises(ValueError, match=r"CHANGELOG\.md has no heading for 9\.9\.9"):
        list(changes(CHANGELOG, "9.9.9"))


def test_an_unknown_label_is_rejected() -> None:
    with pytest.raises(ValueError, match="unknown label NEWS"):
        list(changes(CHANGELOG.replace("[BUGFIX]", "[NEWS]"), "1.2.0"))


def test_the_changelog_uses_known_labels() -> None:
    assert set(re.findall(r"^- \[([A-Z]+)\] ", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)) <= KINDS.keys()


def test_the_charts_own_metadata_can_be_annotated(tmp_path: Path) -> None:
    chart, changelog = tmp_path / "Chart.yaml", tmp_path / "CHANGELOG.md"
    chart.write_text((CHART / "Chart.yaml").read_text())
    [version] = re.findall(r"^version: (\S+)$", chart.read_text(), re.MULTILINE)
    released = f"# Changelog\n\n## {version} / 2026-05-01\n"
    changelog.write_text((ROOT / "CHANGELOG.md").read_text().replace("# Changelog\n\n## Unreleased\n", released))
    # As in the workflow: without the packages of the exporter.
    command = (sys.executable, "-S", "-m", "helm.generator.changes", str(changelog), str(chart))
    subprocess.run(command, cwd=ROOT, check=True)  # noqa: S603 - a module of this repository
    listed = yaml.safe_load(yaml.safe_load(chart.read_text())["annotations"]["artifacthub.io/changes"])
    assert {change["kind"] for change in listed} <= set(KINDS.values())
    assert len(listed) >= 50
