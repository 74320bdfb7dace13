"""Which of Sinch's fields say what is true of a queue now, and when it deserves attention.

Source page: sections */queueStatuses* and */queueGroups*. Durations are milliseconds.
"""

from collections.abc import Mapping
from typing import Any

from exporter.model import Channel, Queue, Severity, Thresholds
from exporter.vendors.toolkit.decoder import Field, RowSchema
from exporter.vendors.toolkit.readers import milliseconds, number, percentage, text, words

CHANNEL_WORDS: Mapping[str, Channel] = {"Phone": "voice", "Chat": "chat", "Email": "email"}
channel = words(CHANNEL_WORDS, "")

# /queueStatuses. Of its counts of contacts inQueue goes by where they arrived, inQueueCurrent by where they are now.
_QUEUE_FEEDS = (
    Field("id", "id", text),
    Field("name", "name", text),
    Field("type", "channel", channel),
    Field("inQueueCurrent", "waiting_contacts", number),
    Field("waitingDurationCurrentMax", "oldest_wait_seconds", milliseconds),
    Field("agentsServing", "staffed_agents", number),
    Field("agentsFree", "agents.available", number),
    Field("agentsBusy", "agents.busy", number),
    Field("agentsWrapUp", "agents.wrap_up", number),
    Field("agentsNotReady", "agents.not_ready", number),
    Field("agentsPause", "agents.paused", number),
)


def queue_table(*, free_includes_wrap_up: bool) -> RowSchema[Queue]:
    """Return the table of what is true of a queue now, by what the site's `agentsFree` means."""
    made = {"agents": _without_wrap_up} if free_includes_wrap_up else {}
    return RowSchema("queueStatuses", Queue, _QUEUE_FEEDS, combine=made)


def _without_wrap_up(agents: Mapping[str, float]) -> Mapping[str, float]:
    if "available" not in agents:
        return agents
    return {**agents, "available": max(0, agents["available"] - agents.get("wrap_up", 0))}


def _levels(said: Mapping[str, float]) -> tuple[Thresholds, ...]:
    """Return thresholds by severity, of entries such as `critical.free_agents`."""
    sets: dict[Any, dict[str, float]] = {}
    for entry, level in said.items():
        severity, _, field = entry.partition(".")
        sets.setdefault(severity, {})[field] = level
    return tuple(Thresholds(severity=severity, **levels) for severity, levels in sets.items())


def _level_feeds(word: str, severity: Severity) -> tuple[Field, ...]:
    to = f"thresholds.{severity}"
    return (
        Field(f"interactions{word}Level", f"{to}.waiting_contacts", number),
        Field(f"maxWaitTime{word}Level", f"{to}.oldest_wait_seconds", milliseconds),
        Field(f"freeAgent{word}Level", f"{to}.free_agents", number),
        Field(f"servingAgent{word}Level", f"{to}.serving_agents", number),
        Field(f"serviceLevel{word}Level", f"{to}.service_level_ratio", percentage),
    )


# /queueGroups?showThresholds=1, the queues of a group.
GROUP_QUEUES = RowSchema(
    "queueGroups.queues",
    Queue,
    (
        Field("id", "id", text),
        Field("name", "name", text),
        Field("type", "channel", channel),
        *_level_feeds("Warning", "warning"),
        *_level_feeds("Critical", "critical"),
    ),
    combine={"thresholds": _levels},
)
