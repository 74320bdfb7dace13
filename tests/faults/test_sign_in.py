"""Credentials that every vendor refuses from the start: few attempts, for no account may be locked."""

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack

import pytest

from exporter.metrics.pages import Exposition
from exporter.polling.collector import Collector
from exporter.simulator import http_server
from exporter.simulator.dialects import every_dialect
from exporter.simulator.driver import Driver
from exporter.vendors.base import load_vendor
from tests.faults.matrix import FEW, VENDORS, centre
from tests.faults.proxy import Exchange, Proxy
from tests.support.exposition import no_process
from tests.support.timeloop import LoopClock, TimeLoop, run

# Lockout policies allow five to ten refusals, and count them within some 15 minutes.
SECONDS = 92
# Availability is requested without credentials.
MORE: Mapping[str, Mapping[str, object]] = {
    "axialys": {"agents": {"detail": "name"}},
    "brightpattern": {"services": []},
}


# Axialys has no sign-in: 403 and 409 concern one request there.
@pytest.mark.parametrize(
    ("vendor", "status"),
    [(vendor, status) for vendor in VENDORS for status in (401, 403, 409) if status == 401 or vendor != "axialys"],
)
def test_refused_credentials_are_tried_three_times_in_a_minute_and_a_half(vendor: str, status: int) -> None:
    refusals, reasons, resources = run(lambda loop: _refused(loop, vendor, status))
    # With basic authentication a poll may need a second request besides the one that was refused.
    assert 3 <= refusals <= (4 if vendor == "axialys" else 3)
    assert reasons == [{"auth"}] * resources


async def _refused(loop: TimeLoop, vendor: str, status: int) -> tuple[int, list[set[str]], int]:
    clock, refusals = LoopClock(loop), 0

    async def refuse(exchange: Exchange) -> None:
        nonlocal refusals
        refusals += 1
        await exchange.answer(b"{}", status)

    dialect = next(each for each in every_dialect() if each.name == vendor)
    async with AsyncExitStack() as stack:
        upstream = await http_server.start("127.0.0.1", 0, Driver(centre(), clock, speed=0), [dialect])
        stack.push_async_callback(upstream.stop)
        proxy = await Proxy(f"{vendor}.vendors.test", upstream.port, f"/{vendor}").start()
        stack.push_async_callback(proxy.end)
        proxy.respond = refuse
        given = {**dialect.target(proxy.url), "name": vendor, "vendor": vendor, **FEW.get(vendor, {})}
        if vendor == "sinch" and status != 401:
            given["auth"] = "ecfauth"
        settings = load_vendor(vendor).settings.model_validate({**given, **MORE.get(vendor, {})})
        collector = Collector([settings], Exposition(no_process), clock)
        await collector.start()
        stack.push_async_callback(collector.stop)
        await asyncio.sleep(SECONDS)
        resources = collector.health[0].resources
        assert collector.ready
        assert not any(each.up for each in resources)
        return refusals, [{reason.value for reason in each.failures} for each in resources], len(resources)
