"""Queues and their contacts."""

from collections import deque
from copy import copy
from typing import TYPE_CHECKING

from exporter.model import Channel, Direction, PortState
from exporter.simulator.daytime import hour_of_day
from exporter.simulator.profile import QueueProfile
from exporter.simulator.queue_totals import QueueTotals
from exporter.simulator.trunks import Port

if TYPE_CHECKING:
    from exporter.simulator.engine import Event


class Contact:
    """An inbound or outbound contact between a customer and an agent.

    Attributes:
        channel: Its channel.
        direction: Inbound or outbound.
        port: The port that carries it; None for channels other than voice.
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
        "short_until",
        "transferred",
    )

    def __init__(self, channel: Channel, direction: Direction, port: Port | None) -> None:
        self.channel = channel
        self.direction = direction
        self.port = port
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
        quarters: Copies of its running totals at the end of each past quarter of an hour of the day.
    """

    __slots__ = ("active", "profile", "quarters", "ringing", "totals", "waiting")

    def __init__(self, profile: QueueProfile) -> None:
        self.profile = profile
        self.totals = QueueTotals()
        self.waiting: deque[Contact] = deque()
        self.ringing = 0
        self.active = 0
        self.quarters: list[QueueTotals] = []

    def is_open(self, moment: float) -> bool:
        """Return whether it accepts contacts."""
        return self.profile.opens <= hour_of_day(moment) < self.profile.closes

    def start_day(self) -> None:
        """Restart the running totals."""
        kept = len(self.waiting) + self.ringing
        self.totals = QueueTotals(offered=kept, offered_unique=kept)
        self.quarters.clear()

    def end_quarter(self) -> None:
        """Store a copy of the running totals and start the next quarter of an hour."""
        self.quarters.append(copy(self.totals))
        self.totals.longest_wait_of_quarter_seconds = 0.0
