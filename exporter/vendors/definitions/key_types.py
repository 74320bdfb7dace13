"""Types of keys that contain paths."""

from typing import Annotated, Any

from pydantic import AfterValidator

from exporter.vendors.definitions.paths import parse_path


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


PathText = Annotated[str, AfterValidator(_plain_path)]
"""A dotted path to one value."""

ListPath = Annotated[str, AfterValidator(_path)]
"""A dotted path, which may lead to the items of a list."""

RequestPath = Annotated[str, AfterValidator(_request_path)]
"""A path below the target's URL."""

JsonBody = Any
"""A JSON document with substitutions in its texts."""
