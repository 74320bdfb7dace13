"""What one target shows: its health and the series of its resources, within the limit it has.

What a resource shows and the target's health change in one step of the loop: no scrape sees the one without the other.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable

import structlog

from exporter.metrics.pages import Exposition
from exporter.metrics.render import SeriesBlock, render
from exporter.polling.health import ResourceHealth, TargetHealth
from exporter.settings import TargetSettings

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

# Of each field; a flood in one must not hide a word in another.
_MOST_WORDS_LOGGED = 50


class Publisher:
    """One target's place in the exposition."""

    def __init__(self, settings: TargetSettings, exposition: Exposition) -> None:
        """Show nothing yet."""
        self.health = TargetHealth(settings.name, settings.vendor)
        self.log = log.bind(target=settings.name)
        self._most_series = settings.limits.series_per_target
        self._exposition = exposition
        # Held from asking for room until the series are shown, or two resources might take the same room.
        self.making = asyncio.Lock()
        self._logged: defaultdict[str, set[str]] = defaultdict(set)

    def show(self, resource: ResourceHealth, part: SeriesBlock) -> None:
        """Put one resource's series and the target's health into the exposition, in one step."""
        resource.series, resource.dropped = part.series, part.dropped
        resource.left_out = tuple(family.name for family in part.left_out)
        self._exposition.put(self.health.name, resource.name, part)
        self.show_health()

    def show_health(self) -> None:
        """Put the target's health into the exposition."""
        self._exposition.put(self.health.name, "", render(self.health.entities()))

    def room(self, resource: ResourceHealth) -> int:
        """Return how many series of one resource the target has room for."""
        others = sum(other.series for other in self.health.resources if other is not resource)
        return max(0, self._most_series - others)

    def note(self, unmapped: Iterable[tuple[str, str]]) -> None:
        """Count what had no meaning, and log each word once."""
        for name, value in unmapped:
            self.health.unmapped[name] += 1
            told = self._logged[name]
            if value in told or len(told) > _MOST_WORDS_LOGGED:
                continue
            told.add(value)
            if len(told) > _MOST_WORDS_LOGGED:
                self.log.warning("too many values without a meaning for us: more are only counted", field=name)
            else:
                self.log.warning("value without a meaning for us", field=name, value=value)
