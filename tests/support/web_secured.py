"""The routes behind a web configuration file, over real TLS with certificates of the test's own."""

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

PASSWORD = "correct horse"  # noqa: S105 - nobody's
# Always the same, so that every process of the tests finds tests of the same names.
_SALT = "RK8tt/VSwPWn4/nZ/bNMwO"


def hashed(password: str = PASSWORD, cost: int = 4) -> str:
    """Return the bcrypt hash of a password."""
    return bcrypt.hashpw(password.encode(), f"$2b${cost:02}${_SALT}".encode()).decode()


class Authority:
    """A certificate authority and a directory with what it issued, beside the web configuration file.

    `server.pem`, `server.key` and `ca.pem` are there; `web.yml` is what `write` was last told.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.file = directory / "web.yml"
        self.ca = trustme.CA()
        self.ca.cert_pem.write_to_path(directory / "ca.pem")
        self.renew()

    def renew(self) -> None:
        """Issue another certificate for the server."""
        server = self.ca.issue_cert("127.0.0.1")
        server.private_key_pem.write_to_path(self.directory / "server.key")
        (self.directory / "server.pem").write_bytes(b"".join(blob.bytes() for blob in server.cert_chain_pems))

    def write(self, text: str) -> Path:
        """Return the web configuration file, which says this."""
        self.file.write_text(text)
        return self.file

    def tls(self, more: str = "") -> Path:
        """Return a web configuration file with TLS and, within its section, more."""
        return self.write(f"tls_server_config:\n  cert_file: server.pem\n  key_file: server.key\n{more}")

    def client(self, *names: str, by: trustme.CA | None = None) -> ssl.SSLContext:
        """Return the TLS of a client that trusts this authority and shows a certificate of these names, if any."""
        context = ssl.create_default_context()
        self.ca.configure_trust(context)
        if names:
            (by or self.ca).issue_cert(*names).configure_cert(context)
        return context


@asynccontextmanager
async def guarded(file: Path, clock: Clock | None = None, exporter: StandIn | None = None) -> AsyncIterator[str]:
    """Yield the address of the routes behind a web configuration file."""
    guard = AccessMiddleware(file, clock or ManualClock())
    application = build_application(exporter or StandIn(), Now())
    guard.protect(application)
    server = Server(application, guard.tls)
    port = await server.start("127.0.0.1", 0)
    try:
        yield f"{'https' if guard.tls else 'http'}://127.0.0.1:{port}"
    finally:
        await server.stop()


async def status(url: str, tls: ssl.SSLContext | None = None, auth: tuple[str, str] | None = None) -> int:
    """Return what a GET is answered with on a connection of its own."""
    headers = {"Authorization": aiohttp.encode_basic_auth(*auth)} if auth else {}
    async with aiohttp.ClientSession() as session, session.get(url, ssl=tls or True, headers=headers) as answer:
        await answer.read()
        return answer.status


async def refused(url: str, tls: ssl.SSLContext) -> bool:
    """Return whether a connection is refused rather than a request."""
    try:
        await status(url, tls)
    except (aiohttp.ClientError, ssl.SSLError):
        return True
    return False
