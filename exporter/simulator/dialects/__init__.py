"""The vendors' APIs, one module each, all serving the same contact centre."""

from collections.abc import Mapping
from typing import Protocol

from aiohttp import web

from exporter.simulator.dialects.apio import Apio
from exporter.simulator.dialects.asterisk import Asterisk
from exporter.simulator.dialects.axialys import Axialys
from exporter.simulator.dialects.brightpattern import BrightPattern
from exporter.simulator.dialects.kpn import Kpn
from exporter.simulator.dialects.sinch import Sinch
from exporter.simulator.driver import Driver


class Dialect(Protocol):
    """One vendor's API."""

    @property
    def name(self) -> str:
        """The vendor's name, also the path the API is served under."""

    def target(self, url: str) -> Mapping[str, object]:
        """Return the configuration of a target that polls this API: its name and the vendor's own keys.

        Args:
            url: The API's URL.
        """

    def application(self, driver: Driver) -> web.Application:
        """Return the API; its server makes the driver catch up before every request."""


def demo_dialects() -> tuple[Dialect, ...]:
    """Return the APIs that the demo polls, with their default settings."""
    return Kpn(), Sinch(), BrightPattern(), Axialys(), Apio()


def every_dialect() -> tuple[Dialect, ...]:
    """Return all vendors' APIs with their default settings, those of the demo first."""
    return *demo_dialects(), Asterisk()
