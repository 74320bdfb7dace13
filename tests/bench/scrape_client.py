"""An HTTP client that reads responses as fast as possible and does not parse them."""

import socket
import time
from collections.abc import Mapping
from typing import NamedTuple, Self

_BUFFER = 1 << 20


class Reading(NamedTuple):
    """The measurement of one response.

    Attributes:
        seconds: Time from the request to the last byte.
        size: Size of the body in bytes.
    """

    seconds: float
    size: int


class Connection:
    """A connection that is reopened when the server closes it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None
        self._buffer = bytearray(_BUFFER)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def get(self, path: str, headers: Mapping[str, str]) -> Reading:
        """Send a GET and return its duration and size."""
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n".encode()
        began = time.perf_counter()
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self._port))
        self._socket.sendall(request)
        head, size = self._head()
        while (rest := _length(head, size) - size) > 0 and (read := self._socket.recv_into(self._buffer)):
            size += min(read, rest)
        reading = Reading(time.perf_counter() - began, size)
        if b"content-length" not in head.lower() or head.startswith(b"HTTP/1.0"):
            self.close()
        if b" 200 " not in head.partition(b"\r\n")[0]:
            raise ConnectionError(head.decode())
        return reading

    def close(self) -> None:
        """Close the connection."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _head(self) -> tuple[bytes, int]:
        assert self._socket is not None
        head = b""
        while b"\r\n\r\n" not in head:
            read = self._socket.recv(4096)
            if not read:
                raise ConnectionError(f"connection closed in the response head: {head!r}")
            head += read
        head, _, body = head.partition(b"\r\n\r\n")
        return head, len(body)


def _length(head: bytes, size: int) -> int:
    """Return the length of a body; without Content-Length, always more than was read."""
    for line in head.lower().split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name == b"content-length":
            return int(value)
    return size + _BUFFER
