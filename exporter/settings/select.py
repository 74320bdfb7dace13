"""Which queues, groups, trunks and families of a target are exported, as an operator sets it."""

import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from exporter.metrics.catalog import FAMILIES, OF_THE_CENTRE, PREFIX
from exporter.model import Agent, Trunk
from exporter.runtime.suggest import hint
from exporter.settings.types import FrozenModel
from exporter.settings.units import Shown


def _family(pattern: str) -> str:
    """Return a pattern of families without the prefix that all have."""
    short = pattern.removeprefix(PREFIX)
    if any(fnmatchcase(name, short) for name in OF_THE_CENTRE):
        return short
    if any(fnmatchcase(family.name.removeprefix(PREFIX), short) for family in FAMILIES):
        raise ValueError("tells how the polling goes, which is always shown")
    raise ValueError(f"fits no metric family{hint(short, OF_THE_CENTRE)}")


def _not_empty(patterns: tuple[str, ...]) -> tuple[str, ...]:
    if not patterns:
        raise ValueError("must not be empty")
    return patterns


_Pattern = Annotated[str, Field(min_length=1, coerce_numbers_to_str=True), Shown("PATTERN")]
_Patterns = Annotated[tuple[_Pattern, ...], AfterValidator(_not_empty)]
_FamilyPatterns = Annotated[tuple[Annotated[_Pattern, AfterValidator(_family)], ...], AfterValidator(_not_empty)]


class Choice(FrozenModel):
    """Some of many, by patterns of their ids or names.

    In a pattern `*` stands for anything, `?` for one character, `[ab]` for one of some; capitals count.
    """

    include: _Patterns | None = None
    """Only what fits one of these patterns; everything unless given."""

    exclude: _Patterns | None = None
    """What fits one of these is left out, included or not."""

    def takes(self, *names: str) -> bool:
        """Return whether something of these names, its id among them, is chosen."""
        return (self.include is None or _fits(names, self.include)) and not _fits(names, self.exclude or ())

    def ids(self, form: re.Pattern[str], most: int) -> tuple[str, ...] | None:
        """Return the ids that are all a vendor need be asked for.

        Args:
            form: What an id of the vendor looks like; what looks otherwise is a name or a pattern.
            most: How many may be asked for.

        Returns:
            The ids; None where only the whole list will do.
        """
        included = tuple(dict.fromkeys(self.include or ()))
        if not all(form.fullmatch(each) for each in included):
            return None
        wanted = tuple(each for each in included if self.takes(each))
        return wanted if 0 < len(wanted) <= most else None


class Families(Choice):
    """Some of the metric families of a contact centre, by patterns of their names.

    The prefix that all have may be left out. What tells how the polling goes is always shown.
    """

    include: _FamilyPatterns | None = None
    """Only families that fit one of these patterns; all of them unless given."""

    exclude: _FamilyPatterns | None = None
    """Families that fit one of these are switched off."""


class Select(FrozenModel):
    """What of a contact centre is exported; the rest costs no series and, where the vendor allows, no request."""

    queues: Choice = Choice()
    """Which queues, by id or name."""

    groups: Choice = Choice()
    """The agents of which groups, by the group's name; who is in none has the name ""."""

    trunks: Choice = Choice()
    """Which trunks, by id or name."""

    families: Families = Families()
    """Which metric families."""


def unknown_to(tables: Iterable[Any]) -> Iterator[tuple[str, str]]:
    """Yield each key of a selection that could only be a mistake at a vendor, and what the vendor does not tell.

    Args:
        tables: The vendor's tables of fields; none where it is not known what it tells.
    """
    tables = tuple(tables)
    if not tables:
        return
    if not any(table.model is Agent and field.to == "group" for table in tables for field in table.fields):
        yield "groups", "groups of agents"
    if not any(table.model is Trunk for table in tables):
        yield "trunks", "trunks"


def _fits(names: Iterable[str], patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name, pattern) for name in names for pattern in patterns)
