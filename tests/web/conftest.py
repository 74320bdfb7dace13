"""Fixtures that serve the routes over HTTP with a stub exporter."""

from collections.abc import AsyncIterator

import pytest
from aiohttp.test_utils import TestClient, TestServer

from exporter.web.server import build_application
from tests.support.web_standin import Client, Now, StandIn


@pytest.fixture
def exporter() -> StandIn:
    return StandIn()


@pytest.fixture
async def client(exporter: StandIn) -> AsyncIterator[Client]:
    server = TestServer(build_application(exporter, Now()))
    async with TestClient(server, auto_decompress=False) as client:
        yield client
