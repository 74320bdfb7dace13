"""How many clients may be connected at once: beyond that, whoever has been idle longest makes room for a newcomer.

A flood of connections that ask nothing, or never finish asking, so ends itself: it never keeps a scraper out.
"""

import asyncio
import resource
from typing import Final, cast

from aiohttp import web
from aiohttp.typedefs import Handler

MOST_CONNECTIONS: Final = 512
"""Many more than scrapers and browsers need; fewer where the process may not open twice as many files."""


class ConnectionLimiter:
    """Everybody who is connected to a server."""

    def __init__(self, most: int = MOST_CONNECTIONS) -> None:
        """Let that many in at once."""
        self._most = most
        self._server: web.Server | None = None
        self._answered: set[asyncio.Protocol] = set()

    def attach(self, server: web.Server) -> None:
        """Stand before a server; what it may hold also goes by the files that the process may open by now."""
        self._server = server
        files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        if files != resource.RLIM_INFINITY:
            self._most = min(self._most, files // 2)

    def __call__(self) -> asyncio.Protocol:
        """Return the protocol of a new connection."""
        assert self._server is not None  # noqa: S101 - nobody can connect before
        connected = [each for each in self._server.connections if each.transport is not None]
        if len(connected) >= self._most:
            idle = next((each for each in connected if each not in self._answered), None)
            if idle is None:
                return _Refused()
            idle.force_close()
        return self._server()

    @web.middleware
    async def busy(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Note whose request is being answered, until its last byte is sent."""
        protocol = request.protocol
        self._answered.add(protocol)
        # The task of a request lasts until its answer is sent; a handler's end comes before.
        task = cast("asyncio.Task[object]", asyncio.current_task())
        task.add_done_callback(lambda _task: self._answered.discard(protocol))
        return await handler(request)


class _Refused(asyncio.Protocol):
    """The connection of somebody for whom there is no room."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Hang up."""
        cast("asyncio.Transport", transport).abort()
