"""What contributors and reviewers rely on: hooks, templates, generated files, make targets."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from tests.support.paths import ROOT
from tests.support.tools import require

TEMPLATES = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))
MAKEFILE = (ROOT / "Makefile").read_text()
TARGETS = re.findall(r"^([a-z][a-z-]*):", MAKEFILE, re.MULTILINE)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


@pytest.fixture(scope="module")
def attributes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a repository with this one's .gitattributes: the sources under test may not be in one."""
    root = tmp_path_factory.mktemp("attributes")
    shutil.copy(ROOT / ".gitattributes", root)
    subprocess.run((require("git"), "init", "--quiet", root), check=True)  # noqa: S603 - git itself
    return root


def generated(root: Path, path: str) -> bool:
    """Return whether .gitattributes marks a file as generated."""
    command = (require("git"), "check-attr", "linguist-generated", "--", path)
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)  # noqa: S603 - git itself
    return done.stdout.endswith(": set\n")


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: file.stem)
def test_an_issue_template_matches_githubs_schema(file: Path) -> None:
    schema = "vendor.github-issue-config" if file.stem == "config" else "vendor.github-issue-forms"
    command = (sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, file)
    checked = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - the linter itself
    assert checked.returncode == 0, checked.stdout


def test_the_bug_template_lists_every_vendor() -> None:
    body = yaml.safe_load((ROOT / ".github" / "ISSUE_TEMPLATE" / "bug.yml").read_text())["body"]
    [options] = [part["attributes"]["options"] for part in body if part.get("id") == "vendor"]
    assert set(PROJECT["project"]["entry-points"]["contactcenter_exporter.vendors"]) < set(options)


def test_the_commit_hook_is_make_lint() -> None:
    [repo] = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    assert [hook["entry"] for hook in repo["hooks"]] == ["make lint"]


@pytest.mark.parametrize(
    "path",
    [
        "docs/configuration.md",
        "docs/contactcenter.schema.json",
        "docs/metrics.md",
        "grafana/dashboards/agents.json",
        "grafana/rules/sre.yml",
        "helm/contactcenter-exporter/README.md",
        "helm/contactcenter-exporter/values.schema.json",
        "requirements.lock",
    ],
)
def test_a_generated_file_exists_and_is_marked(path: str, attributes: Path) -> None:
    assert (ROOT / path).is_file()
    assert generated(attributes, path)


@pytest.mark.parametrize("path", ["grafana/rules/tests/data.yml", "exporter/service.py", "README.md"])
def test_a_source_is_not_marked_as_generated(path: str, attributes: Path) -> None:
    assert not generated(attributes, path)


def test_make_help_lists_every_target() -> None:
    command = (require("make"), "--no-print-directory", "help")
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603 - make itself
    assert [line.split()[0] for line in done.stdout.splitlines()] == TARGETS


def test_make_without_a_target_runs_the_demo() -> None:
    assert TARGETS[0] == "demo"
    phony = re.findall(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)[0].split()
    assert sorted(phony) == sorted(TARGETS)


def test_a_target_named_in_contributing_exists() -> None:
    named = set(re.findall(r"\bmake ([a-z]+(?:-[a-z]+)*)\b", (ROOT / "CONTRIBUTING.md").read_text()))
    assert {"lint", "test", "test-fast"} <= named
    assert named <= set(TARGETS)


def test_every_supported_python_is_tested() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "test.yml").read_text())
    prefix = "Programming Language :: Python :: "
    supported = [each.removeprefix(prefix) for each in PROJECT["project"]["classifiers"] if each.startswith(prefix)]
    assert workflow["jobs"]["test"]["strategy"]["matrix"]["python"] == supported


def test_a_link_in_contributing_leads_to_a_file() -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", (ROOT / "CONTRIBUTING.md").read_text())
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
