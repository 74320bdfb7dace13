"""The same series in a prometheus_client registry, for comparison."""

from collections.abc import Iterable, Iterator

from prometheus_client import CollectorRegistry, Metric
from prometheus_client.registry import Collector

from exporter.metrics.catalog import FAMILIES, Family
from exporter.metrics.mapping import Entity, Labels


class _Ready(Collector):
    """Returns prepared metrics, so that only their rendering is measured."""

    def __init__(self, metrics: Iterable[Metric]) -> None:
        self._metrics = tuple(metrics)

    def collect(self) -> Iterable[Metric]:
        return self._metrics


def _series(entity: Entity) -> Iterator[tuple[Family, Labels, float]]:
    for column, value in entity.samples:
        yield column.family, entity.labels + column.labels, value
    if entity.state_set is not None:
        for labels, value in entity.state_set.samples:
            yield entity.state_set.family, entity.labels + labels, value


def registry(entities: Iterable[Entity]) -> CollectorRegistry:
    """Return a registry with every series of the entities, all as gauges."""
    found: dict[Family, Metric] = {}
    for entity in entities:
        for family, labels, value in _series(entity):
            metric = found.setdefault(family, Metric(family.name, family.help, "gauge"))
            metric.add_sample(family.name, dict(labels), value)
    registry = CollectorRegistry()
    registry.register(_Ready(found[family] for family in FAMILIES if family in found))
    return registry
