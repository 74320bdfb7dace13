"""Bright Pattern Realtime Stats: services and agents of a cloud contact centre, read from one live subscription.

Source pages: "API Description" of the Real-Time Statistics API (5.2 to 5.3): *Authenticate*, *Create subscription*,
*Delete subscription*, *Get subscription data* and *Get available agents*; and the OAuth sign-in of later versions.
"""

from exporter.model import FigureMeanings
from exporter.vendors.base import Vendor
from exporter.vendors.brightpattern.client import BrightPatternClient
from exporter.vendors.brightpattern.settings import BrightPatternSettings
from exporter.vendors.brightpattern.tables import TABLES
from exporter.vendors.brightpattern.unused import UNUSED

VENDOR = Vendor(
    name="brightpattern",
    settings=BrightPatternSettings,
    connect=BrightPatternClient,
    tables=TABLES,
    unused=UNUSED,
    resources=("statistics", "availability"),
    # Not documented; the two counts are assumed to be separate.
    meanings=FigureMeanings(abandoned="without_short"),
)
