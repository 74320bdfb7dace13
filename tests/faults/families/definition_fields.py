"""The fields of each definition that hold running totals and durations."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from tests.support.recorded_dialect import recorded_dialects

_TOTALS: Final = frozenset(
    {"ring_seconds", "answer_wait_seconds", "talk_seconds", "abandon_wait_seconds", "handle_seconds"}
    | {"outbound_contacts_handled", "outbound_handle_seconds", "handled", "state_totals"}
)
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


def _fields(definition: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    for resource in definition["resources"].values():
        for kind in _KINDS:
            yield from resource.get(kind, {}).items()


def _names_of(applies: Callable[[str], bool]) -> Mapping[str, frozenset[str]]:
    return {
        dialect.name: frozenset(
            name for to, form in _fields(dialect.definition) if applies(to) for name in _names(form)
        )
        for dialect in recorded_dialects()
    }


TOTALS: Final = _names_of(_is_total)
DURATIONS: Final = _names_of(_is_duration)
