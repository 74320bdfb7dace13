"""Several replicas of one exporter: what two of them report counts once.

A replica is known by `instance` and, in Kubernetes, `pod`. Whatever they report of one contact centre differs only in
these labels. The best replica decides whether there is a fault: another one that has the data is enough.
"""

from typing import Final

from exporter.metrics import catalog
from grafana.generator.joins import TARGET_ID
from grafana.generator.rules.rule_files import Record

UP: Final = "resource:contactcenter_up:max"
FAILING_RESOURCES: Final = "target:contactcenter_failing_resources:count"


def highest(expr: str) -> str:
    """Return the highest value of all replicas; of a figure that is bad if it is high, that of the worst replica."""
    return f"max without (instance, pod) ({expr})"


def lowest(expr: str) -> str:
    """Return the lowest value of all replicas; of a figure that is bad if it is high, that of the best replica."""
    return f"min without (instance, pod) ({expr})"


INTERVAL: Final = highest(catalog.POLL_INTERVAL.name)
# At the time of the scrape: the age at the time of the evaluation includes the scrape interval, however fresh the data.
_LAST_SUCCESS: Final = catalog.LAST_SUCCESS_TIMESTAMP.name
AGE: Final = lowest(f"timestamp({_LAST_SUCCESS}) - {_LAST_SUCCESS}")


def records() -> tuple[Record, ...]:
    """Return whether any replica can poll each resource, and the targets that no replica can poll."""
    return Record(UP, highest(catalog.UP.name)), Record(FAILING_RESOURCES, _failing_resources())


def _failing_resources() -> str:
    """Return the targets without a successful poll, with the number of failing resources.

    Rarely polled resources are ignored: they may still be up from before the outage.
    """
    shortest = f"min by ({TARGET_ID}) ({catalog.POLL_INTERVAL.name})"
    frequent = f"{INTERVAL} <= on ({TARGET_ID}) group_left () clamp_min(2 * {shortest}, 120)"
    alive = f"{UP} == 1 and on ({TARGET_ID}, resource) {frequent}"
    return f"count without (resource) ({UP} == 0)\nunless on ({TARGET_ID}) ({alive})"
