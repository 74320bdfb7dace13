"""The variables of the dashboards: the data source, contact centres, queues and others."""

from collections.abc import Sequence
from typing import Final

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import dashboard as model

from exporter.metrics import catalog
from grafana.generator.boards import attention
from grafana.generator.boards.panels import DATA_SOURCE

Variable = Builder[model.VariableModel]

_OF_TARGET: Final = 'target=~"$target"'
# Every family of an item: no family is provided by all vendors, so one that lacks it could not be selected. Prometheus
# finds the values in its index, without reading samples: 10,000 queues take a fraction of a second.
_QUEUES: Final = f'{{__name__=~"{catalog.PREFIX}queue_.+", {_OF_TARGET}}}'
_AGENTS: Final = f'{{__name__=~"{catalog.PREFIX}agent_.+", {_OF_TARGET}}}'
_TRUNKS: Final = f'{{__name__=~"{catalog.PREFIX}trunk_.+", {_OF_TARGET}}}'


def data_source() -> Variable:
    """Return the variable of the Prometheus data source."""
    default = model.VariableOption(text="default", value="default", selected=True)
    return dashboard.DatasourceVariable("datasource").label("Data source").type("prometheus").current(default)


def target() -> Variable:
    """Return the variable of contact centres, also of those that have not been polled yet."""
    return _variable("target", "Contact centre", f"label_values({catalog.TARGET_INFO.name}, target)")


def queue() -> Variable:
    """Return the variable of queues, by name."""
    return _variable("queue", "Queue", f"label_values({_QUEUES}, queue)")


def channel() -> Variable:
    """Return the variable of channels."""
    return _variable("channel", "Channel", f"label_values({_QUEUES}, channel)")


def group() -> Variable:
    """Return the variable of departments or teams of agents."""
    return _variable("group", "Group", f"label_values({catalog.AGENTS.name}{{{_OF_TARGET}}}, group)")


def agent() -> Variable:
    """Return the variable of single agents, if they are exported."""
    return _variable("agent", "Agent", f"label_values({_AGENTS}, agent_id)")


def within() -> Variable:
    """Return the variable of waits at which there is a bucket, in seconds, if single contacts are observed."""
    buckets = f"{catalog.QUEUE_CONTACT_SERVICE_LEVEL_WAIT.name}_bucket{{{_OF_TARGET}}}"
    return _variable("within", "Answered within (s)", f"label_values({buckets}, le)").current(
        model.VariableOption(text=["20.0"], value=["20.0"], selected=True)
    )


def trunk() -> Variable:
    """Return the variable of trunks."""
    return _variable("trunk", "Trunk", f"label_values({_TRUNKS}, trunk)")


def job() -> Variable:
    """Return the variable of scrape jobs."""
    return _variable("job", "Job", f"label_values({catalog.BUILD_INFO.name}, job)")


def worst(count: int, *among: str) -> Variable:
    """Return the hidden variable of the ids of the worst queues, so that panels read only these.

    Grafana asks for them at every refresh, and before the panels.

    Args:
        count: The maximum number of queues.
        among: Label matchers of queues that are compared with each other only, in PromQL.
    """
    query = f"query_result({attention.candidates(count, *among)})"
    return (
        _variable("worst", "Worst queues", query)
        .regex('/queue_id="([^"]+)"/')
        .all_value("")
        .hide(model.VariableHide.HIDE_VARIABLE)
    )


def of_queues() -> Sequence[Variable]:
    """Return the variables of dashboards about queues."""
    return (data_source(), target(), queue(), channel())


def _variable(name: str, label: str, query: str) -> dashboard.QueryVariable:
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
