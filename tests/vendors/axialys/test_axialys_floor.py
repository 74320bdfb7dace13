"""At most one request for the operators every 30 seconds, whatever is configured, and across reloads."""

import asyncio
from collections.abc import AsyncIterator
from itertools import pairwise

import pytest
from aiohttp import web

from exporter.metrics.pages import Exposition
from exporter.polling.collector import Collector
from exporter.polling.health import ResourceHealth
from exporter.simulator import Driver, Server, start, working_day
from exporter.simulator.dialects.axialys import Axialys
from exporter.vendors.axialys.settings import AxialysSettings
from tests.support.clock import ManualClock
from tests.support.vendors.polls import serving

pytestmark = pytest.mark.slow


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def axialys() -> Axialys:
    return Axialys()


@pytest.fixture
async def server(clock: ManualClock, axialys: Axialys) -> AsyncIterator[Server]:
    running = await start("127.0.0.1", 0, Driver(working_day(), clock), [axialys])
    yield running
    await running.stop()


def target(url: str, name: str = "paris") -> AxialysSettings:
    given = {"name": name, "vendor": "axialys", "url": url, "poll": {"interval": "1s"}}
    return AxialysSettings.model_validate({**given, "username": "demo", "password": "demo"})


async def let_pass(clock: ManualClock, seconds: int) -> None:
    """Let seconds pass one by one, with a little real time for the network in each."""
    for _ in range(seconds):
        await clock.advance(1)
        await asyncio.sleep(0.01)


def operators(collector: Collector) -> ResourceHealth:
    return next(resource for resource in collector.health[0].resources if resource.name == "operators")


async def test_the_floor_holds_for_two_minutes_and_across_a_reload(
    clock: ManualClock, axialys: Axialys, server: Server
) -> None:
    polls = 0
    for seconds in (45, 75):  # in the middle the configuration is loaded again
        collector = Collector([target(f"{server.url}/axialys")], Exposition(lambda _form: b""), clock)
        await collector.start()
        await let_pass(clock, seconds)
        health = operators(collector)
        await collector.stop()
        assert health.interval == 30
        assert health.up
        assert not health.failures
        polls += health.polls

    assert clock.monotonic() == 120
    assert not axialys.audit
    assert all(later - earlier >= 30 for earlier, later in pairwise(axialys.asked))
    # Each poll is one request; the phase and the reload may cost one each.
    assert len(axialys.asked) == polls
    assert 3 <= polls <= 5


async def test_a_reload_within_the_floor_waits_for_the_rest_of_it(
    clock: ManualClock, axialys: Axialys, server: Server
) -> None:
    for seconds in (2, 2, 2, 40):
        collector = Collector([target(f"{server.url}/axialys")], Exposition(lambda _form: b""), clock)
        await collector.start()
        await let_pass(clock, seconds)
        health = operators(collector)
        await collector.stop()
        assert not health.failures
    assert len(axialys.asked) == 2
    assert not axialys.audit


async def test_two_targets_with_one_account_share_the_floor(
    clock: ManualClock, axialys: Axialys, server: Server
) -> None:
    both = [target(f"{server.url}/axialys", name) for name in ("paris", "lyon")]
    collector = Collector(both, Exposition(lambda _form: b""), clock)
    await collector.start()
    await let_pass(clock, 70)
    failures = [resource.failures for each in collector.health for resource in each.resources]
    await collector.stop()
    assert not axialys.audit
    assert 2 <= len(axialys.asked) <= 3
    assert not any(failures)


@pytest.mark.parametrize("status", [200, 401, 429, 503])
async def test_a_failing_vendor_is_not_requested_more_often(clock: ManualClock, status: int) -> None:
    asked: list[float] = []

    async def answer(request: web.Request) -> web.Response:
        if request.path == "/vm/operators_init":
            asked.append(clock.monotonic())
            return web.Response(status=status, text="<html>")
        return web.json_response([])

    async with serving(answer) as vendor:
        collector = Collector([target(str(vendor.make_url("")).rstrip("/"))], Exposition(lambda _form: b""), clock)
        await collector.start()
        await let_pass(clock, 70)
        failures = operators(collector).failures
        await collector.stop()
    assert 2 <= len(asked) <= 3
    assert all(later - earlier >= 30 for earlier, later in pairwise(asked))
    assert sum(failures.values()) == len(asked)
