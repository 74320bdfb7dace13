"""Answer scrapes: negotiate the format, filter by target, compress."""

from collections.abc import Iterable
from typing import Protocol

from aiohttp import hdrs, web

from exporter.errors import NotOwnedError
from exporter.metrics.pages import Format, Page
from exporter.web.compression import Compressor
from exporter.web.negotiation import accepts_gzip, choose_format
from exporter.web.scrape_limit import PiecesPayload


class Source(Protocol):
    """The source of pages."""

    def page(self, form: Format, targets: Iterable[str] | None = None) -> Page:
        """Return the current page. Raises KeyError for an unknown target."""


class ReplicaSource(Source, Protocol):
    """The source of pages in one of several replicas."""

    @property
    def term(self) -> int:
        """Return a number of the period in which targets are polled, 0 while none is: pages of one period are current.

        It changes when the replica stops to lead, by the clock of that moment.
        """


async def scrape(request: web.Request, source: ReplicaSource, compressor: Compressor) -> web.Response:
    """Answer a scrape.

    Args:
        request: The request; each `?target=` selects a target.
        source: The source of pages.
        compressor: Compresses pages.

    Raises:
        web.HTTPNotFound: A target is unknown or owned by another replica.
    """
    form = choose_format(request.headers.getall(hdrs.ACCEPT, ()))
    targets = tuple(request.query.getall("target", ())) or None
    term = source.term

    def is_current() -> bool:
        return not term or source.term == term

    try:
        page = source.page(form, targets)
    except NotOwnedError as error:
        raise web.HTTPNotFound(text=f"{error.message}\n") from error
    except KeyError as error:
        raise web.HTTPNotFound(text=f"unknown target {error.args[0]!r}\n") from error
    headers = {hdrs.CONTENT_TYPE: form.value, hdrs.VARY: "Accept, Accept-Encoding"}
    pieces = page.pieces
    if accepts_gzip(request.headers.getall(hdrs.ACCEPT_ENCODING, ())):
        headers[hdrs.CONTENT_ENCODING] = "gzip"
        pieces = await compressor.gzip((form, targets), page)
        if not is_current():
            return await scrape(request, source, compressor)
    return web.Response(body=PiecesPayload(pieces, form.value, is_current), headers=headers)
