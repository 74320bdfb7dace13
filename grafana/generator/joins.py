"""Labels on which rules and dashboards join series: ids, never names.

Two resources may spell the name of one queue differently, and a renamed queue has its new name in one series before
another. A join therefore matches ids; the left side keeps its labels, the name among them, and the other side has one
value per id, whatever its names.
"""

from typing import Final

QUEUE_KEY: Final = "job, instance, target, queue_id, channel"
TRUNK_KEY: Final = "job, instance, target, trunk_id"
GROUP_KEY: Final = "job, instance, target, group"
AGENT_KEY: Final = "job, instance, target, agent_id"
RESOURCE_KEY: Final = "job, instance, target, resource"
TARGET_KEY: Final = "job, instance, target"
EXPORTER_KEY: Final = "job, instance"


def combined(left: str, operator: str, right: str, key: str = QUEUE_KEY) -> str:
    """Return an arithmetic expression of two vectors that keeps the labels of the left one.

    Args:
        left: A vector whose labels remain.
        operator: An arithmetic operator or a comparison.
        right: A vector of any labels.
        key: The labels that identify an item.
    """
    return f"{left} {operator} on ({key}) group_left () max by ({key}) ({right})"
