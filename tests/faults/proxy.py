"""A proxy between an exporter and a vendor that injects faults."""

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
    """A request or a response.

    Attributes:
        start: Its first line.
        headers: Its headers with names in lower case, in order, repeated ones included.
        body: Its body.
    """

    start: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes = b""

    def header(self, name: bytes) -> bytes:
        """Return a header's value, b"" if it is absent."""
        return next((value for key, value in self.headers if key == name), b"")

    @property
    def credentials(self) -> bytes:
        """The credentials of a request."""
        return b"".join(self.header(name) for name in _CREDENTIALS)

    @property
    def target(self) -> str:
        """The path and query of a request."""
        _, target, _ = self.start.split(b" ", 2)
        return target.decode()

    @property
    def signs_in(self) -> bool:
        """Whether a request is a sign-in."""
        of_asterisk = self.start.startswith(b"POST ") and self.target.endswith("/rawman")
        return of_asterisk or any(word in self.target for word in ("token", "auth", "login"))

    def encoded(self) -> bytes:
        """Return its bytes on the wire."""
        lines = (self.start, *(name + b": " + value for name, value in self.headers))
        return b"\r\n".join(lines) + _HEAD_END + self.body


async def read_message(reader: asyncio.StreamReader, *, to_the_end: bool) -> Message:
    """Read a message whose body ends by its length or at the end of the connection.

    Raises:
        asyncio.IncompleteReadError: The connection ends before the message does.
    """
    start, *lines = (await reader.readuntil(_HEAD_END)).removesuffix(_HEAD_END).split(b"\r\n")
    pairs = (line.partition(b":") for line in lines)
    message = Message(start, tuple((name.lower(), value.strip()) for name, _, value in pairs))
    length = int(message.header(b"content-length") or 0)
    body = await (reader.read() if to_the_end else reader.readexactly(length))
    return Message(message.start, message.headers, body)


@dataclass
class Exchange:
    """One request and the ways to respond to it.

    Attributes:
        request: The request.
        proxy: The proxy that received it.
    """

    request: Message
    proxy: "Proxy"
    _writer: asyncio.StreamWriter
    _over: asyncio.Event
    _date: bytes = b""

    async def good(self) -> Message:
        """Return the vendor's response; an altered one has the same date."""
        response = await self.proxy.forward(self.request)
        self._date = response.header(b"date")
        return response

    async def send(self, *parts: bytes) -> None:
        """Send raw bytes."""
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
        """Send a response; `length` overrides the length of its body."""
        size = len(body) if length is None else length
        fields = {"Content-Type": "application/json", "Content-Length": str(size), **(headers or {})}
        if self._date:
            fields["Date"] = self._date.decode()
        lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        await self.send(f"HTTP/1.1 {status} X\r\n{lines}Connection: close\r\n\r\n".encode() + body)

    @property
    def over(self) -> bool:
        """Whether the fault has ended."""
        return self._over.is_set()

    async def hang(self) -> None:
        """Send nothing until the fault ends."""
        await self._over.wait()

    def reset(self) -> None:
        """Reset the connection (TCP RST)."""
        connection: socket.socket = self._writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self._writer.transport.abort()


Responder = Callable[[Exchange], Awaitable[None]]


async def _forward(exchange: Exchange) -> None:
    await exchange.send((await exchange.good()).encoded())


@dataclass
class Proxy:
    """A proxy before one vendor's API, for one target.

    Attributes:
        host: Its host name.
        upstream: The port of the vendor's API on this machine.
        prefix: Prefix of every path of the vendor's API.
        port: Its own port, once it runs.
        tls: The TLS context it serves with; None for plain HTTP.
        respond: Responds to each request; forwards it to the vendor by default.
        over: Set when the fault ends.
        requests: Number of requests since this was last reset to 0.
        credentials: The credentials of all requests so far.
        expired: Credentials that are refused.
        answered: First lines of requests that a fault has answered.
    """

    host: str
    upstream: int
    prefix: str
    port: int = 0
    tls: ssl.SSLContext | None = None
    respond: Responder = _forward
    over: asyncio.Event = field(default_factory=asyncio.Event)
    requests: int = 0
    credentials: set[bytes] = field(default_factory=set)
    expired: set[bytes] = field(default_factory=set)
    answered: set[bytes] = field(default_factory=set)
    _server: asyncio.Server | None = None
    _placeholder: socket.socket | None = None
    _connections: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def vendor(self) -> str:
        """The vendor's name."""
        return self.prefix.removeprefix("/")

    @property
    def url(self) -> str:
        """Its URL for a target."""
        return f"{'https' if self.tls else 'http'}://{self.host}:{self.port}"

    async def start(self) -> Self:
        """Start listening."""
        if self._placeholder is not None:
            self._placeholder.close()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def stop(self) -> None:
        """Stop listening and reserve the port."""
        assert self._server is not None
        self._server.close()
        self._placeholder = socket.socket()
        self._placeholder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._placeholder.bind(("127.0.0.1", self.port))

    async def end(self) -> None:
        """Stop listening and release the port."""
        self.restore()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await self.stop()
        assert self._placeholder is not None
        self._placeholder.close()

    def restore(self) -> None:
        """End the fault and forward requests again."""
        self.respond = _forward
        self.over.set()
        self.over = asyncio.Event()

    async def forward(self, request: Message) -> Message:
        """Send a request to the vendor and return its response."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.upstream)
        method, path, version = request.start.split(b" ", 2)
        kept = [(name, value) for name, value in request.headers if name not in {b"connection", b"accept-encoding"}]
        start = b" ".join((method, self.prefix.encode() + path, version))
        scheme = b"https" if self.tls else b"http"
        kept += [(b"x-forwarded-proto", scheme), (b"connection", b"close")]
        writer.write(Message(start, tuple(kept), request.body).encoded())
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
            self.requests += 1
            await self.respond(Exchange(request, self, writer, self.over))
            self.credentials |= {request.credentials} - {b""}
        except (asyncio.IncompleteReadError, OSError):
            pass  # the client closed the connection, as it does after a timeout
        finally:
            self._connections.discard(task)
            writer.close()
