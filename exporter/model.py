"""The vendor-neutral model of a contact centre: queues, agents and trunks.

A field is None if the vendor does not provide it; nothing is guessed. Durations are seconds, ratios lie between 0 and
1, and fields named after contacts, agents or ports are counts. Running totals restart with the vendor's reporting
period. The types cannot form reference cycles and are not tracked by the garbage collector (`gc=False`).
"""

from collections.abc import Mapping
from typing import Literal, get_args

import msgspec

AgentState = Literal["available", "ringing", "busy", "wrap_up", "not_ready", "paused", "logged_out", "unknown"]
PortState = Literal["idle", "seized", "queued", "connected", "ringing", "held", "maintenance", "fault", "unknown"]
Channel = Literal["voice", "callback", "chat", "messaging", "email", "video", "task"]
Direction = Literal["in", "out"]
Severity = Literal["warning", "critical"]
ItemKind = Literal["queues", "numbers", "agents", "trunks"]
ContactOutcome = Literal["answered", "abandoned", "abandoned_short", "rejected_closed", "unknown"]
ContactDirection = Literal["in", "out", "internal", "unknown"]
VendorStatus = Literal["operational", "minor", "major", "critical", "maintenance", "unknown"]

AGENT_STATES: tuple[AgentState, ...] = get_args(AgentState)
PORT_STATES: tuple[PortState, ...] = get_args(PortState)
CHANNELS: tuple[Channel, ...] = get_args(Channel)
DIRECTIONS: tuple[Direction, ...] = get_args(Direction)
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
ITEM_KINDS: tuple[ItemKind, ...] = get_args(ItemKind)
CONTACT_OUTCOMES: tuple[ContactOutcome, ...] = get_args(ContactOutcome)
VENDOR_STATUSES: tuple[VendorStatus, ...] = get_args(VendorStatus)


