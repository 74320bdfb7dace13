"""Published fields of Axialys that are not mapped, and why."""

from exporter.vendors.base import Unused

UNUSED = (
    Unused(
        "email",
        "personal data",
    ),
    Unused(
        "id_call infos",
        "data of single calls in the history (3.4)",
    ),
    Unused(
        "vars service_number caller_number id_appel",
        "data of single calls",
    ),
)
