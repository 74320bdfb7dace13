"""Invalid TLS certificates."""

import ssl
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import trustme

from tests.faults.fault import Fault, Switch
from tests.faults.proxy import Proxy

_HOSTS = "*.vendors.test"


class Identity:
    """A server's certificates by name: a good one and invalid ones."""

    def __init__(self) -> None:
        trusted_ca, unknown_ca = trustme.CA(), trustme.CA()
        long_ago = datetime.now(UTC) - timedelta(days=400)
        self.authority = trusted_ca
        self._certificates = {
            "good": trusted_ca.issue_cert(_HOSTS),
            "expired": trusted_ca.issue_cert(_HOSTS, not_before=long_ago, not_after=long_ago + timedelta(days=90)),
            "other host": trusted_ca.issue_cert("elsewhere.example"),
            "unknown authority": unknown_ca.issue_cert(_HOSTS),
        }

    def context(self, name: str) -> ssl.SSLContext:
        """Return a server's TLS context with one of them."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._certificates[name].configure_cert(context)
        return context


@cache
def identity() -> Identity:
    """Return the identity shared by all servers of a test run."""
    return Identity()


def trusted(directory: Path) -> Path:
    """Write the certificate of the trusted authority and return its path."""
    file = directory / "ca.pem"
    identity().authority.cert_pem.write_to_path(str(file))
    return file


def _serve_with(name: str) -> Switch:
    async def switch(proxy: Proxy) -> None:
        await proxy.stop()
        proxy.tls = identity().context(name)
        await proxy.start()

    return switch


_good = _serve_with("good")

FAULTS = (
    Fault("TLS certificate expired", begin=_serve_with("expired"), end=_good, tls=True),
    Fault("TLS certificate of another host", begin=_serve_with("other host"), end=_good, tls=True),
    Fault("TLS certificate of an unknown authority", begin=_serve_with("unknown authority"), end=_good, tls=True),
)