class FigureMeanings(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What figures of a vendor mean where vendors differ; rules and dashboards must not mix the meanings.

    Attributes:
        available: `free` if an available agent handles no contact, `signed_in` if an agent remains available during
            contacts.
        abandoned: `all` if the abandoned contacts include short abandons, `without_short` if not.
    """

    available: Literal["free", "signed_in"] = "free"
    abandoned: Literal["all", "without_short"] = "all"


class NoValue(str):
    """What a vendor sends for "no value", such as "N/A", among a snapshot's unmapped values; counted once."""

    __slots__ = ()


class Failure(str):
    """Why the request for one item failed, among a snapshot's unmapped values; logged, but not counted as one."""

    __slots__ = ()


class WaitAges(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Contacts waiting now by the time they have been waiting, counted cumulatively.

    Attributes:
        within_60_seconds: Contacts waiting for at most 60 seconds.
        within_180_seconds: Contacts waiting for at most 180 seconds, those of 60 seconds included.
        total: All waiting contacts.
    """

    within_60_seconds: float
    within_180_seconds: float
    total: float


class Thresholds(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The thresholds of one severity for a queue.

    Attributes:
        severity: Whether crossing them warns or pages.
        waiting_contacts: Contacts waiting; crossed above it.
        oldest_wait_seconds: Wait of the longest waiting contact in seconds; crossed above it.
        free_agents: Agents free to take a contact; crossed below it.
        serving_agents: Agents serving the queue; crossed below it.
        service_level_ratio: Service level as a ratio; crossed below it.
    """

    severity: Severity
    waiting_contacts: float | None = None
    oldest_wait_seconds: float | None = None
    free_agents: float | None = None
    serving_agents: float | None = None
    service_level_ratio: float | None = None


class Histogram(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Observed durations, counted by buckets.

    Attributes:
        bounds: The upper bounds of the buckets in seconds, inclusive and ascending; the last bucket has none.
        counts: The observations up to each bound, and all of them.
        sum: The sum of all observations in seconds; None if a vendor that counts them does not publish it.
    """

    bounds: tuple[float, ...]
    counts: tuple[float, ...]
    sum: float | None = None


class ObservedContacts(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Single contacts of a queue, each observed once, since the observation began.

    Histograms are of contacts that customers started.

    Attributes:
        waits: The waits in the queue, by outcome.
        service_level_waits: The waits of answered contacts as they are compared with the service-level threshold.
        handling: The durations of handling.
        wrap_up: The durations of wrap-up.
        finished: Contacts that have ended, by outcome and direction.
        moved_in: Of these, contacts that were created in another queue, by the id of that queue.
        answered_difference: Contacts that the vendor's own totals count as answered, minus those observed.
    """

    waits: Mapping[ContactOutcome, Histogram] = {}
    service_level_waits: Histogram | None = None
    handling: Histogram | None = None
    wrap_up: Histogram | None = None
    finished: Mapping[tuple[ContactOutcome, ContactDirection], float] = {}
    moved_in: Mapping[str, float] = {}
    answered_difference: float | None = None


class Queue(msgspec.Struct, frozen=True, gc=False):
    """A line in which contacts wait for an agent.

    Attributes:
        id: The vendor's id; the name if the vendor has no ids.
        name: The display name.
        channel: The channel of its contacts.
        waiting_contacts: Contacts waiting now.
        waiting_callbacks: Requested callbacks that wait for an agent now, if the vendor counts them apart.
        oldest_wait_seconds: How long the longest waiting contact has waited.
        estimated_wait_seconds: The vendor's forecast of the wait of a contact that arrives now.
        active_contacts: Contacts being handled now.
        oldest_active_seconds: How long the longest active contact has been active.
        wait_ages: Contacts waiting now by the time they have been waiting.
        service_level_ratio: The vendor's own service level.
        answered_ratio: Answered contacts per offered contact.
        service_level_target_ratio: The share that should be answered in time.
        service_level_target_seconds: The wait within which an answer is in time.
        staffed_agents: Agents signed in to the queue.
        agents: Agents of the queue in each state.
        active_slots: Contacts that its agents are handling now for any queue, by channel; an agent has as many slots
            as contacts that the agent may handle at the same time.
        available_slots: Further contacts of the queue that its agents can take now, by channel.
        waits: Running totals of the waits of contacts that have left the queue, by outcome, in the vendor's buckets.
        contacts_offered: Running total of contacts that arrived.
        contacts_offered_unique: The same total with a contact that overflowed counted in one queue only.
        contacts_answered: Running total of contacts an agent answered.
        contacts_answered_in_service_level: Running total of contacts answered in time.
        contacts_abandoned: Running total of contacts that left before an answer.
        contacts_abandoned_unique: The same total with a contact that overflowed counted in one queue only.
        contacts_abandoned_short: Running total of contacts that left too soon to count against the queue.
        contacts_transferred: Running total of contacts an agent transferred.
        contacts_held: Running total of contacts put on hold.
        contacts_redirected_on_no_answer: Running total of contacts taken back from an agent who did not answer.
        contacts_overflowed: Running total of contacts sent to another queue.
        contacts_escalated: Running total of contacts escalated.
        contacts_rejected_closed: Running total of contacts rejected while the queue was closed.
        ring_seconds: Running total of the time contacts rang at agents.
        answer_wait_seconds: Running total of the wait of answered contacts.
        talk_seconds: Running total of the time spent talking.
        abandon_wait_seconds: Running total of the wait of abandoned contacts.
        handle_seconds: Running total of the time agents spent on contacts.
        outbound_contacts_handled: Running total of outbound contacts that agents handled for the queue.
        outbound_handle_seconds: Running total of the time agents spent on outbound contacts of the queue.
        average_wait_seconds: Mean wait of answered contacts in the reporting period.
        average_talk_seconds: Mean talk time in the reporting period.
        average_abandon_wait_seconds: Mean wait of abandoned contacts in the reporting period.
        average_wrap_up_seconds: Mean wrap-up time in the reporting period.
        max_wait_seconds: The longest wait of the reporting period.
        thresholds: At most one set of thresholds for each severity.
        contacts: Its single contacts, None if they are not observed.
    """

    id: str
    name: str = ""
    channel: Channel | Literal[""] = ""
    waiting_contacts: float | None = None
    waiting_callbacks: float | None = None
    oldest_wait_seconds: float | None = None
    estimated_wait_seconds: float | None = None
    active_contacts: float | None = None
    oldest_active_seconds: float | None = None
    wait_ages: WaitAges | None = None
    service_level_ratio: float | None = None
    answered_ratio: float | None = None
    service_level_target_ratio: float | None = None
    service_level_target_seconds: float | None = None
    staffed_agents: float | None = None
    agents: Mapping[AgentState, float] = {}
    active_slots: Mapping[Channel, float] = {}
    available_slots: Mapping[Channel, float] = {}
    waits: Mapping[ContactOutcome, Histogram] = {}
    contacts_offered: float | None = None
    contacts_offered_unique: float | None = None
    contacts_answered: float | None = None
    contacts_answered_in_service_level: float | None = None
    contacts_abandoned: float | None = None
    contacts_abandoned_unique: float | None = None
    contacts_abandoned_short: float | None = None
    contacts_transferred: float | None = None
    contacts_held: float | None = None
    contacts_redirected_on_no_answer: float | None = None
    contacts_overflowed: float | None = None
    contacts_escalated: float | None = None
    contacts_rejected_closed: float | None = None
    ring_seconds: float | None = None
    answer_wait_seconds: float | None = None
    talk_seconds: float | None = None
    abandon_wait_seconds: float | None = None
    handle_seconds: float | None = None
    outbound_contacts_handled: float | None = None
    outbound_handle_seconds: float | None = None
    average_wait_seconds: float | None = None
    average_talk_seconds: float | None = None
    average_abandon_wait_seconds: float | None = None
    average_wrap_up_seconds: float | None = None
    max_wait_seconds: float | None = None
    thresholds: tuple[Thresholds, ...] = ()
    contacts: ObservedContacts | None = None


class Number(msgspec.Struct, frozen=True, gc=False):
    """A number that contacts dial, or several counted together, before they reach a queue.

    Attributes:
        id: Its name in the configuration.
        in_progress_contacts: Contacts in progress now, with or without an agent.
        active_contacts: Contacts in conversation now.
        oldest_in_progress_seconds: How long the oldest contact in progress has lasted.
        oldest_active_seconds: How long the oldest conversation has lasted.
        contacts_offered: Running total of contacts that arrived.
        contacts_answered: Running total of contacts that were connected to an agent.
        contact_seconds: Running total of the duration of the contacts.
    """

    id: str
    in_progress_contacts: float | None = None
    active_contacts: float | None = None
    oldest_in_progress_seconds: float | None = None
    oldest_active_seconds: float | None = None
    contacts_offered: float | None = None
    contacts_answered: float | None = None
    contact_seconds: float | None = None


class Handled(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Contacts an agent has handled on one channel in one direction.

    Attributes:
        channel: The channel of the contacts.
        direction: Who started them: `in` the customer, `out` the agent.
        contacts: Running total of contacts.
    """

    channel: Channel
    direction: Direction
    contacts: float


class Agent(msgspec.Struct, frozen=True, gc=False):
    """A person who handles contacts.

    Attributes:
        id: The vendor's id.
        name: The person's name; personal data, exported only if opted in.
        group: Department or team, "" if there is none.
        state: The agent's state.
        reason: The vendor's reason code or text, "" if there is none.
        skill: The skill the agent works for now, "" if there is none; None if agents are not counted by skill.
        direction: Who started the present contact, "" if the agent has none.
        time_in_state_seconds: Seconds the agent has been in this state.
        handled: Contacts handled, by channel and direction.
        state_totals: Running totals of the seconds spent in each state.
        active_contacts: Contacts being handled now, by channel.
        capacity_contacts: The most contacts handled at the same time, by channel.
        dispositions: Running totals of the contacts to which the agent gave each disposition.
    """

    id: str
    name: str = ""
    group: str = ""
    state: AgentState = "unknown"
    reason: str = ""
    skill: str | None = None
    direction: Direction | Literal[""] = ""
    time_in_state_seconds: float | None = None
    handled: tuple[Handled, ...] = ()
    state_totals: Mapping[AgentState, float] = {}
    active_contacts: Mapping[Channel, float] = {}
    capacity_contacts: Mapping[Channel, float] = {}
    dispositions: Mapping[str, float] = {}


class TrunkPort(msgspec.Struct, frozen=True, gc=False):
    """One line of a trunk, carrying at most one call.

    Attributes:
        id: The vendor's number for it, unique in its trunk; "" if it has none.
        state: The state of the line.
    """

    id: str
    state: PortState = "unknown"


class Trunk(msgspec.Struct, frozen=True, gc=False):
    """A bundle of lines between the contact centre and the telephone network.

    Attributes:
        id: The vendor's id.
        name: The display name.
        capacity_ports: Ports it has.
        in_use_ports: Ports in use.
        idle_ports: Ports available for a call.
        usage_ratio: Share in use, as the vendor computes it.
        registered: Whether the provider has accepted a registration of the trunk, 1 or 0; None if it needs none.
        ports: Its single ports; None if the vendor does not list them.
    """

    id: str
    name: str = ""
    capacity_ports: float | None = None
    in_use_ports: float | None = None
    idle_ports: float | None = None
    usage_ratio: float | None = None
    registered: float | None = None
    ports: tuple[TrunkPort, ...] | None = None


class Period(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A reporting period, with which the vendor's running totals restart.

    Attributes:
        name: What distinguishes it from other periods, such as a date.
        began: When it began, in seconds since the Unix epoch; minus infinity if that is unknown.
        settled: Whether all totals are certainly of this period; False if some may still be of the one before it.
        restarts_within: Whether the totals of single items may restart within it too. A decrease within the period is
            then recognised as a restart as if no period were known: by the values, confirmed by the next poll.
    """

    name: str
    began: float
    settled: bool = True
    restarts_within: bool = False


class PollItems(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The outcome of a poll that requested items one by one.

    Attributes:
        total: Items of the resource.
        asked: Items requested in this poll.
        answered: Items with a usable response in this poll.
        kept: Items whose last response is recent enough to count.
        failed: Items whose request failed in this poll.
        round_seconds: Seconds that one request of every item takes, at least the poll interval.
        oldest_seconds: How long ago the oldest response that counts was requested.
        error: An error of the most common reason, "" if none failed.
    """

    total: int
    asked: int
    answered: int
    kept: int
    failed: int
    round_seconds: float
    oldest_seconds: float = 0.0
    error: str = ""


class Snapshot(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Everything one successful poll of one resource returned.

    Attributes:
        queues: The queues returned.
        agents: The agents returned; None if the resource does not provide agents.
        trunks: The trunks returned.
        numbers: The numbers returned.
        agents_complete: Whether `agents` contains every agent; if not, agents are not counted by state.
        unmapped: Values without a mapping: field and value, once for each occurrence.
        period: The reporting period of the running totals; None if it is unknown.
        poll_items: The outcome of its requests; None if the poll did not request items one by one.
        data_age_seconds: How long ago the vendor changed its statistics last; None if it does not report that.
        age: Seconds since the vendor's response, if it was requested by another target of the same account.
        findings: What the vendor's responses have shown about its API, as sentences.
        vendor_status: What the vendor's own status page reports; None if this is not a poll of it.
    """

    queues: tuple[Queue, ...] = ()
    agents: tuple[Agent, ...] | None = None
    trunks: tuple[Trunk, ...] = ()
    numbers: tuple[Number, ...] = ()
    agents_complete: bool = True
    unmapped: tuple[tuple[str, str], ...] = ()
    period: Period | None = None
    poll_items: PollItems | None = None
    data_age_seconds: float | None = None
    age: float = 0.0
    findings: tuple[str, ...] = ()
    vendor_status: VendorStatus | None = None
