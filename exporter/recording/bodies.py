"""Anonymises the body of a response: JSON, lines of `name: value`, and rows of cells; nothing else is recorded."""

import json
import re
from collections.abc import Iterator
from typing import Final

from exporter.recording.anonymiser import Anonymiser, numbers_of_identities
from exporter.recording.vocabulary import Vocabulary

_LINE: Final = re.compile(r"([A-Za-z][\w.-]*)(: ?)(.*)")
_CELLS: Final = re.compile(r"([,;\t|])")
_PAGE: Final = "<html><!-- not recorded --></html>"
_OTHER: Final = "not recorded"
# Of these, a text is taken for lines of `name: value`.
_MOST_OTHER_LINES: Final = 0.1


def parsed(body: bytes) -> tuple[object, str | None]:
    """Return a body as a JSON document, or as text."""
    text = body.decode("utf-8", "replace").removeprefix("\ufeff")
    try:
        return json.loads(text), None
    except (ValueError, RecursionError):
        return None, text


def identities_in(body: bytes, vocabulary: Vocabulary) -> Iterator[str]:
    """Yield the digits of each number in a body that identifies something."""
    document, text = parsed(body)
    yield from numbers_of_identities(document, vocabulary)
    for name, _, value in _LINE.findall(text or ""):
        yield from numbers_of_identities({name: value}, vocabulary)


def anonymised_text(text: str, anonymiser: Anonymiser) -> str:
    """Return a text that is not JSON with its values anonymised."""
    bare = text.strip()
    if not bare:
        return text
    if bare.startswith("<"):
        return _PAGE
    lines = text.splitlines()
    named = sum(bool(_LINE.fullmatch(line)) or not line.strip() for line in lines)
    if len(lines) - named <= _MOST_OTHER_LINES * len(lines):
        return "\r\n".join(_named(line, anonymiser) for line in lines) + "\r\n"
    if all(_CELLS.search(line) for line in lines):
        return "\n".join(_row(line, anonymiser) for line in lines) + "\n"
    return _OTHER


def _named(line: str, anonymiser: Anonymiser) -> str:
    found = _LINE.fullmatch(line)
    if found is None:
        return anonymiser.text(line)
    name, colon, value = found.groups()
    return f"{anonymiser.key(name)}{colon}{anonymiser.value(name, value)}"


def _row(line: str, anonymiser: Anonymiser) -> str:
    """Return a row whose cells are anonymised, without knowing their columns."""
    return "".join(cell if _CELLS.fullmatch(cell) else anonymiser.text(cell, "unknown") for cell in _CELLS.split(line))
