"""Netaxis APIO on BroadWorks: agents and the call centres they have joined, asked for one agent at a time.

Source page: "Call Center", sections *Profile - Retrieve instance* (an agent's state and call centres) and *Supervised
Agents* (who the agents are). Signing in, the words of an agent's state and the shape of errors are APIO core's and
BroadWorks' own, which the page leaves out.

The API tells who is there and knows nothing of calls: no waiting, no service level, no totals. An agent on a call stays
`Available` in it, so `available` here means "takes calls", not "idle".
"""

from exporter.vendors.apio.client import ApioClient
from exporter.vendors.apio.settings import ApioSettings
from exporter.vendors.apio.tables import AGENTS, CALL_CENTERS, JOINED_AGENTS, SUPERVISED_AGENTS
from exporter.vendors.base import Vendor

__all__ = ["VENDOR", "ApioClient", "ApioSettings"]

VENDOR = Vendor(
    name="apio",
    settings=ApioSettings,
    connect=ApioClient,
    tables=(SUPERVISED_AGENTS, AGENTS, CALL_CENTERS, JOINED_AGENTS),
)
