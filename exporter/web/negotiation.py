"""Which format and coding a client wants; a header that makes no sense is passed over, never an error."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from exporter.metrics.pages import Format

_QUALITY = re.compile(r"(0(\.\d{0,3})?|1(\.0{0,3})?)", re.ASCII)
# Elements beyond these many are not read: nobody sends so many, and each costs.
_MOST_ELEMENTS = 64


class _Wish(NamedTuple):
    value: str
    parameters: dict[str, str]
    quality: float


class _Offer(NamedTuple):
    form: Format
    kind: str
    subtype: str
    version: str


# How precisely a wish must name an offer to count as naming it, not only covering it with a wildcard.
_NAMED = 2

# The first is what a client gets that does not care.
_OFFERS = (
    _Offer(Format.TEXT, "text", "plain", "0.0.4"),
    _Offer(Format.OPENMETRICS, "application", "openmetrics-text", "1.0.0"),
)


def choose_format(accept: Iterable[str]) -> Format:
    """Return the format to answer in.

    The offer with the highest quality wins; among equals one that is named over one that is only covered by a
    wildcard, then the one named first. A client that accepts neither gets text rather than nothing.

    Args:
        accept: The values of the `Accept` headers.
    """
    wishes = list(_wishes(accept))
    best, best_rank = Format.TEXT, (0.0, False, 0)
    for offer in _OFFERS:
        covering = [(_covers(wish, offer), -position, wish.quality) for position, wish in enumerate(wishes)]
        precision, earliness, quality = max(covering, default=(-1, 0, 0.0))
        rank = (quality, precision >= _NAMED, earliness)
        if precision >= 0 and quality > 0 and rank > best_rank:
            best, best_rank = offer.form, rank
    return best


def accepts_gzip(accept_encoding: Iterable[str]) -> bool:
    """Return whether the answer may be compressed.

    Args:
        accept_encoding: The values of the `Accept-Encoding` headers.
    """
    quality = {wish.value: wish.quality for wish in _wishes(accept_encoding)}
    gzip = quality.get("gzip", quality.get("x-gzip", quality.get("*", 0.0)))
    return gzip > 0 and gzip >= quality.get("identity", 0.0)


def _covers(wish: _Wish, offer: _Offer) -> int:
    """Return how precisely a wish names an offer: 3 with its version, 0 by `*/*`, -1 not at all."""
    version = wish.parameters.get("version")
    if wish.value == f"{offer.kind}/{offer.subtype}":
        return {offer.version: 3, None: 2}.get(version, -1)
    return {f"{offer.kind}/*": 1, "*/*": 0}.get(wish.value, -1)


def _wishes(headers: Iterable[str]) -> Iterator[_Wish]:
    elements = ",".join(headers).split(",", _MOST_ELEMENTS)[:_MOST_ELEMENTS]
    for element in elements:
        value, *rest = (piece.strip().lower() for piece in element.split(";"))
        parameters = {name.strip(): text.strip(' "') for name, found, text in (p.partition("=") for p in rest) if found}
        quality = parameters.pop("q", "1")
        if value and _QUALITY.fullmatch(quality):
            yield _Wish(value, parameters, float(quality))
