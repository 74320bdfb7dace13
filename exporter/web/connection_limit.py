"""Limit concurrent client connections; at the limit, a new connection replaces the longest idle one.

A flood of connections that send nothing, or never finish a request, thus closes itself and never locks out a scraper.
"""

import asyncio
import resource
from typing import Final, cast

from aiohttp import web
from aiohttp.typedefs import Handler

MOST_CONNECTIONS: Final = 512
"""Far more than scrapers and browsers need; less if the process may not open twice as many files."""


class ConnectionLimiter:
    """Limits concurrent client connections of a server."""

    def __init__(self, most: int = MOST_CONNECTIONS) -> None:
        """Set the maximum number of concurrent connections."""
        self._most = most
        self._server: web.Server | None = None
        self._active: set[asyncio.Protocol] = set()

    def set_server(self, server: web.Server) -> None:
        """Set the server, and cap the limit at half of the files the process may open."""
        self._server = server
        files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        if files != resource.RLIM_INFINITY:
            self._most = min(self._most, files // 2)

    def __call__(self) -> asyncio.Protocol:
        """Return the protocol of a new connection."""
        assert self._server is not None  # noqa: S101 - set before the server listens
        connected = [each for each in self._server.connections if each.transport is not None]
        if len(connected) >= self._most:
            idle = next((each for each in connected if each not in self._active), None)
            if idle is None:
                return _RejectedConnection()
            idle.force_close()
        return self._server()

    @web.middleware
    async def track_requests(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Mark a connection as active until the response to its request is sent."""
        protocol = request.protocol
        self._active.add(protocol)
        # The task of a request ends when the response is sent, the handler ends earlier.
        task = cast("asyncio.Task[object]", asyncio.current_task())
        task.add_done_callback(lambda _task: self._active.discard(protocol))
        return await handler(request)


class _RejectedConnection(asyncio.Protocol):
    """A connection rejected because the limit is reached."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Close the connection."""
        cast("asyncio.Transport", transport).abort()
