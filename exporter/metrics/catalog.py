"""The catalogue of every metric family this exporter serves: name, type, unit, labels and HELP text.

Families are exposed in this order. At the series limit the last ones are dropped first, so summaries stand before the
per-port and per-agent detail of the same subject.
"""

from dataclasses import dataclass
from typing import Literal

PREFIX = "contactcenter_"

Kind = Literal["gauge", "counter", "info", "gaugehistogram", "histogram"]

QUEUE_LABELS = ("target", "queue_id", "queue", "channel")
NUMBER_LABELS = ("target", "number")
TRUNK_LABELS = ("target", "trunk_id", "trunk")
AGENT_LABELS = ("target", "agent_id", "agent")
RESOURCE_LABELS = ("target", "resource")


@dataclass(frozen=True, slots=True, eq=False)
class Family:
    """One metric family.

    Attributes:
        name: Full name of its series in the text format; a histogram's without `_bucket`, `_sum` and `_count`.
        kind: Its OpenMetrics type.
        help: The HELP text, for the on-call engineer who is paged by an alert on it.
        labels: Names of its labels in the order they are written.
        unit: The unit of a value: seconds, ratio, contacts, agents, ports …
    """

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...]
    unit: str


_families: list[Family] = []


def _family(kind: Kind, name: str, labels: tuple[str, ...], unit: str, text: str) -> Family:
    family = Family(PREFIX + name, kind, text, labels, unit)
    _families.append(family)
    return family


def _queue(name: str, unit: str, text: str, *extra: str, kind: Kind = "gauge") -> Family:
    return _family(kind, f"queue_{name}", QUEUE_LABELS + extra, unit, text)


def _queue_total(name: str, unit: str, text: str) -> Family:
    return _queue(f"{name}_total", unit, f"{text} Restarts with the vendor's reporting period.", kind="counter")


def _contact(kind: Kind, name: str, unit: str, text: str, *extra: str) -> Family:
    text = f"{text} Single contacts since the exporter began to observe them; opt-in."
    return _queue(f"contact{name}", unit, text, *extra, kind=kind)


def _number(kind: Kind, name: str, unit: str, text: str) -> Family:
    restart = " Restarts with the vendor's reporting period." if kind == "counter" else ""
    return _family(kind, f"number_{name}", NUMBER_LABELS, unit, text + restart)


def _agent(name: str, unit: str, text: str, *extra: str, kind: Kind = "gauge") -> Family:
    return _family(kind, f"agent_{name}", AGENT_LABELS + extra, unit, text)


def _trunk(name: str, unit: str, text: str, *extra: str) -> Family:
    return _family("gauge", f"trunk_{name}", TRUNK_LABELS + extra, unit, text)


def _resource(kind: Kind, name: str, unit: str, text: str, *extra: str) -> Family:
    return _family(kind, name, RESOURCE_LABELS + extra, unit, text)


def _target(kind: Kind, name: str, unit: str, text: str, *extra: str) -> Family:
    return _family(kind, name, ("target", *extra), unit, text)


# Whether the exporter can see the contact centre

UP = _resource(
    "gauge",
    "up",
    "",
    "1 if the last poll of this resource succeeded, 0 if it failed; absent before the first poll.",
)
TARGET_INFO = _target("info", "target_info", "", "A configured target and its vendor.", "vendor")
TARGET_FIGURES_INFO = _target(
    "info",
    "target_figures_info",
    "",
    "What figures of a target mean where vendors differ. An available agent is free of contacts (free) or may be "
    "handling one (signed_in); abandoned contacts include short abandons (all) or not (without_short).",
    "available",
    "abandoned",
)

# The present state of queues

