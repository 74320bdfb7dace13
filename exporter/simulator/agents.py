"""An agent: in one state at a time, for a reason, and how long in each."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from exporter.model import AgentState, Channel, Direction
from exporter.simulator.profile import AgentProfile

if TYPE_CHECKING:
    from exporter.simulator.engine import Event
    from exporter.simulator.lines import Contact


_AWAY: frozenset[AgentState] = frozenset({"logged_out", "not_ready", "paused"})


@dataclass(frozen=True, slots=True)
class Absence:
    """A while for which an agent takes no contacts.

    Attributes:
        state: How it shows: `paused` or `not_ready`.
        reason: Why.
        seconds: How long it lasts.
    """

    state: AgentState
    reason: str
    seconds: float


class Agent:
    """Somebody who handles one contact at a time.

    Args:
        profile: Who it is.
        now: The moment at which the simulation begins, in seconds; everybody is logged out then.

    Attributes:
        state: What the agent is doing.
        reason: Why, "" where there is no reason.
        since: When that began, in simulated seconds.
        contact: The contact that rings, is talked to or wrapped up.
        logged_in: When the agent logged in; None while logged out.
        at_work_since: When the agent last logged in or came back from an absence; None while away.
        on_shift: Whether these are the agent's working hours.
        called_away: Whether the agent had to leave nevertheless.
        due: The absence to begin as soon as the agent is free.
        returning: The moment an absence ends.
        totals: Seconds in each state since midnight, the time since `settled` not yet included.
        settled: Up to when they are counted.
        handled: Conversations that ended since midnight, by channel and direction.
    """

    def __init__(self, profile: AgentProfile, now: float) -> None:
        self.profile = profile
        self.state: AgentState = "logged_out"
        self.reason = ""
        self.since = now
        self.contact: Contact | None = None
        self.logged_in: float | None = None
        self.at_work_since: float | None = None
        self.on_shift = False
        self.called_away = False
        self.due: Absence | None = None
        self.returning: Event | None = None
        self.totals: defaultdict[AgentState, float] = defaultdict(float)
        self.settled = now
        self.handled: Counter[tuple[Channel, Direction]] = Counter()

    @property
    def on_duty(self) -> bool:
        """Whether the agent is supposed to be logged in."""
        return self.on_shift and not self.called_away

    def enter(self, state: AgentState, reason: str, now: float) -> None:
        """Begin a state; the same state and reason again goes on as it was."""
        if (state, reason) == (self.state, self.reason):
            return
        self.settle(now)
        self.state, self.reason, self.since = state, reason, now
        if state in _AWAY:
            self.at_work_since = None
        elif self.at_work_since is None:
            self.at_work_since = now

    def settle(self, now: float) -> None:
        """Count the time in the present state up to a moment."""
        self.totals[self.state] += now - self.settled
        self.settled = now

    def start_day(self, now: float) -> None:
        """Restart the running totals."""
        self.settle(now)
        self.totals.clear()
        self.handled.clear()
