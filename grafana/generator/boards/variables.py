"""The variables of the dashboards: the data source, contact centres, queues and others."""

from collections.abc import Sequence
from typing import Final

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import dashboard as model

from exporter.metrics import catalog
from grafana.generator.boards.panels import DATA_SOURCE

Variable = Builder[model.VariableModel]

_QUEUES: Final = f"{catalog.QUEUE_WAITING_CONTACTS.name}|{catalog.QUEUE_AGENTS.name}"
_OF_TARGET: Final = 'target=~"$target"'


def data_source() -> Variable:
    """Return the variable of the Prometheus data source."""
    default = model.VariableOption(text="default", value="default", selected=True)
    return dashboard.DatasourceVariable("datasource").label("Data source").type("prometheus").current(default)


def target() -> Variable:
    """Return the variable of contact centres."""
    return _variable("target", "Contact centre", f"label_values({catalog.UP.name}, target)")


def queue() -> Variable:
    """Return the variable of queues, by name; a vendor without waiting contacts may still provide agents of queues."""
    return _variable("queue", "Queue", f'label_values({{__name__=~"{_QUEUES}", {_OF_TARGET}}}, queue)')


def channel() -> Variable:
    """Return the variable of channels."""
    return _variable("channel", "Channel", f'label_values({{__name__=~"{_QUEUES}", {_OF_TARGET}}}, channel)')


def group() -> Variable:
    """Return the variable of departments or teams of agents."""
    return _variable("group", "Group", f"label_values({catalog.AGENTS.name}{{{_OF_TARGET}}}, group)")


def agent() -> Variable:
    """Return the variable of single agents, if they are exported."""
    return _variable("agent", "Agent", f"label_values({catalog.AGENT_STATE.name}{{{_OF_TARGET}}}, agent_id)")


def trunk() -> Variable:
    """Return the variable of trunks."""
    return _variable("trunk", "Trunk", f"label_values({catalog.TRUNK_CAPACITY_PORTS.name}{{{_OF_TARGET}}}, trunk)")


def job() -> Variable:
    """Return the variable of scrape jobs."""
    return _variable("job", "Job", f"label_values({catalog.BUILD_INFO.name}, job)")


def of_queues() -> Sequence[Variable]:
    """Return the variables of dashboards about queues."""
    return (data_source(), target(), queue(), channel())


def _variable(name: str, label: str, query: str) -> Variable:
    return (
        dashboard.QueryVariable(name)
        .label(label)
        .datasource(DATA_SOURCE)
        .query({"query": query, "refId": f"variable-{name}"})
        .definition(query)
        .refresh(model.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(model.VariableSort.ALPHABETICAL_CASE_INSENSITIVE_ASC)
        .multi(multi=True)
        .include_all(include_all=True)
        .all_value(".*")
        .current(model.VariableOption(text=["All"], value=["$__all"], selected=True))
    )
