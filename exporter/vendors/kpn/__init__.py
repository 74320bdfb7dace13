"""KPN Dashboard Server: queues, agents and trunks of an on-premise contact centre behind KPN's API gateway.

Source pages: "Dashboard Server - KPN", sections *Get Access Token*, *Get data for all agents*, *… queues*, *… trunks*,
*Get single queue data*, *… trunk data* and *Return codes*.
"""

from typing import TYPE_CHECKING

from exporter.runtime.clock import Clock
from exporter.vendors.base import Vendor
from exporter.vendors.kpn.settings import KpnSettings
from exporter.vendors.kpn.tables import TABLES
from exporter.vendors.kpn.unused import UNUSED

if TYPE_CHECKING:
    from exporter.vendors.base import Client
    from exporter.vendors.toolkit.http import Http

__all__ = ["VENDOR", "KpnSettings"]


def _connect(target: KpnSettings, http: "Http", clock: Clock) -> "Client":
    # Imported here, because validating a configuration needs only the settings.
    from exporter.vendors.kpn.client import KpnClient  # noqa: PLC0415

    return KpnClient(target, http, clock)


VENDOR = Vendor(
    name="kpn",
    settings=KpnSettings,
    connect=_connect,
    tables=TABLES,
    unused=UNUSED,
    resources=("queues", "agents", "trunks"),
)
