"""What the forms of one resource refer to: fields of a record, pivoted lists, and values kept by lists."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from exporter.vendors.definitions.paths import Path, parse_path
from exporter.vendors.definitions.request_keys import Pivot
from exporter.vendors.definitions.value_readers import as_word
from exporter.vendors.toolkit.decoder import Source
from exporter.vendors.toolkit.readers import UnmappedError, identifier

Get = Callable[[Any], Any]


class Derived(NamedTuple):
    """A value derived from one field of a record.

    Attributes:
        root: The name of the field.
        get: Returns the value from that of the field.
    """

    root: str
    get: Get


class PivotedObject:
    """A list of objects within a record, as an object keyed by names that they contain."""

    def __init__(self, spec: Pivot) -> None:
        """Prepare the keys."""
        self._list = parse_path(spec.list).as_list()
        self._keys = [parse_path(key) for key in ([spec.key] if isinstance(spec.key, str) else spec.key)]
        # The objects of the response that is being read: several fields share one. The list is kept with its object,
        # so that its identity is not reused.
        self._made: dict[int, tuple[object, Mapping[str, Any]]] = {}

    @property
    def root(self) -> str:
        """The field of the record that contains the list."""
        return self._list.root

    def forget(self) -> None:
        """Forget the objects of the last response."""
        self._made.clear()

    def of(self, value: object) -> Mapping[str, Any]:
        """Return the object from the value of the root."""
        if value is None:
            return {}
        made = self._made.get(id(value))
        if made is None:
            made = self._made[id(value)] = (value, self._pivoted(value))
        return made[1]

    def _pivoted(self, value: object) -> Mapping[str, Any]:
        pivoted: dict[str, Any] = {}
        for item in self._list.items(value) or ():
            names = [as_word(within(key, item)) for key in self._keys]
            if not all(isinstance(name, str) and name for name in names):
                continue
            *outer, last = (str(name) for name in names)
            place = pivoted
            for name in outer:
                place = place.setdefault(name, {})
            place.setdefault(last, item)
        return pivoted


class Lookup:
    """Values that a list keeps by id."""

    def __init__(self) -> None:
        """Start without values."""
        self.values: Mapping[str, Mapping[str, Any]] = {}

    def find(self, key: object, name: str) -> object:
        """Return the value that is kept for an id; None if there is none."""
        known = known_id(key)
        return None if known is None else self.values.get(known, {}).get(name)


class Scope:
    """What the forms of one resource refer to.

    Attributes:
        lookups: The lists by name.
        pivots: The pivoted objects by name.
    """

    def __init__(self, lookups: Mapping[str, Lookup], pivots: Mapping[str, Pivot]) -> None:
        """Prepare the pivoted objects."""
        self.lookups = lookups
        self.pivots = {name: PivotedObject(spec) for name, spec in pivots.items()}

    def derived(self, written: str) -> Derived:
        """Return where the value of a path comes from; the path may lead to many values."""
        path = parse_path(written)
        get: Get = path.items if path.is_list else path.value
        pivot = self.pivots.get(path.root)
        if pivot is None:
            return Derived(path.root, get)
        return Derived(pivot.root, lambda root: get(pivot.of(root)))

    def source(self, written: str) -> Source | None:
        """Return the source of the value at a path; None if the path is a field of the record."""
        path = parse_path(written)
        if path.is_key and path.root not in self.pivots:
            return None
        root, get = self.derived(written)
        return Source((root,), get)


def within(path: Path, item: object) -> object:
    """Return the value that a path leads to from an item of a list."""
    return path.value(item.get(path.root)) if isinstance(item, dict) else None


def known_id(value: object) -> str | None:
    """Return an id as it is compared with others; None if it is not one."""
    try:
        return identifier(value)
    except UnmappedError:
        return None
