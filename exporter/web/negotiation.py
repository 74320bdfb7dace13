"""Content negotiation: the format and encoding a client accepts; malformed headers are ignored, never an error."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from exporter.metrics.pages import Format

_QUALITY = re.compile(r"(0(\.\d{0,3})?|1(\.0{0,3})?)", re.ASCII)
# Further elements are ignored: no real client sends as many, and parsing takes time.
_MOST_ELEMENTS = 64


class _Preference(NamedTuple):
    value: str
    parameters: dict[str, str]
    quality: float


class _Offer(NamedTuple):
    form: Format
    kind: str
    subtype: str
    version: str


# The precision from which a preference names an offer instead of matching it by a wildcard.
_NAMED = 2

# The first is the default.
_OFFERS = (
    _Offer(Format.TEXT, "text", "plain", "0.0.4"),
    _Offer(Format.OPENMETRICS, "application", "openmetrics-text", "1.0.0"),
)


def choose_format(accept: Iterable[str]) -> Format:
    """Return the format of the response.

    The offer with the highest quality wins; among equals, one named explicitly over one matched by a wildcard, then the
    one named first. A client that accepts neither format gets text.

    Args:
        accept: The values of the `Accept` headers.
    """
    preferences = list(_preferences(accept))
    best, best_rank = Format.TEXT, (0.0, False, 0)
    for offer in _OFFERS:
        matches = [(_precision(each, offer), -position, each.quality) for position, each in enumerate(preferences)]
        precision, earliness, quality = max(matches, default=(-1, 0, 0.0))
        rank = (quality, precision >= _NAMED, earliness)
        if precision >= 0 and quality > 0 and rank > best_rank:
            best, best_rank = offer.form, rank
    return best


def accepts_gzip(accept_encoding: Iterable[str]) -> bool:
    """Return whether the response may be compressed.

    Args:
        accept_encoding: The values of the `Accept-Encoding` headers.
    """
    quality = {preference.value: preference.quality for preference in _preferences(accept_encoding)}
    gzip = quality.get("gzip", quality.get("x-gzip", quality.get("*", 0.0)))
    return gzip > 0 and gzip >= quality.get("identity", 0.0)


def _precision(preference: _Preference, offer: _Offer) -> int:
    """Return how precisely a preference names an offer: from 3 for its version to 0 for `*/*`; -1 if it does not."""
    version = preference.parameters.get("version")
    if preference.value == f"{offer.kind}/{offer.subtype}":
        return {offer.version: 3, None: 2}.get(version, -1)
    return {f"{offer.kind}/*": 1, "*/*": 0}.get(preference.value, -1)


def _preferences(headers: Iterable[str]) -> Iterator[_Preference]:
    elements = ",".join(headers).split(",", _MOST_ELEMENTS)[:_MOST_ELEMENTS]
    for element in elements:
        value, *rest = (piece.strip().lower() for piece in element.split(";"))
        parameters = {name.strip(): text.strip(' "') for name, found, text in (p.partition("=") for p in rest) if found}
        quality = parameters.pop("q", "1")
        if value and _QUALITY.fullmatch(quality):
            yield _Preference(value, parameters, float(quality))