QUEUE_WAITING_CONTACTS = _queue("waiting_contacts", "contacts", "Contacts waiting in the queue now.")
QUEUE_OLDEST_WAIT = _queue(
    "oldest_wait_seconds", "seconds", "Time the longest waiting contact of the queue has been waiting."
)
QUEUE_WAITING_CALLBACKS = _queue(
    "waiting_callbacks",
    "callbacks",
    "Callbacks that customers requested and that wait for an agent now. Whether they are among the waiting contacts "
    "depends on the vendor.",
)
QUEUE_ESTIMATED_WAIT = _queue(
    "estimated_wait_seconds", "seconds", "The vendor's forecast of the wait of a contact that arrives now."
)
QUEUE_ACTIVE_CONTACTS = _queue("active_contacts", "contacts", "Contacts of the queue being handled by agents now.")
QUEUE_OLDEST_ACTIVE = _queue(
    "oldest_active_seconds", "seconds", "Age of the queue's longest contact that agents are handling now."
)
QUEUE_WAIT_AGE = _queue(
    "wait_age_seconds",
    "seconds",
    "Contacts waiting now by the time they have been waiting.",
    kind="gaugehistogram",
)
QUEUE_SERVICE_LEVEL = _queue(
    "service_level_ratio",
    "ratio",
    "Service level as the vendor computes it: the share of contacts answered in time in its reporting period.",
)
QUEUE_ANSWERED_RATIO = _queue(
    "answered_ratio", "ratio", "Answered contacts per offered contact in the vendor's reporting period."
)
QUEUE_SERVICE_LEVEL_TARGET_RATIO = _queue(
    "service_level_target_ratio",
    "ratio",
    "Share of contacts that should be answered in time, as configured at the vendor.",
)
QUEUE_SERVICE_LEVEL_TARGET_SECONDS = _queue(
    "service_level_target_seconds", "seconds", "Wait within which an answered contact counts as answered in time."
)
QUEUE_STAFFED_AGENTS = _queue("staffed_agents", "agents", "Agents signed in to the queue, in any state.")
QUEUE_AGENTS = _queue("agents", "agents", "Agents of the queue in each state.", "state")
QUEUE_ACTIVE_SLOTS = _queue(
    "active_slots",
    "slots",
    "Contacts that agents of the queue are handling now, for any queue, by channel of the contacts. An agent has one "
    "slot for each contact that the agent may handle at the same time.",
)
QUEUE_AVAILABLE_SLOTS = _queue(
    "available_slots", "slots", "Further contacts that agents of the queue can take now, by channel of the contacts."
)

# Running totals of queues

QUEUE_CONTACTS_OFFERED = _queue_total("contacts_offered", "contacts", "Contacts that arrived at the queue.")
QUEUE_CONTACTS_OFFERED_UNIQUE = _queue_total(
    "contacts_offered_unique",
    "contacts",
    "Contacts that arrived at the queue, with a contact that overflowed counted in one queue only; for sums of queues.",
)
QUEUE_CONTACTS_ANSWERED = _queue_total("contacts_answered", "contacts", "Contacts of the queue that an agent answered.")
QUEUE_CONTACTS_ANSWERED_IN_SERVICE_LEVEL = _queue_total(
    "contacts_answered_in_service_level", "contacts", "Contacts answered within the service-level threshold."
)
QUEUE_CONTACTS_ABANDONED = _queue_total(
    "contacts_abandoned", "contacts", "Contacts that left the queue before an agent answered."
)
QUEUE_CONTACTS_ABANDONED_UNIQUE = _queue_total(
    "contacts_abandoned_unique",
    "contacts",
    "Contacts that left before an agent answered, with one that overflowed counted in one queue only; for sums of"
    " queues.",
)
QUEUE_CONTACTS_ABANDONED_SHORT = _queue_total(
    "contacts_abandoned_short",
    "contacts",
    "Contacts that left too soon to count against the service level (short abandons).",
)
QUEUE_CONTACTS_TRANSFERRED = _queue_total("contacts_transferred", "contacts", "Contacts transferred by an agent.")
QUEUE_CONTACTS_HELD = _queue_total("contacts_held", "contacts", "Contacts an agent put on hold.")
QUEUE_CONTACTS_REDIRECTED_ON_NO_ANSWER = _queue_total(
    "contacts_redirected_on_no_answer",
    "contacts",
    "Contacts redirected because the agent did not answer (RONA).",
)
QUEUE_CONTACTS_OVERFLOWED = _queue_total(
    "contacts_overflowed", "contacts", "Contacts sent to another queue because this one was too busy."
)
QUEUE_CONTACTS_ESCALATED = _queue_total("contacts_escalated", "contacts", "Contacts escalated to another level.")
QUEUE_CONTACTS_REJECTED_CLOSED = _queue_total(
    "contacts_rejected_closed", "contacts", "Contacts rejected because the queue was closed."
)
QUEUE_RING = _queue_total("ring_seconds", "seconds", "Time contacts spent ringing at agents.")
QUEUE_ANSWER_WAIT = _queue_total(
    "answer_wait_seconds",
    "seconds",
    "Wait of answered contacts; divided by answered contacts it is the average speed of answer.",
)
QUEUE_TALK = _queue_total("talk_seconds", "seconds", "Time agents spent talking on contacts of the queue.")
QUEUE_ABANDON_WAIT = _queue_total("abandon_wait_seconds", "seconds", "Wait of abandoned contacts.")
QUEUE_HANDLE = _queue_total("handle_seconds", "seconds", "Time agents spent handling contacts of the queue.")
QUEUE_OUTBOUND_CONTACTS_HANDLED = _queue_total(
    "outbound_contacts_handled", "contacts", "Outbound contacts that agents handled for the queue."
)
QUEUE_OUTBOUND_HANDLE = _queue_total(
    "outbound_handle_seconds", "seconds", "Time agents spent handling outbound contacts of the queue."
)
QUEUE_WAIT = _queue(
    "wait_seconds",
    "seconds",
    "Wait of contacts that have left the queue, by outcome, in the buckets that the vendor counts; there is no sum if "
    "the vendor publishes none. Restarts with the vendor's reporting period.",
    "outcome",
    kind="histogram",
)

