"""Applies `select` to a snapshot before anything is made of it."""

from collections.abc import Sequence

import msgspec

from exporter.metrics.catalog import OF_THE_CENTRE, Family
from exporter.model import Snapshot
from exporter.settings import Families, Select

_EVERYTHING = Select()


def select_items(snapshot: Snapshot, select: Select) -> Snapshot:
    """Return the snapshot with only the selected queues, agents and trunks."""
    if select == _EVERYTHING:
        return snapshot
    agents = snapshot.agents
    return msgspec.structs.replace(
        snapshot,
        queues=tuple(queue for queue in snapshot.queues if select.queues.takes(queue.id, queue.name)),
        agents=None if agents is None else tuple(agent for agent in agents if select.groups.takes(agent.group)),
        trunks=tuple(trunk for trunk in snapshot.trunks if select.trunks.takes(trunk.id, trunk.name)),
    )


def emptied_kinds(before: Snapshot, after: Snapshot) -> Sequence[str]:
    """Return the kinds of items that the vendor returned and the selection filtered out entirely."""
    kinds = ("queues", "agents", "trunks")
    return [kind for kind in kinds if getattr(before, kind) and not getattr(after, kind)]


def excluded_families(families: Families) -> frozenset[Family]:
    """Return the families that are not selected."""
    return frozenset(family for name, family in OF_THE_CENTRE.items() if not families.takes(name))
