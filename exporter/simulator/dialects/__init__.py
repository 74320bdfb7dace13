"""The vendors' APIs, each in a module of its own, all telling of the same contact centre."""

from collections.abc import Mapping
from typing import Protocol

from aiohttp import web

from exporter.simulator.dialects.apio import Apio
from exporter.simulator.dialects.axialys import Axialys
from exporter.simulator.dialects.brightpattern import BrightPattern
from exporter.simulator.dialects.kpn import Kpn
from exporter.simulator.dialects.sinch import Sinch
from exporter.simulator.driver import Driver


class Dialect(Protocol):
    """One vendor's API."""

    @property
    def name(self) -> str:
        """The vendor's name, and the path it is served under."""

    def target(self, url: str) -> Mapping[str, object]:
        """Return what an operator configures to poll this API: a name and the vendor's own keys.

        Args:
            url: Where the API is served.
        """

    def application(self, driver: Driver) -> web.Application:
        """Return the API, telling of a centre that its server has let catch up before every request."""


def every_dialect() -> tuple[Dialect, ...]:
    """Return all the vendors' APIs with their default settings."""
    return Kpn(), Sinch(), BrightPattern(), Axialys(), Apio()
