"""Documents of hostile and careless vendors: the published examples with random changes."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from hypothesis import strategies as st

FIXTURES = Path(__file__).parents[1] / "vendors"
# Every configured secret ends in it.
CORE = "c4n4ry"
PASSWORD = f'Pa55 &w0rd"/+ {CORE}'
TOKEN = f"t0ken.of/this+session=-{CORE}"
SECRETS = (PASSWORD, TOKEN)

_SECRET_BYTES = re.compile(rb".(?:(?:Pa55|t0ken)[^,]*?" + CORE.encode() + rb")+", re.DOTALL)

_ROWS = 2
_SEPARATORS = '\x00\n\r\t\x0b\x85\u2028\ufeff"\\{}, =#'
_WORDS = (
    "",
    " ",
    "0",
    "-1",
    "1e308",
    "1e-99",
    "9" * 19,
    "4294967295",
    "18446744073709551615",
    "NaN",
    "+Inf",
    "00:00:59",
    "2027-01-15 08:00:00",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31",
    "٣",
    "null",
    "x" * 300,
    "id\\",
    'a"b',
    "a\nb",
    "{}",
    "# EOF",
)
_SECRET_WORDS = tuple(secret + rest for secret in SECRETS for rest in ("", " echoed", secret))
# Text of every kind, including the target's secrets, which a vendor knows, and unpaired surrogates.
# Characters by code point, because hypothesis's own tables take half a minute to build.
_characters = (st.integers(32, 126) | st.integers(0, 0xD7FF) | st.integers(0xE000, 0x10FFFF)).map(chr)
labels = st.text(_characters, max_size=12) | st.text(st.sampled_from(_SEPARATORS), max_size=6)
_texts = (
    st.sampled_from(_WORDS)
    | labels
    | st.text(st.integers(0xD800, 0xDFFF).map(chr), min_size=1, max_size=2)
    | st.sampled_from(_SECRET_WORDS)
)
_numbers = (
    st.integers(-2, 200)
    | st.sampled_from((2**53 + 1, 2**63, 2**64, 10**18, 10**30, -(10**30)))
    | st.floats(allow_nan=True, allow_infinity=True)
)
_scalars = st.none() | st.booleans() | _numbers | _texts
_nested = st.lists(_scalars, max_size=3) | st.dictionaries(
    _texts, _scalars | st.lists(_scalars, max_size=2), max_size=3
)
# Most values are ready-made, because drawing one takes longer than the poll that reads it.
_ready: st.SearchStrategy[Any] = st.sampled_from(
    (
        *_WORDS,
        *_SECRET_WORDS,
        None,
        True,
        False,
        0,
        -1,
        2**32 - 1,
        2**64 - 1,
        2**64,
        10**30,
        1e308,
        [],
        {},
        [[]],
        {"": None},
    )
)
values: st.SearchStrategy[Any] = st.one_of(_ready, _scalars, _nested)


Rough = tuple[str, int, bytes] | None
"""A change of a document's bytes: its kind, position and inserted bytes."""


class Change(NamedTuple):
    """One change of a document.

    Attributes:
        kind: The kind of change.
        where: Index of the changed part.
        value: The inserted value.
    """

    kind: str
    where: int
    value: Any


changes = st.lists(
    st.builds(
        Change,
        st.sampled_from(
            ("replace", "replace", "replace", "twice", "drop", "wrap", "bare", "add", "nest", "append secret")
        ),
        st.integers(0, 10_000),
        values,
    ),
    min_size=1,
    max_size=4,
)
_rough = st.tuples(
    st.sampled_from(("cut", "flip", "insert", "again", "latin-1", "utf-16", "bom")),
    st.integers(0, 100_000),
    st.sampled_from((b"\xff", b"\x00", b"{", b"]", b'"', b"\\", b"\\ud800", b"NaN", b"1e999", b",", b"9" * 400)),
)
# Most documents are well-formed, so that the code after the parser is tested too.
roughly = st.none() | st.none() | st.none() | st.none() | _rough


