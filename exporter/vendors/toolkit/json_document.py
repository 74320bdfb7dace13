"""JSON documents as vendors send them: strict in shape, forgiving in encoding."""

import codecs
import json
from typing import NoReturn, TypeVar

import msgspec

from exporter.errors import PollError, Reason

S = TypeVar("S")
# What had no meaning for us: the field, and the word or value.
Notes = list[tuple[str, str]]


def decode_json(body: bytes, shape: type[S], name: str, notes: Notes) -> S:
    """Decode a JSON document.

    Text that is not quite UTF-8 (a name in another encoding, half of a surrogate pair) costs its characters only.

    Args:
        body: The document.
        shape: What it should be.
        name: What it is, for the notes and messages.
        notes: Receives what had to be replaced.

    Raises:
        PollError: It is no JSON, or of another shape.
    """
    body = body.removeprefix(codecs.BOM_UTF8)
    try:
        try:
            body.decode()  # parts left undecoded (msgspec.Raw) are not checked by what follows
            return msgspec.json.decode(body, type=shape)
        except (UnicodeDecodeError, msgspec.DecodeError) as error:
            if isinstance(error, msgspec.ValidationError):
                raise
            repaired = _repaired(body)
            notes.append((f"{name}.encoding", "not UTF-8"))
            return msgspec.json.decode(repaired, type=shape)
    except msgspec.ValidationError as error:
        if _is_json(body):
            raise PollError(Reason.INVALID, f"{name}: {error}") from error
        raise PollError(Reason.DECODE, f"{name}: {_instead(body)}") from error
    except (ValueError, RecursionError) as error:
        raise PollError(Reason.DECODE, f"{name}: {_instead(body)}: {error}") from error


def _is_json(body: bytes) -> bool:
    """Return whether a document is whole: what is of another shape may be broken too, further on."""
    try:
        json.loads(body.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return False
    return True


def _instead(body: bytes) -> str:
    """Return what stands in the place of JSON, for whoever has to find out why."""
    start = body.lstrip()[:1]
    return "empty, not JSON" if not start else "a web page or XML, not JSON" if start == b"<" else "not JSON"


def _repaired(body: bytes) -> bytes:
    """Write a document anew with what is not Unicode replaced. Raises ValueError where it is no JSON."""
    document = json.loads(body.decode("utf-8", "replace"), parse_constant=_refuse)
    return json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a number of JSON")
