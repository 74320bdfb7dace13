"""Labels on which rules and dashboards join series: ids, never names.

Two resources may spell the name of one queue differently, and a renamed queue has its new name in one series before
another. A join therefore matches ids; the left side keeps its labels, the name among them, and the other side has one
value per id, whatever its names.

One store may contain several clusters and namespaces whose jobs, instances and targets have the same names. Every key
therefore begins with `cluster` and `namespace`; where a store has no such labels, they are empty on both sides.
"""

from typing import Final

JOB_ID: Final = "cluster, namespace, job"
# Of all replicas together: a fault that another replica does not have is not one of the contact centre.
TARGET_ID: Final = f"{JOB_ID}, target"
RESOURCE_ID: Final = f"{TARGET_ID}, resource"

EXPORTER_KEY: Final = f"{JOB_ID}, instance"
TARGET_KEY: Final = f"{EXPORTER_KEY}, target"
RESOURCE_KEY: Final = f"{TARGET_KEY}, resource"
QUEUE_KEY: Final = f"{TARGET_KEY}, queue_id, channel"
TRUNK_KEY: Final = f"{TARGET_KEY}, trunk_id"
GROUP_KEY: Final = f"{TARGET_KEY}, group"
AGENT_KEY: Final = f"{TARGET_KEY}, agent_id"


def combined(left: str, operator: str, right: str, key: str = QUEUE_KEY) -> str:
    """Return an arithmetic expression of two vectors that keeps the labels of the left one.

    Args:
        left: A vector whose labels remain.
        operator: An arithmetic operator or a comparison.
        right: A vector of any labels.
        key: The labels that identify an item.
    """
    return f"{left} {operator} on ({key}) group_left () max by ({key}) ({right})"


# For series that differ in nothing but the name of their queue, such as two totals; shorter than QUEUE_KEY.
SAME_QUEUE: Final = "ignoring (queue)"


def of_same_queue(left: str, operator: str, right: str) -> str:
    """Return an arithmetic expression of two vectors whose series differ in the name of the queue only.

    Args:
        left: A vector whose labels remain.
        operator: An arithmetic operator or a comparison.
        right: A vector of the same labels.
    """
    return f"{left}\n{operator} {SAME_QUEUE} group_left () max without (queue) ({right})"
