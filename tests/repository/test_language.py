"""The check for forbidden words."""

from pathlib import Path

import pytest

from tests.repository import language
from tests.repository.language import Allowance, Finding
from tests.support.paths import ROOT


def found(text: str) -> list[str]:
    return [word for word, _ in language.words(text)]


def repository(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("A fault befalls every vendor", ["befalls"]),
        ("MENDED by whoever reads it", ["MENDED", "whoever"]),
        ("the one in force stays", ["in force"]),
        ("test_nobody_is_told = last_told", ["nobody", "told", "told"]),
        ("def test_it_goes_on(self)", ["goes_on"]),
        ("`url` is no URL", ["is no "]),
        ("an empty variable is none", ["is none"]),
    ],
)
def test_a_word_is_found_in_text_and_in_identifiers(text: str, words: list[str]) -> None:
    assert sorted(found(text)) == sorted(words)


@pytest.mark.parametrize(
    "text",
    [
        "recommended amendments, essays and the fortold",
        "if value is None:",
        "There is no such metric, there are none, and it is no longer exported",
        "reinforced; in-process",
    ],
)
def test_other_words_with_the_same_letters_are_not_found(text: str) -> None:
    assert found(text) == []


def test_a_finding_has_its_file_line_and_replacement(tmp_path: Path) -> None:
    root = repository(tmp_path, {"exporter/a.py": "fine = 1\nx = 2  # anew\n"})
    assert list(language.findings(root)) == [Finding("exporter/a.py", 2, "anew", "again")]


def test_an_allowed_use_is_not_a_finding(tmp_path: Path) -> None:
    root = repository(tmp_path, {"docs/a.md": "Patience of callers is told\nwith patience\n"})
    allowed = (Allowance("docs/", "patience of callers", "Erlang A"),)
    assert [(each.line, each.text) for each in language.findings(root, allowed)] == [(1, "told"), (2, "patience")]


@pytest.mark.parametrize(
    "name", ["CHANGELOG.md", "LICENSE", "tests/vendors/kpn/a.json", "tests/repository/language.py", "docs/a.png"]
)
def test_history_licence_fixtures_and_the_check_itself_are_not_checked(name: str, tmp_path: Path) -> None:
    assert list(language.findings(repository(tmp_path, {name: "anew"}))) == []


@pytest.mark.parametrize("name", ["README.md", "Makefile", ".ci/run", "helm/a/templates/NOTES.txt", "tests/a/b.py"])
def test_sources_docs_and_templates_are_checked(name: str, tmp_path: Path) -> None:
    assert [each.path for each in language.findings(repository(tmp_path, {name: "anew"}))] == [name]


def test_a_link_is_checked_where_it_points_to(tmp_path: Path) -> None:
    root = repository(tmp_path, {"grafana/rules/a.yml": "# anew"})
    (root / "helm").mkdir()
    (root / "helm" / "rules").symlink_to("../grafana/rules")
    assert [finding.path for finding in language.findings(root)] == ["grafana/rules/a.yml"]


def test_the_exit_code_and_the_count_are_those_of_the_findings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = repository(tmp_path, {"README.md": "anew\n"})
    assert language.main([str(root)]) == 1
    assert capsys.readouterr().out == "README.md:1: 'anew'; instead: again\n1 forbidden words\n"
    assert language.main([str(tmp_path / "empty")]) == 0


def test_every_allowance_is_used_and_has_a_reason() -> None:
    for use in language.ALLOWED:
        assert use.reason
        lines = [
            line
            for path in language.files(ROOT)
            if path.relative_to(ROOT).as_posix().startswith(use.path)
            for line in path.read_text().splitlines()
            if use.text in line.lower()
        ]
        assert any(found(line) for line in lines), use
