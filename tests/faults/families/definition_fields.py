"""The fields of each definition that hold running totals and durations."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from tests.support.recorded_dialect import recorded_dialects

_TOTALS: Final = frozenset(
    {"ring_seconds", "answer_wait_seconds", "talk_seconds", "abandon_wait_seconds", "handle_seconds"}
    | {"outbound_contacts_handled", "outbound_handle_seconds", "handled", "state_totals"}
)
_SUBSTITUTION: Final = re.compile(r"\{[^}]*\}")
_KINDS: Final = ("queue", "agent", "trunk", "number")


def _is_total(to: str) -> bool:
    return to in _TOTALS or to.startswith("contacts_")


def _is_duration(to: str) -> bool:
    return to.endswith("_seconds") or to == "state_totals"


def _names(form: object) -> Iterator[str]:
    """Yield the last key of every path in a form."""
    match form:
        case str():
            yield form.rpartition(".")[2].strip('"')
        case list():
            for each in form:
                yield from _names(each)
        case {"field": paths} | {"sum": paths}:
            yield from _names(paths)
        case {"value": _} | {"setting": _} | {"from": _} | {"count": _} | {"pivot": _}:
            pass
        case dict():
            for each in form.values():
                yield from _names(each)


def _fields(resource: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    for kind in _KINDS:
        yield from resource.get(kind, {}).items()


def _pattern(path: str) -> re.Pattern[str]:
    """Return the pattern of a path with substitutions."""
    return re.compile("[^/]+".join(map(re.escape, _SUBSTITUTION.split(path))))


class Names:
    """The names of the fields of some kind, by vendor and path of the request."""

    def __init__(self, applies: Callable[[str], bool]) -> None:
        """Find the fields of all definitions that lead to certain fields of the model."""
        self._found: dict[str, list[tuple[re.Pattern[str], frozenset[str]]]] = defaultdict(list)
        for dialect in recorded_dialects():
            for resource in dialect.definition["resources"].values():
                names = frozenset(name for to, form in _fields(resource) if applies(to) for name in _names(form))
                if names:
                    path = resource.get("get") or resource["post"]
                    self._found[dialect.name].append((_pattern(path), names))

    def __contains__(self, vendor: str) -> bool:
        """Return whether a vendor has such fields."""
        return vendor in self._found

    def match(self, vendor: str, target: str, name: str) -> bool:
        """Return whether the response to a request has such a field of this name.

        Args:
            vendor: The vendor.
            target: The path and query of the request.
            name: The name of the field.
        """
        path = unquote(urlsplit(target).path)
        return any(name in names and pattern.fullmatch(path) for pattern, names in self._found.get(vendor, ()))


TOTALS: Final = Names(_is_total)
DURATIONS: Final = Names(_is_duration)
