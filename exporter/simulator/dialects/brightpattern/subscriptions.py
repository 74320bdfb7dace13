"""Subscriptions of Bright Pattern: which statistics, and the data made of them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from exporter import model
from exporter.simulator.dialects.brightpattern.statistics import (
    AGENTS,
    DISPOSITIONS_STATISTIC,
    SERVICES,
    TOTALS,
    Statistic,
    Statistics,
    calls_with,
)
from exporter.simulator.dispositions import DISPOSITIONS
from exporter.simulator.ledger import Ledger

_FILTER = ("filter_by", "filter_operation", "filter_value")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Grid(Generic[T]):
    """A grid of a subscription.

    Attributes:
        id: Its id.
        columns: The reader of each column by the column's id.
        only: Required values of columns by the column's id; other rows are filtered out.
    """

    id: str
    columns: Mapping[str, Statistic[T]]
    only: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class App:
    """The subscription of one application id."""

    totals: Sequence[str]
    services: Sequence[Grid[model.Queue]]
    agents: Sequence[Grid[model.Agent]]


def read_app(requested: object) -> App:
    """Read the subscription of an application id; raises TypeError, KeyError and the like if it is invalid."""
    if not isinstance(requested, dict):
        raise TypeError("not an object")
    totals = list(requested.get("stats_totals", ()))
    _require_known(totals, TOTALS)
    services = [_grid(grid, SERVICES) for grid in requested.get("service_grids", ())]
    return App(totals, services, [_grid(grid, AGENTS, calls_with) for grid in requested.get("agent_grids", ())])


def _grid(
    requested: Mapping[str, object],
    known: Statistics[T],
    with_dispositions: Callable[[Sequence[str]], Statistic[T]] | None = None,
) -> Grid[T]:
    columns = requested["columns"]
    if not isinstance(columns, list) or requested.keys() - {"id", "columns", *_FILTER}:
        raise ValueError("sorting grids is not supported")
    # The documentation spells the key differently for service and agent grids; both spellings are accepted for both.
    statistics = {str(column["id"]): _statistic(column, known, with_dispositions) for column in columns}
    return Grid(str(requested["id"]), statistics, _filter(requested, statistics))


def _statistic(
    column: Mapping[str, Any],
    known: Statistics[T],
    with_dispositions: Callable[[Sequence[str]], Statistic[T]] | None,
) -> Statistic[T]:
    name = column.get("stat_name") or column["statName"]
    if name == DISPOSITIONS_STATISTIC and with_dispositions is not None:
        _require_known(column["dispositions"], dict.fromkeys(DISPOSITIONS))
        return with_dispositions(column["dispositions"])
    _require_known([name], known)
    return known[name]


def _filter(requested: Mapping[str, object], columns: Mapping[str, object]) -> Mapping[str, str]:
    """Read the row filter; only the published operation EQ is supported."""
    if requested.keys().isdisjoint(_FILTER):
        return {}
    by, operation, value = (str(requested[name]) for name in _FILTER)
    if by not in columns or operation != "EQ":
        raise ValueError("grids can only be filtered by one of their columns and EQ")
    return {by: value}


def _require_known(statistics: Iterable[str], known: Mapping[str, object]) -> None:
    for name in statistics:
        if name not in known:
            raise ValueError(f"unknown statistic {name}")


def data_of(subscription: App, ledger: Ledger) -> dict[str, object]:
    """Return the data of a subscription."""
    data: dict[str, object] = {}
    if subscription.totals:
        data["stats_totals"] = {name: TOTALS[name](ledger) for name in subscription.totals}
    if subscription.services:
        data["service_grids"] = [_filled(grid, ledger.queues()) for grid in subscription.services]
    if subscription.agents:
        data["agent_grids"] = [_filled(grid, ledger.agents()) for grid in subscription.agents]
    return data


def _filled(grid: Grid[T], entities: Iterable[T]) -> dict[str, object]:
    rows = [{column: value_of(entity) for column, value_of in grid.columns.items()} for entity in entities]
    selected = [row for row in rows if all(row[column] == value for column, value in grid.only.items())]
    return {"id": grid.id, "values": selected}
