"""The levels an operator configured, put upon the queues a vendor named."""

from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase

import msgspec

from exporter.model import SEVERITIES, Queue, Severity, Snapshot, Thresholds
from exporter.settings import QueueThresholds, SeverityThresholds

# Each level as the model names it and as an operator does.
_LEVELS = {
    "waiting_contacts": "waiting_contacts",
    "oldest_wait_seconds": "oldest_wait",
    "free_agents": "free_agents",
    "serving_agents": "serving_agents",
    "service_level_ratio": "service_level",
}


def mark(snapshot: Snapshot, configured: Sequence[QueueThresholds], *, add: bool) -> Snapshot:
    """Return the snapshot with the configured levels.

    What an operator configures stands over what the vendor says. One resource adds the configured levels; in any other
    the vendor's give way, because two resources must not feed one series.

    Args:
        snapshot: What one poll of one resource said.
        configured: The operator's levels.
        add: Whether this is the resource whose queues carry the configured levels.
    """
    if not configured or not snapshot.queues:
        return snapshot
    queues = tuple(_marked(queue, configured, add=add) for queue in snapshot.queues)
    return msgspec.structs.replace(snapshot, queues=queues)


def _marked(queue: Queue, configured: Iterable[QueueThresholds], *, add: bool) -> Queue:
    fitting = [entry for entry in configured if fnmatchcase(queue.name, entry.queue)]
    if not fitting:
        return queue
    said = {level.severity: level for level in queue.thresholds}
    levels = (_level(severity, said.get(severity), list(_of(severity, fitting)), add=add) for severity in SEVERITIES)
    return msgspec.structs.replace(queue, thresholds=tuple(levels))


def _of(severity: Severity, fitting: Iterable[QueueThresholds]) -> Iterator[SeverityThresholds]:
    return (levels for entry in fitting for name, levels in entry.by_severity() if name == severity)


def _level(
    severity: Severity, said: Thresholds | None, fitting: Sequence[SeverityThresholds], *, add: bool
) -> Thresholds:
    """Return the levels of one severity: the operator's first, else the vendor's."""
    values: dict[str, float | None] = {}
    for field, key in _LEVELS.items():
        ours = next((value for levels in fitting if (value := getattr(levels, key)) is not None), None)
        theirs = getattr(said, field, None)
        values[field] = theirs if ours is None else ours if add else None
    return Thresholds(severity=severity, **values)
