"""Limit concurrent scrapes, and the time and memory a slow client can occupy."""

import asyncio
import socket
import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, cast

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.payload import Payload
from aiohttp.typedefs import Handler, Middleware

RESPONSE_SECONDS: Final = 30.0
"""The time a client may take to read a response; three times Prometheus's default scrape timeout."""

IDLE_SECONDS: Final = 75.0
"""The time a client may take to send a request or stay idle; longer than the usual minute between scrapes."""

_NO_LINGERING: Final = struct.pack("ii", 1, 0)
_BLOCK_BYTES: Final = 1 << 16


class ScrapeLimit:
    """Limits concurrent scrapes."""

    def __init__(self, most: int) -> None:
        """Set the maximum number of concurrent scrapes, 0 for no limit."""
        self._most = most
        self._running = 0

    def acquire(self) -> None:
        """Count the current request until its last byte is sent or its client disconnects.

        Raises:
            web.HTTPServiceUnavailable: The limit is reached.
        """
        if self._most and self._running >= self._most:
            raise web.HTTPServiceUnavailable(
                text=f"too many concurrent scrapes (limit {self._most}, --web.max-requests)\n"
            )
        self._running += 1
        # The task of a request ends when the response is sent, the handler ends earlier.
        task = cast("asyncio.Task[object]", asyncio.current_task())
        task.add_done_callback(self._release)

    def _release(self, _task: asyncio.Task[object]) -> None:
        self._running -= 1


def response_timeout(seconds: float) -> Middleware:
    """Return a middleware that resets a connection whose client has not read the response in time."""

    @web.middleware
    async def limit_response(request: web.Request, handler: Handler) -> web.StreamResponse:
        transport = request.transport
        if transport is not None:
            # Without a write buffer, a response is complete only when the kernel has all of it: the timer covers it.
            transport.set_write_buffer_limits(high=0)
            timer = asyncio.get_running_loop().call_later(seconds, _reset, transport)
            task = cast("asyncio.Task[object]", asyncio.current_task())
            task.add_done_callback(lambda _task: timer.cancel())
        return await handler(request)

    return limit_response


def _reset(transport: asyncio.Transport) -> None:
    """Reset a connection and discard the data the kernel still holds for it."""
    connection = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGERING)
    transport.abort()


class PiecesPayload(Payload):
    """A body of bytes shared between responses; a slow client holds references and one block, not a copy."""

    def __init__(self, pieces: Sequence[bytes], content_type: str, is_current: Callable[[], bool]) -> None:
        """Create the body.

        Args:
            pieces: Its pieces, in order.
            content_type: Its content type.
            is_current: Returns whether it may still be sent; otherwise the response is cut off.
        """
        super().__init__(pieces, content_type=content_type)
        self._pieces = pieces
        self._is_current = is_current
        self._size = sum(map(len, pieces))

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        """Return the body as text."""
        return b"".join(self._pieces).decode(encoding, errors)

    async def write(self, writer: AbstractStreamWriter) -> None:
        """Send the body block by block, each after the previous one is sent."""
        for block in blocks(self._pieces):
            if not self._is_current():
                raise ConnectionResetError("not sent: this replica no longer leads")
            await writer.write(block)
            await writer.drain()


def blocks(pieces: Iterable[bytes]) -> Iterator[bytes | memoryview]:
    """Yield the bytes of the pieces in blocks of bounded size, joining small pieces and slicing large ones."""
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
