"""Queues and the contacts that wait in them."""

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
    """A customer who wants to speak to an agent, or to whom an agent wants to speak.

    Attributes:
        channel: How it arrived or left.
        direction: Who began it.
        port: The port that carries it; None off the telephone.
        line: The queue it was last offered to; None of an outbound call.
        origin: The queue it was first offered to; None of an outbound call.
        offered: When it was offered to this queue, in simulated seconds.
        short_until: Until when leaving counts as a short abandon.
        patient_until: When its patience ends; None before that is known or if it never ends.
        overflowed: Whether it has overflowed once.
        transferred: Whether it has been transferred once.
        leaving: The moment its patience ends.
        overflowing: The moment it would overflow.
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
        """Let its port show what it is doing."""
        if self.port is not None:
            self.port.call = state

    def hang_up(self) -> None:
        """Give its port back."""
        if self.port is not None:
            self.port.trunk.release(self.port)
            self.port = None

    def settle(self) -> None:
        """Forget what would have happened had it waited on here."""
        for event in (self.leaving, self.overflowing):
            if event is not None:
                event.cancel()
        self.leaving = self.overflowing = None

    def stay(self) -> None:
        """Keep it from overflowing, for as long as it does not wait again."""
        if self.overflowing is not None:
            self.overflowing.cancel()
            self.overflowing = None


class Line:
    """A queue while contacts come and go.

    Args:
        profile: What it is like.

    Attributes:
        totals: Its running totals since midnight.
        waiting: Contacts that wait, those that ring at an agent not included; the next one first.
        ringing: Contacts that ring at an agent now.
        active: Contacts in conversation now, holds included.
        quarters: Its running totals as they stood at the end of each quarter of an hour of the day gone by.
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
        """Tell whether it lets contacts in."""
        return self.profile.opens <= hour_of_day(moment) < self.profile.closes

    def start_day(self) -> None:
        """Restart the running totals."""
        self.totals = QueueTotals(offered=len(self.waiting) + self.ringing)
        self.quarters.clear()

    def end_quarter(self) -> None:
        """Remember the running totals as they stand, and begin another quarter of an hour."""
        self.quarters.append(copy(self.totals))
        self.totals.longest_wait_of_quarter_seconds = 0.0
