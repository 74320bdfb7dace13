"""Where the value of a form comes from: functions from the fields of a record to a value."""

from collections.abc import Iterator, Sequence
from typing import Final

from exporter.vendors.definitions.forms import Count, Extreme, FromList, Join, PivotedCounts, Sum, Where
from exporter.vendors.definitions.paths import Path, parse_path
from exporter.vendors.definitions.scope import Derived, Scope, within
from exporter.vendors.definitions.value_readers import as_word
from exporter.vendors.toolkit.decoder import Source
from exporter.vendors.toolkit.readers import NoValueError, UnmappedError, text

_EMPTY: Final = (None, "")


def sum_source(form: Sum, scope: Scope) -> Source:
    """Return the source of a list of values to add; None if one of them is missing."""
    if form.where:
        return _sum_where_source(form, scope)
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


def _sum_where_source(form: Sum, scope: Scope) -> Source:
    """Return the source of the values of some items of a list; None if there is no such item or one has no value."""
    path = parse_path(form.sum if isinstance(form.sum, str) else form.sum[0])
    items, inner = path.split()
    root, get = _items_of(items, scope)
    wanted = list(_conditions(form.where))

    def values(value: object) -> list[object] | None:
        found = [_item_value(inner, item) for item in get(value) or () if _fulfils(item, wanted)]
        return None if not found or any(each in _EMPTY for each in found) else found

    return Source((root,), values)


def extreme_source(form: Extreme, scope: Scope) -> Source:
    """Return the source of several values; the smallest or the largest counts. None if there is none."""
    parts = [scope.derived(path) for path in form.paths]

    def values(*roots: object) -> list[object] | None:
        found = [part.get(root) for part, root in zip(parts, roots, strict=True)]
        return [value for value in found if value not in _EMPTY] or None

    return Source(tuple(part.root for part in parts), values)


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
    root, get = _items_of(parse_path(form.count).as_list(), scope)
    wanted = list(_conditions(form.where))
    by = None if form.by is None else parse_path(form.by)

    def count(value: object) -> object:
        items = get(value)
        if items is None:
            return None
        counted = [item for item in items if _fulfils(item, wanted)]
        return len(counted) if by is None else [within(by, item) for item in counted]

    return Source((root,), count)


def pivot_source(form: PivotedCounts, scope: Scope) -> Source:
    """Return the source of pairs of a name and a count."""
    root, get = _pivoted_list(form, scope)
    key, value = parse_path(form.key), parse_path(form.value)

    def pairs(list_value: object) -> object:
        items = get(list_value)
        return None if items is None else [(within(key, item), within(value, item)) for item in items]

    return Source((root,), pairs)


def _pivoted_list(form: PivotedCounts, scope: Scope) -> Derived:
    """Return where the counts come from: a list of the record, or one that is kept for an id of the record."""
    path = parse_path(form.pivot).as_list()
    if form.source is None or form.id is None:
        return _items_of(path, scope)
    root, get = scope.derived(form.id)
    lookup = scope.lookups[form.source]
    return Derived(root, lambda value: path.items(lookup.find(get(value), path.root)))


_Conditions = Sequence[tuple[Path, frozenset[str]]]


def _items_of(path: Path, scope: Scope) -> Derived:
    """Return where the items of a list come from."""
    pivot = scope.pivots.get(path.root)
    if pivot is None:
        return Derived(path.root, path.items)
    return Derived(pivot.root, lambda root: path.items(pivot.of(root)))


def _item_value(path: Path | None, item: object) -> object:
    return item if path is None else within(path, item)


def _conditions(where: Where) -> Iterator[tuple[Path, frozenset[str]]]:
    """Yield the path and the words of each condition on an item."""
    for path, words in where.items():
        yield parse_path(path), frozenset(word.casefold() for word in ([words] if isinstance(words, str) else words))


def _fulfils(item: object, conditions: _Conditions) -> bool:
    return all(_fold(within(path, item)) in words for path, words in conditions)


def _fold(value: object) -> str:
    word = as_word(value)
    return word.strip().casefold() if isinstance(word, str) else ""
