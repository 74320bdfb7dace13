"""Listening: the same port for every address family."""

import asyncio
import errno
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from exporter.runtime.sockets import listen, port_of


class Greeting(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(b"hello")
        transport.close()


@asynccontextmanager
async def listening(host: str | None, port: int = 0) -> AsyncIterator[asyncio.Server]:
    server = await listen(Greeting, host, port)
    try:
        yield server
    finally:
        server.close()


async def greeting(host: str, port: int) -> bytes:
    reader, writer = await asyncio.open_connection(host, port)
    received = await reader.read()
    writer.close()
    return received


async def test_every_address_listens_on_the_returned_port() -> None:
    async with listening(None) as server:
        assert {address.getsockname()[1] for address in server.sockets} == {port_of(server)}
        hosts = {"127.0.0.1" if address.family is socket.AF_INET else "::1" for address in server.sockets}
        assert {host: await greeting(host, port_of(server)) for host in hosts} == dict.fromkeys(hosts, b"hello")


async def test_a_requested_port_is_used() -> None:
    async with listening("127.0.0.1") as first:
        port = port_of(first)
    async with listening("127.0.0.1", port) as server:
        assert port_of(server) == port


async def test_a_port_in_use_is_an_error() -> None:
    async with listening("127.0.0.1") as first:
        with pytest.raises(OSError, match="address already in use") as raised:
            await listen(Greeting, "127.0.0.1", port_of(first))
    assert raised.value.errno == errno.EADDRINUSE


class StubServer(asyncio.Server):
    """A server with the given port per address."""

    def __init__(self, *ports: int) -> None:
        self._ports = ports
        self.closed = False

    @property
    def sockets(self) -> tuple[socket.socket, ...]:
        return tuple(StubSocket(port) for port in self._ports)

    def close(self) -> None:
        self.closed = True


class StubSocket(socket.socket):
    """A socket that reports the given port."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self.close()
        self._port = port

    def getsockname(self) -> tuple[str, int]:
        return ("", self._port)


async def test_no_port_free_at_every_address_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    async def create(*_arguments: object, port: int, **_others: object) -> asyncio.Server:
        if port:
            raise OSError(errno.EADDRINUSE, "address already in use")
        return StubServer(1001, 2001)

    monkeypatch.setattr(asyncio.get_running_loop(), "create_server", create)
    with pytest.raises(OSError, match="no port is free at every address"):
        await listen(Greeting, None, 0)


async def test_a_port_in_use_at_one_address_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    differing = [StubServer(1001, 2001), StubServer(1002, 2002)]
    requested: list[int] = []

    async def create(*_arguments: object, port: int, **_others: object) -> asyncio.Server:
        requested.append(port)
        if port == 1001:
            raise OSError(errno.EADDRINUSE, "address already in use")
        return differing[requested.count(0) - 1] if port == 0 else StubServer(port, port)

    monkeypatch.setattr(asyncio.get_running_loop(), "create_server", create)
    server = await listen(Greeting, None, 0)
    assert (requested, port_of(server)) == ([0, 1001, 0, 1002], 1002)
    assert [each.closed for each in differing] == [True, True]
