"""Sessions ended by the vendor are counted, at every vendor with sessions or tokens; expired tokens are not."""

import asyncio

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from aiohttp.typedefs import Handler

from exporter.metrics.pages import Exposition
from exporter.polling.collector import Collector
from exporter.simulator.default import working_day
from exporter.simulator.dialects import Dialect, every_dialect
from exporter.simulator.driver import Driver
from exporter.vendors.base import load_vendor
from tests.support.exposition import no_process
from tests.support.timeloop import LoopClock, TimeLoop, run

SIGN_IN = {"sinch": {"auth": "ecfauth"}}
VENDORS = {dialect.name: dialect for dialect in every_dialect() if dialect.name != "axialys"}  # which has no session

pytestmark = pytest.mark.slow


async def _renewals(loop: TimeLoop, dialect: Dialect, ended_at: list[float]) -> int:
    """Return the counted renewals of two minutes, in which the vendor ends the session at these times."""
    clock, due = LoopClock(loop), list(ended_at)

    @web.middleware
    async def end_sessions(request: web.Request, handler: Handler) -> web.StreamResponse:
        signed_in = "Cookie" in request.headers or request.headers.get("Authorization", "").startswith("Bearer")
        if signed_in and due and clock.monotonic() >= due[0]:
            due.pop(0)
            return web.Response(status=401)
        return await handler(request)

    app = dialect.application(Driver(working_day(), clock))
    app.middlewares.append(end_sessions)
    async with TestServer(app) as server:
        settings = {**dialect.target(str(server.make_url("")).rstrip("/")), **SIGN_IN.get(dialect.name, {})}
        vendor = load_vendor(dialect.name)
        target = vendor.settings.model_validate({"vendor": dialect.name, "poll": {"interval": "5s"}, **settings})
        collector = Collector([target], Exposition(no_process), clock)
        await collector.start()
        await asyncio.sleep(120)
        [health] = collector.health
        await collector.stop()
    assert not due
    return health.session_renewals


@pytest.mark.parametrize("name", VENDORS)
def test_a_session_that_the_vendor_ends_counts_a_renewal(name: str) -> None:
    assert run(lambda loop: _renewals(loop, VENDORS[name], [20.0, 60.0, 80.0])) == 3


@pytest.mark.parametrize("name", VENDORS)
def test_an_undisturbed_session_counts_none(name: str) -> None:
    assert run(lambda loop: _renewals(loop, VENDORS[name], [])) == 0
