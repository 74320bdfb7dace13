"""Types of keys that contain paths."""

import re
from typing import Annotated, Any, Final

from pydantic import AfterValidator

from exporter.vendors.definitions.paths import parse_path

_TOKEN: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
# A definition must not choose another host or another end of a request.
_OF_THE_CONNECTION: Final = frozenset(
    {"connection", "content-length", "expect", "host", "keep-alive", "trailer", "transfer-encoding", "upgrade"}
)


def _path(text: str) -> str:
    parse_path(text)
    return text


def _plain_path(text: str) -> str:
    if parse_path(text).is_list:
        raise ValueError("must lead to one value, not to the items of a list")
    return text


def _request_path(text: str) -> str:
    if not text.startswith("/") or text.startswith("//") or any(c in text for c in "?#\\") or not text.isprintable():
        raise ValueError("must begin with a single / and contain no query (use the key query) or fragment")
    if any(part in {".", ".."} for part in text.split("/")):
        raise ValueError("must not contain the segments . or ..")
    return text


def _header(name: str) -> str:
    if not _TOKEN.fullmatch(name):
        raise ValueError("not the name of a header")
    if name.casefold() in _OF_THE_CONNECTION:
        raise ValueError("is set by the HTTP client")
    return name


PathText = Annotated[str, AfterValidator(_plain_path)]
"""A dotted path to one value."""

ListPath = Annotated[str, AfterValidator(_path)]
"""A dotted path, which may lead to the items of a list."""

RequestPath = Annotated[str, AfterValidator(_request_path)]
"""A path below the target's URL."""

HeaderName = Annotated[str, AfterValidator(_header)]
"""The name of a header."""

JsonBody = Any
"""A JSON document with substitutions in its texts."""
