"""KPN Dashboard Server: queues, agents and trunks of an on-premise contact centre behind KPN's API gateway.

Source pages: "Dashboard Server - KPN", sections *Get Access Token*, *Get data for all agents*, *… queues*, *… trunks*,
*Get single queue data*, *… trunk data* and *Return codes*.
"""

from exporter.vendors.base import Vendor
from exporter.vendors.kpn.client import KpnClient
from exporter.vendors.kpn.settings import KpnSettings
from exporter.vendors.kpn.tables import TABLES
from exporter.vendors.kpn.unused import UNUSED

__all__ = ["VENDOR", "KpnClient", "KpnSettings"]

VENDOR = Vendor(
    name="kpn",
    settings=KpnSettings,
    connect=KpnClient,
    tables=TABLES,
    unused=UNUSED,
    resources=("queues", "agents", "trunks"),
)
