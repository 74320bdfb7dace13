"""What clients may hold: scrapes at once, and the time and memory that a slow one takes."""

import asyncio
import socket
import struct
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, cast

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.payload import Payload
from aiohttp.typedefs import Handler, Middleware

ANSWER_SECONDS: Final = 30.0
"""How long a client may take to read an answer; three times Prometheus's own timeout unless configured."""

IDLE_SECONDS: Final = 75.0
"""How long a client may take to send a request, or to send none; longer than the usual minute between scrapes."""

_NO_LINGERING: Final = struct.pack("ii", 1, 0)
_BLOCK_BYTES: Final = 1 << 16


class ScrapeLimit:
    """Counts the scrapes that are being answered."""

    def __init__(self, most: int) -> None:
        """Allow that many at once, any number for 0."""
        self._most = most
        self._running = 0

    def enter(self) -> None:
        """Count the running request until its last byte is sent or its client is gone.

        Raises:
            web.HTTPServiceUnavailable: There are too many.
        """
        if self._most and self._running >= self._most:
            raise web.HTTPServiceUnavailable(
                text=f"{self._most} scrapes are being answered already, which is the limit (--web.max-requests)\n"
            )
        self._running += 1
        # The task of a request lasts until its answer is sent; a handler's end comes before.
        task = cast("asyncio.Task[object]", asyncio.current_task())
        task.add_done_callback(self._leave)

    def _leave(self, _task: asyncio.Task[object]) -> None:
        self._running -= 1


def cutting(seconds: float) -> Middleware:
    """Return a middleware that cuts the connection of a client which has not taken its answer after that long."""

    @web.middleware
    async def cut(request: web.Request, handler: Handler) -> web.StreamResponse:
        transport = request.transport
        if transport is not None:
            # An answer counts as sent when the system has all of it, so that nothing stays with us unwatched.
            transport.set_write_buffer_limits(high=0)
            timer = asyncio.get_running_loop().call_later(seconds, _reset, transport)
            task = cast("asyncio.Task[object]", asyncio.current_task())
            task.add_done_callback(lambda _task: timer.cancel())
        return await handler(request)

    return cut


def _reset(transport: asyncio.Transport) -> None:
    """End a connection at once, with what the system still holds for it."""
    connection = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGERING)
    transport.abort()


class Pieces(Payload):
    """A body made of bytes that other answers share: a slow client holds references and one block, no copy."""

    def __init__(self, pieces: Sequence[bytes], content_type: str) -> None:
        """Take the pieces, in their order."""
        super().__init__(pieces, content_type=content_type)
        self._pieces = pieces
        self._size = sum(map(len, pieces))

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        """Return the body as text."""
        return b"".join(self._pieces).decode(encoding, errors)

    async def write(self, writer: AbstractStreamWriter) -> None:
        """Send the body, a block whenever the last one is gone."""
        for block in blocks(self._pieces):
            await writer.write(block)
            await writer.drain()


def blocks(pieces: Iterable[bytes]) -> Iterator[bytes | memoryview]:
    """Yield the bytes of the pieces in blocks of bounded size: small ones joined, large ones in slices."""
    held: list[bytes] = []
    size = 0
    for piece in pieces:
        if len(piece) < _BLOCK_BYTES:
            held.append(piece)
            size += len(piece)
            if size < _BLOCK_BYTES:
                continue
        yield from [b"".join(held)] if held else []
        held, size = [], 0
        if len(piece) >= _BLOCK_BYTES:
            view = memoryview(piece)
            yield from (view[at : at + _BLOCK_BYTES] for at in range(0, len(view), _BLOCK_BYTES))
    if held:
        yield b"".join(held)
