"""Many, slow or silent clients, over raw sockets: they are rejected or disconnected, and occupy no memory."""

import asyncio
import socket
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable

import aiohttp
import pytest

from exporter.web.scrape_limit import blocks
from exporter.web.server import Server, build_application
from tests.support.web_standin import Now, StandIn

PAGE = 48 * 2**20
REQUEST = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture
def exporter() -> StandIn:
    return StandIn({"north": b"x" * PAGE})


@pytest.fixture
async def start(exporter: StandIn) -> AsyncIterator[Callable[..., Awaitable[int]]]:
    servers = []

    async def serve(*, most: int = 0, response_seconds: float = 30.0, idle_seconds: float = 30.0) -> int:
        application = build_application(exporter, Now(), max_requests=most, response_seconds=response_seconds)
        servers.append(Server(application, idle_seconds=idle_seconds))
        return await servers[-1].start("127.0.0.1", 0)

    yield serve
    for server in servers:
        await server.stop()


async def non_reading(port: int) -> socket.socket:
    """Return a connection that requests metrics and never reads, with the smallest possible receive buffer."""
    loop = asyncio.get_running_loop()
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.setblocking(False)  # noqa: FBT003 - the library's signature
    await loop.sock_connect(client, ("127.0.0.1", port))
    await loop.sock_sendall(client, REQUEST)
    return client


async def scrape(port: int) -> tuple[int, str]:
    url = f"http://127.0.0.1:{port}/metrics"
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return response.status, await response.text()


async def until_scrapes_are(port: int, status: int) -> str:
    """Wait until scrapes are answered with the status; return the response text."""
    async with asyncio.timeout(20):
        while True:
            found, text = await scrape(port)
            if found == status:
                return text
            await asyncio.sleep(0.02)


async def read_to_end(client: socket.socket) -> bytes:
    """Return the data a connection receives until it is closed."""
    received = b""
    with client:
        async with asyncio.timeout(20):
            while True:
                try:
                    part = await asyncio.get_running_loop().sock_recv(client, 1 << 20)
                except ConnectionResetError:
                    return received
                if not part:
                    return received
                received += part


async def test_scrapes_beyond_the_limit_are_rejected_until_one_ends(
    exporter: StandIn, start: Callable[..., Awaitable[int]]
) -> None:
    port = await start(most=2)
    first, second = await non_reading(port), await non_reading(port)
    text = await until_scrapes_are(port, 503)
    assert text == "too many concurrent scrapes (limit 2, --web.max-requests)\n"
    async with aiohttp.ClientSession() as session:
        for path in ("/-/healthy", "/-/ready", "/", "/sd"):
            async with session.get(f"http://127.0.0.1:{port}{path}") as response:
                assert response.status == 200
    first.close()
    exporter.pages = {"north": b"north 1\n"}
    assert await until_scrapes_are(port, 200) == "# TEXT\nnorth 1\n"
    second.close()


async def test_failed_scrapes_do_not_count_towards_the_limit(start: Callable[..., Awaitable[int]]) -> None:
    port = await start(most=1)
    url = f"http://127.0.0.1:{port}/metrics?target=west"
    async with aiohttp.ClientSession() as session:
        for _ in range(5):
            async with session.get(url) as response:
                assert response.status == 404
    assert (await scrape(port))[0] == 200


async def test_zero_disables_the_limit(start: Callable[..., Awaitable[int]]) -> None:
    port = await start(most=0)
    clients = [await non_reading(port) for _ in range(50)]
    assert (await scrape(port))[0] == 200
    for client in clients:
        client.close()


async def test_a_client_that_never_reads_is_disconnected_and_frees_its_slot(
    start: Callable[..., Awaitable[int]],
) -> None:
    port = await start(most=1, response_seconds=0.5)
    client = await non_reading(port)
    await until_scrapes_are(port, 503)
    await until_scrapes_are(port, 200)
    assert len(await read_to_end(client)) < PAGE


async def test_a_client_that_reads_slowly_is_disconnected(start: Callable[..., Awaitable[int]]) -> None:
    port = await start(response_seconds=0.5)
    client = await non_reading(port)
    received = 0
    async with asyncio.timeout(20):
        while True:
            try:
                part = await asyncio.get_running_loop().sock_recv(client, 1 << 15)
            except ConnectionResetError:
                break
            if not part:
                break
            received += len(part)
            await asyncio.sleep(0.01)
    client.close()
    assert received < PAGE


async def test_clients_that_never_read_share_the_memory_of_a_page(
    exporter: StandIn, start: Callable[..., Awaitable[int]]
) -> None:
    exporter.pages = {f"{index}": b"x" * (PAGE // 20_000) for index in range(20_000)}
    port = await start(most=20)
    tracemalloc.start()
    clients = [await non_reading(port) for _ in range(20)]
    await until_scrapes_are(port, 503)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    for client in clients:
        client.close()
    assert held < PAGE / 2


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"GET /met", id="half a line"),
        pytest.param(b"GET /metrics HTTP/1.1\r\nHost: x\r\nX-", id="half the headers"),
    ],
)
async def test_an_incomplete_request_times_out(sent: bytes, start: Callable[..., Awaitable[int]]) -> None:
    port = await start(idle_seconds=0.5)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    async with asyncio.timeout(20):
        assert await reader.read() == b""
    writer.close()
    await writer.wait_closed()


async def test_slowly_sent_headers_time_out(start: Callable[..., Awaitable[int]]) -> None:
    port = await start(idle_seconds=0.5)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /metrics HTTP/1.1\r\n")
    response = asyncio.create_task(reader.read())
    async with asyncio.timeout(20):
        while not response.done():
            writer.write(b"X-Drip: 1\r\n")
            await asyncio.sleep(0.1)
    assert b"200" not in await response
    writer.close()


async def test_an_incomplete_body_times_out(exporter: StandIn, start: Callable[..., Awaitable[int]]) -> None:
    exporter.pages = {"north": b"north 1\n"}
    port = await start()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nx")
    async with asyncio.timeout(20):
        assert (await reader.read()).endswith(b"\r\n\r\n# TEXT\nnorth 1\n")
    writer.close()
    await writer.wait_closed()


async def test_too_many_headers_are_rejected(start: Callable[..., Awaitable[int]]) -> None:
    port = await start()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /metrics HTTP/1.1\r\n" + b"X-Many: 1\r\n" * 1000)
    async with asyncio.timeout(20):
        assert (await reader.read()).startswith(b"HTTP/1.0 400 ")
    writer.close()


async def test_a_connection_serves_one_scrape_after_another(
    exporter: StandIn, start: Callable[..., Awaitable[int]]
) -> None:
    exporter.pages = {"north": b"north 1\n"}
    port = await start(most=1)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(3):
        writer.write(REQUEST)
        assert (await reader.readuntil(b"north 1\n")).startswith(b"HTTP/1.1 200 OK")
    writer.close()
    await writer.wait_closed()


@pytest.mark.parametrize(
    "sizes", [[], [0], [1, 2, 3], [65_536], [65_535, 1, 7], [200_000, 5, 5, 70_000], [10] * 20_000]
)
def test_blocks_are_bounded_and_complete(sizes: list[int]) -> None:
    pieces = [bytes([index % 251]) * size for index, size in enumerate(sizes)]
    found = [bytes(block) for block in blocks(pieces)]
    assert b"".join(found) == b"".join(pieces)
    assert all(len(block) < 2 * 65_536 for block in found)
    assert len(found) <= 2 + 2 * sum(sizes) // 65_536
