"""The simulated contact centre over HTTP: every vendor's API, and switches for what goes wrong."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from exporter.runtime.clock import Clock
from exporter.runtime.sockets import listen, port_of
from exporter.simulator.dialects import Dialect, every_dialect
from exporter.simulator.driver import Driver
from exporter.simulator.scenarios import Scenario, ScenarioName

_HANG_EVERY = 4
_HANG_SECONDS = 60.0
_SHUTDOWN_SECONDS = 0.5
_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - read, not listened on


def application(driver: Driver, dialects: Sequence[Dialect] | None = None) -> web.Application:
    """Return the server's application.

    Args:
        driver: The centre; every request lets it catch up with the clock first.
        dialects: The vendors' APIs to serve, each under its name; all of them by default.
    """
    dialects = every_dialect() if dialects is None else dialects
    switches = _Switches(driver, tuple(dialect.name for dialect in dialects))
    outage = _Outage(driver.centre.scenarios[ScenarioName.API_OUTAGE], driver.clock)
    app = web.Application(middlewares=[_catching_up(driver)])
    app.router.add_get("/", switches.about)
    app.router.add_get("/scenarios", switches.every)
    app.router.add_put("/scenarios/{name}", switches.on)
    app.router.add_delete("/scenarios/{name}", switches.off)
    for dialect in dialects:
        api = dialect.application(driver)
        api.middlewares.insert(0, outage.strike)
        app.add_subapp(f"/{dialect.name}", api)
    return app


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs.

    Attributes:
        host: Where it listens.
        port: The port it listens on, the one it was given where 0 was asked for.
    """

    host: str
    port: int
    _ends: AsyncExitStack

    @property
    def url(self) -> str:
        """Where clients on this machine find it, without a slash at the end."""
        host = _ANYWHERE.get(self.host, self.host)
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    async def stop(self) -> None:
        """Stop listening and end what hangs."""
        await self._ends.aclose()


async def start(host: str, port: int, driver: Driver, dialects: Sequence[Dialect] | None = None) -> Server:
    """Start serving a centre.

    Args:
        host: Where to listen; "" for everywhere.
        port: The port to listen on; 0 for any that is free.
        driver: The centre.
        dialects: The vendors' APIs to serve; all of them by default.

    Raises:
        OSError: It cannot listen there.
    """
    runner = web.AppRunner(application(driver, dialects), access_log=None, shutdown_timeout=_SHUTDOWN_SECONDS)
    async with AsyncExitStack() as ends:
        await runner.setup()
        ends.push_async_callback(runner.cleanup)
        assert runner.server is not None  # noqa: S101 - it is set up
        listening = await listen(runner.server, host or None, port)
        ends.callback(listening.close)
        return Server(host, port_of(listening), ends.pop_all())


class _Switches:
    """The control side: what is served here, and the scenarios."""

    def __init__(self, driver: Driver, dialects: tuple[str, ...]) -> None:
        self._driver = driver
        self._dialects = dialects

    async def about(self, _request: web.Request) -> web.Response:
        """Say what is here."""
        lines = (
            "A simulated contact centre.",
            *(f"/{name}: it, as {name}'s API tells of it" for name in self._dialects),
            "/scenarios: what can go wrong; PUT /scenarios/NAME lets it, DELETE /scenarios/NAME ends it",
        )
        return web.Response(text="\n".join(lines) + "\n")

    async def every(self, _request: web.Request) -> web.Response:
        """Answer with every scenario."""
        return self._answer()

    async def on(self, request: web.Request) -> web.Response:
        """Switch one on."""
        self._scenario(request.match_info["name"]).on()
        return self._answer()

    async def off(self, request: web.Request) -> web.Response:
        """Switch one off."""
        self._scenario(request.match_info["name"]).off()
        return self._answer()

    def _scenario(self, name: str) -> Scenario:
        scenarios = self._driver.centre.scenarios
        if name not in scenarios:
            raise web.HTTPNotFound(text=f"no scenario {name}; there are: {', '.join(scenarios)}\n")
        return scenarios[ScenarioName(name)]

    def _answer(self) -> web.Response:
        scenarios = self._driver.centre.scenarios.values()
        return web.json_response(
            {scenario.name: {"active": scenario.active, "meaning": scenario.meaning} for scenario in scenarios}
        )


class _Outage:
    """Vendors' APIs that do not work while the scenario is active: most requests get 503, every fourth hangs."""

    def __init__(self, scenario: Scenario, clock: Clock) -> None:
        self._scenario = scenario
        self._clock = clock
        self._requests = 0

    @web.middleware
    async def strike(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Stand before a vendor's API."""
        if not self._scenario.active:
            self._requests = 0
            return await handler(request)
        self._requests += 1
        if self._requests % _HANG_EVERY == 0:
            await self._clock.sleep(_HANG_SECONDS)
        return web.Response(status=503, text="Service Unavailable\n")


def _catching_up(driver: Driver) -> Middleware:
    @web.middleware
    async def catch_up(request: web.Request, handler: Handler) -> web.StreamResponse:
        driver.catch_up()
        return await handler(request)

    return catch_up
