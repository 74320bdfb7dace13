"""The names and channels of one target's queues and trunks: one for each id, whichever of its resources lists it.

Resources are polled at different times, so after a renaming each would export the name it read last. Here the first
resource of the target that lists an item determines its name, and a change concerns every resource at once.
"""

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple
from unicodedata import normalize

import msgspec

from exporter.model import Channel, Queue, Snapshot, Trunk
from exporter.settings import matches

Kind = Literal["queues", "trunks"]

KINDS: Final[tuple[Kind, ...]] = ("queues", "trunks")


class Naming(NamedTuple):
    """What identifies an item to people.

    Attributes:
        name: Its name, "" if unknown.
        channel: The channel of a queue, "" if unknown.
    """

    name: str
    channel: Channel | Literal[""] = ""


_Namings = dict[str, Naming]


class Directory:
    """The names and channels of one target's items by id.

    Attributes:
        changes: Grows with every change of a name, a channel or the list of items.
    """

    def __init__(self, channels: Mapping[str, Channel], *, vendor_returns_channels: bool) -> None:
        """Start empty.

        Args:
            channels: The configured channels of queues, by pattern of the name or id.
            vendor_returns_channels: Whether the vendor returns a channel for each queue. If not, the vendor's module
                assumes one, and configured channels take precedence over it.
        """
        self.changes = 0
        self._channels = channels
        self._vendor_returns_channels = vendor_returns_channels
        self._returned: dict[str, dict[Kind, _Namings] | None] = {}
        self._namings: dict[Kind, _Namings] = {kind: {} for kind in KINDS}
        # The value of `changes` at which a resource was found to return every name as it is exported.
        self._unchanged_at: dict[str, int] = {}

    def add(self, resource: str) -> None:
        """Add a resource; the names that earlier resources return take precedence over its own."""
        self._returned[resource] = None

    def record(self, resource: str, snapshot: Snapshot) -> bool:
        """Take over the names and channels that a resource returned.

        Args:
            resource: The resource.
            snapshot: What its poll returned.

        Returns:
            Whether an item that another resource lists is named differently now.
        """
        before = self._returned[resource] or {}
        returned = _namings_of(snapshot)
        self._returned[resource] = returned
        renamed = False
        for kind in KINDS:
            # Items that the resource lists for the first time, names differently, or does not list any more.
            differing = dict(returned.get(kind, {}).items() ^ before.get(kind, {}).items())
            if differing:
                self.changes += 1
                renamed |= self._update(kind, differing, resource)
        return renamed

    def named(self, resource: str, snapshot: Snapshot) -> Snapshot:
        """Return a snapshot with the names and channels of its items.

        Args:
            resource: The resource.
            snapshot: The snapshot passed last to `record` for this resource.
        """
        queues, trunks = self._namings["queues"], self._namings["trunks"]
        # Most polls change no name, so the comparison of all items is repeated only after a change.
        if self._unchanged_at.get(resource) == self.changes:
            return snapshot
        returned = self._returned[resource] or {}
        if all(namings.items() <= self._namings[kind].items() for kind, namings in returned.items()):
            self._unchanged_at[resource] = self.changes
            return snapshot
        return msgspec.structs.replace(
            snapshot,
            queues=tuple(_named_queue(queue, queues[queue.id]) for queue in snapshot.queues),
            trunks=tuple(_named_trunk(trunk, trunks[trunk.id]) for trunk in snapshot.trunks),
        )

    def may_rename(self, resource: str) -> bool:
        """Return whether another resource may name the items that a resource returned."""
        kinds = (self._returned[resource] or {}).keys()
        others = (returned for other, returned in self._returned.items() if other != resource)
        return bool(kinds) and any(returned is None or not kinds.isdisjoint(returned) for returned in others)

    def _update(self, kind: Kind, items: _Namings, resource: str) -> bool:
        """Determine the namings of items again; return whether one that another resource lists has changed."""
        sources = [(name, returned[kind]) for name, returned in self._returned.items() if returned and kind in returned]
        current = self._namings[kind]
        renamed = False
        for number in items:
            listed = [(name, namings[number]) for name, namings in sources if number in namings]
            if not listed:
                current.pop(number, None)
                continue
            naming = self._naming(kind, number, [returned for _, returned in listed])
            renamed |= naming != current.get(number, naming) and any(name != resource for name, _ in listed)
            current[number] = naming
        return renamed

    def _naming(self, kind: Kind, number: str, returned: list[Naming]) -> Naming:
        """Return the first name and the first channel returned of an item."""
        name = next((each.name for each in returned if each.name), "")
        if kind != "queues":
            return Naming(name)
        channel: Channel | Literal[""] = next((each.channel for each in returned if each.channel), "")
        if self._channels and not (channel and self._vendor_returns_channels):
            channel = self._configured_channel(name, number) or channel
        return Naming(name, channel)

    def _configured_channel(self, *names: str) -> Channel | None:
        """Return the channel of the first pattern that equals a name or, if none does, that matches one."""
        literal = {normalize("NFC", name) for name in names}
        equal = (channel for pattern, channel in self._channels.items() if normalize("NFC", pattern) in literal)
        matching = (
            channel
            for pattern, channel in self._channels.items()
            if any(matches(name, pattern) for name in names if name)
        )
        return next(equal, None) or next(matching, None)


def _namings_of(snapshot: Snapshot) -> dict[Kind, _Namings]:
    """Return the namings that a snapshot contains, only of kinds that it contains."""
    returned: dict[Kind, _Namings] = {}
    if snapshot.queues:
        returned["queues"] = {queue.id: Naming(queue.name, queue.channel) for queue in snapshot.queues}
    if snapshot.trunks:
        returned["trunks"] = {trunk.id: Naming(trunk.name) for trunk in snapshot.trunks}
    return returned


def _named_queue(queue: Queue, naming: Naming) -> Queue:
    name, channel = naming
    if queue.name == name and queue.channel == channel:
        return queue
    return msgspec.structs.replace(queue, name=name, channel=channel)


def _named_trunk(trunk: Trunk, naming: Naming) -> Trunk:
    return trunk if trunk.name == naming.name else msgspec.structs.replace(trunk, name=naming.name)
