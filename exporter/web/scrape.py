"""The answer to a scrape: negotiated, narrowed to targets where asked, compressed where accepted."""

from collections.abc import Iterable
from typing import Protocol

from aiohttp import hdrs, web

from exporter.errors import NotOwnedError
from exporter.metrics.pages import Format, Page
from exporter.web.compression import Compressor
from exporter.web.negotiation import accepts_gzip, choose_format
from exporter.web.scrape_limit import Pieces


class Source(Protocol):
    """Where pages come from."""

    def page(self, form: Format, targets: Iterable[str] | None = None) -> Page:
        """Return one page of this moment. Raises KeyError for a target that is not known."""


async def scrape(request: web.Request, source: Source, compressor: Compressor) -> web.Response:
    """Answer a scrape.

    Args:
        request: May name targets in `?target=`, several times.
        source: Where pages come from.
        compressor: Compresses them.

    Raises:
        web.HTTPNotFound: A target is not known.
    """
    form = choose_format(request.headers.getall(hdrs.ACCEPT, ()))
    targets = tuple(request.query.getall("target", ())) or None
    try:
        page = source.page(form, targets)
    except NotOwnedError as error:
        raise web.HTTPNotFound(text=f"{error.message}\n") from error
    except KeyError as error:
        raise web.HTTPNotFound(text=f"no target is named {error.args[0]!r}\n") from error
    headers = {hdrs.CONTENT_TYPE: form.value, hdrs.VARY: "Accept, Accept-Encoding"}
    pieces = page.pieces
    if accepts_gzip(request.headers.getall(hdrs.ACCEPT_ENCODING, ())):
        headers[hdrs.CONTENT_ENCODING] = "gzip"
        pieces = await compressor.gzip((form, targets), page)
    return web.Response(body=Pieces(pieces, form.value), headers=headers)
