"""Published fields of Axialys that are not mapped, and why."""

from exporter.vendors.base import Unused

UNUSED = (
    Unused(
        "email",
        "personal data",
    ),
    Unused(
        "id_op duration date id_call infos type",
        "the history of single people and calls (3.4)",
        ("agent_contacts_handled_total", "agent_state_seconds_total"),
    ),
    Unused(
        "vars service_number caller_number id_appel",
        "data of single calls",
    ),
)
