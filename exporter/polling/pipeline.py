"""The way of a poll: from a snapshot to the series that are published."""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from exporter.metrics.counter_resets import RunningTotals
from exporter.metrics.mapping import Detail, Entity, entities
from exporter.metrics.render import SeriesBlock, render
from exporter.metrics.start_times import with_start_times
from exporter.model import Period, Snapshot
from exporter.polling.duplicates import without_duplicates
from exporter.polling.naming import Directory
from exporter.polling.pattern_use import PatternUse
from exporter.polling.selection import emptied_kinds, excluded_families, select_items
from exporter.polling.thresholds import apply_thresholds
from exporter.settings import TargetSettings
from exporter.vendors.toolkit.reporting_day import ReportingDay

WORKER_FROM_ITEMS: Final = 500
"""Rendering this many items takes some milliseconds."""


# A queue with histograms of its single contacts takes as long to render as about this many without.
_LINES_OF_CONTACTS: Final = 10


class Processed(NamedTuple):
    """What the pipeline made of one snapshot.

    Attributes:
        snapshot: The snapshot, with one item of each id.
        block: The rendered series.
        suppressed_decreases: Decreases of running totals that were suppressed.
        emptied: Kinds of items that the selection filtered out entirely.
        renamed: Whether items of other resources have other names now, so that these must be rendered again.
    """

    snapshot: Snapshot
    block: SeriesBlock
    suppressed_decreases: int
    emptied: Sequence[str]
    renamed: bool = False


class Shared(NamedTuple):
    """What the pipelines of one target's resources share.

    Attributes:
        names: The names and channels of items.
        patterns: The patterns that match items.
    """

    names: Directory
    patterns: PatternUse


class _Poll(NamedTuple):
    snapshot: Snapshot
    period: Period | None


class Pipeline:
    """Turns the snapshots of one resource into series.

    Attributes:
        thresholds: The configured thresholds; a reload replaces them.
        totals: The last values of the running totals; a reload hands them over.
    """

    def __init__(
        self,
        settings: TargetSettings,
        resource: str,
        shared: Shared,
        *,
        carries_thresholds: bool,
        start_times: bool = False,
    ) -> None:
        """Prepare the steps.

        Args:
            settings: The target's configuration.
            resource: The resource.
            shared: What it shares with the other resources of the target.
            carries_thresholds: Whether this resource's queues carry the configured thresholds.
            start_times: Whether to render the start times of running totals.
        """
        self._start_times = start_times
        self.thresholds = settings.thresholds
        self._target = settings.name
        self._resource = resource
        self._names, self._patterns = shared
        self._names.add(resource)
        self._select = settings.select
        self._carries_thresholds = carries_thresholds
        self._detail = _detail(settings)
        self.totals = RunningTotals()
        self._day = ReportingDay(settings.timezone, settings.day_starts)
        # Kept only while another resource may rename its items.
        self._last: _Poll | None = None
        self._recorded: object = None

    @property
    def items(self) -> int:
        """The number of items to render again, 0 if there is nothing to."""
        return 0 if self._last is None else count_items(self._last.snapshot)

    def process(self, snapshot: Snapshot, now: float, time: float, series_budget: int) -> Processed:
        """Leave out repeated ids, name, select, add thresholds, map, hold totals, render.

        Args:
            snapshot: What one poll returned.
            now: Seconds of the monotonic clock.
            time: Seconds since the Unix epoch.
            series_budget: The number of series the target has left for this resource.
        """
        snapshot = without_duplicates(snapshot)
        before = self.totals.suppressed_decreases
        items = snapshot.poll_items
        period = snapshot.period or self._day.of(time, 0.0 if items is None else items.oldest_seconds)
        renamed = self._names.record(self._resource, snapshot)
        self._last = _Poll(snapshot, period) if self._names.may_rename(self._resource) else None
        named, selected = self._selected(snapshot)
        held = self.totals.hold(entities(self._target, selected, self._detail), now, period)
        block = self._render(held, series_budget)
        return Processed(
            snapshot,
            block,
            suppressed_decreases=self.totals.suppressed_decreases - before,
            emptied=emptied_kinds(named, selected),
            renamed=renamed,
        )

    def _render(self, entities: Iterable[Entity], series_budget: int) -> SeriesBlock:
        if not self._start_times:
            return render(entities, series_budget)
        kept = list(entities)
        block = render(kept, series_budget)
        return block._replace(with_start_times=with_start_times(kept, block.chunks))

    def render_again(self, series_budget: int) -> SeriesBlock:
        """Render the last snapshot with the current names.

        Args:
            series_budget: The number of series the target has left for this resource.
        """
        if self._last is None:
            return SeriesBlock({})
        _, selected = self._selected(self._last.snapshot)
        repeated = self.totals.repeat(entities(self._target, selected, self._detail), self._last.period)
        return self._render(repeated, series_budget)

    def _selected(self, snapshot: Snapshot) -> tuple[Snapshot, Snapshot]:
        """Return a snapshot with the current names, and the selected part of it with its thresholds."""
        named = self._names.named(self._resource, snapshot)
        selected = select_items(named, self._select)
        # Comparing each name with each pattern is slow, and the result changes with the names only.
        state = (self._names.changes, self.thresholds)
        if self._recorded != state or named.agents:
            self._patterns.record(self._resource, named, selected, carries_thresholds=self._carries_thresholds)
            self._recorded = state
        return named, apply_thresholds(selected, self.thresholds, add=self._carries_thresholds)


def count_items(snapshot: Snapshot) -> int:
    """Return the number of items of a snapshot, ports included; a queue with histograms has many lines, as ports do."""
    observed = sum(_LINES_OF_CONTACTS for queue in snapshot.queues if queue.contacts is not None)
    ports = observed + sum(len(trunk.ports or ()) for trunk in snapshot.trunks)
    return len(snapshot.queues) + len(snapshot.agents or ()) + len(snapshot.trunks) + len(snapshot.numbers) + ports


def _detail(settings: TargetSettings) -> Detail:
    key = settings.agents.pseudonym_key
    return Detail(
        agents=settings.agents.detail,
        ports=settings.trunks.detail == "ports",
        off=excluded_families(settings.select.families),
        pseudonym_key=b"" if key is None else key.get_secret_value().encode(),
    )