# The vendor's own averages of queues

QUEUE_AVERAGE_WAIT = _queue(
    "average_wait_seconds", "seconds", "Mean wait of answered contacts in the vendor's reporting period."
)
QUEUE_AVERAGE_TALK = _queue(
    "average_talk_seconds", "seconds", "Mean talk time of contacts in the vendor's reporting period."
)
QUEUE_AVERAGE_ABANDON_WAIT = _queue(
    "average_abandon_wait_seconds",
    "seconds",
    "Mean wait of abandoned contacts in the vendor's reporting period.",
)
QUEUE_AVERAGE_WRAP_UP = _queue(
    "average_wrap_up_seconds",
    "seconds",
    "Mean wrap-up time after a contact in the vendor's reporting period.",
)
QUEUE_MAX_WAIT = _queue(
    "max_wait_seconds", "seconds", "The longest wait of any contact in the vendor's reporting period."
)

# Thresholds of queues

QUEUE_WAITING_CONTACTS_THRESHOLD = _queue(
    "waiting_contacts_threshold",
    "contacts",
    "Waiting contacts above which the queue needs attention.",
    "severity",
)
QUEUE_OLDEST_WAIT_THRESHOLD = _queue(
    "oldest_wait_threshold_seconds",
    "seconds",
    "Oldest wait above which the queue needs attention.",
    "severity",
)
QUEUE_FREE_AGENTS_THRESHOLD = _queue(
    "free_agents_threshold", "agents", "Free agents below which the queue needs attention.", "severity"
)
QUEUE_SERVING_AGENTS_THRESHOLD = _queue(
    "serving_agents_threshold",
    "agents",
    "Serving agents below which the queue needs attention.",
    "severity",
)
QUEUE_SERVICE_LEVEL_THRESHOLD = _queue(
    "service_level_threshold_ratio",
    "ratio",
    "Service level below which the queue needs attention.",
    "severity",
)

# Single contacts of queues

QUEUE_CONTACTS_FINISHED = _contact(
    "counter",
    "s_finished_total",
    "contacts",
    "Contacts of the queue that have ended, by outcome and direction.",
    "outcome",
    "direction",
)
QUEUE_CONTACTS_ANSWERED_DIFFERENCE = _queue(
    "contacts_answered_difference",
    "contacts",
    "Answered contacts in the vendor's own totals minus those observed one by one, of the contacts that arrived in the "
    "last 24 hours and since the observation began, up to half an hour ago; well above 0 if single contacts of the "
    "queue are not visible. Opt-in.",
)
QUEUE_CONTACT_WAIT = _contact(
    "histogram", "_wait_seconds", "seconds", "Wait of inbound contacts in the queue, by outcome.", "outcome"
)
QUEUE_CONTACT_SERVICE_LEVEL_WAIT = _contact(
    "histogram",
    "_service_level_wait_seconds",
    "seconds",
    "Wait of answered contacts as the vendor compares it with the service-level threshold.",
)
QUEUE_CONTACT_HANDLE = _contact(
    "histogram",
    "_handle_seconds",
    "seconds",
    "Time agents spent handling an inbound contact, without wrap-up.",
)
QUEUE_CONTACT_WRAP_UP = _contact(
    "histogram",
    "_wrap_up_seconds",
    "seconds",
    "Wrap-up time after an inbound contact; contacts without wrap-up are not observed.",
)
QUEUE_CONTACTS_MOVED_IN = _contact(
    "counter",
    "s_moved_in_total",
    "contacts",
    "Contacts that ended in the queue and were created in another one, which `origin_queue_id` names.",
    "origin_queue_id",
)

