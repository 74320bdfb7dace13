"""The single contacts of each queue, added up since the observation began.

Histograms and the counts beside them only grow while the exporter runs. A queue that is listed has all of them with 0
from the beginning, because Prometheus does not count the first value of a new series as an increase.
"""

import math
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final, Literal

from exporter.model import Channel, ContactDirection, ContactOutcome, ObservedContacts, Queue
from exporter.settings import Contacts
from exporter.vendors.sinch.contact_rows import FINISHED, HANDLING, SERVICE_LEVEL_WAIT, WAIT, WRAP_UP, Contact
from exporter.vendors.toolkit.duration_histogram import DurationHistogram
from exporter.vendors.toolkit.followed_items import Phase
from exporter.vendors.toolkit.json_document import Notes

_WAITED: Final[tuple[ContactOutcome, ...]] = ("answered", "abandoned", "abandoned_short")
_FROM_THE_START: Final[tuple[ContactOutcome, ...]] = (*_WAITED, "rejected_closed")
# A queue whose threshold keeps changing must not grow a bucket each time.
_MOST_THRESHOLDS = 5
QUARTER_HOUR = 900.0
"""The period of the vendor's own totals in seconds."""

Difference = Callable[[str, Mapping[int, int]], float | None]
"""Returns the vendor's own total of a queue minus the contacts answered in each quarter hour of arrival."""


