"""The other routes, and starting and stopping the server."""

import aiohttp
import pytest

from exporter.web.server import Server, build_application
from tests.support.web_standin import Client, Now, StandIn


async def test_healthy(client: Client) -> None:
    async with client.get("/-/healthy") as response:
        assert (response.status, await response.text()) == (200, "healthy\n")


async def test_ready_once_every_target_has_been_polled(client: Client, exporter: StandIn) -> None:
    exporter.ready = False
    async with client.get("/-/ready") as response:
        assert (response.status, await response.text()) == (503, "not ready: not every target has been polled yet\n")
    exporter.ready = True
    async with client.get("/-/ready") as response:
        assert (response.status, await response.text()) == (200, "ready\n")


@pytest.mark.parametrize("path", ["/", "/-/healthy", "/-/ready"])
async def test_head(client: Client, path: str) -> None:
    async with client.head(path) as response:
        assert response.status == 200
        assert await response.read() == b""


@pytest.mark.parametrize("path", ["/metric", "/metrics/", "/-/", "/%00", "/../etc/passwd", "/favicon.ico"])
async def test_other_paths_are_not_found(client: Client, path: str) -> None:
    async with client.get(path) as response:
        assert response.status == 404


@pytest.mark.parametrize("path", ["/", "/metrics", "/-/healthy", "/-/ready"])
async def test_other_methods_are_not_allowed(client: Client, path: str) -> None:
    for method in ("POST", "PUT", "DELETE"):
        async with client.request(method, path) as response:
            assert response.status == 405


@pytest.mark.parametrize("path", ["/", "/metrics", "/absent"])
async def test_no_response_reveals_software_versions(client: Client, path: str) -> None:
    async with client.get(path) as response:
        assert "Server" not in response.headers


async def test_the_server_listens_on_a_free_port_until_stopped() -> None:
    server = Server(build_application(StandIn(), Now()))
    port = await server.start("127.0.0.1", 0)
    url = f"http://127.0.0.1:{port}/-/healthy"
    async with aiohttp.ClientSession() as session:
        async with session.get(url) as response:
            assert response.status == 200
        await server.stop()
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get(url)


async def test_a_port_in_use_is_an_error() -> None:
    first, second = (Server(build_application(StandIn(), Now())) for _ in range(2))
    port = await first.start("127.0.0.1", 0)
    with pytest.raises(OSError, match="address already in use"):
        await second.start("127.0.0.1", port)
    await second.stop()
    await first.stop()
