"""Suppresses decreases of running totals that are not restarts, because Prometheus takes each for one.

A vendor's total restarts with its reporting period. Any other decrease is a correction or a hiccup of the vendor, and
`increase()` would count the whole period again, so the last value is held:

- If the reporting period is known, a new period is a restart whatever the values, and a decrease within it is held.
  While a new period is not settled, the totals of an entity are of the last one until one of them decreases.
- If it is unknown, or single items may restart within it, a decrease to no less than half of the held value is held. A
  larger one is a restart only if the next poll confirms it with a value near it; until then the last value is held.

A histogram that the vendor counts restarts as a whole if the count of all observations does.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

import msgspec

from exporter.metrics import saved_totals
from exporter.metrics.columns import HistogramSample
from exporter.metrics.decreases import RESTART_SHARE, State, after_decrease, buckets_after, is_same
from exporter.metrics.mapping import Column, Entity, Labels, Sample
from exporter.metrics.vendor_buckets import VENDOR_HISTOGRAMS, bucket_totals, vendor_histograms, with_totals
from exporter.model import Period

# A total that is absent for less than this keeps its last value; after that its series has long been stale.
_MEMORY_SECONDS = 3600.0
_Totals = dict[Column, State]
# The period of totals that were first seen while the current one was not settled.
_EARLIER = Period(name="", began=float("-inf"))
# The target and the id come first among an entity's labels; names may change and are not part of it.
_IDENTITY = slice(2)


class RunningTotals:
    """The last values of one resource's running totals, by id: a renamed queue keeps its held values.

    Attributes:
        suppressed_decreases: How often a total decreased without a restart and the last value was held.
    """

    def __init__(self) -> None:
        self.suppressed_decreases = 0
        self._recent: dict[Labels, _Totals] = {}
        self._older: dict[Labels, _Totals] = {}
        # Totals of the last process that this one has not seen yet.
        self._restored: saved_totals.Saved = {}
        self._rotated_at = float("-inf")
        self._latest_start = float("-inf")

    def hold(self, entities: Iterable[Entity], now: float, period: Period | None = None) -> Iterator[Entity]:
        """Yield the entities; a total that decreased without a restart keeps its last value.

        Args:
            entities: The entities of one poll.
            now: Seconds of the monotonic clock.
            period: The reporting period of the totals; None if it is unknown.
        """
        self._forget(now)
        if period is not None:
            # A clock that is set back must not move a start time back.
            self._latest_start = max(self._latest_start, period.began)
            period = msgspec.structs.replace(period, began=self._latest_start)
        for entity in entities:
            # A plain loop: most entities of a large target have no totals, and any() would double their cost.
            for column, _ in entity.samples:
                if column.family.kind == "counter":
                    yield self._held(entity, period)
                    break
            else:
                yield self._held(entity, period) if entity.histograms else entity

    def repeat(self, entities: Iterable[Entity], period: Period | None = None) -> Iterator[Entity]:
        """Yield the entities of the last poll, under other names, with the totals exported then.

        Args:
            entities: The entities; totals not exported before are taken over as `hold` does.
            period: The reporting period of the totals, as in the last poll.
        """
        for entity in entities:
            recorded = self._recent.get(entity.labels[_IDENTITY], {})
            known = (recorded[column][2] for column, _ in _totals_of(entity) if column in recorded)
            yield self._held(entity, next(known, period), again=True)

    def save(self) -> bytes:
        """Return what another process needs to continue these totals."""
        saved = {identity: dict(states) for identity, states in self._restored.items()}
        for generation in (self._older, self._recent):
            for identity, totals in generation.items():
                saved.setdefault(identity, {}).update({column.name: state for column, state in totals.items()})
        return saved_totals.encode(saved)

    def restore(self, saved: bytes, age: float) -> None:
        """Continue the totals of another process.

        Args:
            saved: What `save` of that process returned.
            age: Seconds since then. Totals whose reporting period is unknown continue only if they are recent.

        Raises:
            msgspec.MsgspecError: It is invalid; nothing is restored.
        """
        for identity, states in saved_totals.decode(saved).items():
            kept = {column: state for column, state in states.items() if age < _MEMORY_SECONDS or state[2] is not None}
            if kept:
                self._restored[identity] = kept

    def _take_over(self, entity: Entity, totals: _Totals) -> None:
        """Use the restored totals of an entity, which this process sees for the first time."""
        states = self._restored.get(entity.labels[_IDENTITY])
        if states is None:
            return
        for column, _ in _totals_of(entity):
            state = states.pop(column.name, None)
            if state is not None:
                totals.setdefault(column, state)
        if not states:
            del self._restored[entity.labels[_IDENTITY]]

    def _forget(self, now: float) -> None:
        """Drop totals not seen for an hour or two; two generations avoid checking each of them."""
        age = now - self._rotated_at
        if age >= _MEMORY_SECONDS:
            if age < float("inf"):
                self._restored = {}
            self._older = self._recent if age < 2 * _MEMORY_SECONDS else {}
            self._recent = {}
            self._rotated_at = now

    def _held(self, entity: Entity, period: Period | None, *, again: bool = False) -> Entity:
        identity = entity.labels[_IDENTITY]
        recent = self._recent.setdefault(identity, {})
        older = self._older.get(identity, {})
        if self._restored:
            self._take_over(entity, recent)
        if period is not None and not period.settled and not again:
            period = _period_of(entity, older | recent, period)
        samples: list[Sample] = []
        for sample in entity.samples:
            column, value = sample
            if column.family.kind != "counter":
                samples.append(sample)
                continue
            value += 0  # a value that is not a number must not be compared with those of later polls
            last, held, seen = recent.get(column) or older.get(column) or (value, value, period)
            if (value < held or last < held) and not again:
                held, suppressed = after_decrease(value, last, held, same_period=is_same(period, seen))
                self.suppressed_decreases += suppressed
            elif not again:
                held = value
            recent[column] = value, held, period
            samples.append((column, held))
        held_entity = entity._replace(samples=samples, began=_start(period))
        if not entity.histograms:
            return held_entity
        return held_entity._replace(
            histograms=tuple(
                self._held_histogram(each, recent, older, period, again=again)
                if each[0].family in VENDOR_HISTOGRAMS
                else each
                for each in entity.histograms
            )
        )

    def _held_histogram(
        self, sample: HistogramSample, recent: _Totals, older: _Totals, period: Period | None, *, again: bool
    ) -> HistogramSample:
        """Return a histogram that the vendor counts with the values to export."""
        totals = bucket_totals(sample)
        states = [recent.get(column) or older.get(column) or (value, value, period) for column, value in totals]
        values = [value for _, value in totals]
        held: Sequence[float] = [held for _, held, _ in states]
        if not again:
            held, suppressed = buckets_after(values, states, period)
            self.suppressed_decreases += suppressed
        recent.update((column, (value, new, period)) for (column, value), new in zip(totals, held, strict=True))
        return with_totals(sample, held)


def _totals_of(entity: Entity) -> Iterator[Sample]:
    """Yield the samples of an entity, and the running totals of the histograms that the vendor counts."""
    return chain(entity.samples, *map(bucket_totals, vendor_histograms(entity.histograms)))


def _period_of(entity: Entity, totals: _Totals, period: Period) -> Period:
    """Return the period of an entity's totals while the current one is not settled.

    Vendors restart all totals of a queue or agent together, so one decrease shows that all of them did.
    """
    earlier = _EARLIER
    for column, value in _totals_of(entity):
        state = totals.get(column)
        if state is None:
            continue
        last, held, seen = state
        # The second comparison is for a vendor whose clock is ahead: the decrease was held before the period began.
        decreased = value < last or value < held * RESTART_SHARE
        if decreased or seen is None or seen.name == period.name:
            return period
        earlier = seen
    return earlier


def _start(period: Period | None) -> float | None:
    """Return when a period began, None if that is unknown."""
    return None if period is None or period.began == float("-inf") else period.began