@cache
def examples(vendor: str) -> Mapping[str, bytes]:
    """Return a vendor's published examples by name, with lists shortened to keep cases fast."""
    files = sorted((FIXTURES / vendor).glob("*.json"))
    return {path.stem: json.dumps(_shortened(json.loads(path.read_bytes()))).encode() for path in files}


def _shortened(content: Any) -> Any:  # noqa: ANN401 - a document
    if isinstance(content, dict):
        return {key: _shortened(value) for key, value in content.items()}
    return [_shortened(value) for value in content[:_ROWS]] if isinstance(content, list) else content


def changed(document: bytes, some: list[Change], rough: Rough) -> bytes:
    """Return a document with these changes."""
    content = json.loads(document)
    for change in some:
        content = apply(content, change)
    # Many vendors' libraries write NaN although it is not valid JSON.
    body = json.dumps(content, ensure_ascii=False).encode("utf-8", "surrogatepass")
    if change_is_escaped(some):
        body = json.dumps(content).encode()
    return rough_bytes(body, rough)


def rough_bytes(body: bytes, rough: Rough) -> bytes:
    """Return bytes with a random change."""
    if rough is None:
        return body
    kind, where, some = rough
    return _ROUGH[kind](body, _beside_secrets(body, where % (len(body) + 1)), some)


def _beside_secrets(body: bytes, where: int) -> int:
    """Return a nearby position outside of secrets: a changed secret would no longer be recognised."""
    return next((each.start() for each in _SECRET_BYTES.finditer(body) if each.start() <= where <= each.end()), where)


def change_is_escaped(some: list[Change]) -> bool:
    """Return whether to write a document with these changes in ASCII; random but reproducible."""
    return some[0].where % 2 == 0


def apply(content: Any, change: Change) -> Any:  # noqa: ANN401 - a document
    """Return a document with one change applied in place; the inserted value is copied."""
    kind, where, value = change.kind, change.where, deepcopy(change.value)
    places = list(_places(content))
    if not places:
        return value
    holder, key = places[where % len(places)]
    match kind:
        case "replace":
            holder[key] = value
        case "append secret":
            holder[key] = f"{holder[key]} {SECRETS[where % len(SECRETS)]}"
        case "wrap" | "bare" | "nest":
            holder[key] = _AROUND[kind](holder[key])
        case "drop":
            del holder[key]
        case "twice":
            if isinstance(holder, list):
                holder.append(deepcopy(holder[key]))
            else:
                holder[f"{key} "] = deepcopy(holder[key])
        case _ if isinstance(holder, list):
            holder.insert(key, value)
        case _:
            holder[str(value)] = value
    return content


def _places(content: Any) -> Iterator[tuple[Any, Any]]:  # noqa: ANN401 - a document
    """Yield the container and key of every part of a document."""
    pairs = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for key, value in list(pairs):
        yield content, key
        yield from _places(value)


_AROUND: Mapping[str, Callable[[Any], Any]] = {
    "wrap": lambda part: [part],
    "bare": lambda part: part[0] if isinstance(part, list) and part else part,
    "nest": lambda part: {"data": part},
}
_ROUGH: Mapping[str, Callable[[bytes, int, bytes], bytes]] = {
    "cut": lambda body, at, _: body[:at],
    "flip": lambda body, at, _: body[:at] + bytes(byte ^ 0x20 for byte in body[at : at + 1]) + body[at + 1 :],
    "insert": lambda body, at, some: body[:at] + some + body[at:],
    "again": lambda body, at, _: body + body[at:],
    "latin-1": lambda body, _at, _some: body.decode("utf-8", "replace").encode("latin-1", "replace"),
    "utf-16": lambda body, _at, _some: body.decode("utf-8", "replace").encode("utf-16"),
    "bom": lambda body, _at, _some: b"\xef\xbb\xbf" + body,
}
