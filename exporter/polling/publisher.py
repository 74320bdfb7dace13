"""Publishes the series of one target and the health of its polling, within the target's series limit.

A resource's series, those of resources whose items it renamed, and the target's health change in one step of the event
loop: no scrape sees one without the other.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Final

import structlog

from exporter.metrics.pages import Exposition
from exporter.metrics.render import SeriesBlock, render
from exporter.model import Failure, FigureMeanings, NoValue
from exporter.polling.health import ResourceHealth, TargetHealth
from exporter.polling.naming import Directory
from exporter.polling.pattern_use import PatternUse
from exporter.polling.pipeline import WORKER_FROM_ITEMS, Pipeline, Processed, Shared
from exporter.polling.transition_log import TransitionLog
from exporter.runtime.worker import run_in_worker
from exporter.settings import TargetSettings

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

# A limit for each field, so that a flood in one does not hide a value of another.
_MAX_LOGGED_VALUES: Final = 50
_TOO_MANY: Final = object()

Renamed = Sequence[tuple[ResourceHealth, SeriesBlock]]
"""Resources whose items have other names now, and their series."""


class Publisher:
    """One target's part of the exposition.

    Attributes:
        health: How the target's polling goes.
        start_times: Whether the exposition contains the start times of running totals.
    """

    def __init__(
        self,
        settings: TargetSettings,
        exposition: Exposition,
        *,
        vendor_returns_channels: bool,
        meanings: FigureMeanings,
    ) -> None:
        """Start without series.

        Args:
            settings: The target's configuration.
            exposition: Receives its series.
            vendor_returns_channels: Whether the vendor returns the channel of each queue.
            meanings: What the vendor's figures mean.
        """
        self.health = TargetHealth(settings.name, settings.vendor, meanings=meanings)
        self.log = log.bind(target=settings.name)
        # Held from reading the series budget until the series are published: two resources must not spend it twice.
        self.budget_lock = asyncio.Lock()
        self._settings = settings
        self._max_series = settings.limits.series_per_target
        self._exposition = exposition
        self.start_times = exposition.start_times
        names = Directory(settings.channels, vendor_returns_channels=vendor_returns_channels)
        self._shared = Shared(names, PatternUse(settings))
        self._pipelines: list[tuple[ResourceHealth, Pipeline]] = []
        self._unmatched = TransitionLog(self.log)
        self._unmapped: defaultdict[str, TransitionLog] = defaultdict(partial(TransitionLog, self.log))

    def add(self, resource: ResourceHealth, *, carries_thresholds: bool) -> Pipeline:
        """Add a resource and return its pipeline; the names of earlier resources take precedence over its own."""
        pipeline = Pipeline(
            self._settings,
            resource.name,
            self._shared,
            carries_thresholds=carries_thresholds,
            start_times=self.start_times,
        )
        self._pipelines.append((resource, pipeline))
        return pipeline

    def update_thresholds(self, settings: TargetSettings) -> None:
        """Use the thresholds of other settings from the next poll on."""
        self._shared.patterns.configure(settings)
        for _, pipeline in self._pipelines:
            pipeline.thresholds = settings.thresholds

    async def render_renamed(self, resource: ResourceHealth, processed: Processed) -> Renamed:
        """Render other resources again if a poll of one renamed their items.

        Args:
            resource: The resource that was polled.
            processed: What its pipeline made of the poll; not published yet.
        """
        if not processed.renamed:
            return ()
        grown = processed.block.series - resource.series
        rendered = []
        for other, pipeline in self._pipelines:
            if other is resource or other.stale or not pipeline.items:
                continue
            render_again = partial(pipeline.render_again, max(0, self.series_budget(other) - grown))
            block = render_again() if pipeline.items < WORKER_FROM_ITEMS else await run_in_worker(render_again)
            grown += block.series - other.series
            rendered.append((other, block))
        return rendered

    def publish(self, resource: ResourceHealth, block: SeriesBlock, renamed: Renamed = ()) -> None:
        """Replace one resource's series, those of resources it renamed, and the target's health, in one step."""
        self._replace(resource, block)
        for other, again in renamed:
            if not other.stale:  # it may have become stale while it was rendered
                self._replace(other, again)
        self.publish_health()

    def publish_health(self) -> None:
        """Replace the target's health."""
        self._report_unmatched()
        self._exposition.put(self.health.name, "", render(self.health.entities()))

    def _replace(self, resource: ResourceHealth, block: SeriesBlock) -> None:
        resource.series, resource.dropped = block.series, block.dropped
        resource.left_out = tuple(family.name for family in block.left_out)
        self._exposition.put(self.health.name, resource.name, block)

    def _report_unmatched(self) -> None:
        """Log and show the configured patterns that match nothing, once every resource has been polled."""
        resources = self.health.resources
        if not resources or not all(resource.polls for resource in resources):
            return
        unmatched = self._shared.patterns.unmatched()
        for resource in resources:
            resource.unmatched = ()
        for each in unmatched:
            resource = next((resource for resource in resources if each.kind in resource.items), resources[0])
            resource.unmatched = (*resource.unmatched, str(each))
            details = [(each.setting, pattern) for pattern in each.patterns]
            self._unmatched.report(details, each.summary, patterns=", ".join(each.patterns))
        if not unmatched:
            self._unmatched.end("all configured patterns match")

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
