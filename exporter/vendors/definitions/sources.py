"""Where the value of a form comes from: functions from the fields of a record to a value."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from exporter.vendors.definitions.forms import Count, FromList, Join, PivotedCounts, Sum
from exporter.vendors.definitions.language import Pivot
from exporter.vendors.definitions.paths import Path, parse_path
from exporter.vendors.definitions.value_readers import as_word
from exporter.vendors.toolkit.decoder import Source
from exporter.vendors.toolkit.readers import NoValueError, UnmappedError, identifier, text

_EMPTY: Final = (None, "")

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


def sum_source(form: Sum, scope: Scope) -> Source:
    """Return the source of a list of values to add; None if one of them is missing."""
    paths = [form.sum] if isinstance(form.sum, str) else form.sum
    parts = [scope.derived(path) for path in paths]
    many = [parse_path(path).is_list for path in paths]

    def get(*roots: object) -> list[object] | None:
        values: list[object] = []
        for part, is_list, root in zip(parts, many, roots, strict=True):
            found = part.get(root)
            values += (found if found is not None else [None]) if is_list else [found]
        return None if any(value in _EMPTY for value in values) else values

    return Source(tuple(part.root for part in parts), get)


def join_source(form: Join, scope: Scope) -> Source:
    """Return the source of texts joined to one, those that are there."""
    parts = [scope.derived(path) for path in form.join]

    def get(*roots: object) -> object:
        texts: list[str] = []
        for part, root in zip(parts, roots, strict=True):
            value = as_word(part.get(root))
            try:
                if value not in _EMPTY:
                    texts.append(text(value))
            except NoValueError:
                continue
            except UnmappedError:
                return value  # the reader reports it
        return form.separator.join(texts) or None

    return Source(tuple(part.root for part in parts), get)


def lookup_source(form: FromList, scope: Scope) -> Source:
    """Return the source of a value that a list keeps for an id of the record."""
    root, get = scope.derived(form.id)
    lookup, name = scope.lookups[form.source], form.field
    return Source((root,), lambda value: lookup.find(get(value), name))


def count_source(form: Count, scope: Scope) -> Source:
    """Return the source of the number of items, or of the word of each if they are counted by it."""
    root, get = _items_of(form.count, scope)
    wanted = [(parse_path(path), _folded(words)) for path, words in form.where.items()]
    by = None if form.by is None else parse_path(form.by)

    def count(value: object) -> object:
        items = get(value)
        if items is None:
            return None
        counted = [item for item in items if all(_fold(within(path, item)) in words for path, words in wanted)]
        return len(counted) if by is None else [within(by, item) for item in counted]

    return Source((root,), count)


def pivot_source(form: PivotedCounts, scope: Scope) -> Source:
    """Return the source of pairs of a name and a count."""
    root, get = _items_of(form.pivot, scope)
    key, value = parse_path(form.key), parse_path(form.value)

    def pairs(list_value: object) -> object:
        items = get(list_value)
        return None if items is None else [(within(key, item), within(value, item)) for item in items]

    return Source((root,), pairs)


def _items_of(written: str, scope: Scope) -> Derived:
    """Return where the items of a list come from."""
    path = parse_path(written).as_list()
    pivot = scope.pivots.get(path.root)
    return (
        Derived(path.root, path.items)
        if pivot is None
        else Derived(pivot.root, lambda root: path.items(pivot.of(root)))
    )


def _folded(words: str | Sequence[str]) -> frozenset[str]:
    return frozenset(word.casefold() for word in ([words] if isinstance(words, str) else words))


def _fold(value: object) -> str:
    word = as_word(value)
    return word.strip().casefold() if isinstance(word, str) else ""
