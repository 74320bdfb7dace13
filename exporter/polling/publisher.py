"""Publishes the series of one target and the health of its polling, within the target's series limit.

A resource's series and the target's health change in one step of the event loop: no scrape sees one without the other.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from functools import partial
from typing import Final

import structlog

from exporter.metrics.pages import Exposition
from exporter.metrics.render import SeriesBlock, render
from exporter.model import Failure, NoValue
from exporter.polling.health import ResourceHealth, TargetHealth
from exporter.polling.transition_log import TransitionLog
from exporter.settings import TargetSettings

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

# A limit for each field, so that a flood in one does not hide a value of another.
_MAX_LOGGED_VALUES: Final = 50
_TOO_MANY: Final = object()


class Publisher:
    """One target's part of the exposition."""

    def __init__(self, settings: TargetSettings, exposition: Exposition) -> None:
        """Start without series."""
        self.health = TargetHealth(settings.name, settings.vendor)
        self.log = log.bind(target=settings.name)
        # Held from reading the series budget until the series are published: two resources must not spend it twice.
        self.budget_lock = asyncio.Lock()
        self._max_series = settings.limits.series_per_target
        self._exposition = exposition
        self._unmapped: defaultdict[str, TransitionLog] = defaultdict(partial(TransitionLog, self.log))

    def publish(self, resource: ResourceHealth, block: SeriesBlock) -> None:
        """Replace one resource's series, and the target's health, in one step."""
        resource.series, resource.dropped = block.series, block.dropped
        resource.left_out = tuple(family.name for family in block.left_out)
        self._exposition.put(self.health.name, resource.name, block)
        self.publish_health()

    def publish_health(self) -> None:
        """Replace the target's health."""
        self._exposition.put(self.health.name, "", render(self.health.entities()))

    def series_budget(self, resource: ResourceHealth) -> int:
        """Return the number of series that the target has left for one resource."""
        others = sum(other.series for other in self.health.resources if other is not resource)
        return max(0, self._max_series - others)

    def record_unmapped(self, unmapped: Iterable[tuple[str, str]]) -> None:
        """Count unmapped vendor values, and log each once; one that stands for no value is counted once too.

        A failed request for one item is logged, but is not a value.
        """
        for field, value in unmapped:
            logged = self._unmapped[field]
            known = value in logged or _TOO_MANY in logged
            if known and isinstance(value, NoValue):
                continue
            if not isinstance(value, Failure):
                self.health.unmapped[field] += 1
            if known:
                continue
            if isinstance(value, Failure) and len(logged) < _MAX_LOGGED_VALUES:
                logged.report({value}, "request for one item failed", field=field, error=value)
            elif len(logged) < _MAX_LOGGED_VALUES:
                logged.report({value}, "unmapped vendor value", field=field, value=value)
            else:
                message = "too many unmapped values for this field; further values are counted but not logged"
                logged.report({_TOO_MANY}, message, field=field)
