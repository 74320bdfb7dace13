"""A proxy between an exporter and a vendor that lets go wrong what can."""

import asyncio
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Self

_HEAD_END = b"\r\n\r\n"
_RESET = struct.pack("ii", 1, 0)
_CREDENTIALS = (b"authorization", b"cookie")


@dataclass(frozen=True)
class Message:
    """A request or an answer.

    Attributes:
        start: Its first line.
        headers: Its headers, by name in lower case; of several of one name all, one after another.
        body: Its body.
    """

    start: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes = b""

    def header(self, name: bytes) -> bytes:
        """Return a header's value, b"" where there is none."""
        return next((value for key, value in self.headers if key == name), b"")

    @property
    def credentials(self) -> bytes:
        """What a request proves who it is by."""
        return b"".join(self.header(name) for name in _CREDENTIALS)

    @property
    def signs_in(self) -> bool:
        """Whether a request wants to sign in."""
        _, path, _ = self.start.split(b" ", 2)
        return any(word in path for word in (b"token", b"auth", b"login"))

    def encoded(self) -> bytes:
        """Return it as it is sent."""
        lines = (self.start, *(name + b": " + value for name, value in self.headers))
        return b"\r\n".join(lines) + _HEAD_END + self.body


async def read_message(reader: asyncio.StreamReader, *, to_the_end: bool) -> Message:
    """Read a message; its body goes by its length, or to the end of the connection.

    Raises:
        asyncio.IncompleteReadError: There is none.
    """
    start, *lines = (await reader.readuntil(_HEAD_END)).removesuffix(_HEAD_END).split(b"\r\n")
    pairs = (line.partition(b":") for line in lines)
    message = Message(start, tuple((name.lower(), value.strip()) for name, _, value in pairs))
    length = int(message.header(b"content-length") or 0)
    body = await (reader.read() if to_the_end else reader.readexactly(length))
    return Message(message.start, message.headers, body)


@dataclass
class Exchange:
    """One request, and what may be answered.

    Attributes:
        request: What was asked.
        proxy: Who was asked.
    """

    request: Message
    proxy: "Proxy"
    _writer: asyncio.StreamWriter
    _over: asyncio.Event

    async def good(self) -> Message:
        """Return what the vendor answers."""
        return await self.proxy.forward(self.request)

    async def say(self, *parts: bytes) -> None:
        """Send bytes as they are."""
        for part in parts:
            self._writer.write(part)
            await self._writer.drain()

    async def answer(
        self,
        body: bytes = b"",
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        *,
        length: int | None = None,
    ) -> None:
        """Send an answer, with another length than its body has where one is given."""
        size = len(body) if length is None else length
        given = {"Content-Type": "application/json", "Content-Length": str(size), **(headers or {})}
        lines = "".join(f"{name}: {value}\r\n" for name, value in given.items())
        await self.say(f"HTTP/1.1 {status} X\r\n{lines}Connection: close\r\n\r\n".encode() + body)

    @property
    def over(self) -> bool:
        """Whether the fault is."""
        return self._over.is_set()

    async def hang(self) -> None:
        """Say nothing more until the fault ends."""
        await self._over.wait()

    def reset(self) -> None:
        """Cut the connection as a machine that falls over does."""
        connection: socket.socket = self._writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self._writer.transport.abort()


Strike = Callable[[Exchange], Awaitable[None]]


async def _pass_on(exchange: Exchange) -> None:
    await exchange.say((await exchange.good()).encoded())


@dataclass
class Proxy:
    """What stands before one vendor's API, for one target.

    Attributes:
        host: The name it is asked for by.
        upstream: The port of the vendor's API on this machine.
        prefix: What comes before every path there.
        port: Its own port, once it runs.
        tls: What it serves TLS with, None for plain HTTP.
        strike: What it answers instead of the vendor.
        over: Set when what goes wrong is over.
        asked_since: The requests that reached it since it was last set.
        credentials: What requests have proved who they are by.
        expired: What no longer proves it.
    """

    host: str
    upstream: int
    prefix: str
    port: int = 0
    tls: ssl.SSLContext | None = None
    strike: Strike = _pass_on
    over: asyncio.Event = field(default_factory=asyncio.Event)
    asked_since: int = 0
    credentials: set[bytes] = field(default_factory=set)
    expired: set[bytes] = field(default_factory=set)
    _server: asyncio.Server | None = None
    _placeholder: socket.socket | None = None
    _connections: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        """Where a target finds it."""
        return f"{'https' if self.tls else 'http'}://{self.host}:{self.port}"

    async def start(self) -> Self:
        """Listen."""
        if self._placeholder is not None:
            self._placeholder.close()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def stop(self) -> None:
        """Listen no more, and keep the port."""
        assert self._server is not None
        self._server.close()
        self._placeholder = socket.socket()
        self._placeholder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._placeholder.bind(("127.0.0.1", self.port))

    async def end(self) -> None:
        """Listen no more, for good."""
        self.mend()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await self.stop()
        assert self._placeholder is not None
        self._placeholder.close()

    def mend(self) -> None:
        """Pass everything on from now on."""
        self.strike = _pass_on
        self.over.set()
        self.over = asyncio.Event()

    async def forward(self, request: Message) -> Message:
        """Ask the vendor."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.upstream)
        method, path, version = request.start.split(b" ", 2)
        kept = [(name, value) for name, value in request.headers if name not in {b"connection", b"accept-encoding"}]
        start = b" ".join((method, self.prefix.encode() + path, version))
        writer.write(Message(start, (*kept, (b"connection", b"close")), request.body).encoded())
        try:
            return await read_message(reader, to_the_end=True)
        finally:
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            request = await read_message(reader, to_the_end=False)
            self.asked_since += 1
            await self.strike(Exchange(request, self, writer, self.over))
            self.credentials |= {request.credentials} - {b""}
        except (asyncio.IncompleteReadError, OSError):
            pass  # the client has hung up, as clients do that lose patience
        finally:
            self._connections.discard(task)
            writer.close()
