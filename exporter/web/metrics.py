"""The answer to a scrape: negotiated, narrowed to targets where asked, compressed beside the event loop."""

import asyncio
import zlib
from collections.abc import Iterable
from typing import Protocol

from aiohttp import hdrs, web

from exporter.exposition import Format
from exporter.web.negotiation import accepts_gzip, choose_format

# Ready bytes are compressed in a thread; below this size the thread costs more than it spares.
_THREAD_FROM_BYTES = 1 << 16
# Label text repeats so much that the fastest level already shrinks it tenfold.
_GZIP_LEVEL = 1
_GZIP_WINDOW = 31


class Source(Protocol):
    """Where pages come from."""

    def page(self, form: Format, targets: Iterable[str] | None = None) -> bytes:
        """Return one page of this moment. Raises KeyError for a target that is not known."""


async def scrape(request: web.Request, source: Source) -> web.Response:
    """Answer a scrape.

    Args:
        request: May name targets in `?target=`, several times.
        source: Where pages come from.

    Raises:
        web.HTTPNotFound: A target is not known.
    """
    form = choose_format(request.headers.getall(hdrs.ACCEPT, ()))
    try:
        body = source.page(form, request.query.getall("target", None))
    except KeyError as error:
        raise web.HTTPNotFound(text=f"no target is named {error.args[0]!r}\n") from error
    headers = {hdrs.CONTENT_TYPE: form.value, hdrs.VARY: "Accept, Accept-Encoding"}
    if accepts_gzip(request.headers.getall(hdrs.ACCEPT_ENCODING, ())):
        headers[hdrs.CONTENT_ENCODING] = "gzip"
        body = await _compressed(body)
    return web.Response(body=body, headers=headers)


def compress(body: bytes) -> bytes:
    """Return the body as gzip."""
    return zlib.compress(body, _GZIP_LEVEL, _GZIP_WINDOW)


async def _compressed(body: bytes) -> bytes:
    return compress(body) if len(body) < _THREAD_FROM_BYTES else await asyncio.to_thread(compress, body)
