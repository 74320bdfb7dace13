"""Bright Pattern Realtime Stats: the services and agents of a cloud contact centre, as one live subscription.

Source pages: "API Description" of the Real-Time Statistics API (5.2 to 5.3): *Authenticate*, *Create subscription*,
*Delete subscription*, *Get subscription data* and *Get available agents*; and the sign-in of later versions, by which
one gets a token of OAuth.
"""

from exporter.vendors.base import Vendor
from exporter.vendors.brightpattern.client import BrightPatternClient
from exporter.vendors.brightpattern.settings import BrightPatternSettings
from exporter.vendors.brightpattern.tables import AVAILABILITY, agent_table, service_table, totals_table

__all__ = ["VENDOR", "BrightPatternClient", "BrightPatternSettings"]

VENDOR = Vendor(
    name="brightpattern",
    settings=BrightPatternSettings,
    connect=BrightPatternClient,
    tables=(service_table("0-100", "seconds"), totals_table("seconds"), AVAILABILITY, agent_table("seconds")),
)
