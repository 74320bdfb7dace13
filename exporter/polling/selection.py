"""Applies `select` to a snapshot before anything is made of it."""

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from exporter.metrics.catalog import OF_THE_CENTRE, Family
from exporter.model import ITEM_KINDS, ItemKind, Snapshot
from exporter.settings import Choice, Families, Select, TargetSettings
from exporter.vendors.base import Resource

_EVERYTHING = Select()
# The choice that applies to each kind of items, and the starts of the names of its families.
_CHOICES: Mapping[ItemKind, Callable[[Select], Choice]] = {
    "queues": lambda select: select.queues,
    "numbers": lambda _select: Choice(),
    "agents": lambda select: select.groups,
    "trunks": lambda select: select.trunks,
}
_FAMILIES: Mapping[ItemKind, tuple[str, ...]] = {
    "queues": ("queue_",),
    "numbers": ("number_",),
    "agents": ("agent", "dispositions"),
    "trunks": ("trunk_",),
}


def wanted_resources(resources: Iterable[Resource], settings: TargetSettings) -> Sequence[Resource]:
    """Return the resources to poll: not excluded, and with something selected of what they provide."""
    nothing_of = {kind for kind in ITEM_KINDS if _selects_nothing(kind, settings.select)}
    return tuple(
        resource
        for resource in resources
        if resource.name not in settings.resources.exclude
        and not (resource.provides and nothing_of.issuperset(resource.provides))
    )


def _selects_nothing(kind: ItemKind, select: Select) -> bool:
    """Return whether no item of a kind is selected, or no family of it."""
    choice = _CHOICES[kind](select)
    families = (name for name in OF_THE_CENTRE if name.startswith(_FAMILIES[kind]))
    return "*" in (choice.exclude or ()) or not any(map(select.families.takes, families))


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
