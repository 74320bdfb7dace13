"""Which queues need somebody: every queue's figures beside its own thresholds, in one PromQL expression.

A queue's state is 2 (act) where a figure passes a critical threshold, 1 (watch) where it passes one for a warning or
its service level is below the objective, 0 (ok) where it passes none, and -1 where it has nothing to be held against.
"""

from typing import Final

from exporter import catalog
from exporter.catalog import Family
from grafana.generator.boards.queries import QUEUE, each, numbered, of_queue
from grafana.generator.rules import names

ACT: Final = 2
WATCH: Final = 1
OK: Final = 0
NOTHING_SET: Final = -1

# The first of these that is passed is the one that is named; waits come before what may be their cause.
_CAUSES: Final = (
    "oldest wait",
    "waiting contacts",
    "few free agents",
    "few staffed agents",
    "service level",
    "below objective",
)
_SAME_QUEUE: Final = "on (job, instance, target, queue_id, channel)"
_SERVICE_LEVEL: Final = of_queue(names.service_level("30m"))
_FREE_AGENTS: Final = of_queue(catalog.QUEUE_AGENTS, 'state="available"')
# A closed queue has no agents and nobody who waits for them: that is no reason to act.
_OPEN: Final = " or ".join(
    f"{figure} > 0"
    for figure in (
        of_queue(catalog.QUEUE_WAITING_CONTACTS),
        of_queue(catalog.QUEUE_STAFFED_AGENTS),
        of_queue(names.offered("30m")),
    )
)
_KNOWN: Final = each(QUEUE, f"{of_queue(catalog.QUEUE_WAITING_CONTACTS)} or {of_queue(catalog.QUEUE_STAFFED_AGENTS)}")


def state() -> str:
    """Return the state of every queue, as a number."""
    return f"{each(QUEUE, _breaches())}\nor\n{_KNOWN} * 0 - 1"


def worst_first(count: int) -> str:
    """Return the states of the queues that are worst off; among equals those with the longest wait come first.

    Args:
        count: How many at most.
    """
    share = f"clamp_max({each(QUEUE, of_queue(catalog.QUEUE_OLDEST_WAIT))} / 100000, 0.9)"
    return f"sort_desc(topk({count},\n(({state()}) + on ({', '.join(QUEUE)}) {share})\nor\n({state()})\n))"


def because() -> str:
    """Return for each queue the weightiest reason why it needs somebody, or a dash, in the label `because`."""
    labels = (*QUEUE, "because")
    rank = {cause: round(0.9 - 0.1 * place, 1) for place, cause in enumerate(_CAUSES)}
    ranked = f"{each(labels, f'({_breaches()}) > 0')}\n+ on (because) group_left ()\n({numbered('because', rank)})"
    queue = ", ".join(QUEUE)
    none = f'label_replace({_KNOWN} * 0, "because", "-", "", "")'
    return f"topk by ({queue}) (1,\n{ranked}\n)\nor on ({queue})\n{none}"


def _breaches() -> str:
    causes = (
        _above(catalog.QUEUE_OLDEST_WAIT_THRESHOLD, of_queue(catalog.QUEUE_OLDEST_WAIT)),
        _above(catalog.QUEUE_WAITING_CONTACTS_THRESHOLD, of_queue(catalog.QUEUE_WAITING_CONTACTS)),
        _below(
            catalog.QUEUE_FREE_AGENTS_THRESHOLD,
            f"({_FREE_AGENTS} and {_SAME_QUEUE} ({_OPEN}))",
        ),
        _below(
            catalog.QUEUE_SERVING_AGENTS_THRESHOLD,
            f"({of_queue(catalog.QUEUE_STAFFED_AGENTS)} and {_SAME_QUEUE} ({_OPEN}))",
        ),
        _below(catalog.QUEUE_SERVICE_LEVEL_THRESHOLD, _SERVICE_LEVEL),
        f'label_replace({of_queue(names.OBJECTIVE)} > bool {_SERVICE_LEVEL}, "severity", "warning", "", "")',
    )
    named = (
        f'label_replace({cause}, "because", "{name}", "", "")' for name, cause in zip(_CAUSES, causes, strict=True)
    )
    weights = numbered("severity", {"critical": ACT, "warning": WATCH})
    union = "\nor\n".join(named)
    return f"(\n{union}\n)\n* on (severity) group_left () ({weights})"


def _above(threshold: Family, figure: str) -> str:
    return f"{of_queue(threshold)} < bool {_SAME_QUEUE} group_left () {figure}"


def _below(threshold: Family, figure: str) -> str:
    return f"{of_queue(threshold)} > bool {_SAME_QUEUE} group_left () {figure}"
