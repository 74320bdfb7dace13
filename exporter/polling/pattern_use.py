"""Which configured patterns of a target match nothing: a misspelt or outdated one has no effect, and looks like calm.

An item may be listed by several resources, so a pattern matches nothing only if it does in all of them.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from exporter.model import ItemKind, Snapshot
from exporter.settings import TargetSettings, matches

_NOUNS: Final[dict[ItemKind, str]] = {"queues": "queue", "agents": "group", "trunks": "trunk"}


class Unmatched(NamedTuple):
    """The patterns of one setting that match nothing.

    Attributes:
        setting: The key of the target, such as `select.queues.include`.
        kind: What the patterns are for.
        patterns: The patterns.
    """

    setting: str
    kind: ItemKind
    patterns: tuple[str, ...]

    @property
    def summary(self) -> str:
        """What is wrong, without the patterns."""
        return f"patterns of `{self.setting}` match no {_NOUNS[self.kind]}"

    def __str__(self) -> str:
        return f"{self.summary}: {', '.join(self.patterns)}"


class _Setting(NamedTuple):
    """Patterns of one key.

    Attributes:
        name: The key.
        kind: What they are for.
        patterns: The patterns.
        of_selected: Whether they concern selected items only.
    """

    name: str
    kind: ItemKind
    patterns: tuple[str, ...]
    of_selected: bool = False


class PatternUse:
    """The matching patterns of one target, by resource.

    The worker thread may record the items of a large resource while the event loop reads, which therefore reads copies.
    """

    def __init__(self, settings: TargetSettings) -> None:
        """Start with nothing listed."""
        self._settings: tuple[_Setting, ...] = ()
        self._matching: dict[tuple[str, str], frozenset[str]] = {}
        self._listed: set[ItemKind] = set()
        # Settings and resources whose items have not been compared with the current patterns.
        self._outdated: set[tuple[str, str]] = set()
        self.configure(settings)

    def configure(self, settings: TargetSettings) -> None:
        """Use the patterns of other settings, once each resource has been polled again."""
        configured = tuple(each for each in _settings(settings) if each.patterns)
        changed = {each.name for each in configured if each not in self._settings}
        self._outdated |= {place for place in tuple(self._matching) if place[0] in changed}
        self._settings = configured

    def record(self, resource: str, snapshot: Snapshot, selected: Snapshot, *, carries_thresholds: bool) -> None:
        """Record which patterns match the items of one resource; an empty list leaves the record of it unchanged.

        Args:
            resource: The resource.
            snapshot: What it listed.
            selected: What is left of it by the selection.
            carries_thresholds: Whether the configured thresholds are exported with its queues.
        """
        self._listed |= {kind for kind in _NOUNS if getattr(snapshot, kind)}
        for setting in self._settings:
            if not getattr(snapshot, setting.kind) or (setting.name == "thresholds" and not carries_thresholds):
                continue
            names = _names(selected if setting.of_selected else snapshot, setting.kind)
            found = frozenset(pattern for pattern in setting.patterns if _matches_any(names, pattern))
            place = (setting.name, resource)
            self._outdated.discard(place)
            # Agents come and go during the day, and with them the groups that are listed.
            self._matching[place] = found | self._matching.get(place, found) if setting.kind == "agents" else found

    def unmatched(self) -> Sequence[Unmatched]:
        """Return the patterns that match nothing, by setting.

        Until an item of their kind is listed, only those of `include` are returned: they may be why there is none.
        """
        recorded, outdated = tuple(self._matching.items()), {name for name, _ in tuple(self._outdated)}
        found = []
        for setting in self._settings:
            matching = frozenset().union(*(patterns for (name, _), patterns in recorded if name == setting.name))
            unmatched = tuple(pattern for pattern in setting.patterns if pattern not in matching)
            if setting.name in outdated:
                continue
            if unmatched and (setting.kind in self._listed or setting.name.endswith(".include")):
                found.append(Unmatched(setting.name, setting.kind, unmatched))
        return found


def _settings(target: TargetSettings) -> Iterator[_Setting]:
    kinds: dict[str, ItemKind] = {"queues": "queues", "groups": "agents", "trunks": "trunks"}
    for key, kind in kinds.items():
        choice = getattr(target.select, key)
        yield _Setting(f"select.{key}.include", kind, choice.include or ())
        yield _Setting(f"select.{key}.exclude", kind, choice.exclude or ())
    yield _Setting("thresholds", "queues", tuple(entry.queue for entry in target.thresholds), of_selected=True)
    yield _Setting("channels", "queues", tuple(target.channels), of_selected=True)


def _names(snapshot: Snapshot, kind: ItemKind) -> set[str]:
    """Return what patterns are compared with: ids and names, and of agents their groups."""
    if kind == "agents":
        return {agent.group for agent in snapshot.agents or ()}
    items = snapshot.queues if kind == "queues" else snapshot.trunks
    return {name for item in items for name in (item.id, item.name) if name}


def _matches_any(names: Iterable[str], pattern: str) -> bool:
    return any(matches(name, pattern) for name in names)
