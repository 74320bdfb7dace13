"""Listen on the same port for every address family, also if the system chooses the port."""

import asyncio
import errno
from collections.abc import Callable
from functools import partial
from ssl import SSLContext

# A port that is free for IPv6 but not for IPv4 is rare; after this many in a row the machine has no free ports.
_ATTEMPTS = 16


async def listen(
    protocol: Callable[[], asyncio.BaseProtocol],
    host: str | None,
    port: int,
    tls: SSLContext | None = None,
    handshake_seconds: float | None = None,
) -> asyncio.Server:
    """Return a server that listens on the port at every address of the host.

    For port 0, asyncio picks a different free port per address, so one URL would not reach all of them.

    Args:
        protocol: Creates the protocol of a connection.
        host: Name or address to listen on, None for all addresses.
        port: TCP port, 0 for any port that is free at every address.
        tls: The TLS context; None for plain TCP.
        handshake_seconds: Timeout of the TLS handshake; None without TLS.

    Raises:
        OSError: Cannot listen on the address.
    """
    create = partial(
        asyncio.get_running_loop().create_server, protocol, host, ssl=tls, ssl_handshake_timeout=handshake_seconds
    )
    if port:
        return await create(port=port)
    for _ in range(_ATTEMPTS):
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
    """Return the port a server listens on."""
    port: int = server.sockets[0].getsockname()[1]
    return port
