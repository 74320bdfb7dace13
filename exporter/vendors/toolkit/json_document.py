"""JSON documents of vendors: strict in structure, tolerant of encoding errors."""

import codecs
import json
from typing import NoReturn, TypeVar

import msgspec

from exporter.errors import PollError, Reason

S = TypeVar("S")
# Unmapped values: the vendor's field, and the value or a description of it.
Notes = list[tuple[str, str]]


def decode_json(body: bytes, expected: type[S], name: str, notes: Notes) -> S:
    """Decode a JSON document.

    Invalid characters (a name in another encoding, an unpaired surrogate) are replaced; the rest of the text is kept.

    Args:
        body: The document.
        expected: The type it should have.
        name: Its name in notes and messages.
        notes: Receives a note if text had to be replaced.

    Raises:
        PollError: It is not JSON, or of another structure.
    """
    body = body.removeprefix(codecs.BOM_UTF8)
    try:
        try:
            body.decode()  # parts left undecoded (msgspec.Raw) are not checked by the decoder
            return msgspec.json.decode(body, type=expected)
        except (UnicodeDecodeError, msgspec.DecodeError) as error:
            if isinstance(error, msgspec.ValidationError):
                raise
            repaired = _repaired(body)
            notes.append((f"{name}.encoding", "not UTF-8"))
            return msgspec.json.decode(repaired, type=expected)
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


def _repaired(body: bytes) -> bytes:
    """Return a document with invalid Unicode replaced. Raises ValueError if it is not JSON."""
    document = json.loads(body.decode("utf-8", "replace"), parse_constant=_refuse)
    return json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not valid JSON")
