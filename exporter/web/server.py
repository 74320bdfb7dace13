"""The web server and its routes."""

import platform
import ssl
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Protocol

from aiohttp import hdrs, web

from exporter import __version__
from exporter.polling.health import TargetHealth
from exporter.runtime.clock import Clock
from exporter.runtime.sockets import listen, port_of
from exporter.web import status
from exporter.web.compression import Compressor
from exporter.web.connection_limit import MOST_CONNECTIONS, ConnectionLimiter
from exporter.web.discovery import discover
from exporter.web.scrape import ReplicaSource, scrape
from exporter.web.scrape_limit import IDLE_SECONDS, RESPONSE_SECONDS, ScrapeLimit, response_timeout

if TYPE_CHECKING:
    import asyncio

# Within the five seconds a shutdown may take, leaving time to close the vendor sessions.
_SHUTDOWN_SECONDS = 1.0
# No route reads a request body, so there is little reason to wait for the rest of one.
_LINGERING_SECONDS = 1.0
# Far below the library's default of a minute; real clients complete a handshake much faster.
_HANDSHAKE_SECONDS = 10.0
# Far more than any browser or scraper sends; each may be 8 KiB.
_MOST_HEADERS = 64


class Exporter(ReplicaSource, Protocol):
    """The interface of the running exporter that the routes use."""

    @property
    def health(self) -> Sequence[TargetHealth]:
        """The health of each target."""

    @property
    def ready(self) -> bool:
        """Whether every target has been polled once."""


Reload = Callable[[], Awaitable[str]]


def build_application(  # noqa: PLR0913 - most are optional
    exporter: Exporter,
    clock: Clock,
    reload: Reload | None = None,
    *,
    max_requests: int = 0,
    response_seconds: float = RESPONSE_SECONDS,
    dashboards_url: str | None = None,
    notes: Callable[[], Iterable[str]] = tuple,
) -> web.Application:
    """Return the application with every route.

    Args:
        exporter: The running exporter.
        clock: The clock, for the age of data on the status page.
        reload: Reloads the configuration and returns the error, if any; None if the lifecycle API is disabled.
        max_requests: The maximum number of concurrent scrapes, 0 for no limit.
        response_seconds: The time a client may take to read a response.
        dashboards_url: The URL of Grafana, for links on the status page.
        notes: Returns sentences describing the role of this replica, for the status page.
    """
    limit = ScrapeLimit(max_requests)
    compressor = Compressor()
    about = status.About(__version__, platform.python_version(), clock.time(), dashboards_url)

    async def metrics(request: web.Request) -> web.Response:
        limit.acquire()
        return await scrape(request, exporter, compressor)

    async def status_page(request: web.Request) -> web.Response:
        view = status.View(
            status.RowFilter(request.query.get("q", "").strip(), "wrong" in request.query),
            paused=request.query.get("refresh") == "off",
        )
        text = status.render_status(exporter.health, clock, about, view, tuple(notes()))
        response = web.Response(text=text, content_type="text/html", headers=status.HEADERS)
        response.enable_compression()
        return response

    async def healthy(_request: web.Request) -> web.Response:
        return web.Response(text="healthy\n")

    async def ready(_request: web.Request) -> web.Response:
        if exporter.ready:
            return web.Response(text="ready\n")
        raise web.HTTPServiceUnavailable(text="not ready: not every target has been polled yet\n")

    async def reload_configuration(_request: web.Request) -> web.Response:
        if reload is None:
            raise web.HTTPForbidden(text="the lifecycle API is not enabled; start with --web.enable-lifecycle\n")
        if problem := await reload():
            message = "configuration reload failed; keeping the current configuration"
            raise web.HTTPInternalServerError(text=f"{message}:\n{problem}\n")
        return web.Response(text="configuration reloaded\n")

    async def discovery(request: web.Request) -> web.Response:
        return web.json_response(discover(exporter.health, request.host, request.scheme))

    application = web.Application(middlewares=[response_timeout(response_seconds)])
    application.on_response_prepare.append(_remove_server_header)
    application.add_routes(
        [
            web.get("/", status_page),
            web.get("/metrics", metrics),
            web.get("/sd", discovery),
            web.get("/-/healthy", healthy),
            web.get("/-/ready", ready),
            web.post("/-/reload", reload_configuration),
        ]
    )
    return application


async def _remove_server_header(_request: web.Request, response: web.StreamResponse) -> None:
    """Remove the library's `Server` header, which reveals software versions to unauthenticated clients."""
    response.headers.popall(hdrs.SERVER, None)


class Server:
    """Serves an application on a port."""

    def __init__(
        self,
        application: web.Application,
        tls: ssl.SSLContext | None = None,
        *,
        idle_seconds: float = IDLE_SECONDS,
        most_connections: int = MOST_CONNECTIONS,
    ) -> None:
        """Create the server without listening; `start` does.

        Args:
            application: The application to serve.
            tls: The TLS context; None for plain HTTP.
            idle_seconds: The time a client may take to send a request.
            most_connections: The maximum number of concurrent connections.
        """
        self._tls = tls
        self._limiter = ConnectionLimiter(most_connections)
        self._listening: asyncio.Server | None = None
        application.middlewares.insert(0, self._limiter.track_requests)
        self._runner = web.AppRunner(
            application,
            access_log=None,
            shutdown_timeout=_SHUTDOWN_SECONDS,
            keepalive_timeout=idle_seconds,
            lingering_time=_LINGERING_SECONDS,
            max_headers=_MOST_HEADERS,
        )

    async def start(self, host: str | None, port: int) -> int:
        """Listen and return the port.

        Args:
            host: The address to listen on, None for all addresses.
            port: The port to listen on, 0 for any free port.

        Raises:
            OSError: Cannot listen on the address.
        """
        await self._runner.setup()
        server = self._runner.server
        assert server is not None  # noqa: S101 - set by setup()
        self._limiter.set_server(server)
        handshake = _HANDSHAKE_SECONDS if self._tls else None
        self._listening = await listen(self._limiter, host, port, self._tls, handshake)
        return port_of(self._listening)

    async def stop(self) -> None:
        """Stop listening and close all connections."""
        if self._listening is not None:
            self._listening.close()
        await self._runner.cleanup()
