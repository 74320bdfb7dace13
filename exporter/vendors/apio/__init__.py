"""Netaxis APIO on BroadWorks: agents and the call centres they have joined, with one request per agent.

Source page: "Call Center", sections *Profile - Retrieve instance* (an agent's state and call centres) and *Supervised
Agents* (the list of agents). Sign-in, agent state words and error bodies belong to APIO core and BroadWorks; the page
does not describe them.

The API covers agents only: it has no waiting contacts, service level or totals. An agent stays `Available` during a
call, so `available` here means "takes calls", not "idle".
"""

from typing import TYPE_CHECKING

from exporter.model import FigureMeanings
from exporter.runtime.clock import Clock
from exporter.vendors.apio.settings import ApioSettings
from exporter.vendors.apio.tables import TABLES
from exporter.vendors.apio.unused import UNUSED
from exporter.vendors.base import Vendor

if TYPE_CHECKING:
    from exporter.vendors.base import Client
    from exporter.vendors.toolkit.http import Http


def _connect(target: ApioSettings, http: "Http", clock: Clock) -> "Client":
    # Imported here, because validating a configuration needs only the settings.
    from exporter.vendors.apio.client import ApioClient  # noqa: PLC0415

    return ApioClient(target, http, clock)


VENDOR = Vendor(
    name="apio",
    settings=ApioSettings,
    connect=_connect,
    tables=TABLES,
    unused=UNUSED,
    resources=("agents",),
    meanings=FigureMeanings(available="signed_in"),
)
