"""Parsing of YAML into plain data with positions."""

from pathlib import Path

import pytest

from exporter.errors import ConfigError
from exporter.settings.loading.yaml_positions import Document, parse, read


def error(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parse(text, "c.yml")
    return str(caught.value)


def problems(document: Document) -> list[str]:
    return [f"{problem.position.line}: {problem.message}" for problem in document.problems]


def test_scalars_keep_their_text() -> None:
    document = parse("{a: 007, b: no, c: 12:30:45, d: 1e3, e: 2024-01-01, f: '', g: ~, h: , i: =}", "c.yml")
    assert document.data == {
        "a": "007",
        "b": "no",
        "c": "12:30:45",
        "d": "1e3",
        "e": "2024-01-01",
        "f": "",
        "g": None,
        "h": None,
        "i": "=",
    }


def test_position_of_keys_and_items() -> None:
    document = parse("a:\n  - b: 1\n    c:\n      d: 2\n  - e: 3\n", "c.yml")
    assert document.position(("a",)).line == 1
    assert document.position(("a", 0, "c", "d")).line == 4
    assert document.position(("a", 1)).line == 5
    assert document.position(("a", 0, "c", "absent", "deeper")).line == 3
    assert document.has(("a", 0, "b"))
    assert not document.has(("a", 2))


def test_anchors_and_merge_keys() -> None:
    text = "x: &x {a: 1, b: 2}\ny: &y {b: 3, c: 4}\nz: {<<: [*x, *y], a: 5}\nw: {<<: *y}\n"
    document = parse(text, "c.yml")
    assert document.data["z"] == {"a": "5", "b": "2", "c": "4"}
    assert document.data["w"] == {"b": "3", "c": "4"}
    assert document.position(("z", "c")).line == 2
    assert problems(document) == []


def test_duplicate_keys() -> None:
    document = parse("a: 1\nb:\n  c: 1\n  c: 2\na: 2\na: 3\n", "c.yml")
    assert sorted(problems(document)) == [
        "4: duplicate key, first defined on line 3",
        "5: duplicate key, first defined on line 1",
        "6: duplicate key, first defined on line 1",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: !env SECRET", "1: YAML tags are not supported; quote text that starts with !"),
        ("a: !!binary aGk=", "1: YAML tags are not supported; quote text that starts with !"),
        ("a: !!python/object:os.system {}", "1: YAML tags are not supported; quote text that starts with !"),
        ("a:\n  ? [b]\n  : c", "2: keys must be plain text"),
        ("a: {<<: b}", "1: expected an alias of a mapping, such as *defaults"),
    ],
)
def test_unsupported_yaml_features(text: str, problem: str) -> None:
    assert problems(parse(text, "c.yml")) == [problem]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "c.yml: is empty; add at least the key targets"),
        ("# only a comment\n", "c.yml: is empty; add at least the key targets"),
        ("- a\n", "c.yml:1: expected a mapping with top-level keys such as targets"),
        ("hello", "c.yml:1: expected a mapping with top-level keys such as targets"),
        ("a: b: c\n", "c.yml:1:5: not YAML: mapping values are not allowed here"),
        ("a:\n\tb: 1\n", "c.yml:2:1: not YAML: tabs are not allowed for indentation; use spaces"),
        (
            "a: [1,\nb: 2\n",
            (
                "c.yml:3:1: not YAML: expected ',' or ']', but got '<stream end>' "
                "(while parsing a flow sequence, which starts on line 1)"
            ),
        ),
        (
            'a: 1\nb: "x\nc: 2\n',
            (
                "c.yml:4:1: not YAML: found unexpected end of stream "
                "(while scanning a quoted scalar, which starts on line 2)"
            ),
        ),
        (
            "a: *secret1\n",
            "c.yml:1:4: not YAML: undefined alias; define its anchor first, or quote text that starts with *",
        ),
        ("a: 1\n---\nb: 2\n", "c.yml:2:1: not YAML: expected a single document"),
        ("a: 1\nb: \x00\n", "c.yml:2: not YAML: character U+0000 is not allowed"),
        ('a: 1\nb: ["\\ud800"]\n', "c.yml:2:5: not YAML: invalid Unicode: unpaired surrogate"),
        ('"\\uDE53\\udb52": 1\n', "c.yml:1:1: not YAML: invalid Unicode: unpaired surrogate"),
        ("a: &a {b: *a}", "c.yml: nested too deeply or self-referencing alias"),
        ("a: &a\n  <<: *a\n", "c.yml: nested too deeply or self-referencing alias"),
        ("[" * 5000, "c.yml: nested too deeply or self-referencing alias"),
    ],
)
def test_invalid_yaml(text: str, message: str) -> None:
    assert error(text) == message


@pytest.mark.parametrize(
    "text",
    [
        "p: *hunter2",
        "p: !hunter2!x y",
        "p: 'hunter2",
        "p: %hunter2",
        "p: @hunter2",
        "? !<hunter2",
        "a: &hunter2 1\nb: &hunter2 2",
    ],
)
def test_syntax_error_does_not_repeat_the_file(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text, "c.yml")
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_ten_billion_nested_aliases_are_parsed_quickly() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    assert len(parse("\n".join(lines), "c.yml").data) == 10


def test_unreadable_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"absent\.yml: cannot be read: No such file or directory$"):
        read(tmp_path / "absent.yml")


def test_invalid_encoding_is_reported_with_the_line(tmp_path: Path) -> None:
    path = tmp_path / "latin.yml"
    path.write_bytes("a: 1\nname: Zürich\n".encode("latin-1"))
    with pytest.raises(ConfigError, match=r"latin\.yml:2: not UTF-8 text$"):
        read(path)


def test_byte_order_mark_is_ignored(tmp_path: Path) -> None:
    path = tmp_path / "windows.yml"
    path.write_bytes("a: 1\r\nb: 2\r\n".encode("utf-8-sig"))
    assert read(path).data == {"a": "1", "b": "2"}
