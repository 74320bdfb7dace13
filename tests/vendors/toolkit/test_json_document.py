"""JSON documents of vendors, valid and broken."""

import json
from contextlib import suppress
from typing import Any

import msgspec
import pytest

from exporter.errors import PollError, Reason
from exporter.vendors.toolkit.json_document import Notes, decode_json, to_utf8


class Envelope(msgspec.Struct):
    rows: list[dict[str, Any]]


class Sealed(msgspec.Struct):
    rows: msgspec.Raw


def decode(body: bytes) -> list[dict[str, Any]]:
    return decode_json(body, Envelope, "queues", []).rows


def failure(body: bytes, expected: type = Envelope) -> PollError:
    notes: Notes = []
    with pytest.raises(PollError) as caught:
        decode_json(body, expected, "queues", notes)
    assert str(caught.value).startswith("queues: ")
    assert not notes
    return caught.value


def test_a_valid_document() -> None:
    assert decode(b'{"rows": [{"id": "1"}], "more": {"not": "requested"}}') == [{"id": "1"}]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"\xef\xbb\xbf",
        b"OK",
        b"<!doctype html><title>Sign in</title>",
        b'{"rows": [{"id": "1"}, {"id"',
        b'{"rows": []',
        b'{"rows": []} {"rows": []}',
        b'{"rows": []}]',
        b'{"rows": [],}',
        b"{'rows': []}",
        b'{"rows": [{"x": nan}]}',
        b'{"rows": [{"x": "line\nbreak"}]}',
        b'{"rows": [{"x": "\\x41"}]}',
        b'{"rows": [{"x": 01}]}',
        '{"rows": []}'.encode("utf-16"),
        b"\x1f\x8b\x08\x00gzip",
        b'{"rows": \x00[]}',
    ],
)
@pytest.mark.parametrize("expected", [Envelope, Sealed])
def test_a_document_that_is_not_json_cannot_be_decoded(body: bytes, expected: type) -> None:
    assert failure(body, expected).reason is Reason.DECODE


@pytest.mark.parametrize("depth", [900, 950, *range(980, 1010), 100_000])
@pytest.mark.parametrize("text", ["[{opening}{closing}]", "[{opening}", '["\\ud800", {opening}{closing}]'])
def test_deep_nesting_at_most_fails_the_poll(depth: int, text: str) -> None:
    body = text.format(opening="[" * depth, closing="]" * depth).encode()
    with suppress(PollError):
        decode_json(b'{"rows": %b}' % body, Sealed, "queues", [])


@pytest.mark.parametrize(
    "body",
    [b"[]", b"null", b'"rows"', b"1", b"{}", b'{"rows": null}', b'{"rows": {}}', b'{"rows": [1]}', b'{"Rows": []}'],
)
def test_json_of_another_structure_is_invalid(body: bytes) -> None:
    assert failure(body).reason is Reason.INVALID


def test_a_message_does_not_repeat_the_document() -> None:
    assert "hunter2" not in str(failure(b'{"rows": "hunter2"}'))
    assert "hunter2" not in str(failure(b'{"rows": hunter2}'))


def test_a_byte_order_mark_is_accepted() -> None:
    notes: Notes = []
    assert decode_json(b'\xef\xbb\xbf{"rows": [{"id": "1"}]}', Envelope, "queues", notes).rows == [{"id": "1"}]
    assert not notes


@pytest.mark.parametrize(
    ("name", "read"),
    [
        (b"Caf\xe9", "Caf\ufffd"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b"\xed\xa0\x80", "\ufffd\ufffd\ufffd"),
        (b"\xc0\xaf", "\ufffd\ufffd"),
        (b"a\\ud800b", "a?b"),
        (b"\\udc00", "?"),
        (b"\\ud83d\\u0041", "?A"),
        (b"Zo\xc3\xab \\ud83d", "Zoë ?"),
    ],
)
def test_invalid_characters_are_replaced_and_recorded(name: bytes, read: str) -> None:
    notes: Notes = []
    rows = decode_json(b'{"rows": [{"name": "%b"}, {"name": "good"}]}' % name, Envelope, "queues", notes).rows
    assert rows == [{"name": read}, {"name": "good"}]
    assert notes == [("queues.encoding", "not UTF-8")]


def test_undecoded_parts_are_repaired_too() -> None:
    notes: Notes = []
    sealed = decode_json(b'{"rows": [{"name": "Caf\xe9"}]}', Sealed, "queues", notes)
    assert msgspec.json.decode(sealed.rows) == [{"name": "Caf\ufffd"}]
    assert notes == [("queues.encoding", "not UTF-8")]


@pytest.mark.parametrize("name", [b"Zo\xc3\xab", b"\\ud83d\\ude00", b"\\\\ud800", b"\\u0000", b"\xf0\x9f\x98\x80"])
def test_valid_unicode_is_unchanged(name: bytes) -> None:
    notes: Notes = []
    decode_json(b'{"rows": [{"name": "%b"}]}' % name, Envelope, "queues", notes)
    assert not notes


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity"])
def test_a_number_that_json_does_not_have_loses_only_that_value(constant: str) -> None:
    notes: Notes = []
    body = f'{{"rows": [{{"x": {constant}, "y": 1}}]}}'.encode()
    assert decode_json(body, dict[str, list[dict[str, object]]], "queues", notes) == {"rows": [{"x": None, "y": 1}]}
    assert notes == [("queues.number", constant)]


@pytest.mark.parametrize(
    ("document", "detail"),
    [
        ({"success": False, "rows": []}, ""),
        ({"success": "false", "message": "Session expired"}, ": Session expired"),
        ({"ok": False}, ""),
        ({"error": "unknown user"}, ": unknown user"),
        ({"error": {"code": 7}}, ""),
        ({"errors": ["x"]}, ""),
        ({"error": "invalid_grant", "error_description": "wrong password"}, ": wrong password"),
        ({"error": "no user anna@example.com"}, ": no user …"),
        ({"error": "x" * 1000}, ": " + "x" * 200),
    ],
)
def test_a_document_that_reports_an_error_is_a_failure(document: dict[str, object], detail: str) -> None:
    error = failure(json.dumps(document).encode(), dict[str, object])
    assert (error.reason, str(error)) == (Reason.INVALID, f"queues: the vendor reported an error{detail}")


@pytest.mark.parametrize(
    "document",
    [{"success": True}, {"error": None}, {"error": ""}, {"errors": []}, {"error": False}, {"rows": [{"error": "x"}]}],
)
def test_a_document_without_an_error_is_decoded(document: dict[str, object]) -> None:
    assert decode_json(json.dumps(document).encode(), dict[str, object], "queues", []) == document


@pytest.mark.parametrize(
    ("body", "charset", "expected"),
    [
        ("Réception".encode("latin-1"), "iso-8859-1", "Réception"),
        ("Réception €".encode("cp1252"), "windows-1252", "Réception €"),
        ("Réception".encode(), "iso-8859-1", "Réception"),
    ],
)
def test_a_declared_character_set_applies_unless_the_body_is_utf8(body: bytes, charset: str, expected: str) -> None:
    assert to_utf8(body, charset).decode() == expected


@pytest.mark.parametrize("charset", [None, "utf-8", "no-such-charset"])
def test_without_a_usable_character_set_the_body_is_unchanged(charset: str | None) -> None:
    body = "Réception".encode("latin-1")
    assert to_utf8(body, charset) == body
