"""Mapping of Asterisk's headers and device states to the model.

Source: `manager_queues_status`, `is_member_available` and `update_queue` in `apps/app_queue.c`; the device states are
those of `include/asterisk/devicestate.h`.
"""

from collections.abc import Mapping
from typing import Any, Final, Literal

from exporter.model import Agent, AgentState, Channel, Queue, Trunk
from exporter.vendors.asterisk.records import Endpoint, Entry, Member, Registration
from exporter.vendors.toolkit.assemble import handled_contacts
from exporter.vendors.toolkit.decoder import Field, RowSchema
from exporter.vendors.toolkit.readers import (
    NoValueError,
    identifier,
    is_no_value,
    number,
    percentage,
    seconds,
    text,
    words,
)

CHANNEL: Final[Channel] = "voice"

ServiceLevel = Literal["answered", "all"]
"""The calls that a service level is of."""

DEVICE_STATES: Mapping[str, AgentState] = {
    "0": "available",  # unknown: the queue offers contacts to such a member, as to one that is not in use
    "1": "available",  # not in use
    "2": "busy",  # in use
    "3": "busy",  # busy
    "4": "logged_out",  # invalid: no such device, never offered a contact
    "5": "logged_out",  # unavailable: not registered, never offered a contact
    "6": "ringing",
    "7": "busy",  # in use, and ringing for another call
    "8": "busy",  # on hold
}
"""The state of a member by its device alone."""

QUEUES: Final = "QueueParams"
"""The event with the figures of a queue."""

_SERVICE_LEVEL_FIELDS: Final[Mapping[ServiceLevel, str]] = {"answered": "ServicelevelPerf", "all": "ServicelevelPerf2"}


def channel_count(value: object) -> float:
    """Count a list of channels; their names, which may contain telephone numbers, are not kept.

    Args:
        value: Names separated by commas.

    Raises:
        NoValueError: It stands for no value.
    """
    if is_no_value(value):
        raise NoValueError(value)
    return sum(bool(part.strip()) for part in str(value).split(","))


_registration_status = words({"Registered": 1.0, "Unregistered": 0.0, "Rejected": 0.0, "Stopped": 0.0}, None)


def queue_schema(service_level: ServiceLevel) -> RowSchema[Queue]:
    """Return the schema of `QueueParams`.

    Args:
        service_level: The calls that the service level is of.
    """
    return RowSchema(
        QUEUES,
        Queue,
        (
            Field("Queue", "id", identifier),
            Field("Queue", "name", text),
            Field("Calls", "waiting_contacts", number),
            Field("Completed", "contacts_answered", number),
            Field("Abandoned", "contacts_abandoned", number),
            Field(_SERVICE_LEVEL_FIELDS[service_level], "service_level_ratio", percentage),
            Field("ServiceLevel", "service_level_target_seconds", seconds),
            # The number of seconds that Asterisk announces to callers as the estimated hold time.
            Field("Holdtime", "estimated_wait_seconds", seconds),
        ),
        {"channel": CHANNEL},
    )


MEMBERS = RowSchema(
    "QueueMember",
    Member,
    (
        Field("Queue", "queue", identifier),
        Field("StateInterface", "agent", identifier),
        Field("Location", "agent", identifier),
        Field("Location", "interface", identifier),
        Field("Name", "name", text),
        Field("Status", "state", words(DEVICE_STATES, "unknown")),
        Field("InCall", "in_call", number),
        Field("Paused", "paused", number),
        Field("PausedReason", "reason", text),
        Field("LastPause", "paused_at", number),
        Field("LastCall", "last_contact_at", number),
        Field("Wrapuptime", "wrap_up_seconds", seconds),
        Field("CallsTaken", "contacts_taken", number),
    ),
    needed=("queue", "agent", "state"),
    anonymous=True,
)

ENTRIES = RowSchema(
    "QueueEntry",
    Entry,
    (Field("Queue", "queue", identifier), Field("Wait", "wait_seconds", seconds)),
    needed=("queue",),
    anonymous=True,
)

ENDPOINTS = RowSchema(
    "EndpointList",
    Endpoint,
    (Field("ObjectName", "id", identifier), Field("ActiveChannels", "active_channels", channel_count)),
)

REGISTRATIONS = RowSchema(
    "OutboundRegistrationDetail",
    Registration,
    (
        Field("ObjectName", "id", identifier),
        Field("Endpoint", "endpoint", identifier),
        Field("Status", "registered", _registration_status),
    ),
)

# For the reference: what the modules `members` and `trunks` make of the schemas above.
_DEVICE = words(DEVICE_STATES, "unknown")
_AGENTS = RowSchema(
    "agents",
    Agent,
    (
        Field("StateInterface", "id", identifier),
        Field("Location", "id", identifier),
        Field("Name", "name", text),
        Field("Status", "state", _DEVICE),
        Field("InCall", "state", number),
        Field("Paused", "state", number),
        Field("LastCall", "state", number),
        Field("Wrapuptime", "state", number),
        Field("PausedReason", "reason", text),
        Field("LastPause", "time_in_state_seconds", number),
        Field("LastCall", "time_in_state_seconds", number),
        Field("CallsTaken", "handled.voice.in", number),
        Field("InCall", "active_contacts.voice", number),
    ),
    combine={"handled": handled_contacts},
)
_QUEUE_COUNTS = RowSchema(
    "queues",
    Queue,
    (
        Field("ServicelevelPerf2", "service_level_ratio", percentage),
        Field("Wait", "oldest_wait_seconds", seconds),
        Field("InCall", "active_contacts", number),
        Field("Status", "staffed_agents", _DEVICE),
        Field("Status", "agents", _DEVICE),
        Field("InCall", "agents", number),
        Field("Paused", "agents", number),
        Field("LastCall", "agents", number),
        Field("Wrapuptime", "agents", number),
    ),
)
_TRUNKS = RowSchema(
    "trunks",
    Trunk,
    (
        Field("ObjectName", "id", identifier),
        Field("Endpoint", "id", identifier),
        Field("ActiveChannels", "in_use_ports", channel_count),
        Field("Status", "registered", _registration_status),
    ),
)


def header_names(schema: RowSchema[Any]) -> tuple[str, ...]:
    """Return the names of the headers that a schema reads."""
    return tuple(dict.fromkeys(field.name for field in schema.fields))


TABLES: tuple[RowSchema[Any], ...] = (
    queue_schema("answered"),
    _QUEUE_COUNTS,
    _AGENTS,
    _TRUNKS,
)
