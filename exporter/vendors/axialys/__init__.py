"""Axialys Voice Management: operators and groups of a telephone contact centre, and the supervision of the groups.

Source page: "Voice Management Guide", sections *2 Formalism*, *3.1 Operator retrieval*, *3.2 Retrieval of the current
status of operators*, *3.3 Group retrieval*, *3.4 Retrieval of operator status history*, *3.5 Retrieval of the
operator's detailed status*, *4.1* and *4.2 Calls received* and *4.3 Supervision*. Groups are exported as queues,
operators as agents; callers (3.4, 3.5) are never read.
"""

from typing import TYPE_CHECKING

from exporter.model import FigureMeanings
from exporter.runtime.clock import Clock
from exporter.vendors.axialys.settings import AxialysSettings
from exporter.vendors.axialys.tables import TABLES
from exporter.vendors.axialys.unused import UNUSED
from exporter.vendors.base import Vendor

if TYPE_CHECKING:
    from exporter.vendors.base import Client
    from exporter.vendors.toolkit.http import Http


def _connect(target: AxialysSettings, http: "Http", clock: Clock) -> "Client":
    # Imported here, because validating a configuration needs only the settings.
    from exporter.vendors.axialys.client import AxialysClient  # noqa: PLC0415

    return AxialysClient(target, http, clock)


VENDOR = Vendor(
    name="axialys",
    settings=AxialysSettings,
    connect=_connect,
    tables=TABLES,
    unused=UNUSED,
    resources=(
        "groups",
        "operators",
        "group_stats",
        "operator_details",
        "operator_names",
        "status_history",
        "received_groups",
        "received_numbers",
    ),
    # Not documented; see docs/vendors/axialys.md.
    meanings=FigureMeanings(abandoned="without_short"),
)
