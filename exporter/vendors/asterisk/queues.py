"""Queues as exported: the figures of Asterisk's queue, its members, and the contacts that wait in it.

Source: `manager_queues_status`, `recalc_holdtime` and `init_queue` in `apps/app_queue.c`.
"""

from collections.abc import Iterable, Mapping

import msgspec

from exporter.model import Queue
from exporter.vendors.asterisk.members import NO_STAFF, Staff
from exporter.vendors.asterisk.records import Entry
from exporter.vendors.asterisk.tables import ServiceLevel


def longest_waits(entries: Iterable[Entry]) -> Mapping[str, float]:
    """Return the wait of the longest waiting contact of each queue in seconds, by the id of the queue."""
    longest: dict[str, float] = {}
    for entry in entries:
        # A contact that arrived while Asterisk made the list has a wait of -1.
        longest[entry.queue] = max(longest.get(entry.queue, 0.0), entry.wait_seconds or 0.0)
    return longest


def complete(
    queues: Iterable[Queue],
    staff: Mapping[str, Staff],
    waits: Mapping[str, float],
    service_level: ServiceLevel,
) -> tuple[Queue, ...]:
    """Return the queues with their members and waits, and without the figures that Asterisk prints as 0 for none.

    Args:
        queues: The queues with Asterisk's own figures.
        staff: The members of each queue that has any.
        waits: The longest wait of each queue with waiting contacts.
        service_level: The calls that the service level is of.
    """
    return tuple(
        _complete(queue, staff.get(queue.id, NO_STAFF), waits.get(queue.id), service_level) for queue in queues
    )


def _complete(queue: Queue, staff: Staff, wait: float | None, service_level: ServiceLevel) -> Queue:
    answered, left = queue.contacts_answered or 0, queue.contacts_abandoned or 0
    has_threshold = bool(queue.service_level_target_seconds)
    rated = answered if service_level == "answered" else answered + left
    is_estimated = bool(queue.estimated_wait_seconds or answered or left)
    return msgspec.structs.replace(
        queue,
        oldest_wait_seconds=0.0 if wait is None and queue.waiting_contacts == 0 else wait,
        service_level_target_seconds=queue.service_level_target_seconds if has_threshold else None,
        service_level_ratio=queue.service_level_ratio if has_threshold and rated else None,
        estimated_wait_seconds=queue.estimated_wait_seconds if is_estimated else None,
        active_contacts=staff.in_call,
        staffed_agents=staff.staffed,
        agents=staff.agents,
    )
