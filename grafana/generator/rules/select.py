"""Selectors of series: all of them in rules, those of the selected queues on dashboards."""

from typing import Protocol

from exporter.metrics.catalog import Family


class Select(Protocol):
    """Returns the selector of a family or a recorded name, with further matchers."""

    def __call__(self, metric: Family | str, *matchers: str) -> str:
        """Return the selector.

        Args:
            metric: A family of the catalogue, or the name of a recorded series.
            matchers: Further label matchers, in PromQL.
        """


def every(metric: Family | str, *matchers: str) -> str:
    """Select all series."""
    name = metric if isinstance(metric, str) else metric.name
    return f"{name}{{{', '.join(matchers)}}}" if matchers else name