class _Queue:
    """One queue.

    Attributes:
        name: Its name as received last.
        channel: Its channel as received last.
        described: The newest arrival of its contacts, which determines its name and threshold.
        threshold: The service-level threshold in seconds, None if unknown.
        answered: Contacts answered, by the quarter hour of their arrival since the Unix epoch.
    """

    def __init__(self, name: str, channel: Channel | Literal[""], settings: Contacts) -> None:
        self.name = name
        self.channel = channel
        self.described = -math.inf
        self.threshold: float | None = None
        self.answered: Counter[int] = Counter()
        bounds = settings.waits(channel)
        self._waits = {outcome: DurationHistogram(bounds) for outcome in _WAITED}
        self._service_level_waits = DurationHistogram(bounds)
        self._handling = DurationHistogram(settings.handling(channel))
        self._wrap_up = DurationHistogram(settings.wrap_up(channel))
        start: dict[tuple[ContactOutcome, ContactDirection], int] = {(each, "in"): 0 for each in _FROM_THE_START}
        self._finished = Counter(start)
        self._moved_in: Counter[str] = Counter()
        self._thresholds: set[float] = set()

    def describe(self, contact: Contact, arrived: float, notes: Notes) -> None:
        """Take over the name, and the threshold as an upper bound, of a contact that is not older than the last one."""
        if arrived < self.described:
            return
        self.described = arrived
        self.name = contact.queue or self.name
        self.channel = contact.channel or self.channel
        if contact.threshold and contact.direction == "in":
            self.threshold = contact.threshold
            if contact.threshold not in self._thresholds:
                self._add_threshold(contact.threshold, notes)

    def _add_threshold(self, threshold: float, notes: Notes) -> None:
        if len(self._thresholds) >= _MOST_THRESHOLDS:
            notes.append(("contacts.answeredOnTimeThreshold", "too many thresholds of one queue to add a bucket"))
            return
        self._thresholds.add(threshold)
        for histogram in (*self._waits.values(), self._service_level_waits):
            histogram.add_bound(threshold)

    def observe(self, contact: Contact, arrived: float, phases: Collection[Phase]) -> None:
        """Count what has ended of a contact."""
        outcome = contact.outcome
        if contact.direction == "in":
            self._observe_durations(contact, outcome, phases)
        if FINISHED in phases:
            self._finished[outcome, contact.direction] += 1
            if contact.origin_queue_id not in {"", contact.queue_id}:
                self._moved_in[contact.origin_queue_id] += 1
            if contact.direction == "in" and outcome == "answered":
                began = arrived if contact.queued is None else contact.queued
                self.answered[int(began // QUARTER_HOUR)] += 1

    def _observe_durations(self, contact: Contact, outcome: ContactOutcome, phases: Collection[Phase]) -> None:
        if WAIT in phases and outcome in self._waits:
            _observe(self._waits[outcome], contact.wait)
        if SERVICE_LEVEL_WAIT in phases and outcome == "answered":
            _observe(self._service_level_waits, contact.service_level_wait)
        if HANDLING in phases:
            _observe(self._handling, contact.handling)
        if WRAP_UP in phases:
            _observe(self._wrap_up, contact.wrap_up)

    def read(self, difference: float | None) -> ObservedContacts:
        """Return what has been counted so far."""
        return ObservedContacts(
            waits={outcome: histogram.read() for outcome, histogram in self._waits.items()},
            service_level_waits=self._service_level_waits.read(),
            handling=self._handling.read(),
            wrap_up=self._wrap_up.read(),
            finished=dict(self._finished),
            moved_in=dict(self._moved_in),
            answered_difference=difference,
        )

    def forget(self, before: int) -> None:
        """Forget the contacts answered of quarter hours of arrival before this one."""
        for quarter in [quarter for quarter in self.answered if quarter < before]:
            del self.answered[quarter]


class ContactTotals:
    """The queues of one installation."""

    def __init__(self, settings: Contacts) -> None:
        """Start without contacts."""
        self._settings = settings
        self._queues: dict[str, _Queue] = {}
        self._waiting_callbacks: Mapping[str, int] = {}

    def count_waiting_callbacks(self, by_queue: Mapping[str, int]) -> None:
        """Take over the callbacks that wait now, by the id of their queue; a queue that is not named has none."""
        self._waiting_callbacks = by_queue

    def add(self, contact: Contact, arrived: float, phases: Collection[Phase], notes: Notes) -> None:
        """Count what has ended of a contact, and take over the threshold of its queue.

        Args:
            contact: The contact; one in no queue is not counted.
            arrived: When it arrived.
            phases: The phases whose end is observed now.
            notes: Receives what cannot be counted.
        """
        if not contact.queue_id:
            return
        queue = self._queues.get(contact.queue_id)
        if queue is None:
            queue = self._add(contact.queue_id, contact.queue, contact.channel)
        queue.describe(contact, arrived, notes)
        if phases:
            queue.observe(contact, arrived, phases)

    def list(self, queues: Mapping[str, Queue]) -> None:
        """Add queues that exist, by id, with no contacts yet."""
        for queue_id, queue in queues.items():
            if queue_id not in self._queues:
                self._add(queue_id, queue.name, queue.channel)

    def ids(self, listed: Collection[str], since: float) -> Sequence[str]:
        """Return the ids of the queues, without those that do not exist any more.

        Args:
            listed: The ids of the queues that exist; empty if that is not known.
            since: The time of arrival from which a contact shows that its queue exists, although it is not listed.
        """
        return [
            queue_id
            for queue_id, queue in self._queues.items()
            if not listed or queue_id in listed or queue.described >= since
        ]

    def read(self, queue_id: str, difference: Difference, kept_from: float) -> Queue:
        """Return a queue with all that has been counted so far.

        Args:
            queue_id: Its id.
            difference: Returns the difference to the vendor's own total.
            kept_from: The time of arrival before which contacts are not compared with the vendor's own totals.
        """
        queue = self._queues[queue_id]
        queue.forget(int(kept_from // QUARTER_HOUR))
        return Queue(
            queue_id,
            queue.name,
            queue.channel,
            waiting_callbacks=self._waiting_callbacks.get(queue_id, 0),
            service_level_target_seconds=queue.threshold,
            contacts=queue.read(difference(queue_id, queue.answered)),
        )

    def _add(self, queue_id: str, name: str, channel: Channel | Literal[""]) -> _Queue:
        self._queues[queue_id] = queue = _Queue(name, channel, self._settings)
        return queue


def _observe(histogram: DurationHistogram, seconds: float | None) -> None:
    """Count a duration, if the vendor returned a valid one."""
    if seconds is not None:
        histogram.observe(seconds)
