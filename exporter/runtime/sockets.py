"""Listening on one port for every address family, whichever port the system chooses."""

import asyncio
import errno
from collections.abc import Callable
from functools import partial
from ssl import SSLContext

# A port that is free for IPv6 and taken for IPv4 is rare; this many in a row is a machine without free ports.
_TRIES = 16


async def listen(
    protocol: Callable[[], asyncio.BaseProtocol],
    host: str | None,
    port: int,
    tls: SSLContext | None = None,
    handshake_seconds: float | None = None,
) -> asyncio.Server:
    """Return the server that listens on the port at every address of the host.

    Where any free port is asked for, asyncio takes another one for each address, and who is told of one of them cannot
    know the others.

    Args:
        protocol: Makes what answers a connection.
        host: Name or address to listen on, None for all.
        port: TCP port, 0 for any that is free at every address.
        tls: Serves TLS; None for plain TCP.
        handshake_seconds: How long TLS may take to begin; None without TLS.

    Raises:
        OSError: The address cannot be listened on.
    """
    create = partial(
        asyncio.get_running_loop().create_server, protocol, host, ssl=tls, ssl_handshake_timeout=handshake_seconds
    )
    if port:
        return await create(port=port)
    for _ in range(_TRIES):
        server = await create(port=0)
        free = port_of(server)
        if all(socket.getsockname()[1] == free for socket in server.sockets):
            return server
        server.close()
        try:
            return await create(port=free)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
    raise OSError(errno.EADDRINUSE, "no port is free at every address")


def port_of(server: asyncio.Server) -> int:
    """Return the port that a server listens on."""
    port: int = server.sockets[0].getsockname()[1]
    return port