# Numbers that contacts dial

NUMBER_IN_PROGRESS_CONTACTS = _number(
    "gauge", "in_progress_contacts", "contacts", "Contacts to the number in progress now, with or without an agent."
)
NUMBER_ACTIVE_CONTACTS = _number("gauge", "active_contacts", "contacts", "Contacts to the number in conversation now.")
NUMBER_OLDEST_IN_PROGRESS = _number(
    "gauge", "oldest_in_progress_seconds", "seconds", "Time since the oldest contact in progress to the number began."
)
NUMBER_OLDEST_ACTIVE = _number(
    "gauge", "oldest_active_seconds", "seconds", "Time since the oldest conversation of the number began."
)
NUMBER_CONTACTS_OFFERED = _number("counter", "contacts_offered_total", "contacts", "Contacts to the number.")
NUMBER_CONTACTS_ANSWERED = _number(
    "counter", "contacts_answered_total", "contacts", "Contacts to the number that were connected to an agent."
)
NUMBER_CONTACT_SECONDS = _number(
    "counter", "contact_seconds_total", "seconds", "Duration of the contacts to the number."
)

# Trunks

TRUNK_CAPACITY_PORTS = _trunk("capacity_ports", "ports", "Ports the trunk has.")
TRUNK_IN_USE_PORTS = _trunk("in_use_ports", "ports", "Ports of the trunk carrying a call now.")
TRUNK_IDLE_PORTS = _trunk("idle_ports", "ports", "Ports of the trunk available for a call now.")
TRUNK_USAGE = _trunk("usage_ratio", "ratio", "Share of the trunk in use, as the vendor computes it.")
TRUNK_REGISTERED = _trunk("registered", "", "1 if the provider has accepted a registration of the trunk, 0 if not.")
TRUNK_PORTS = _trunk("ports", "ports", "Ports of the trunk in each state.", "state")
TRUNK_PORT_STATE = _trunk(
    "port_state",
    "",
    "1 for the state the port is in, 0 for the others; opt-in.",
    "port",
    "state",
)

# Agents

AGENTS = _family(
    "gauge",
    "agents",
    ("target", "group", "state", "reason"),
    "agents",
    "Agents by department or team, state and the vendor's reason code.",
)
AGENTS_BY_SKILL = _family(
    "gauge",
    "agents_by_skill",
    ("target", "skill", "state", "direction"),
    "agents",
    "Agents by skill, state and direction of the present contact (in, out or none); opt-in.",
)
DISPOSITIONS = _family(
    "counter",
    "dispositions_total",
    ("target", "group", "disposition"),
    "dispositions",
    "Contacts by department or team of the agent and the disposition that the agent gave them; opt-in. "
    "Restarts with the vendor's reporting period.",
)
AGENT_STATE = _agent("state", "", "1 for the state the agent is in, 0 for the others; opt-in.", "state")
AGENT_TIME_IN_STATE = _agent(
    "time_in_state_seconds", "seconds", "Time the agent has been in the present state; opt-in."
)
AGENT_CONTACTS_HANDLED = _agent(
    "contacts_handled_total",
    "contacts",
    "Contacts the agent has handled; opt-in. Restarts with the vendor's reporting period.",
    "channel",
    "direction",
    kind="counter",
)
AGENT_STATE_SECONDS = _agent(
    "state_seconds_total",
    "seconds",
    "Time the agent has spent in each state; opt-in. Restarts with the vendor's reporting period.",
    "state",
    kind="counter",
)
AGENT_ACTIVE_CONTACTS = _agent("active_contacts", "contacts", "Contacts the agent is handling now; opt-in.", "channel")
AGENT_CAPACITY_CONTACTS = _agent(
    "capacity_contacts", "contacts", "The most contacts the agent may handle at the same time; opt-in.", "channel"
)

# Health of the polling

