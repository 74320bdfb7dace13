"""The answer to a scrape: negotiated, narrowed to targets where asked, compressed beside the event loop."""

import asyncio
import zlib
from collections.abc import Iterable, Sequence
from typing import Protocol

from aiohttp import hdrs, web

from exporter.errors import ElsewhereError
from exporter.exposition import Format
from exporter.web.limits import Pieces, blocks
from exporter.web.negotiation import accepts_gzip, choose_format

# Ready bytes are compressed in a thread; below this size the thread costs more than it spares.
_THREAD_FROM_BYTES = 1 << 16
# Label text repeats so much that the fastest level already shrinks it tenfold.
_GZIP_LEVEL = 1
_GZIP_WINDOW = 31


class Source(Protocol):
    """Where pages come from."""

    def pieces(self, form: Format, targets: Iterable[str] | None = None) -> Sequence[bytes]:
        """Return the parts of one page of this moment. Raises KeyError for a target that is not known."""


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
        pieces = source.pieces(form, request.query.getall("target", None))
    except ElsewhereError as error:
        raise web.HTTPNotFound(text=f"{error.told}\n") from error
    except KeyError as error:
        raise web.HTTPNotFound(text=f"no target is named {error.args[0]!r}\n") from error
    headers = {hdrs.CONTENT_TYPE: form.value, hdrs.VARY: "Accept, Accept-Encoding"}
    if accepts_gzip(request.headers.getall(hdrs.ACCEPT_ENCODING, ())):
        headers[hdrs.CONTENT_ENCODING] = "gzip"
        pieces = await _compressed(pieces)
    return web.Response(body=Pieces(pieces, form.value), headers=headers)


def compress(pieces: Iterable[bytes]) -> list[bytes]:
    """Return the pieces, one after the other, as gzip; they are never joined."""
    packer = zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, _GZIP_WINDOW)
    packed = [packer.compress(block) for block in blocks(pieces)]
    return [*packed, packer.flush()]


async def _compressed(pieces: Sequence[bytes]) -> Sequence[bytes]:
    small = sum(map(len, pieces)) < _THREAD_FROM_BYTES
    return compress(pieces) if small else await asyncio.to_thread(compress, pieces)
