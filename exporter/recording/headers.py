"""Anonymises the headers of a response: of most of them nothing is kept."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from multidict import CIMultiDict, CIMultiDictProxy

from exporter.recording.anonymiser import Anonymiser, is_moment

_MEDIA_TYPES: Final = frozenset(
    {
        "application/json",
        "application/problem+json",
        "application/xml",
        "text/csv",
        "text/html",
        "text/plain",
        "text/xml",
    }
)
_LINK: Final = re.compile(r"\s*<([^<>]+)>\s*;\s*rel=\"?(next|prev|first|last|self)\"?\s*")
_COOKIE: Final = re.compile(r"\s*([!#$%&'*+\-.^_`|~0-9A-Za-z]+)\s*=\s*([^;]*)")
# Longer numbers, and those that begin with a zero, may be telephone numbers.
_COUNT: Final = re.compile(r"0|[1-9]\d{0,5}")

Headers = list[tuple[str, str]]


def anonymised_headers(headers: CIMultiDictProxy[str], anonymiser: Anonymiser) -> Headers:
    """Return the headers that clients read, without secrets and what identifies a person.

    A cookie keeps its name, as a client needs it to sign in. Other headers are kept if the vendor's package reads them
    and their value is a number or a date.
    """
    return [(str(name), kept) for name, value in headers.items() if (kept := _kept(name.lower(), value, anonymiser))]


def recorded_headers(headers: Iterable[tuple[str, str]]) -> CIMultiDictProxy[str]:
    """Return recorded headers as those of a response."""
    return CIMultiDictProxy(CIMultiDict(headers))


def _kept(name: str, value: str, anonymiser: Anonymiser) -> str:
    match name:
        case "content-type":
            media_type = value.partition(";")[0].strip().casefold()
            return media_type if media_type in _MEDIA_TYPES else ""
        case "link":
            return ", ".join(_links(value, anonymiser))
        case "location":
            return anonymiser.text(value) if "/" in value else ""
        case "set-cookie":
            found = _COOKIE.match(value)
            return "" if found is None else f"{anonymiser.key(found[1])}={anonymiser.text(found[2], 'secret')}"
        case "date":
            return value if is_moment(value) else ""
    is_harmless = bool(_COUNT.fullmatch(value.strip())) or is_moment(value.strip())
    return value if is_harmless and (name == "retry-after" or anonymiser.names_header(name)) else ""


def _links(value: str, anonymiser: Anonymiser) -> Iterator[str]:
    for each in value.split(","):
        found = _LINK.fullmatch(each)
        if found is not None:
            yield f'<{anonymiser.text(found[1])}>; rel="{found[2]}"'
