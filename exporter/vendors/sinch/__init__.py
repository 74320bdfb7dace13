"""Sinch Contact Center: queues and agents from its Restful Monitoring Interface (RMI).

Source page: "Sinch Contact Center Restful Monitoring Interface (RMI) API documentation version v1", sections
*/queueStatuses*, */agents*, */userStatuses*, */contactSummaries*, */queueGroups* and, opt-in, */contacts*: its rows
contain customers' personal data, which is not read. Signing in by ECF is how the vendor's own clients do it.

Each metric family comes from one resource: the current state of queues from `queues`, their running totals and service
level from `contact_summaries`, their thresholds from `queue_groups`, all agent families from `agents`, and histograms
of single contacts with the service-level target from `contacts`.
"""

from typing import TYPE_CHECKING

from exporter.model import FigureMeanings
from exporter.runtime.clock import Clock
from exporter.vendors.base import Vendor
from exporter.vendors.sinch.settings import SinchSettings
from exporter.vendors.sinch.tables import TABLES
from exporter.vendors.sinch.unused import UNUSED

if TYPE_CHECKING:
    from exporter.vendors.base import Client
    from exporter.vendors.toolkit.http import Http

__all__ = ["VENDOR", "SinchSettings"]


def _connect(target: SinchSettings, http: "Http", clock: Clock) -> "Client":
    # Imported here, because validating a configuration needs only the settings.
    from exporter.vendors.sinch.client import SinchClient  # noqa: PLC0415

    return SinchClient(target, http, clock)


VENDOR = Vendor(
    name="sinch",
    settings=SinchSettings,
    connect=_connect,
    tables=TABLES,
    unused=UNUSED,
    resources=("queues", "agents", "contact_summaries", "queue_groups", "contacts"),
    # False attempts end before a limit, abandoned contacts after it.
    meanings=FigureMeanings(abandoned="without_short"),
)
