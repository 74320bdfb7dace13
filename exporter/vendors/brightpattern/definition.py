"""Definition of the subscription: the statistics that the tables read, filtered if the API supports it."""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from exporter.model import Agent, Queue
from exporter.settings import Choice
from exporter.vendors.brightpattern.api import APP, grid
from exporter.vendors.brightpattern.settings import BrightPatternSettings
from exporter.vendors.brightpattern.tables import PARAMETER, SERVICE_FIELD, TEAM_FIELD, TOTALS_FIELD, UNCERTAIN
from exporter.vendors.toolkit.decoder import RowSchema

# A grid accepts one value as its filter, and no pattern; services cannot be filtered by id.
_NOT_A_PATTERN = re.compile(r"(?![0-9A-Fa-f-]{32,36}$)[^*?\[]+")
_SERVICES: Literal["service_grids"] = "service_grids"
_AGENTS: Literal["agent_grids"] = "agent_grids"
_TOTALS: Literal["stats_totals"] = "stats_totals"


class Item(NamedTuple):
    """A part of the definition that a version may refuse.

    Attributes:
        place: The list it is in.
        name: The column: its statistic and disposition; or the column of a filter.
        filters: Whether it is a filter.
    """

    place: Literal["service_grids", "agent_grids", "stats_totals"]
    name: str
    filters: bool = False


class Definition(NamedTuple):
    """What to subscribe to.

    Attributes:
        required: The columns that identify rows, by grid.
        items: Everything else that the tables read, in the order of the definition.
        suspects: The items most likely to be refused: filters, inferred statistics and unused totals.
        values: The values of the filters, by grid.
    """

    required: Mapping[str, str]
    items: tuple[Item, ...]
    suspects: frozenset[Item]
    values: Mapping[str, str]

    @property
    def service(self) -> str | None:
        """The only selected service, None if there is no such one."""
        return self.values.get(_SERVICES)

    def document(self, items: Collection[Item]) -> Mapping[str, object]:
        """Return the definition with these items."""
        totals = [item.name for item in self.items if item in items and item.place == _TOTALS]
        parts: dict[str, object] = {name: [self._grid(name, items)] for name in (_AGENTS, _SERVICES)}
        if totals:
            parts[_TOTALS] = totals
        return {APP: parts}

    def _grid(self, place: str, items: Collection[Item]) -> Mapping[str, object]:
        wanted = [item for item in self.items if item in items and item.place == place]
        columns = [self.required[place], *(item.name for item in wanted if not item.filters)]
        filters = [(item.name, self.values[place]) for item in wanted if item.filters]
        return grid(columns, filters[0] if filters else None)


def define(
    target: BrightPatternSettings,
    services: RowSchema[Queue],
    totals: RowSchema[Queue],
    agents: RowSchema[Agent],
    *,
    unfiltered: Collection[str] = (),
) -> Definition:
    """Return the definition for a target.

    Args:
        target: The target's settings.
        services: Table of the service grid.
        totals: Table of the tenant's totals.
        agents: Table of the agent grid.
        unfiltered: The grids whose selection the vendor does not filter by.
    """
    [service_id, *service_columns] = _columns(target, services)
    [agent_id, *agent_columns] = _columns(target, agents)
    total_items = [Item(_TOTALS, name) for name in _columns(target, totals) if name != TOTALS_FIELD]
    selected, team = _only(target.select.queues), _only(target.select.groups)
    service = selected if selected != target.totals_queue else None
    values = {_SERVICES: service, _AGENTS: team}
    filters = [Item(_AGENTS, TEAM_FIELD, filters=True)] if team is not None else []
    filters += [Item(_SERVICES, SERVICE_FIELD, filters=True)] if service is not None else []
    filters = [item for item in filters if item.place not in unfiltered]
    statistics = [Item(_SERVICES, name) for name in service_columns]
    statistics += [Item(_AGENTS, name) for name in agent_columns]
    inferred = [item for item in statistics if f"{item.place}.{statistic(item.name)}" in UNCERTAIN]
    return Definition(
        {_SERVICES: service_id, _AGENTS: agent_id},
        (*filters, *statistics, *total_items),
        frozenset((*filters, *inferred, *(total_items if target.totals_queue is None else ()))),
        {place: value for place, value in values.items() if value is not None},
    )


def statistic(column: str) -> str:
    """Return the statistic of a column."""
    return column.partition(PARAMETER)[0]


def _columns(target: BrightPatternSettings, table: RowSchema[Any]) -> Sequence[str]:
    fields = (field for field in table.fields if field.to == "id" or statistic(field.name) not in target.omit)
    return list(dict.fromkeys(field.name for field in fields))


def _only(choice: Choice) -> str | None:
    """Return the selected name, None if there are several or a pattern."""
    names = choice.ids(_NOT_A_PATTERN, 1)
    return names[0] if names else None
