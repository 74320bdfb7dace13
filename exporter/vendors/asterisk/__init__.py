"""Asterisk, with FreePBX and Issabel: queues, members and PJSIP trunks, read over AMI over HTTP.

Source pages: docs.asterisk.org, "AMI Actions" (*Login*, *Logoff*, *CoreStatus*, *QueueStatus*, *PJSIPShowEndpoints*,
*PJSIPShowRegistrationsOutbound*) and "Asynchronous Javascript Asterisk Manager (AJAM)"; and Asterisk's source:
`apps/app_queue.c`, `main/manager.c`, `res/res_pjsip/pjsip_configuration.c`, `res/res_pjsip_outbound_registration.c`.
"""

from typing import TYPE_CHECKING

from exporter.runtime.clock import Clock
from exporter.vendors.asterisk.settings import AsteriskSettings
from exporter.vendors.asterisk.tables import TABLES
from exporter.vendors.asterisk.unused import UNUSED
from exporter.vendors.base import Vendor

if TYPE_CHECKING:
    from exporter.vendors.base import Client
    from exporter.vendors.toolkit.http import Http


def _connect(target: AsteriskSettings, http: "Http", clock: Clock) -> "Client":
    # Imported here, because validating a configuration needs only the settings.
    from exporter.vendors.asterisk.client import AsteriskClient  # noqa: PLC0415

    return AsteriskClient(target, http, clock)


VENDOR = Vendor(
    name="asterisk",
    settings=AsteriskSettings,
    connect=_connect,
    tables=TABLES,
    unused=UNUSED,
    resources=("queues", "trunks"),
)
