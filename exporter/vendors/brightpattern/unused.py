"""Published fields of Bright Pattern that are not mapped, and why."""

from exporter.vendors.base import Unused

UNUSED = (
    Unused(
        "in_calls_queued_per_day",
        "contacts received are counted instead, which include it",
    ),
    Unused(
        "out_calls_answered_per_day",
        "a total of the tenant, not of a queue",
        ("queue_outbound_contacts_handled_total",),
    ),
    Unused(
        "login_time",
        "the time in the present state is exported instead",
    ),
    Unused(
        "active_item_media_type",
        "the medium of one item, while an agent may have several",
        ("agent_active_contacts",),
    ),
    Unused(
        "first_name last_name send_time is_urgent content",
        "messages between people",
    ),
)
