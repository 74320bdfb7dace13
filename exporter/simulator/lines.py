"""Queues and their contacts."""

from collections import deque
from typing import TYPE_CHECKING

from exporter.model import Channel, Direction, PortState
from exporter.simulator.contact_log import ContactRecord
from exporter.simulator.daytime import HOUR, QUARTER, hour_of_day
from exporter.simulator.profile import QueueProfile
from exporter.simulator.queue_totals import QueueTotals
from exporter.simulator.trunks import Port

if TYPE_CHECKING:
    from exporter.simulator.engine import Event


# How long the totals of a quarter of an hour are kept after it began.
_KEPT_SECONDS = 36 * HOUR


class Contact:
    """An inbound or outbound contact between a customer and an agent.

    Attributes:
        channel: Its channel.
        direction: Inbound or outbound.
        port: The port that carries it; None for channels other than voice.
        record: Its record; a transfer begins another.
        line: The queue it was last offered to; None for an outbound call.
        origin: The queue it was first offered to; None for an outbound call.
        offered: When it was offered to its current queue, in simulated seconds.
        short_until: Abandoning up to this time counts as short.
        patient_until: When it abandons unless answered; None before its first offer or if it never abandons.
        overflowed: Whether it has overflowed.
        transferred: Whether it has been transferred.
        leaving: The planned abandonment.
        overflowing: The planned overflow.
    """

    __slots__ = (
        "channel",
        "direction",
        "leaving",
        "line",
        "offered",
        "origin",
        "overflowed",
        "overflowing",
        "patient_until",
        "port",
        "record",
        "short_until",
        "transferred",
    )

    def __init__(self, record: ContactRecord, port: Port | None) -> None:
        self.channel: Channel = record.channel
        self.direction: Direction = record.direction
        self.port = port
        self.record = record
        self.line: Line | None = None
        self.origin: Line | None = None
        self.offered = 0.0
        self.short_until = 0.0
        self.patient_until: float | None = None
        self.overflowed = False
        self.transferred = False
        self.leaving: Event | None = None
        self.overflowing: Event | None = None

    def show(self, state: PortState) -> None:
        """Set the state of its port."""
        if self.port is not None:
            self.port.call = state

    def hang_up(self) -> None:
        """Release its port."""
        if self.port is not None:
            self.port.trunk.release(self.port)
            self.port = None

    def settle(self) -> None:
        """Cancel its planned abandonment and overflow."""
        for event in (self.leaving, self.overflowing):
            if event is not None:
                event.cancel()
        self.leaving = self.overflowing = None

    def stay(self) -> None:
        """Cancel its planned overflow; waiting again plans a new one."""
        if self.overflowing is not None:
            self.overflowing.cancel()
            self.overflowing = None


class Line:
    """A live queue.

    Args:
        profile: Its parameters.

    Attributes:
        profile: Its parameters.
        totals: Its running totals since midnight.
        waiting: Waiting contacts, excluding those ringing at an agent; the next one first.
        ringing: Number of contacts ringing at an agent.
        active: Number of contacts in conversation, including on hold.
        arrivals: The totals of the contacts offered in each quarter of an hour, by when it began, for 36 hours; all
            that happens to a contact later is counted where it was offered.
    """

    __slots__ = ("active", "arrivals", "profile", "ringing", "totals", "waiting")

    def __init__(self, profile: QueueProfile) -> None:
        self.profile = profile
        self.totals = QueueTotals()
        self.waiting: deque[Contact] = deque()
        self.ringing = 0
        self.active = 0
        self.arrivals: dict[float, QueueTotals] = {}

    def is_open(self, moment: float) -> bool:
        """Return whether it accepts contacts."""
        return self.profile.opens <= hour_of_day(moment) < self.profile.closes

    def totals_for(self, offered: float) -> tuple[QueueTotals, QueueTotals]:
        """Return the totals that count an event of a contact: those of the day, and of the quarter of its offer.

        Args:
            offered: When the contact was offered to this queue, in simulated seconds.
        """
        return self.totals, self.arrivals.setdefault(offered // QUARTER * QUARTER, QueueTotals())

    def start_day(self) -> None:
        """Restart the running totals of the day."""
        unanswered = len(self.waiting) + self.ringing
        self.totals = QueueTotals(offered=unanswered, offered_unique=unanswered, carried=unanswered)

    def drop_old_arrivals(self, now: float) -> None:
        """Drop the quarters of an hour that are no longer kept."""
        for began in [began for began in self.arrivals if began < now - _KEPT_SECONDS]:
            del self.arrivals[began]
