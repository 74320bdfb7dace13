"""What an operator selected, taken from what a poll said before anything is made of it."""

from collections.abc import Sequence

import msgspec

from exporter.metrics.catalog import OF_THE_CENTRE, Family
from exporter.model import Snapshot
from exporter.settings import Families, Select

_EVERYTHING = Select()


def chosen(snapshot: Snapshot, select: Select) -> Snapshot:
    """Return the snapshot with only the queues, agents and trunks that are selected."""
    if select == _EVERYTHING:
        return snapshot
    agents = snapshot.agents
    return msgspec.structs.replace(
        snapshot,
        queues=tuple(queue for queue in snapshot.queues if select.queues.takes(queue.id, queue.name)),
        agents=None if agents is None else tuple(agent for agent in agents if select.groups.takes(agent.group)),
        trunks=tuple(trunk for trunk in snapshot.trunks if select.trunks.takes(trunk.id, trunk.name)),
    )


def emptied(before: Snapshot, after: Snapshot) -> Sequence[str]:
    """Return the kinds of things that a vendor named and of which a selection left none."""
    kinds = ("queues", "agents", "trunks")
    return [kind for kind in kinds if getattr(before, kind) and not getattr(after, kind)]


def switched_off(families: Families) -> frozenset[Family]:
    """Return the families that are not selected."""
    return frozenset(family for name, family in OF_THE_CENTRE.items() if not families.takes(name))
