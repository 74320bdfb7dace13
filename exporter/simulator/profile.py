"""What a simulated contact centre is made of, as data: queues, agents, trunks and habits."""

from dataclasses import dataclass, field

from exporter.model import AgentState, Channel, Thresholds
from exporter.simulator.daytime import hour_of_day
from exporter.simulator.randomness import Duration, Exponential, Uniform

FLAT = (1.0,) * 24


@dataclass(frozen=True, slots=True)
class Overflow:
    """When a queue passes contacts on to another one; a contact overflows at most once.

    Attributes:
        to: The other queue's id.
        after_seconds: Waits longer than this overflow.
        length: Contacts that find this many waiting overflow at once.
    """

    to: str
    after_seconds: float
    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueProfile:
    """A queue and the contacts that come to it.

    Attributes:
        id: Its number.
        name: The name people know it by.
        skill: The skill an agent needs to serve it.
        channel: How its contacts arrive.
        vdn: The number callers dial.
        contacts_per_hour: Arrivals an hour when the daily curve stands at 1.
        patience: How long a contact waits before it leaves; None if for ever.
        talk: How long a conversation lasts, holds left out.
        wrap_up: How long an agent works on after it; None if not at all.
        trunks: The trunks whose ports its calls may seize, tried in order; empty if none is needed.
        opens: Hour of the day from which contacts are let in.
        closes: Hour of the day from which they are turned away.
        rank: Waiting contacts of a lower rank are served first.
        second_line: Whether being transferred here counts as an escalation.
        target_ratio: The share that should be answered in time.
        target_seconds: The longest wait that counts as in time.
        short_seconds: The longest wait whose abandonment counts as short; below 0 if none does.
        hold_share: The share of conversations with a hold.
        hold: How long a hold lasts.
        transfer_share: The share of conversations that end in a transfer.
        transfer_to: Ids of the queues they go to.
        overflow: When contacts overflow; None if never.
        thresholds: Levels that deserve attention.
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
    """The hours an agent works, every day.

    Attributes:
        start: Hour of the day at which it begins.
        hours: How many hours it lasts; it may pass midnight.
    """

    start: float
    hours: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentProfile:
    """Somebody who handles contacts.

    Attributes:
        id: The number the agent logs in with.
        name: An invented name.
        group: The department.
        skills: Level of each skill, the main skill first; 1 is the best.
        shift: The working hours; None if round the clock.
    """

    id: str
    skills: dict[str, int]
    name: str = ""
    group: str = ""
    shift: Shift | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrunkProfile:
    """A trunk and how reliable it is.

    Attributes:
        id: Its number.
        name: The name people know it by.
        ports: How many ports it has.
        fault_every: Time between faults of a single port; None if it never fails.
        fault: How long a fault lasts.
        maintenance_every: Time between works on a single port; None if there are none.
        maintenance: How long the works last.
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
    """Something that keeps a logged-in agent from contacts.

    Attributes:
        reason: The reason code the agent gives.
        state: How it shows: `paused` or `not_ready`.
        duration: How long it lasts.
        weight: How often it is chosen, compared with the others.
        after: Hour of the day from which it may be chosen.
        before: Hour of the day until which it may be chosen.
    """

    reason: str
    state: AgentState
    duration: Duration
    weight: float = 1.0
    after: float = 0.0
    before: float = 24.0


@dataclass(frozen=True, slots=True)
class Ringing:
    """How agents answer.

    Attributes:
        answer: How long a contact rings until it is answered.
        no_answer_share: The share of ringing contacts that the agent does not answer.
        no_answer_seconds: After how many seconds such a contact is taken back.
        reason: The reason code the agent is then given.
        absence: How long the agent stays not ready after that.
    """

    answer: Duration
    no_answer_share: float
    no_answer_seconds: float
    reason: str
    absence: Duration


@dataclass(frozen=True, slots=True)
class Outbound:
    """The calls agents place.

    Attributes:
        share: The share of idle moments used for one.
        trunks: The trunks whose ports they may seize, tried in order.
        dial: How long until the other side answers.
        talk: How long they talk.
        wrap_up: How long the agent works on after it.
    """

    share: float
    trunks: tuple[str, ...]
    dial: Duration
    talk: Duration
    wrap_up: Duration


@dataclass(frozen=True, slots=True)
class Drills:
    """How hard the scenarios hit.

    Attributes:
        surge_factor: How many times the usual contacts arrive in a surge.
        understaffed_group: The group whose agents leave.
        understaffed_share: The share of them that leaves.
        faulty_trunk: The id of the trunk whose ports fault.
        faulty_share: The share of its ports that faults.
    """

    surge_factor: float = 3.0
    understaffed_group: str = ""
    understaffed_share: float = 0.8
    faulty_trunk: str = ""
    faulty_share: float = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A whole contact centre.

    Attributes:
        queues: Its queues.
        agents: Its agents.
        trunks: Its trunks.
        curve: Arrivals as a share of the peak at each full hour of the day, joined by straight lines.
        greeting: How long a call is greeted before it is offered to its queue; None if not at all.
        ringing: How agents answer; None if at once and always.
        break_every: Time between an agent's breaks; None if there are none.
        breaks: The kinds of break.
        outbound: The calls agents place; None if none.
        punctuality: How late shifts begin and end.
        drills: How hard the scenarios hit.
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
        """Return the arrivals at a moment as a share of the peak."""
        hour, part = divmod(hour_of_day(moment), 1)
        before, after = self.curve[int(hour)], self.curve[(int(hour) + 1) % len(self.curve)]
        return before + (after - before) * part
