"""Published fields of KPN that are not mapped, and why."""

from exporter.vendors.base import Unused

UNUSED = (
    Unused(
        "Lvl",
        "the level of an agent's skill, which is configuration",
    ),
    Unused(
        "VDN",
        "the number dialled, which has no count of its own",
    ),
)
