"""Serve the routes with a web configuration file, over real TLS with generated certificates."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import bcrypt
import trustme

from exporter.runtime.clock import Clock
from exporter.web.access import AccessMiddleware
from exporter.web.server import Server, build_application
from tests.support.clock import ManualClock
from tests.support.web_standin import Now, StandIn

PASSWORD = "correct horse"  # noqa: S105 - a test password
# Fixed, so that every test process generates the same test ids.
_SALT = "RK8tt/VSwPWn4/nZ/bNMwO"


def hashed(password: str = PASSWORD, cost: int = 4) -> str:
    """Return the bcrypt hash of a password."""
    return bcrypt.hashpw(password.encode(), f"$2b${cost:02}${_SALT}".encode()).decode()


class Authority:
    """A certificate authority, and a directory with the files it issued and the web configuration file.

    Contains `server.pem`, `server.key` and `ca.pem`; `write` sets the content of `web.yml`.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.file = directory / "web.yml"
        self.ca = trustme.CA()
        self.ca.cert_pem.write_to_path(directory / "ca.pem")
        self.renew()

    def renew(self) -> None:
        """Issue a new certificate for the server."""
        server = self.ca.issue_cert("127.0.0.1")
        server.private_key_pem.write_to_path(self.directory / "server.key")
        (self.directory / "server.pem").write_bytes(b"".join(blob.bytes() for blob in server.cert_chain_pems))

    def write(self, text: str) -> Path:
        """Write the web configuration file and return its path."""
        self.file.write_text(text)
        return self.file

    def tls(self, more: str = "") -> Path:
        """Write a web configuration file that enables TLS, with more lines in that section, and return its path."""
        return self.write(f"tls_server_config:\n  cert_file: server.pem\n  key_file: server.key\n{more}")

    def client(self, *names: str, by: trustme.CA | None = None) -> ssl.SSLContext:
        """Return the TLS context of a client that trusts this authority, with a certificate for the names, if any."""
        context = ssl.create_default_context()
        self.ca.configure_trust(context)
        if names:
            (by or self.ca).issue_cert(*names).configure_cert(context)
        return context


@asynccontextmanager
async def secured(file: Path, clock: Clock | None = None, exporter: StandIn | None = None) -> AsyncIterator[str]:
    """Serve the routes with a web configuration file; yield the URL."""
    access = AccessMiddleware(file, clock or ManualClock())
    application = build_application(exporter or StandIn(), Now())
    access.install(application)
    server = Server(application, access.tls)
    port = await server.start("127.0.0.1", 0)
    try:
        yield f"{'https' if access.tls else 'http'}://127.0.0.1:{port}"
    finally:
        await server.stop()


async def status(url: str, tls: ssl.SSLContext | None = None, auth: tuple[str, str] | None = None) -> int:
    """Return the status of a GET request on a new connection."""
    headers = {"Authorization": aiohttp.encode_basic_auth(*auth)} if auth else {}
    async with aiohttp.ClientSession() as session, session.get(url, ssl=tls or True, headers=headers) as response:
        await response.read()
        return response.status


async def refused(url: str, tls: ssl.SSLContext) -> bool:
    """Return whether the connection, not the request, is rejected."""
    try:
        await status(url, tls)
    except (aiohttp.ClientError, ssl.SSLError):
        return True
    return False