POLL_DURATION = _resource("gauge", "poll_duration_seconds", "seconds", "Duration of the last poll of this resource.")
POLL_INTERVAL = _resource(
    "gauge",
    "poll_interval_seconds",
    "seconds",
    "Interval of this resource's polls. Vendors limit request rates, so polls follow this timer instead of the scrape.",
)
LAST_SUCCESS_TIMESTAMP = _resource(
    "gauge",
    "last_success_timestamp_seconds",
    "seconds",
    "Time of the last successful poll of this resource, in seconds since the Unix epoch; kept when its data is stale.",
)
POLLS = _resource("counter", "polls_total", "polls", "Completed polls of this resource, successful or not.")
POLL_FAILURES = _resource(
    "counter",
    "poll_failures_total",
    "polls",
    "Failed polls of this resource, by reason.",
    "reason",
)
RESOURCE_ITEMS = _resource(
    "gauge",
    "resource_items",
    "items",
    "Queues, numbers, agents or trunks returned by the last successful poll of this resource, before selection.",
    "kind",
)
POLL_ITEMS = _resource(
    "gauge",
    "poll_items",
    "items",
    "Items that the last successful poll requested one by one: asked, answered, failed, and kept from an earlier poll.",
    "outcome",
)
VENDOR_STATUS = _target(
    "gauge",
    "vendor_status",
    "",
    "1 for what the vendor's own status page reports, 0 for the others; unknown if the page cannot be read. Absent "
    "without `status_page_url`.",
    "state",
)
VENDOR_DATA_AGE = _target(
    "gauge",
    "vendor_data_age_seconds",
    "seconds",
    "Time since the vendor changed its statistics last, as of the last poll. It also grows while no contact arrives "
    "or ends.",
)
API_REQUESTS = _target(
    "counter",
    "api_requests_total",
    "requests",
    "HTTP responses received from the vendor's API, by status code.",
    "code",
)
VENDOR_QUOTA = _target(
    "gauge",
    "vendor_quota",
    "",
    "Requests that the vendor allows the account in the current period (limit), and those made by all clients (used).",
    "kind",
)
UNMAPPED_VALUES = _target(
    "counter",
    "unmapped_values_total",
    "values",
    "Vendor values without a mapping, dropped or exported as unknown, by vendor field.",
    "field",
)
SUPPRESSED_DECREASES = _target(
    "counter",
    "suppressed_decreases_total",
    "decreases",
    "Decreases of a vendor total that were suppressed to avoid a false counter reset.",
)
SESSION_RENEWALS = _target(
    "counter",
    "session_renewals_total",
    "renewals",
    "Renewals of a session or token that the vendor ended early, as when another system signs in with the account.",
)
SERIES = _target("gauge", "series", "series", "Series of this target exposed now.")
SERIES_DROPPED = _target(
    "gauge", "series_dropped", "series", "Series of this target dropped now because of its series limit."
)

# The exporter

BUILD_INFO = _family("info", "exporter_build_info", ("version", "python"), "", "Version of the exporter and of Python.")
CONFIG_RELOAD_SUCCESSFUL = _family(
    "gauge",
    "exporter_config_last_reload_successful",
    (),
    "",
    "1 if the last load of the configuration succeeded, 0 if it failed.",
)
CONFIG_RELOAD_TIMESTAMP = _family(
    "gauge",
    "exporter_config_last_reload_success_timestamp_seconds",
    (),
    "seconds",
    "Time of the last successful load of the configuration, in seconds since the Unix epoch.",
)
SHARD = _family("gauge", "exporter_shard", (), "", "Zero-based shard of this replica; absent without sharding.")
TOTAL_SHARDS = _family(
    "gauge",
    "exporter_total_shards",
    (),
    "shards",
    "Number of shards the targets are divided into; absent without sharding.",
)
CONFIGURED_TARGETS = _family(
    "gauge",
    "exporter_configured_targets",
    (),
    "targets",
    "Targets in the configuration, of all shards together; absent without sharding.",
)
LEADER = _family(
    "gauge",
    "exporter_leader",
    (),
    "",
    "1 if this replica is the leader and polls, 0 if it is a standby; absent without leader election.",
)

FAMILIES: tuple[Family, ...] = tuple(_families)

OF_THE_CENTRE: dict[str, Family] = {
    family.name.removeprefix(PREFIX): family
    for family in FAMILIES
    if family.name.removeprefix(PREFIX).startswith(("queue_", "number_", "trunk_", "agent", "dispositions"))
}
"""The families that describe a contact centre, by name without the prefix; the others describe the exporter."""
