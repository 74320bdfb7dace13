"""HTTP server of the simulated contact centre: every vendor's API and the scenario switches."""

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
_LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - compared, not listened on


def application(driver: Driver, dialects: Sequence[Dialect] | None = None) -> web.Application:
    """Return the server's application.

    Args:
        driver: The driver of the centre; it catches up with the clock before every request.
        dialects: The vendors' APIs to serve, each under its name; all by default.
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
        api.middlewares.insert(0, outage.intercept)
        app.add_subapp(f"/{dialect.name}", api)
    return app


@dataclass(frozen=True, slots=True)
class Server:
    """A running server.

    Attributes:
        host: The host it listens on.
        port: The port it listens on, the assigned one if port 0 was requested.
    """

    host: str
    port: int
    _ends: AsyncExitStack

    @property
    def url(self) -> str:
        """URL for clients on this machine, without a trailing slash."""
        host = _LOOPBACK.get(self.host, self.host)
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    async def stop(self) -> None:
        """Stop listening and cancel pending requests."""
        await self._ends.aclose()


async def start(host: str, port: int, driver: Driver, dialects: Sequence[Dialect] | None = None) -> Server:
    """Start serving a centre.

    Args:
        host: The host to listen on; "" for every interface.
        port: The port to listen on; 0 for any free port.
        driver: The driver of the centre.
        dialects: The vendors' APIs to serve; all by default.

    Raises:
        OSError: The address cannot be listened on.
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
    """Handlers of the index page and the scenario switches."""

    def __init__(self, driver: Driver, dialects: tuple[str, ...]) -> None:
        self._driver = driver
        self._dialects = dialects

    async def about(self, _request: web.Request) -> web.Response:
        """Return an index of the server."""
        lines = (
            "A simulated contact centre.",
            *(f"/{name}: the API of {name}" for name in self._dialects),
            "/scenarios: fault scenarios; PUT /scenarios/NAME to start one, DELETE /scenarios/NAME to stop it",
        )
        return web.Response(text="\n".join(lines) + "\n")

    async def every(self, _request: web.Request) -> web.Response:
        """Return every scenario."""
        return self._answer()

    async def on(self, request: web.Request) -> web.Response:
        """Switch a scenario on."""
        self._scenario(request.match_info["name"]).on()
        return self._answer()

    async def off(self, request: web.Request) -> web.Response:
        """Switch a scenario off."""
        self._scenario(request.match_info["name"]).off()
        return self._answer()

    def _scenario(self, name: str) -> Scenario:
        scenarios = self._driver.centre.scenarios
        if name not in scenarios:
            raise web.HTTPNotFound(text=f"unknown scenario {name!r}; scenarios: {', '.join(scenarios)}\n")
        return scenarios[ScenarioName(name)]

    def _answer(self) -> web.Response:
        scenarios = self._driver.centre.scenarios.values()
        return web.json_response(
            {scenario.name: {"active": scenario.active, "meaning": scenario.meaning} for scenario in scenarios}
        )


class _Outage:
    """Fails vendors' APIs while the scenario is active: requests get 503, every fourth after a hang."""

    def __init__(self, scenario: Scenario, clock: Clock) -> None:
        self._scenario = scenario
        self._clock = clock
        self._requests = 0

    @web.middleware
    async def intercept(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Fail a request to a vendor's API while the scenario is active."""
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
