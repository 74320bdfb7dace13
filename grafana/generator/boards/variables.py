"""What a viewer can choose on a board: the data source, and which contact centres, queues and so on."""

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
    """Return the choice of the Prometheus that is asked."""
    chosen = model.VariableOption(text="default", value="default", selected=True)
    return dashboard.DatasourceVariable("datasource").label("Data source").type("prometheus").current(chosen)


def target() -> Variable:
    """Return the choice of contact centres."""
    return _choice("target", "Contact centre", f"label_values({catalog.UP.name}, target)")


def queue() -> Variable:
    """Return the choice of queues, by name; vendors that know no waiting contacts still know who serves a queue."""
    return _choice("queue", "Queue", f'label_values({{__name__=~"{_QUEUES}", {_OF_TARGET}}}, queue)')


def channel() -> Variable:
    """Return the choice of channels."""
    return _choice("channel", "Channel", f'label_values({{__name__=~"{_QUEUES}", {_OF_TARGET}}}, channel)')


def group() -> Variable:
    """Return the choice of departments or teams of agents."""
    return _choice("group", "Group", f"label_values({catalog.AGENTS.name}{{{_OF_TARGET}}}, group)")


def agent() -> Variable:
    """Return the choice of single agents, where they are exported."""
    return _choice("agent", "Agent", f"label_values({catalog.AGENT_STATE.name}{{{_OF_TARGET}}}, agent_id)")


def trunk() -> Variable:
    """Return the choice of trunks."""
    return _choice("trunk", "Trunk", f"label_values({catalog.TRUNK_CAPACITY_PORTS.name}{{{_OF_TARGET}}}, trunk)")


def job() -> Variable:
    """Return the choice of Prometheus's scrape jobs."""
    return _choice("job", "Job", f"label_values({catalog.BUILD_INFO.name}, job)")


def of_queues() -> Sequence[Variable]:
    """Return the choices of boards about queues."""
    return (data_source(), target(), queue(), channel())


def _choice(name: str, label: str, query: str) -> Variable:
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
