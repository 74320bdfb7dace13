"""JSON documents of vendors: strict in structure, tolerant of encoding errors."""

import codecs
import json
from contextlib import suppress
from typing import Any, TypeVar

import msgspec

from exporter.errors import PollError, Reason
from exporter.metrics.agent_identity import exported_name

S = TypeVar("S")
_LONGEST_REPORTED = 200
_FAILED = frozenset({"error", "fail", "failed", "failure"})
_NO_ERROR: tuple[object, ...] = (None, "", False, 0, [], {})
# Unmapped values: the vendor's field, and the value or a description of it.
Notes = list[tuple[str, str]]


class _Outcome(msgspec.Struct):
    success: Any = None
    ok: Any = None
    status: Any = None
    error: Any = None
    errors: Any = None
    message: Any = None
    error_message: Any = None
    error_description: Any = None


def decode_json(body: bytes, expected: type[S], name: str, notes: Notes) -> S:
    """Decode a JSON document.

    Invalid characters (a name in another encoding, an unpaired surrogate) and numbers that JSON does not have (NaN) are
    replaced; the rest of the document is kept. A document that reports an error is one, whatever its HTTP status.

    Args:
        body: The document.
        expected: The type it should have.
        name: Its name in notes and messages.
        notes: Receives a note if text had to be replaced.

    Raises:
        PollError: It is not JSON, of another structure, or reports an error.
    """
    body = body.removeprefix(codecs.BOM_UTF8)
    require_success(body, name)
    try:
        try:
            body.decode()  # parts left undecoded (msgspec.Raw) are not checked by the decoder
            return msgspec.json.decode(body, type=expected)
        except (UnicodeDecodeError, msgspec.DecodeError) as error:
            if isinstance(error, msgspec.ValidationError):
                raise
            return msgspec.json.decode(_repaired(body, name, notes), type=expected)
    except msgspec.ValidationError as error:
        if _is_json(body):
            raise PollError(Reason.INVALID, f"{name}: {error}") from error
        raise PollError(Reason.DECODE, f"{name}: {_description(body)}") from error
    except (ValueError, RecursionError) as error:
        raise PollError(Reason.DECODE, f"{name}: {_description(body)}: {error}") from error


def _is_json(body: bytes) -> bool:
    """Return whether a document is valid JSON to its end: after a wrong structure it may still be broken."""
    try:
        json.loads(body.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return False
    return True


def _description(body: bytes) -> str:
    """Return a short description of a body that is not JSON, for the error message."""
    start = body.lstrip()[:1]
    return "empty, not JSON" if not start else "a web page or XML, not JSON" if start == b"<" else "not JSON"


def _repaired(body: bytes, name: str, notes: Notes) -> bytes:
    """Return a document with invalid Unicode and NaN replaced. Raises ValueError if it is not JSON."""
    constants: list[str] = []

    def drop(constant: str) -> None:
        constants.append(constant)

    document = json.loads(body.decode("utf-8", "replace"), parse_constant=drop)
    notes += [(f"{name}.number", constant) for constant in constants] or [(f"{name}.encoding", "not UTF-8")]
    return json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")


def require_success(body: bytes, name: str) -> None:
    """Require that a document reports no error, such as `{"success": false}`; some vendors do so with status 200.

    Args:
        body: The document; one that is not a JSON object reports none.
        name: Its name in the message.

    Raises:
        PollError: It reports an error.
    """
    if body.lstrip()[:1] != b"{":
        return
    try:
        outcome = msgspec.json.decode(body, type=_Outcome)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return  # the decoder proper reports it
    failed = any(str(flag).casefold() in {"false", "0"} for flag in (outcome.success, outcome.ok))
    failed = failed or (isinstance(outcome.status, str) and outcome.status.casefold() in _FAILED)
    if not failed and outcome.error in _NO_ERROR and outcome.errors in _NO_ERROR:
        return
    texts = (outcome.error_message, outcome.error_description, outcome.message, outcome.error, outcome.errors)
    text = next((text for text in texts if isinstance(text, str) and text.strip()), "")
    detail = f": {exported_name(text)[:_LONGEST_REPORTED]}" if text else ""
    raise PollError(Reason.INVALID, f"{name}: the vendor reported an error{detail}")


def to_utf8(body: bytes, charset: str | None) -> bytes:
    """Return a body in UTF-8: one that is valid UTF-8 as it is, any other from the declared character set.

    Args:
        body: The body.
        charset: The character set of its `Content-Type`, None if it declares none.
    """
    if charset is None or charset.casefold() in {"utf-8", "utf8"}:
        return body
    try:
        body.decode()
    except UnicodeDecodeError:
        with suppress(LookupError, UnicodeDecodeError):
            return body.decode(charset).encode()
    return body


def as_array(raw: msgspec.Raw) -> msgspec.Raw:
    """Return a JSON array; a single object becomes an array of one, as some vendors send a list of one."""
    body = bytes(raw)
    return msgspec.Raw(b"[" + body + b"]") if body.lstrip()[:1] == b"{" else raw
