"""An agent: its current state, the reason for it and the time spent in each state."""

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
    """A period in which an agent takes no contacts.

    Attributes:
        state: The agent state during it: `paused` or `not_ready`.
        reason: The reason code.
        seconds: How long it lasts.
    """

    state: AgentState
    reason: str
    seconds: float


class Agent:
    """An agent who handles one contact at a time.

    Args:
        profile: Name, group, skills and shift.
        now: Start of the simulation, in seconds; every agent is logged out then.

    Attributes:
        state: The current state.
        reason: The reason code of the current state, "" if it has none.
        since: Start of the current state, in simulated seconds.
        contact: The contact that is ringing, in conversation or in wrap-up.
        logged_in: Login time; None while logged out.
        at_work_since: Time of the last login or return from an absence; None while away.
        on_shift: Whether the agent's shift is running.
        called_away: Whether a scenario has called the agent away during the shift.
        due: The absence that starts once the agent is free.
        returning: The event that ends an absence.
        totals: Seconds in each state since midnight, excluding the time since `settled`.
        settled: The time up to which `totals` are counted.
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
        """Enter a state; entering the current state with the same reason again changes nothing."""
        if (state, reason) == (self.state, self.reason):
            return
        self.settle(now)
        self.state, self.reason, self.since = state, reason, now
        if state in _AWAY:
            self.at_work_since = None
        elif self.at_work_since is None:
            self.at_work_since = now

    def settle(self, now: float) -> None:
        """Add the time in the current state up to `now` to the totals."""
        self.totals[self.state] += now - self.settled
        self.settled = now

    def start_day(self, now: float) -> None:
        """Restart the running totals."""
        self.settle(now)
        self.totals.clear()
        self.handled.clear()
