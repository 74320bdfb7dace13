"""Every single contact of the last 36 hours: its arrival, answer and end, its queue and its agent."""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from operator import attrgetter
from typing import Literal

from exporter.model import Channel, Direction
from exporter.simulator.daytime import HOUR
from exporter.simulator.engine import Engine
from exporter.simulator.profile import AgentProfile, QueueProfile

Outcome = Literal["answered", "abandoned", "abandoned_short", "rejected_closed"]

# How long a contact is kept after it ended.
KEPT_SECONDS = 36 * HOUR


@dataclass(slots=True, eq=False, kw_only=True)
class ContactRecord:
    """A contact from its arrival to the end of the wrap-up; all times are in simulated seconds.

    A transfer by an agent ends the record and begins another of the same group. An overflow continues it in the other
    queue.

    Attributes:
        number: Numbers the records from 1.
        id: Identifies the record; ids are not in the order of arrival.
        group_id: Identifies the customer's contact: the same before and after a transfer.
        channel: Its channel.
        direction: Inbound or outbound.
        arrived: When it arrived, was transferred or was dialled.
        origin: The queue it was first offered to; None for an outbound call, and during the greeting.
        queue: The queue it was last offered to.
        queued: When it was first offered to a queue.
        offered: When it was offered to its current queue; `QueueTotals` counts the wait from here.
        agent: The agent who answered or dialled.
        connected: When the conversation began.
        pended: When an e-mail was last set pending.
        pending: Whether it is pending now.
        disconnected: When the customer left or the conversation ended.
        wrap_up_began: When the agent began the wrap-up.
        wrap_up_ended: When the agent ended the wrap-up.
        outcome: How the wait ended; None before.
    """

    number: int
    id: str
    group_id: str
    channel: Channel
    direction: Direction
    arrived: float
    origin: QueueProfile | None = None
    queue: QueueProfile | None = None
    queued: float | None = None
    offered: float | None = None
    agent: AgentProfile | None = None
    connected: float | None = None
    pended: float | None = None
    pending: bool = False
    disconnected: float | None = None
    wrap_up_began: float | None = None
    wrap_up_ended: float | None = None
    outcome: Outcome | None = None

    @property
    def overflowed(self) -> bool:
        """Whether it continued in another queue."""
        return self.queue is not self.origin

    @property
    def finished(self) -> bool:
        """Whether nothing more happens to it: the conversation and the wrap-up have ended."""
        return self.disconnected is not None and (self.wrap_up_began is None or self.wrap_up_ended is not None)

    @property
    def changed(self) -> float:
        """When something happened to it last."""
        moments = (
            self.arrived,
            self.offered,
            self.connected,
            self.pended,
            self.disconnected,
            self.wrap_up_began,
            self.wrap_up_ended,
        )
        return max(moment for moment in moments if moment is not None)

    def queuing_seconds(self, now: float) -> float:
        """Return the time in queues, until the answer, the end or now."""
        return self._until_answered(self.queued, now)

    def waiting_seconds(self, now: float) -> float:
        """Return the wait in the current queue, which is compared with the service level target."""
        return self._until_answered(self.offered, now)

    def handling_seconds(self, now: float) -> float:
        """Return the time of the conversation with its holds, up to now if it has not ended."""
        return _between(self.connected, self.disconnected, now)

    def wrap_up_seconds(self, now: float) -> float:
        """Return the time of the wrap-up, up to now if it has not ended."""
        return _between(self.wrap_up_began, self.wrap_up_ended, now)

    def offer(self, queue: QueueProfile, now: float) -> None:
        """Offer it to a queue."""
        if self.queued is None:
            self.queued, self.origin = now, queue
        self.queue, self.offered = queue, now

    def connect(self, agent: AgentProfile, now: float) -> None:
        """Begin the conversation."""
        self.agent, self.connected, self.outcome = agent, now, "answered"

    def pend(self, now: float) -> None:
        """Set an e-mail pending."""
        self.pended, self.pending = now, True

    def resume(self) -> None:
        """Continue a pending e-mail."""
        self.pending = False

    def leave(self, outcome: Outcome, now: float) -> None:
        """End it without an answer."""
        self.disconnected, self.outcome = now, outcome

    def disconnect(self, now: float) -> None:
        """End the conversation."""
        self.disconnected = now

    def begin_wrap_up(self, now: float) -> None:
        """Begin the wrap-up."""
        self.wrap_up_began = now

    def end_wrap_up(self, now: float) -> None:
        """End the wrap-up."""
        self.wrap_up_ended = now

    def _until_answered(self, begin: float | None, now: float) -> float:
        return _between(begin, self.disconnected if self.connected is None else self.connected, now)


class ContactLog:
    """Holds the records of contacts that have not ended, and of those that ended within the last 36 hours.

    Args:
        engine: The event queue.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._records: list[ContactRecord] = []
        self._opened = 0

    def __iter__(self) -> Iterator[ContactRecord]:
        return iter(self._records)

    def open(self, channel: Channel, direction: Direction, *, group: str | None = None) -> ContactRecord:
        """Begin a record.

        Args:
            channel: The contact's channel.
            direction: Inbound or outbound.
            group: The group of a transferred contact; a new group by default.
        """
        self._opened += 1
        record = ContactRecord(
            number=self._opened,
            id=_identifier("contact", self._opened),
            group_id=group or _identifier("group", self._opened),
            channel=channel,
            direction=direction,
            arrived=self._engine.now,
        )
        self._records.append(record)
        return record

    def reject(self, queue: QueueProfile) -> None:
        """Record an inbound contact that a closed queue rejected."""
        record = self.open(queue.channel, "in")
        record.origin = record.queue = queue
        record.leave("rejected_closed", self._engine.now)

    def drop_old(self) -> None:
        """Drop the records that are no longer kept."""
        oldest = self._engine.now - KEPT_SECONDS
        # In order of arrival: those that arrived recently are kept anyway.
        recent = bisect_left(self._records, oldest, key=attrgetter("arrived"))
        earlier = self._records[:recent]
        self._records[:recent] = [each for each in earlier if not each.finished or each.changed >= oldest]


def _between(begin: float | None, end: float | None, now: float) -> float:
    if begin is None:
        return 0.0
    return (now if end is None else end) - begin


def _identifier(kind: str, number: int) -> str:
    """Return 32 hexadecimal digits: the same in every run, and in no order."""
    return blake2b(f"{kind} {number}".encode(), digest_size=16).hexdigest().upper()
