"""Fixtures: a served centre with a manual clock."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from exporter.simulator import Driver, Server, start, working_day
from exporter.simulator.dialects.kpn import Kpn, KpnSettings
from tests.support.simulation import ManualClock


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def driver(clock: ManualClock) -> Driver:
    return Driver(working_day(), clock)


@pytest.fixture
def kpn() -> Kpn:
    return Kpn(KpnSettings(token_lifetime=600, quota=5))


@pytest.fixture
async def server(driver: Driver, kpn: Kpn) -> AsyncIterator[Server]:
    running = await start("127.0.0.1", 0, driver, [kpn])
    yield running
    await running.stop()


@pytest.fixture
async def client(server: Server) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(server.url) as session:
        yield session
