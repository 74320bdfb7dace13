"""Lines of the queues that are worst at the end of the time range."""

from dataclasses import replace
from typing import Final

from grafana_foundation_sdk.models import dashboard as model

from exporter.metrics.catalog import Family
from grafana.generator.boards import attention
from grafana.generator.boards.panels import About, Query, lines
from grafana.generator.boards.promql import QUEUE, each, of_worst_queue

NAME: Final = "{{queue}} · {{channel}} · {{target}}"
# More lines are illegible, and ten thousand queues would be hundreds of megabytes.
LINES: Final = 8


def by_queue(about: About, metric: Family | str, *more: Query, among: tuple[str, ...] = ()) -> model.Panel:
    """Return the lines of those queues, among some or all, that are worst at the end of the time range.

    Args:
        about: The options of the panel.
        metric: A family, or the PromQL of a figure of the worst queues.
        more: Further queries.
        among: Label matchers of the queues that are compared.
    """
    expression = of_worst_queue(metric) if isinstance(metric, Family) else metric
    about = replace(about, description=f"{about.description} The {LINES} queues that are worst at the end.")
    return lines(about, Query(each(QUEUE, worst_only(f"({expression})", among)), NAME), *more)


def worst_only(expression: str, among: tuple[str, ...] = ()) -> str:
    """Return an expression with only the queues that are worst at the end of the time range."""
    return f"{expression} {attention.worst(LINES, ' @ end()', *among)}"
