"""Running totals that vendors correct downwards, kept from looking like resets.

A vendor's total restarts with its reporting period, and Prometheus reads any drop as such a restart. A correction by
a few would therefore make `increase()` count the whole day again, so a small drop is held at the last value.
"""

from collections.abc import Iterable, Iterator

from exporter.metrics.mapping import Column, Entity, Labels, Sample

# A total that was away for less than this still remembers its last value; beyond it the series has long been stale.
_MEMORY_SECONDS = 3600.0
# A drop to less than this share of the last value is a new reporting period.
_RESET_SHARE = 0.5

_Totals = dict[Column, tuple[float, float]]


class RunningTotals:
    """The last values of one resource's running totals.

    Attributes:
        suppressed_decreases: How often a total decreased and the last value was held.
    """

    def __init__(self) -> None:
        self.suppressed_decreases = 0
        self._recent: dict[Labels, _Totals] = {}
        self._older: dict[Labels, _Totals] = {}
        self._turned_at = float("-inf")

    def hold(self, entities: Iterable[Entity], now: float) -> Iterator[Entity]:
        """Pass entities on with every total that dropped a little held at its last value.

        Args:
            entities: What one poll said.
            now: Seconds of the monotonic clock.
        """
        self._forget(now)
        for entity in entities:
            # A plain loop, because most entities of a large target have no totals and any() would cost them twice.
            for column, _ in entity.samples:
                if column.family.kind == "counter":
                    yield self._held(entity)
                    break
            else:
                yield entity

    def _forget(self, now: float) -> None:
        """Drop what was not seen for an hour or two; two generations spare a look at every total."""
        age = now - self._turned_at
        if age >= _MEMORY_SECONDS:
            self._older = self._recent if age < 2 * _MEMORY_SECONDS else {}
            self._recent = {}
            self._turned_at = now

    def _held(self, entity: Entity) -> Entity:
        recent = self._recent.setdefault(entity.labels, {})
        older = self._older.get(entity.labels, {})
        samples: list[Sample] = []
        for sample in entity.samples:
            column, said = sample
            if column.family.kind != "counter":
                samples.append(sample)
                continue
            last_said, shown = recent.get(column) or older.get(column) or (said, said)
            if shown * _RESET_SHARE <= said < shown:
                self.suppressed_decreases += said < last_said
            else:
                shown = said
            recent[column] = said, shown
            samples.append((column, shown))
        return entity._replace(samples=samples)
