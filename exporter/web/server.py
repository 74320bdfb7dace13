"""The web server: its routes, and its life from listening to closing."""

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
from exporter.web.scrape import Source, scrape
from exporter.web.scrape_limit import ANSWER_SECONDS, IDLE_SECONDS, ScrapeLimit, cutting

if TYPE_CHECKING:
    import asyncio

# Within the five seconds that a stop may take, with time left for leaving the vendors.
_SHUTDOWN_SECONDS = 1.0
# No route reads a body; what a client still sends of one is worth no more waiting.
_LINGERING_SECONDS = 1.0
# Whoever does not get that far in the usual minute wants something else.
_HANDSHAKE_SECONDS = 10.0
# Many more than any browser or scraper sends; each may be 8 KiB.
_MOST_HEADERS = 64


class Exporter(Source, Protocol):
    """What the routes need to know of the running exporter."""

    @property
    def health(self) -> Sequence[TargetHealth]:
        """How the polling of each target goes."""

    @property
    def ready(self) -> bool:
        """Whether every target has been polled once."""


Reload = Callable[[], Awaitable[str]]


def build_application(  # noqa: PLR0913 - each may be left out
    exporter: Exporter,
    clock: Clock,
    reload: Reload | None = None,
    *,
    max_requests: int = 0,
    answer_seconds: float = ANSWER_SECONDS,
    dashboards_url: str | None = None,
    notes: Callable[[], Iterable[str]] = tuple,
) -> web.Application:
    """Return the application with every route.

    Args:
        exporter: The running exporter.
        clock: Tells the age of data on the status page.
        reload: Reads the configuration anew and returns what is wrong with it; None where that is not allowed.
        max_requests: How many scrapes are answered at once, 0 for any number.
        answer_seconds: How long a client may take to read an answer.
        dashboards_url: Where Grafana is, for links on the status page.
        notes: Tells the exporter's part among replicas, for the status page.
    """
    limit = ScrapeLimit(max_requests)
    compressor = Compressor()
    about = status.About(__version__, platform.python_version(), clock.time(), dashboards_url)

    async def metrics(request: web.Request) -> web.Response:
        limit.enter()
        return await scrape(request, exporter, compressor)

    async def status_page(request: web.Request) -> web.Response:
        view = status.View(
            status.Choice(request.query.get("q", "").strip(), "wrong" in request.query),
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
            raise web.HTTPForbidden(text="the lifecycle API is not enabled: start with --web.enable-lifecycle\n")
        if problem := await reload():
            raise web.HTTPInternalServerError(text=f"the configuration in force stays:\n{problem}\n")
        return web.Response(text="configuration reloaded\n")

    async def discovery(request: web.Request) -> web.Response:
        return web.json_response(discover(exporter.health, request.host, request.scheme))

    application = web.Application(middlewares=[cutting(answer_seconds)])
    application.on_response_prepare.append(_without_versions)
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


async def _without_versions(_request: web.Request, response: web.StreamResponse) -> None:
    """Take off the library's `Server` header: whoever has not signed in need not know what runs in which version."""
    response.headers.popall(hdrs.SERVER, None)


class Server:
    """A listening web server."""

    def __init__(
        self,
        application: web.Application,
        tls: ssl.SSLContext | None = None,
        *,
        idle_seconds: float = IDLE_SECONDS,
        most_connections: int = MOST_CONNECTIONS,
    ) -> None:
        """Prepare to serve the application.

        Args:
            application: The routes.
            tls: Serves TLS; None for plain HTTP.
            idle_seconds: How long a client may take to send a request.
            most_connections: How many clients may be connected at once.
        """
        self._tls = tls
        self._limiter = ConnectionLimiter(most_connections)
        self._listening: asyncio.Server | None = None
        application.middlewares.insert(0, self._limiter.busy)
        self._runner = web.AppRunner(
            application,
            access_log=None,
            shutdown_timeout=_SHUTDOWN_SECONDS,
            keepalive_timeout=idle_seconds,
            lingering_time=_LINGERING_SECONDS,
            max_headers=_MOST_HEADERS,
        )

    async def start(self, host: str | None, port: int) -> int:
        """Listen, and return the port, which the system chooses where 0 is asked for.

        Args:
            host: Address to listen on, None for all.
            port: Port to listen on.

        Raises:
            OSError: The address cannot be listened on.
        """
        await self._runner.setup()
        server = self._runner.server
        assert server is not None  # noqa: S101 - it is set up
        self._limiter.attach(server)
        handshake = _HANDSHAKE_SECONDS if self._tls else None
        self._listening = await listen(self._limiter, host, port, self._tls, handshake)
        return port_of(self._listening)

    async def stop(self) -> None:
        """Stop listening and end what is being answered."""
        if self._listening is not None:
            self._listening.close()
        await self._runner.cleanup()
