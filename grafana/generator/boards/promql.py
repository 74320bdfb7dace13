"""The PromQL that boards ask: selectors by the boards' variables, and sums that count everything once.

Two exporters that poll the same contact centre (a high-availability pair) would be counted twice by a plain sum, so
`each` takes one of them first.
"""

from collections.abc import Mapping
from typing import Final

from exporter.metrics.catalog import Family

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
    """Select the series of the chosen queues.

    Args:
        metric: A family of the catalogue, or the name of a recorded series.
        matchers: More label matchers, as PromQL writes them.
    """
    return _select(metric, _OF_QUEUE, *matchers)


def of_group(metric: Family | str, *matchers: str) -> str:
    """Select the series of the chosen groups of agents."""
    return _select(metric, _OF_GROUP, *matchers)


def of_trunk(metric: Family | str, *matchers: str) -> str:
    """Select the series of the chosen trunks."""
    return _select(metric, _OF_TRUNK, *matchers)


def of_agent(metric: Family | str, *matchers: str) -> str:
    """Select the series of the chosen single agents."""
    return _select(metric, _OF_AGENT, *matchers)


def of_target(metric: Family | str, *matchers: str) -> str:
    """Select the series of the chosen contact centres."""
    return _select(metric, _OF_TARGET, *matchers)


def of_job(metric: Family | str, *matchers: str) -> str:
    """Select the series of the chosen jobs: an exporter's own metrics."""
    return _select(metric, _OF_JOB, *matchers)


def each(labels: tuple[str, ...], expression: str) -> str:
    """Return one value for each set of labels, from any number of exporters."""
    return f"max by ({', '.join(labels)}) ({expression})"


def total(labels: tuple[str, ...], expression: str, by: str = "") -> str:
    """Sum what each set of labels has.

    Args:
        labels: The labels that identify an item, which is counted once.
        expression: What is summed.
        by: The labels that are kept; none for a single sum.
    """
    return f"sum{f' by ({by})' if by else ''} ({each(labels, expression)})"


def per_minute(selector: str) -> str:
    """Return how fast a running total grows, a minute."""
    return f"rate({selector}[$__rate_interval]) * 60"


def weighted(ratio: str, weight: str) -> str:
    """Return the mean of queues' ratios, in which busy queues count more; nothing where nothing came.

    Args:
        ratio: A ratio of each queue.
        weight: How many contacts it is a ratio of; its series carry the same labels.
    """
    return f"sum({ratio} * {weight}) / (sum({weight} and {ratio}) > 0)"


def numbered(label: str, values: Mapping[str, float]) -> str:
    """Return a vector that gives each value of a label a number, to multiply other vectors by."""
    return " or ".join(
        f'label_replace(vector({number}), "{label}", "{value}", "", "")' for value, number in values.items()
    )


def _select(metric: Family | str, *matchers: str) -> str:
    name = metric if isinstance(metric, str) else metric.name
    return f"{name}{{{', '.join(matchers)}}}"
