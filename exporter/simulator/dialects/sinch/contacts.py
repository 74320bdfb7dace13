"""Single contacts: the rows of `/contacts`.

The interface does not document which time of a contact `startTime` and `endTime` are compared with; both readings are
available. Customers' addresses and subjects are invented, and are in the rows because the interface publishes them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from exporter.model import Channel
from exporter.simulator.contact_log import ContactRecord
from exporter.simulator.dialects.sinch.contact_filters import conditions
from exporter.simulator.dialects.sinch.quarters import APPLICATION
from exporter.simulator.dialects.sinch.statuses import Row, milliseconds
from exporter.simulator.driver import Driver
from exporter.simulator.profile import AgentProfile, QueueProfile

CHANNELS: Mapping[Channel, str] = {"voice": "PHONE", "chat": "CHAT", "email": "EMAIL"}
_INBOUND_TYPES: Mapping[Channel, str] = {"voice": "CallIn", "chat": "ChatIn", "email": "EMAILIN"}
_SENDERS: Mapping[Channel, str] = {"chat": "visitor{}@example.com", "email": "customer{}@example.com"}
# The numbers 555-0100 to 555-0199 are reserved for fiction.
_FICTITIOUS_NUMBERS = 100
_SCRIPTING_SHARE = 0.7


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What the interface returns.

    Attributes:
        window_of: The time of a contact that `startTime` and `endTime` are compared with: its arrival, or its latest
            change.
        hidden_queues: Ids of queues without the right STATISTICS_DETAILS: their contacts are missing.
    """

    window_of: Literal["arrival", "change"] = "arrival"
    hidden_queues: frozenset[str] = frozenset()


def contacts(driver: Driver, query: Mapping[str, str], window: tuple[float, float], contents: Contents) -> list[Row]:
    """Return the contacts that a query selects; the lists of ids are applied by the caller.

    Args:
        driver: The driver of the centre.
        query: The parameters of the request.
        window: Only contacts later than the first and earlier than the second time are returned, in seconds since the
            Unix epoch.
        contents: What the interface returns.
    """
    after, before = window
    everything = query.get("showAllInProcess") == "1"
    # Rows take much longer to make than to skip.
    ids = None if "id" not in query else frozenset(query["id"].split(","))
    rows: Iterable[Row] = (
        _row(record, driver)
        for record in driver.centre.ledger.contacts()
        if (ids is None or record.id in ids)
        and (record.queue is None or record.queue.id not in contents.hidden_queues)
        and (
            (everything and not record.finished)
            or after < driver.time_of(record.arrived if contents.window_of == "arrival" else record.changed) < before
        )
    )
    selected = tuple(conditions(query))
    return [row for row in rows if all(holds(row) for holds in selected)]


def _row(record: ContactRecord, driver: Driver) -> Row:
    now = driver.centre.now
    handling, wrap_up = record.handling_seconds(now), milliseconds(record.wrap_up_seconds(now)) or 0
    ended = now if record.disconnected is None else record.disconnected
    source, destination = _addresses(record)
    return {
        "id": record.id,
        **_queue_fields(record),
        **APPLICATION,
        **_agent_fields(record.agent),
        "contactGroupId": record.group_id,
        "source": source,
        "destination": destination,
        **_times(record, driver),
        "queuingDuration": milliseconds(record.queuing_seconds(now)),
        "handlingDuration": milliseconds(handling),
        "wrapUpTotalDuration": wrap_up,
        **_parts_of(wrap_up, ended=record.wrap_up_ended is not None),
        "totalDuration": milliseconds(ended - record.arrived),
        "serviceClosed": record.outcome == "rejected_closed",
        "waitingDuration": milliseconds(record.waiting_seconds(now)),
        "status": status(record, now),
        "channel": CHANNELS[record.channel],
        "type": _type(record),
        **({"subtype": "text"} if record.channel == "chat" else {}),
        "record": True if record.channel == "voice" and record.connected is not None else None,
        **_thresholds(record.queue),
        **({"subject": f"Invented request {record.number}"} if record.channel == "email" else {}),
    }


def status(record: ContactRecord, now: float) -> str:
    """Return the status word of a contact."""
    match record.outcome:
        case "rejected_closed":
            return "ServiceClosed"
        case "abandoned_short":
            return "NotHandled_FA"
        case "abandoned":
            return "NotHandled_Ab"
        case "answered":
            return _answered_status(record, now)
        case None:
            return "InQueue" if record.direction == "in" else "InProcess"


def _answered_status(record: ContactRecord, now: float) -> str:
    if record.disconnected is None:
        return "InProcess_Pending" if record.pending else "InProcess"
    if not record.finished:
        return "InProcess_WrapUp"
    on_time = record.queue is not None and record.waiting_seconds(now) <= record.queue.target_seconds
    return "Handled_AOT" if on_time else "Handled"


def _queue_fields(record: ContactRecord) -> Row:
    queue, origin = record.queue, record.origin
    if queue is None or origin is None:
        return {}
    return {
        "queueId": queue.id,
        "queueName": queue.name,
        "origQueueId": origin.id,
        "origQueueName": origin.name,
        "queueLoginType": "AutoAllocation",
    }


def _agent_fields(agent: AgentProfile | None) -> Row:
    if agent is None:
        return {}
    return {
        "agentId": agent.id,
        "agentName": agent.name,
        "reportingGroupId": "1381038F462C4E4684D997B5924F83DE",
        "reportingGroupName": agent.group,
    }


def _addresses(record: ContactRecord) -> tuple[str, str]:
    """Return where a contact comes from and goes to."""
    sender = _SENDERS.get(record.channel)
    customer = (
        f"+1202555{100 + record.number % _FICTITIOUS_NUMBERS:04}" if sender is None else sender.format(record.number)
    )
    if record.queue is None:
        return ("" if record.agent is None else record.agent.id), customer
    centre = record.queue.vdn if record.channel == "voice" else f"{record.queue.id}@cc.example"
    return customer, centre


def _times(record: ContactRecord, driver: Driver) -> Row:
    """Return the times that are known; that of the end is null before it."""
    known = {
        "arrivalTime": record.arrived,
        "arrivalQueueTime": record.queued,
        "connectTime": record.connected,
        "pendingTime": record.pended,
        "disconnectTime": record.disconnected,
        "wrapUpBeginTime": record.wrap_up_began,
        "wrapUpEndTime": record.wrap_up_ended,
    }
    times = {name: _timestamp(driver.time_of(moment)) for name, moment in known.items() if moment is not None}
    return {"disconnectTime": None, **times}


def _timestamp(moment: float) -> str:
    date = datetime.fromtimestamp(round(moment, 3), UTC)
    return f"{date:%Y-%m-%dT%H:%M:%S}.{date.microsecond // 1000:03}Z"


def _parts_of(wrap_up: int, *, ended: bool) -> Row:
    if not ended:
        return {}
    scripting = int(wrap_up * _SCRIPTING_SHARE)
    return {"wrapUpScriptingDuration": scripting, "wrapUpRestingDuration": wrap_up - scripting}


def _type(record: ContactRecord) -> str:
    if record.direction == "out":
        return "CallOut"
    if record.channel == "voice" and record.overflowed:
        return "CallIn/Forwarded"
    return _INBOUND_TYPES[record.channel]


def _thresholds(queue: QueueProfile | None) -> Row:
    """Return the limits, in seconds unlike every duration."""
    on_time, false_attempt = (0.0, 0.0) if queue is None else (queue.target_seconds, queue.short_seconds)
    return {"answeredOnTimeThreshold": int(on_time), "falseAttemptTimeThreshold": max(0, int(false_attempt))}
