"""The web server: its routes, and its life from listening to closing."""

import ssl
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from aiohttp import web

from exporter.clock import Clock
from exporter.health import TargetHealth
from exporter.web.discovery import discover
from exporter.web.metrics import Source, scrape
from exporter.web.status import render_status

# Within the five seconds that a stop may take, with time left for leaving the vendors.
_SHUTDOWN_SECONDS = 1.0


class Exporter(Source, Protocol):
    """What the routes need to know of the running exporter."""

    @property
    def health(self) -> Sequence[TargetHealth]:
        """How the polling of each target goes."""

    @property
    def ready(self) -> bool:
        """Whether every target has been polled once."""


Reload = Callable[[], Awaitable[str]]


def build_application(exporter: Exporter, clock: Clock, reload: Reload | None = None) -> web.Application:
    """Return the application with every route.

    Args:
        exporter: The running exporter.
        clock: Tells the age of data on the status page.
        reload: Reads the configuration anew and returns what is wrong with it; None where that is not allowed.
    """

    async def metrics(request: web.Request) -> web.Response:
        return await scrape(request, exporter)

    async def status(_request: web.Request) -> web.Response:
        return web.Response(text=render_status(exporter.health, clock.time()), content_type="text/html")

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

    application = web.Application()
    application.add_routes(
        [
            web.get("/", status),
            web.get("/metrics", metrics),
            web.get("/sd", discovery),
            web.get("/-/healthy", healthy),
            web.get("/-/ready", ready),
            web.post("/-/reload", reload_configuration),
        ]
    )
    return application


class Server:
    """A listening web server."""

    def __init__(self, application: web.Application, tls: ssl.SSLContext | None = None) -> None:
        """Prepare to serve the application, as plain HTTP unless there is TLS to serve it with."""
        self._tls = tls
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=_SHUTDOWN_SECONDS)

    async def start(self, host: str | None, port: int) -> int:
        """Listen, and return the port, which the system chooses where 0 is asked for.

        Args:
            host: Address to listen on, None for all.
            port: Port to listen on.

        Raises:
            OSError: The address cannot be listened on.
        """
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port, ssl_context=self._tls)
        await site.start()
        listening: int = self._runner.addresses[0][1]
        return listening

    async def stop(self) -> None:
        """Stop listening and end what is being answered."""
        await self._runner.cleanup()
