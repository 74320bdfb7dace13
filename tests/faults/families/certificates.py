"""Servers that do not prove who they are."""

import ssl
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import trustme

from tests.faults.fault import Fault, Switch
from tests.faults.proxy import Proxy

_HOSTS = "*.vendors.test"


class Identity:
    """A server's certificates: a good one, and bad ones by name."""

    def __init__(self) -> None:
        ours, others = trustme.CA(), trustme.CA()
        long_ago = datetime.now(UTC) - timedelta(days=400)
        self.authority = ours
        self._certificates = {
            "good": ours.issue_cert(_HOSTS),
            "expired": ours.issue_cert(_HOSTS, not_before=long_ago, not_after=long_ago + timedelta(days=90)),
            "other host": ours.issue_cert("elsewhere.example"),
            "unknown authority": others.issue_cert(_HOSTS),
        }

    def context(self, name: str) -> ssl.SSLContext:
        """Return what serves with one of them."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._certificates[name].configure_cert(context)
        return context


@cache
def identity() -> Identity:
    """Return the identity that all servers of a test run share."""
    return Identity()


def trusted(directory: Path) -> Path:
    """Write the certificate of the authority that targets trust, and return where."""
    file = directory / "ca.pem"
    identity().authority.cert_pem.write_to_path(str(file))
    return file


def _show(name: str) -> Switch:
    async def show(proxy: Proxy) -> None:
        await proxy.stop()
        proxy.tls = identity().context(name)
        await proxy.start()

    return show


_good = _show("good")

FAULTS = (
    Fault("TLS certificate expired", begin=_show("expired"), end=_good, tls=True),
    Fault("TLS certificate of another host", begin=_show("other host"), end=_good, tls=True),
    Fault("TLS certificate of an unknown authority", begin=_show("unknown authority"), end=_good, tls=True),
)
