"""Every metric family this exporter serves, once: name, type, unit, labels and what it means.

The order here is the order of the exposition, and of what is dropped last when a target passes its limit of
series: summaries stand before the per-port and per-agent detail of the same subject.
"""

from dataclasses import dataclass
from typing import Literal

PREFIX = "contactcenter_"

Kind = Literal["gauge", "counter", "info", "gaugehistogram"]

QUEUE_LABELS = ("target", "queue_id", "queue", "channel")
TRUNK_LABELS = ("target", "trunk_id", "trunk")
AGENT_LABELS = ("target", "agent_id", "agent")
RESOURCE_LABELS = ("target", "resource")


@dataclass(frozen=True, slots=True, eq=False)
class Family:
    """One metric family.

    Attributes:
        name: Full name of its series in the text format; a gauge histogram's without `_bucket`.
        kind: Its OpenMetrics type.
        help: What it means, for somebody woken by an alert on it.
        labels: Names of its labels in the order they are written.
        unit: What one counts: seconds, ratio, contacts, agents, ports …
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


def _agent(name: str, unit: str, text: str, *extra: str, kind: Kind = "gauge") -> Family:
    return _family(kind, f"agent_{name}", AGENT_LABELS + extra, unit, text)


def _trunk(name: str, unit: str, text: str, *extra: str) -> Family:
    return _family("gauge", f"trunk_{name}", TRUNK_LABELS + extra, unit, text)


def _resource(kind: Kind, name: str, unit: str, text: str, *extra: str) -> Family:
    return _family(kind, name, RESOURCE_LABELS + extra, unit, text)


def _target(kind: Kind, name: str, unit: str, text: str, *extra: str) -> Family:
    return _family(kind, name, ("target", *extra), unit, text)


# Is the exporter itself seeing the contact centre?

UP = _resource(
    "gauge",
    "up",
    "",
    "1 if the last poll of this resource succeeded, 0 if it failed; absent before the first poll.",
)
TARGET_INFO = _target(
    "info", "target_info", "", "A configured contact centre and the vendor it is polled from.", "vendor"
)

# What queues look like now

QUEUE_WAITING_CONTACTS = _queue("waiting_contacts", "contacts", "Contacts waiting in the queue now.")
QUEUE_OLDEST_WAIT = _queue(
    "oldest_wait_seconds", "seconds", "How long the longest waiting contact of the queue has been waiting."
)
QUEUE_ESTIMATED_WAIT = _queue(
    "estimated_wait_seconds", "seconds", "The vendor's forecast of the wait of a contact that arrives now."
)
QUEUE_ACTIVE_CONTACTS = _queue("active_contacts", "contacts", "Contacts of the queue being handled by agents now.")
QUEUE_WAIT_AGE = _queue(
    "wait_age_seconds",
    "seconds",
    "How long the contacts waiting now have been waiting: a count of contacts up to each age.",
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
    "The share of contacts that should be answered in time, as the vendor has it configured.",
)
QUEUE_SERVICE_LEVEL_TARGET_SECONDS = _queue(
    "service_level_target_seconds", "seconds", "The wait within which an answer counts as in time."
)
QUEUE_STAFFED_AGENTS = _queue("staffed_agents", "agents", "Agents signed in to the queue, whatever they are doing.")
QUEUE_AGENTS = _queue("agents", "agents", "Agents of the queue in each state.", "state")

# What queues have seen, as running totals

QUEUE_CONTACTS_OFFERED = _queue_total("contacts_offered", "contacts", "Contacts that arrived at the queue.")
QUEUE_CONTACTS_ANSWERED = _queue_total("contacts_answered", "contacts", "Contacts of the queue that an agent answered.")
QUEUE_CONTACTS_ANSWERED_IN_SERVICE_LEVEL = _queue_total(
    "contacts_answered_in_service_level", "contacts", "Contacts answered within the service-level threshold."
)
QUEUE_CONTACTS_ABANDONED = _queue_total(
    "contacts_abandoned", "contacts", "Contacts that gave up waiting before an agent answered."
)
QUEUE_CONTACTS_ABANDONED_SHORT = _queue_total(
    "contacts_abandoned_short",
    "contacts",
    "Contacts that gave up so soon that they do not count against the service level.",
)
QUEUE_CONTACTS_TRANSFERRED = _queue_total("contacts_transferred", "contacts", "Contacts an agent passed on.")
QUEUE_CONTACTS_HELD = _queue_total("contacts_held", "contacts", "Contacts an agent put on hold.")
QUEUE_CONTACTS_REDIRECTED_ON_NO_ANSWER = _queue_total(
    "contacts_redirected_on_no_answer",
    "contacts",
    "Contacts taken back from an agent who did not answer the ringing (RONA).",
)
QUEUE_CONTACTS_OVERFLOWED = _queue_total(
    "contacts_overflowed", "contacts", "Contacts that left for another queue because this one was too busy."
)
QUEUE_CONTACTS_ESCALATED = _queue_total("contacts_escalated", "contacts", "Contacts escalated to another level.")
QUEUE_CONTACTS_REJECTED_CLOSED = _queue_total(
    "contacts_rejected_closed", "contacts", "Contacts turned away because the service was closed."
)
QUEUE_RING = _queue_total("ring_seconds", "seconds", "Time contacts spent ringing at agents.")
QUEUE_ANSWER_WAIT = _queue_total(
    "answer_wait_seconds",
    "seconds",
    "Time answered contacts had waited; divided by the answered contacts it is the average speed of answer.",
)
QUEUE_TALK = _queue_total("talk_seconds", "seconds", "Time agents spent talking on contacts of the queue.")
QUEUE_ABANDON_WAIT = _queue_total("abandon_wait_seconds", "seconds", "Time abandoned contacts had waited.")
QUEUE_HANDLE = _queue_total("handle_seconds", "seconds", "Time agents spent handling contacts of the queue.")

# What queues have seen, as the vendor's own averages

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

# When queues deserve attention

QUEUE_WAITING_CONTACTS_THRESHOLD = _queue(
    "waiting_contacts_threshold",
    "contacts",
    "Waiting contacts above which the queue deserves attention.",
    "severity",
)
QUEUE_OLDEST_WAIT_THRESHOLD = _queue(
    "oldest_wait_threshold_seconds",
    "seconds",
    "Oldest wait above which the queue deserves attention.",
    "severity",
)
QUEUE_FREE_AGENTS_THRESHOLD = _queue(
    "free_agents_threshold", "agents", "Free agents below which the queue deserves attention.", "severity"
)
QUEUE_SERVING_AGENTS_THRESHOLD = _queue(
    "serving_agents_threshold",
    "agents",
    "Serving agents below which the queue deserves attention.",
    "severity",
)
QUEUE_SERVICE_LEVEL_THRESHOLD = _queue(
    "service_level_threshold_ratio",
    "ratio",
    "Service level below which the queue deserves attention.",
    "severity",
)

# Trunks

TRUNK_CAPACITY_PORTS = _trunk("capacity_ports", "ports", "Ports the trunk has.")
TRUNK_IN_USE_PORTS = _trunk("in_use_ports", "ports", "Ports of the trunk carrying a call now.")
TRUNK_IDLE_PORTS = _trunk("idle_ports", "ports", "Ports of the trunk free to carry a call now.")
TRUNK_USAGE = _trunk("usage_ratio", "ratio", "The share of the trunk in use, as the vendor computes it.")
TRUNK_PORTS = _trunk("ports", "ports", "Ports of the trunk in each state.", "state")
TRUNK_PORT_STATE = _trunk(
    "port_state",
    "",
    "1 for the state the port is in, 0 for the others; exported where opted in.",
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
AGENT_STATE = _agent(
    "state", "", "1 for the state the agent is in, 0 for the others; exported where opted in.", "state"
)
AGENT_TIME_IN_STATE = _agent(
    "time_in_state_seconds", "seconds", "How long the agent has been in the present state; exported where opted in."
)
AGENT_CONTACTS_HANDLED = _agent(
    "contacts_handled_total",
    "contacts",
    "Contacts the agent has handled; exported where opted in. Restarts with the vendor's reporting period.",
    "channel",
    "direction",
    kind="counter",
)
AGENT_STATE_SECONDS = _agent(
    "state_seconds_total",
    "seconds",
    "Time the agent has spent in each state; exported where opted in. Restarts with the vendor's reporting period.",
    "state",
    kind="counter",
)
AGENT_ACTIVE_CONTACTS = _agent(
    "active_contacts", "contacts", "Contacts the agent is handling now; exported where opted in.", "channel"
)

# How the polling goes

POLL_DURATION = _resource("gauge", "poll_duration_seconds", "seconds", "How long the last poll of this resource took.")
POLL_INTERVAL = _resource(
    "gauge",
    "poll_interval_seconds",
    "seconds",
    "How often this resource is polled. Vendors limit request rates, so polls follow this timer and not the scrape.",
)
LAST_SUCCESS_TIMESTAMP = _resource(
    "gauge",
    "last_success_timestamp_seconds",
    "seconds",
    "When this resource was last polled with success, in seconds since the Unix epoch; stays when the data is gone.",
)
POLLS = _resource("counter", "polls_total", "polls", "Polls of this resource that have ended, whatever their outcome.")
POLL_FAILURES = _resource(
    "counter",
    "poll_failures_total",
    "polls",
    "Polls of this resource that failed, by what went wrong.",
    "reason",
)
API_REQUESTS = _target(
    "counter",
    "api_requests_total",
    "requests",
    "HTTP answers received from the vendor's API, by status code.",
    "code",
)
UNMAPPED_VALUES = _target(
    "counter",
    "unmapped_values_total",
    "values",
    "Words, values and rows of the vendor that were left out or shown as unknown because they have no meaning for us, "
    "by the vendor's field.",
    "field",
)
SUPPRESSED_DECREASES = _target(
    "counter",
    "suppressed_decreases_total",
    "decreases",
    "Small decreases of a vendor total that were suppressed to avoid a false counter reset.",
)
SERIES = _target("gauge", "series", "series", "Series exposed for this target's contact centre now.")
SERIES_DROPPED = _target(
    "gauge", "series_dropped", "series", "Series left out now because the target passed its limit of series."
)

# The exporter

BUILD_INFO = _family(
    "info", "exporter_build_info", ("version", "python"), "", "The version of the exporter and of its Python."
)
CONFIG_RELOAD_SUCCESSFUL = _family(
    "gauge",
    "exporter_config_last_reload_successful",
    (),
    "",
    "1 if the last attempt to load the configuration succeeded.",
)
CONFIG_RELOAD_TIMESTAMP = _family(
    "gauge",
    "exporter_config_last_reload_success_timestamp_seconds",
    (),
    "seconds",
    "When the configuration was last loaded with success, in seconds since the Unix epoch.",
)
SHARD = _family(
    "gauge", "exporter_shard", (), "", "Which shard of the targets this replica polls, from 0; absent without shards."
)
TOTAL_SHARDS = _family(
    "gauge",
    "exporter_total_shards",
    (),
    "shards",
    "How many shards the targets are divided into; absent without shards.",
)
CONFIGURED_TARGETS = _family(
    "gauge",
    "exporter_configured_targets",
    (),
    "targets",
    "Targets in the configuration, those of all shards together; absent without shards.",
)
LEADER = _family(
    "gauge",
    "exporter_leader",
    (),
    "",
    "1 if this replica leads and polls, 0 if it stands by and polls nothing; absent without leader election.",
)

FAMILIES: tuple[Family, ...] = tuple(_families)

OF_THE_CENTRE: dict[str, Family] = {
    family.name.removeprefix(PREFIX): family
    for family in FAMILIES
    if family.name.removeprefix(PREFIX).startswith(("queue_", "trunk_", "agent"))
}
"""The families that tell of a contact centre, by their name without the prefix; the others tell of the exporter."""
