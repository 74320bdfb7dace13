"""PromQL of the dashboards: selectors by their variables, and sums that count every item once.

A plain sum would count two exporters of the same contact centre (a high-availability pair) twice, so `each` takes one
of them first.
"""

from collections.abc import Callable, Mapping
from typing import Final

from exporter.metrics.catalog import Family
from grafana.generator.joins import QUEUE_KEY

QUEUE: Final = ("target", "queue_id", "queue", "channel")
TRUNK: Final = ("target", "trunk_id", "trunk")
AGENT: Final = ("target", "agent_id", "agent")
RESOURCE: Final = ("target", "resource")

_OF_QUEUE: Final = 'target=~"$target", queue=~"$queue", channel=~"$channel"'
_OF_GROUP: Final = 'target=~"$target", group=~"$group"'
_OF_TRUNK: Final = 'target=~"$target", trunk=~"$trunk"'
_OF_AGENT: Final = 'target=~"$target", agent_id=~"$agent"'
_OF_TARGET: Final = 'target=~"$target"'
_OF_JOB: Final = 'job=~"$job"'


def of_queue(metric: Family | str, *matchers: str) -> str:
    """Select the series of the selected queues.

    Args:
        metric: A family of the catalogue, or the name of a recorded series. A family of whole contact centres is
            selected by these.
        matchers: Further label matchers, in PromQL.
    """
    if isinstance(metric, Family) and "queue" not in metric.labels:
        return of_target(metric, *matchers)
    return _select(metric, _OF_QUEUE, *matchers)


def of_chosen_queue(metric: Family | str, *matchers: str) -> str:
    """Select the series of the selected queues, or none if the variable is "All".

    With "All" a panel reads totals that are recorded: these have no label `queue`, and `of_queue` selects them only
    then. No series has a label `any`, so that the value of "All", which also matches an empty label, excludes every
    series; Prometheus finds that out without reading them.
    """
    return of_queue(metric, 'any!~"$queue"', *matchers)


def of_worst_queue(metric: Family | str, *matchers: str) -> str:
    """Select the series of the worst of the selected queues, to be filtered by `attention.worst`.

    Queues of other contact centres may have the same ids.
    """
    if isinstance(metric, Family) and "queue" not in metric.labels:
        return of_target(metric, *matchers)
    return of_queue(metric, 'queue_id=~"$worst"', *matchers)


def worst_at_end(metric: Family | str, *matchers: str) -> str:
    """Select the same at the end of the time range, for what does not change within it."""
    return f"{of_worst_queue(metric, *matchers)} @ end()"


def of_group(metric: Family | str, *matchers: str) -> str:
    """Select the series of the selected groups of agents."""
    return _select(metric, _OF_GROUP, *matchers)


def of_trunk(metric: Family | str, *matchers: str) -> str:
    """Select the series of the selected trunks."""
    return _select(metric, _OF_TRUNK, *matchers)


def of_agent(metric: Family | str, *matchers: str) -> str:
    """Select the series of the selected single agents."""
    return _select(metric, _OF_AGENT, *matchers)


def of_target(metric: Family | str, *matchers: str) -> str:
    """Select the series of the selected contact centres."""
    return _select(metric, _OF_TARGET, *matchers)


def of_job(metric: Family | str, *matchers: str) -> str:
    """Select the series of the selected jobs: an exporter's own metrics."""
    return _select(metric, _OF_JOB, *matchers)


def each(labels: tuple[str, ...], expression: str) -> str:
    """Return one value for each set of labels, from any number of exporters."""
    return f"max by ({', '.join(labels)}) ({expression})"


def total(labels: tuple[str, ...], expression: str, by: str = "") -> str:
    """Sum one value per set of labels.

    Args:
        labels: The labels that identify an item, which is counted once.
        expression: The expression to sum.
        by: The labels to keep; empty for a single sum.
    """
    return f"sum{f' by ({by})' if by else ''} ({each(labels, expression)})"


def by_channel(of: Callable[[str], str]) -> tuple[str, str]:
    """Return the value of voice, without labels, and those of the other channels.

    Args:
        of: Returns an expression by channel, of the queues that a label matcher selects.
    """
    voice, others = of('channel="voice"'), of('channel!="voice"')
    return f"sum({voice})", f'label_replace({others}, "channel", "unknown", "channel", "")'


def all_chosen(variable: str) -> str:
    """Return a vector without labels that exists only while a variable is "All"."""
    probe = 'label_replace(vector(1), "probe", " ", "", "")'
    marked = f'label_replace({probe}, "chosen", "all", "probe", "${variable}")'
    return f'({marked} and on (chosen) label_replace(vector(1), "chosen", "all", "", ""))'


def per_minute(selector: str) -> str:
    """Return the increase of a running total per minute."""
    return f"rate({selector}[$__rate_interval]) * 60"


def share(part: str, whole: str, by: str = "") -> str:
    """Return the share of one sum in another, over the items that have both; empty without contacts.

    Args:
        part: The contacts of interest of each queue.
        whole: All contacts of each queue.
        by: The label by which to sum; empty for a single share.
    """
    grouped = f"sum by ({by})" if by else "sum"
    known = f"{grouped} ({whole} and on ({QUEUE_KEY}) {part})"
    return f"clamp_max({grouped} ({part} and on ({QUEUE_KEY}) {whole}) / ({known} > 0), 1)"


def numbered(label: str, values: Mapping[str, float]) -> str:
    """Return a vector with a number for each value of a label, as a factor for other vectors."""
    return " or ".join(
        f'label_replace(vector({number}), "{label}", "{value}", "", "")' for value, number in values.items()
    )


def _select(metric: Family | str, *matchers: str) -> str:
    name = metric if isinstance(metric, str) else metric.name
    return f"{name}{{{', '.join(matchers)}}}"
