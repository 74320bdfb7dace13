"""Selection of the queues, groups, trunks and metric families to export."""

import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from typing import Annotated, Any
from unicodedata import normalize

from pydantic import AfterValidator, Field

from exporter.metrics.catalog import FAMILIES, OF_THE_CENTRE, PREFIX
from exporter.model import Agent, Trunk
from exporter.runtime.suggest import hint
from exporter.settings.types import FrozenModel
from exporter.settings.units import ValueFormat


def _family(pattern: str) -> str:
    """Return a pattern of family names without the common prefix."""
    short = pattern.removeprefix(PREFIX)
    if any(fnmatchcase(name, short) for name in OF_THE_CENTRE):
        return short
    if any(fnmatchcase(family.name.removeprefix(PREFIX), short) for family in FAMILIES):
        raise ValueError("exporter health metrics cannot be filtered")
    raise ValueError(f"matches no metric family{hint(short, OF_THE_CENTRE)}")


def _not_empty(patterns: tuple[str, ...]) -> tuple[str, ...]:
    if not patterns:
        raise ValueError("must not be empty")
    return patterns


_Pattern = Annotated[str, Field(min_length=1, coerce_numbers_to_str=True), ValueFormat("PATTERN")]
_Patterns = Annotated[tuple[_Pattern, ...], AfterValidator(_not_empty)]
_FamilyPatterns = Annotated[tuple[Annotated[_Pattern, AfterValidator(_family)], ...], AfterValidator(_not_empty)]


_HEX_ID = re.compile(r"[0-9A-Fa-f]{32}")


class Choice(FrozenModel):
    """A filter by id or name.

    In a pattern `*` matches any text, `?` one character and `[ab]` one of the listed characters; matching is
    case-sensitive, except for ids of 32 hexadecimal digits. A name that equals the pattern always matches.
    """

    include: _Patterns | None = None
    """Export only items that match one of these patterns; defaults to all."""

    exclude: _Patterns | None = None
    """Do not export items that match one of these patterns; takes precedence over `include`."""

    def takes(self, *names: str) -> bool:
        """Return whether an item with any of these ids and names is selected."""
        return (self.include is None or _matches(names, self.include)) and not _matches(names, self.exclude or ())

    def ids(self, form: re.Pattern[str], most: int) -> tuple[str, ...] | None:
        """Return the ids to request, if the selection consists of ids only.

        Args:
            form: The format of the vendor's ids; anything else is a name or a pattern.
            most: The maximum number of ids.

        Returns:
            The ids; None if the whole list must be requested.
        """
        included = tuple(dict.fromkeys(self.include or ()))
        if not all(form.fullmatch(each) for each in included):
            return None
        wanted = tuple(each for each in included if self.takes(each))
        return wanted if 0 < len(wanted) <= most else None


class Families(Choice):
    """A filter by metric family name.

    The prefix `contactcenter_` may be omitted. Exporter health metrics cannot be filtered.
    """

    include: _FamilyPatterns | None = None
    """Export only families that match one of these patterns; defaults to all."""

    exclude: _FamilyPatterns | None = None
    """Do not export families that match one of these patterns; takes precedence over `include`."""


class Select(FrozenModel):
    """Selection of what to export; the rest adds no series and, if the vendor's API allows it, no requests."""

    queues: Choice = Choice()
    """Queues to export, by id or name."""

    groups: Choice = Choice()
    """Agent groups to export, by name; agents without a group match the empty name `""`."""

    trunks: Choice = Choice()
    """Trunks to export, by id or name."""

    families: Families = Families()
    """Metric families to export, by name."""


def unknown_to(tables: Iterable[Any]) -> Iterator[tuple[str, str]]:
    """Yield each key of `select` that has no effect for a vendor, and the kind of data its API does not provide.

    Args:
        tables: The vendor's tables of fields; empty if they are not known.
    """
    tables = tuple(tables)
    if not tables:
        return
    if not any(issubclass(table.model, Agent) and field.to == "group" for table in tables for field in table.fields):
        yield "groups", "groups of agents"
    if not any(issubclass(table.model, Trunk) for table in tables):
        yield "trunks", "trunks"


def matches(name: str, pattern: str) -> bool:
    """Return whether a name equals a pattern or matches it; accents compare equal in every Unicode form.

    Ids of 32 hexadecimal digits are exported in upper case, however a vendor writes them, and match in either case.
    """
    name, pattern = normalize("NFC", name), normalize("NFC", pattern)
    if _HEX_ID.fullmatch(pattern):
        return name.upper() == pattern.upper()
    return name == pattern or fnmatchcase(name, pattern)


def _matches(names: Iterable[str], patterns: Iterable[str]) -> bool:
    return any(matches(name, pattern) for name in names for pattern in patterns)
