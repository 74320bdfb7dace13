"""The way of a poll: from a snapshot to the series that are published."""

from collections.abc import Sequence
from typing import NamedTuple

from exporter.metrics.counter_resets import RunningTotals
from exporter.metrics.mapping import Detail, entities
from exporter.metrics.render import SeriesBlock, render
from exporter.model import Snapshot
from exporter.polling.reporting_day import ReportingDay
from exporter.polling.selection import emptied_kinds, excluded_families, select_items
from exporter.polling.thresholds import apply_thresholds, unmatched_patterns
from exporter.settings import TargetSettings


class Processed(NamedTuple):
    """What the pipeline made of one snapshot.

    Attributes:
        block: The rendered series.
        suppressed_decreases: Decreases of running totals that were suppressed.
        emptied: Kinds of items that the selection filtered out entirely.
        unmatched: Patterns of configured thresholds that match no queue.
    """

    block: SeriesBlock
    suppressed_decreases: int
    emptied: Sequence[str]
    unmatched: Sequence[str]


class Pipeline:
    """Turns the snapshots of one resource into series.

    Attributes:
        thresholds: The configured thresholds; a reload replaces them.
        totals: The last values of the running totals; a reload hands them over.
    """

    def __init__(self, settings: TargetSettings, *, carries_thresholds: bool) -> None:
        """Prepare the steps.

        Args:
            settings: The target's configuration.
            carries_thresholds: Whether this resource's queues carry the configured thresholds.
        """
        self.thresholds = settings.thresholds
        self._target = settings.name
        self._select = settings.select
        self._carries_thresholds = carries_thresholds
        self._detail = _detail(settings)
        self.totals = RunningTotals()
        self._day = ReportingDay(settings.timezone, settings.day_starts)

    def process(self, snapshot: Snapshot, now: float, time: float, series_budget: int) -> Processed:
        """Select, add thresholds, map, hold totals, render.

        Args:
            snapshot: What one poll returned.
            now: Seconds of the monotonic clock.
            time: Seconds since the Unix epoch.
            series_budget: The number of series the target has left for this resource.
        """
        before = self.totals.suppressed_decreases
        selected = select_items(snapshot, self._select)
        with_thresholds = apply_thresholds(selected, self.thresholds, add=self._carries_thresholds)
        mapped = entities(self._target, with_thresholds, self._detail)
        held = self.totals.hold(mapped, now, snapshot.period or self._day.of(time))
        block = render(held, series_budget)
        return Processed(
            block,
            suppressed_decreases=self.totals.suppressed_decreases - before,
            emptied=emptied_kinds(snapshot, selected),
            unmatched=unmatched_patterns(snapshot, self.thresholds) if self._carries_thresholds else (),
        )


def _detail(settings: TargetSettings) -> Detail:
    key = settings.agents.pseudonym_key
    return Detail(
        agents=settings.agents.detail,
        ports=settings.trunks.detail == "ports",
        off=excluded_families(settings.select.families),
        pseudonym_key=b"" if key is None else key.get_secret_value().encode(),
    )
