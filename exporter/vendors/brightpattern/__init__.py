"""Bright Pattern Realtime Stats: services and agents of a cloud contact centre, read from one live subscription.

Source pages: "API Description" of the Real-Time Statistics API (5.2 to 5.3): *Authenticate*, *Create subscription*,
*Delete subscription*, *Get subscription data* and *Get available agents*; and the OAuth sign-in of later versions.
"""

from typing import TYPE_CHECKING

from exporter.model import FigureMeanings
from exporter.runtime.clock import Clock
from exporter.vendors.base import Vendor
from exporter.vendors.brightpattern.settings import BrightPatternSettings
from exporter.vendors.brightpattern.tables import TABLES
from exporter.vendors.brightpattern.unused import UNUSED

if TYPE_CHECKING:
    from exporter.vendors.base import Client
    from exporter.vendors.toolkit.http import Http


def _connect(target: BrightPatternSettings, http: "Http", clock: Clock) -> "Client":
    # Imported here, because validating a configuration needs only the settings.
    from exporter.vendors.brightpattern.client import BrightPatternClient  # noqa: PLC0415

    return BrightPatternClient(target, http, clock)


VENDOR = Vendor(
    name="brightpattern",
    settings=BrightPatternSettings,
    connect=_connect,
    tables=TABLES,
    unused=UNUSED,
    resources=("statistics", "availability"),
    # Not documented; the two counts are assumed to be separate.
    meanings=FigureMeanings(abandoned="without_short"),
)
