"""Suppresses small decreases of running totals, which Prometheus would take for counter resets.

A vendor's total restarts with its reporting period, and Prometheus treats any decrease as such a restart. A downward
correction would make `increase()` count the whole day again, so a small decrease is held at the last value.
"""

from collections.abc import Iterable, Iterator

from exporter.metrics.mapping import Column, Entity, Labels, Sample

# A total that is absent for less than this keeps its last value; after that its series has long been stale.
_MEMORY_SECONDS = 3600.0
# A decrease below this share of the last value is a new reporting period.
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
        self._rotated_at = float("-inf")

    def hold(self, entities: Iterable[Entity], now: float) -> Iterator[Entity]:
        """Yield the entities; a total that decreased slightly keeps its last value.

        Args:
            entities: The entities of one poll.
            now: Seconds of the monotonic clock.
        """
        self._forget(now)
        for entity in entities:
            # A plain loop: most entities of a large target have no totals, and any() would double their cost.
            for column, _ in entity.samples:
                if column.family.kind == "counter":
                    yield self._held(entity)
                    break
            else:
                yield entity

    def _forget(self, now: float) -> None:
        """Drop totals not seen for an hour or two; two generations avoid checking each of them."""
        age = now - self._rotated_at
        if age >= _MEMORY_SECONDS:
            self._older = self._recent if age < 2 * _MEMORY_SECONDS else {}
            self._recent = {}
            self._rotated_at = now

    def _held(self, entity: Entity) -> Entity:
        recent = self._recent.setdefault(entity.labels, {})
        older = self._older.get(entity.labels, {})
        samples: list[Sample] = []
        for sample in entity.samples:
            column, value = sample
            if column.family.kind != "counter":
                samples.append(sample)
                continue
            last_value, held = recent.get(column) or older.get(column) or (value, value)
            if held * _RESET_SHARE <= value < held:
                self.suppressed_decreases += value < last_value
            else:
                held = value
            recent[column] = value, held
            samples.append((column, held))
        return entity._replace(samples=samples)
