"""Definition of the subscription: the statistics that the tables read, filtered if the API supports it."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from exporter.model import Agent, Queue
from exporter.settings import Choice
from exporter.vendors.brightpattern.api import APP, grid
from exporter.vendors.brightpattern.settings import BrightPatternSettings
from exporter.vendors.brightpattern.tables import SERVICE_FIELD, TEAM_FIELD, TOTALS_FIELD, UNCERTAIN
from exporter.vendors.toolkit.decoder import RowSchema

# A grid accepts one value as its filter, and no pattern.
_NOT_A_PATTERN = re.compile(r"[^*?\[]+")


class Definition(NamedTuple):
    """What to subscribe to.

    Attributes:
        full: Everything the tables read.
        reduced: For a version that refuses the full definition: without filters, inferred statistics and unused totals.
        service: The only selected service, None if there is no such one.
    """

    full: Mapping[str, object]
    reduced: Mapping[str, object]
    service: str | None


def define(
    target: BrightPatternSettings, services: RowSchema[Queue], totals: RowSchema[Queue], agents: RowSchema[Agent]
) -> Definition:
    """Return the definition for a target.

    Args:
        target: The target's settings.
        services: Table of the service grid.
        totals: Table of the tenant's totals.
        agents: Table of the agent grid.
    """
    service_columns, agent_columns = _columns(target, services), _columns(target, agents)
    total_columns = [name for name in _columns(target, totals) if name != TOTALS_FIELD]
    selected, team = _only(target.select.queues), _only(target.select.groups)
    service = selected if selected != target.totals_queue else None
    full: dict[str, object] = {
        "agent_grids": [grid(agent_columns, None if team is None else (TEAM_FIELD, team))],
        "stats_totals": total_columns,
        "service_grids": [grid(service_columns, None if service is None else (SERVICE_FIELD, service))],
    }
    reduced: dict[str, object] = {
        "agent_grids": [grid(agent_columns)],
        **({} if target.totals_queue is None else {"stats_totals": total_columns}),
        "service_grids": [grid(name for name in service_columns if name not in UNCERTAIN)],
    }
    return Definition({APP: full}, {APP: reduced}, service)


def _columns(target: BrightPatternSettings, table: RowSchema[Any]) -> Sequence[str]:
    fields = (field for field in table.fields if field.to == "id" or field.name not in target.omit)
    return list(dict.fromkeys(field.name for field in fields))


def _only(choice: Choice) -> str | None:
    """Return the selected name, None if there are several or a pattern."""
    names = choice.ids(_NOT_A_PATTERN, 1)
    return names[0] if names else None
