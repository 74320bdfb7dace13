"""Malicious clients, over raw sockets: the next scrape is always answered."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import aiohttp
import pytest

from exporter.web.access import AccessMiddleware
from exporter.web.server import Server, build_application
from tests.support.clock import ManualClock
from tests.support.web_secured import Authority
from tests.support.web_standin import Now, StandIn

REQUEST = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"
MOST = 40
MANY = 5 * MOST

Start = Callable[..., Awaitable[int]]
Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture
def exporter() -> StandIn:
    return StandIn({"north": b"north 1\n"})


@pytest.fixture
async def start(exporter: StandIn) -> AsyncIterator[Start]:
    servers = []

    async def serve(file: Path | None = None) -> int:
        application = build_application(exporter, Now())
        access = None if file is None else AccessMiddleware(file, ManualClock())
        servers.append(Server(application, access.tls if access else None, most_connections=MOST))
        return await servers[-1].start("127.0.0.1", 0)

    yield serve
    for server in servers:
        await server.stop()


async def connect(port: int, sent: bytes = b"") -> Connection:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    await writer.drain()
    return reader, writer


async def is_open(connection: Connection) -> bool:
    with suppress(TimeoutError, ConnectionError):
        async with asyncio.timeout(0.01):
            return bool(await connection[0].read(1))
        return False
    return not connection[0].at_eof() and connection[0].exception() is None


async def close(*connections: Connection) -> None:
    for _, writer in connections:
        writer.transport.abort()


async def scrape(port: int) -> bytes:
    reader, writer = await connect(port, REQUEST)
    try:
        async with asyncio.timeout(20):
            return await reader.readuntil(b"north 1\n")
    finally:
        writer.transport.abort()


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"GET /metrics HTTP/1.1\r\nX-Slow: ", id="half the headers"),
        pytest.param(b"POST /-/reload HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n", id="half a body"),
        pytest.param(REQUEST, id="a request and then nothing"),
    ],
)
async def test_a_flood_of_connections_closes_itself_and_locks_no_scraper_out(start: Start, sent: bytes) -> None:
    port = await start()
    flood = [await connect(port, sent) for _ in range(MANY)]
    assert (await scrape(port)).startswith(b"HTTP/1.1 200 OK")
    for connection in flood if sent == REQUEST else ():
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            await connection[0].readuntil(b"north 1\n")
    remaining = [await is_open(each) for each in flood]
    assert sum(remaining) <= MOST
    assert not any(remaining[: MANY - 2 * MOST])
    await close(*flood)


async def test_a_flood_does_not_close_an_active_connection(exporter: StandIn, start: Start) -> None:
    exporter.pages = {"north": b"x" * 2**24 + b"north 1\n"}
    port = await start()
    reading = await connect(port, REQUEST)
    await reading[0].readuntil(b"\r\n\r\n")
    flood = [await connect(port) for _ in range(MANY)]
    reading[0]._limit = 2**25  # type: ignore[attr-defined] # noqa: SLF001 - to read up to a separator
    async with asyncio.timeout(20):
        assert (await reading[0].readuntil(b"north 1\n")).startswith(b"# TEXT\nx")
    await close(reading, *flood)


async def test_a_connection_is_rejected_while_all_others_are_active(exporter: StandIn, start: Start) -> None:
    exporter.pages = {"north": b"x" * 2**24 + b"north 1\n"}
    port = await start()
    reading = [await connect(port, REQUEST) for _ in range(MOST)]
    for reader, _ in reading:
        await reader.readuntil(b"\r\n\r\n")
    with pytest.raises(aiohttp.ClientError):
        async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/-/healthy"):
            pass
    await close(*reading)
    exporter.pages = {"north": b"north 1\n"}
    async with asyncio.timeout(20):
        while True:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                assert (await scrape(port)).startswith(b"HTTP/1.1 200 OK")
                return
            await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("/metrics/../metrics", 404),
        ("/./metrics", 404),
        ("//metrics", 404),
        ("/%2e%2e/%2e%2e/etc/passwd", 404),
        ("/..%2f..%2fetc/passwd", 404),
        ("/metrics%00", 404),
        ("/METRICS", 404),
        ("/metrics;a=b", 404),
        ("/-/reload", 405),
        ("/metrics?target=" + "x" * 4000, 404),
        ("/metrics?" + "target=north&" * 500, 200),
        ("/metrics?" + "x" * 100_000, 400),
        ("/" + "x" * 100_000, 400),
        ("\\..\\..\\metrics", 400),
        ("http://127.0.0.1:1/metrics", 200),
        ("*", 400),
    ],
)
async def test_no_path_leads_outside_the_routes(start: Start, target: str, status: int) -> None:
    port = await start()
    reader, writer = await connect(port, f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    async with asyncio.timeout(20):
        response = await reader.read()
    assert int(response.split(b" ")[1]) == status
    assert b"root:" not in response
    writer.close()
    assert (await scrape(port)).startswith(b"HTTP/1.1 200 OK")


@pytest.mark.parametrize(
    "header", [b"X: " + b"y" * 100_000, b"\r\n".join([b"X: y"] * 1000), b"X" * 100_000 + b": y", b"no header", b": y"]
)
async def test_oversized_or_malformed_headers_are_rejected(start: Start, header: bytes) -> None:
    port = await start()
    reader, writer = await connect(port, b"GET /metrics HTTP/1.1\r\nHost: x\r\n" + header + b"\r\n\r\n")
    async with asyncio.timeout(20):
        assert b" 400 " in (await reader.read()).split(b"\r\n")[0]
    writer.close()
    assert (await scrape(port)).startswith(b"HTTP/1.1 200 OK")


async def test_pipelined_requests_are_answered_in_order(start: Start) -> None:
    port = await start()
    reader, writer = await connect(port, REQUEST * 300)
    async with asyncio.timeout(20):
        for _ in range(300):
            assert (await reader.readuntil(b"north 1\n")).startswith(b"HTTP/1.1 200 OK")
    writer.close()


async def test_malformed_tls_handshakes_lock_no_client_out(
    start: Start, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    authority = Authority(tmp_path)
    port = await start(authority.tls())
    handshakes = (
        b"",
        b"\x16\x03\x01",
        b"\x16\x03\x01\xff\xff" + os.urandom(500),
        REQUEST,
        os.urandom(300),
        b"\x80\x2e\x01",
    )
    with caplog.at_level(logging.WARNING):
        flood = [await connect(port, handshakes[number % len(handshakes)]) for number in range(MANY)]
        async with aiohttp.ClientSession() as session:
            url = f"https://127.0.0.1:{port}/metrics"
            async with session.get(url, ssl=authority.client()) as response:
                assert (response.status, await response.text()) == (200, "# TEXT\nnorth 1\n")
    assert not caplog.records
    await close(*flood)
