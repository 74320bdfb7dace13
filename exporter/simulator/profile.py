"""Parameters of a simulated contact centre: queues, agents, trunks and behaviour."""

from dataclasses import dataclass, field

from exporter.model import AgentState, Channel, Thresholds
from exporter.simulator.daytime import hour_of_day
from exporter.simulator.randomness import Duration, Exponential, Uniform

FLAT = (1.0,) * 24


@dataclass(frozen=True, slots=True)
class Overflow:
    """When contacts overflow to another queue; a contact overflows at most once.

    Attributes:
        to: The other queue's id.
        after_seconds: Contacts overflow after this wait.
        length: Contacts overflow at once if this many are waiting.
    """

    to: str
    after_seconds: float
    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueProfile:
    """A queue and its contacts.

    Attributes:
        id: Its number.
        name: Its name.
        skill: The skill an agent needs to serve it.
        channel: The channel of its contacts.
        vdn: The number callers dial.
        contacts_per_hour: Arrivals per hour where the daily curve is 1.
        patience: How long a contact waits before it abandons; None for unlimited.
        talk: Talk time of a conversation, excluding holds.
        wrap_up: Wrap-up time after a conversation; None for no wrap-up.
        trunks: Trunks whose ports its calls may seize, tried in order; empty if no port is needed.
        opens: Hour of the day from which contacts are accepted.
        closes: Hour of the day from which contacts are rejected.
        rank: Waiting contacts of a lower rank are served first.
        second_line: Whether a transfer to this queue counts as an escalation.
        target_ratio: Service level target.
        target_seconds: Longest wait within the service level.
        short_seconds: Longest wait whose abandonment counts as short; negative for no short abandons.
        hold_share: Share of conversations with a hold.
        hold: Duration of a hold.
        transfer_share: Share of conversations that end in a transfer.
        transfer_to: Ids of the target queues of transfers.
        overflow: When contacts overflow; None for no overflow.
        thresholds: Alert thresholds.
    """

    id: str
    name: str
    skill: str
    contacts_per_hour: float
    talk: Duration
    channel: Channel = "voice"
    vdn: str = ""
    patience: Duration | None = None
    wrap_up: Duration | None = None
    trunks: tuple[str, ...] = ()
    opens: float = 0.0
    closes: float = 24.0
    rank: int = 0
    second_line: bool = False
    target_ratio: float = 0.8
    target_seconds: float = 20.0
    short_seconds: float = 5.0
    hold_share: float = 0.0
    hold: Duration = field(default_factory=lambda: Exponential(45.0))
    transfer_share: float = 0.0
    transfer_to: tuple[str, ...] = ()
    overflow: Overflow | None = None
    thresholds: tuple[Thresholds, ...] = ()


@dataclass(frozen=True, slots=True)
class Shift:
    """An agent's daily working hours.

    Attributes:
        start: Start, as an hour of the day.
        hours: Length in hours; a shift may extend past midnight.
    """

    start: float
    hours: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentProfile:
    """An agent's identity, skills and shift.

    Attributes:
        id: The login id.
        name: An invented name.
        group: The department.
        skills: Level of each skill, the main skill first; 1 is the best.
        shift: The working hours; None for round the clock.
    """

    id: str
    skills: dict[str, int]
    name: str = ""
    group: str = ""
    shift: Shift | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrunkProfile:
    """A trunk and its reliability.

    Attributes:
        id: Its number.
        name: Its name.
        ports: Number of ports.
        fault_every: Time between faults of a single port; None for no faults.
        fault: Duration of a fault.
        maintenance_every: Time between maintenance of a single port; None for no maintenance.
        maintenance: Duration of maintenance.
    """

    id: str
    ports: int
    name: str = ""
    fault_every: Duration | None = None
    fault: Duration = field(default_factory=lambda: Exponential(900.0))
    maintenance_every: Duration | None = None
    maintenance: Duration = field(default_factory=lambda: Uniform(900.0, 2700.0))


@dataclass(frozen=True, slots=True)
class Break:
    """A kind of break of a logged-in agent.

    Attributes:
        reason: The agent's reason code.
        state: The agent state: `paused` or `not_ready`.
        duration: How long it lasts.
        weight: Relative frequency.
        after: Earliest start, as an hour of the day.
        before: Latest start, as an hour of the day.
    """

    reason: str
    state: AgentState
    duration: Duration
    weight: float = 1.0
    after: float = 0.0
    before: float = 24.0


@dataclass(frozen=True, slots=True)
class Ringing:
    """How agents answer ringing contacts.

    Attributes:
        answer: Ring time until the answer.
        no_answer_share: Share of ringing contacts that the agent does not answer.
        no_answer_seconds: Ring time after which such a contact is redirected.
        reason: Reason code of the agent after a redirect.
        absence: Time the agent stays not ready after a redirect.
    """

    answer: Duration
    no_answer_share: float
    no_answer_seconds: float
    reason: str
    absence: Duration


@dataclass(frozen=True, slots=True)
class Outbound:
    """The outbound calls of agents.

    Attributes:
        share: Probability of a call each time an agent becomes idle.
        trunks: Trunks whose ports they may seize, tried in order.
        dial: Time until the called party answers.
        talk: Talk time.
        wrap_up: Wrap-up time after the call.
    """

    share: float
    trunks: tuple[str, ...]
    dial: Duration
    talk: Duration
    wrap_up: Duration


@dataclass(frozen=True, slots=True)
class Drills:
    """Parameters of the scenarios.

    Attributes:
        surge_factor: Arrival rate in a surge, as a multiple of the usual rate.
        understaffed_group: The group whose agents leave.
        understaffed_share: Share of them that leaves.
        faulty_trunk: Id of the trunk whose ports fault.
        faulty_share: Share of its ports that faults.
    """

    surge_factor: float = 3.0
    understaffed_group: str = ""
    understaffed_share: float = 0.8
    faulty_trunk: str = ""
    faulty_share: float = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """All parameters of a contact centre.

    Attributes:
        queues: Its queues.
        agents: Its agents.
        trunks: Its trunks.
        curve: Arrival rate as a share of the peak at each full hour of the day, interpolated linearly.
        greeting: Duration of the greeting before a contact is offered to its queue; None for no greeting.
        ringing: How agents answer; None if they answer every contact at once.
        break_every: Time between an agent's breaks; None for no breaks.
        breaks: The kinds of breaks.
        outbound: The outbound calls of agents; None for no outbound calls.
        punctuality: Delay of the start and end of a shift.
        drills: Parameters of the scenarios.
    """

    queues: tuple[QueueProfile, ...]
    agents: tuple[AgentProfile, ...]
    trunks: tuple[TrunkProfile, ...] = ()
    curve: tuple[float, ...] = FLAT
    greeting: Duration | None = None
    ringing: Ringing | None = None
    break_every: Duration | None = None
    breaks: tuple[Break, ...] = ()
    outbound: Outbound | None = None
    punctuality: Duration = field(default_factory=lambda: Uniform(0.0, 600.0))
    drills: Drills = field(default_factory=Drills)

    def intensity(self, moment: float) -> float:
        """Return the arrival rate at a time as a share of the peak."""
        hour, part = divmod(hour_of_day(moment), 1)
        before, after = self.curve[int(hour)], self.curve[(int(hour) + 1) % len(self.curve)]
        return before + (after - before) * part
