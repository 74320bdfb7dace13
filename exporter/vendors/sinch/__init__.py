"""Sinch Contact Center: queues and agents as its Restful Monitoring Interface (RMI) tells of them.

Source page: "Sinch Contact Center Restful Monitoring Interface (RMI) API documentation version v1", sections
*/queueStatuses*, */agents*, */userStatuses*, */contactSummaries* and */queueGroups*. Single contacts (*/contacts*) are
customers' personal data and nobody's business here. Signing in by ECF is how the vendor's own clients do it.

Each family of series has one resource that feeds it: what is true of a queue now comes from `queues`, its running
totals and service level from `contact_summaries`, its thresholds from `queue_groups`, all of agents from `agents`.
"""

from exporter.vendors.base import Vendor
from exporter.vendors.sinch.agents import USER_STATUSES, agent_table
from exporter.vendors.sinch.client import SinchClient
from exporter.vendors.sinch.queues import GROUP_QUEUES, queue_table
from exporter.vendors.sinch.settings import SinchSettings
from exporter.vendors.sinch.summaries import SUMMARIES

__all__ = ["VENDOR", "SinchClient", "SinchSettings"]

VENDOR = Vendor(
    name="sinch",
    settings=SinchSettings,
    connect=SinchClient,
    tables=(
        queue_table(free_includes_wrap_up=False),
        agent_table(active_contacts="agents", ready_includes_handling=False),
        USER_STATUSES,
        SUMMARIES,
        GROUP_QUEUES,
    ),
)
