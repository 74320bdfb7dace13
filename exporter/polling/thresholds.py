"""Adds the configured thresholds to the queues that a vendor returned."""

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from exporter.model import SEVERITIES, Queue, Severity, Snapshot, Thresholds
from exporter.settings import QueueThresholds, SeverityThresholds, matches

# Fields of the model and the keys of the configuration.
_KEYS = {
    "waiting_contacts": "waiting_contacts",
    "oldest_wait_seconds": "oldest_wait",
    "free_agents": "free_agents",
    "serving_agents": "serving_agents",
    "service_level_ratio": "service_level",
}


def apply_thresholds(snapshot: Snapshot, configured: Sequence[QueueThresholds], *, add: bool) -> Snapshot:
    """Return the snapshot with the configured thresholds, which override the vendor's.

    One resource adds the configured thresholds. In the others they only remove the vendor's, because two resources must
    not feed one series.

    Args:
        snapshot: What one poll of one resource returned.
        configured: The thresholds of the configuration.
        add: Whether this resource's queues carry the configured thresholds.
    """
    if not configured or not snapshot.queues:
        return snapshot
    queues = tuple(_with_thresholds(queue, configured, add=add) for queue in snapshot.queues)
    return msgspec.structs.replace(snapshot, queues=queues)


def _applies(entry: QueueThresholds, queue: Queue) -> bool:
    return matches(queue.name, entry.queue) or matches(queue.id, entry.queue)


def _with_thresholds(queue: Queue, configured: Iterable[QueueThresholds], *, add: bool) -> Queue:
    matching = [entry for entry in configured if _applies(entry, queue)]
    if not matching:
        return queue
    returned = {thresholds.severity: thresholds for thresholds in queue.thresholds}
    merged = (
        _merged(severity, returned.get(severity), list(_of_severity(severity, matching)), add=add)
        for severity in SEVERITIES
    )
    return msgspec.structs.replace(queue, thresholds=tuple(merged))


def _of_severity(severity: Severity, matching: Iterable[QueueThresholds]) -> Iterator[SeverityThresholds]:
    return (values for entry in matching for name, values in entry.by_severity() if name == severity)


def _merged(
    severity: Severity, returned: Thresholds | None, matching: Sequence[SeverityThresholds], *, add: bool
) -> Thresholds:
    """Return the thresholds of one severity: the configured value if there is one, else the vendor's."""
    merged: dict[str, float | None] = {}
    for field, key in _KEYS.items():
        configured = next((value for values in matching if (value := getattr(values, key)) is not None), None)
        vendors = getattr(returned, field, None)
        merged[field] = vendors if configured is None else configured if add else None
    return Thresholds(severity=severity, **merged)
