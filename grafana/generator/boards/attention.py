"""Queues that need attention: the values of each queue beside its effective thresholds, in one PromQL expression.

A queue's state is 2 (act) if a value is beyond a critical threshold, 1 (watch) if one is beyond a warning threshold, 0
(ok) if none is, and -1 if the queue has no thresholds. The thresholds are those of the alerts: the queue's explicit
thresholds, else derived ones. If Prometheus does not load the alert rules, only explicit thresholds count.
"""

from typing import Final

from exporter.metrics import catalog
from grafana.generator.boards.promql import QUEUE, each, numbered, of_queue
from grafana.generator.joins import QUEUE_KEY
from grafana.generator.rules import effective_thresholds, names

ACT: Final = 2
WATCH: Final = 1
OK: Final = 0
NOTHING_SET: Final = -1

# The first breached cause is reported; waits come before the conditions that may have caused them.
_CAUSES: Final = ("oldest wait", "waiting contacts", "few free agents", "few staffed agents", "service level")
_SAME_QUEUE: Final = f"on ({QUEUE_KEY})"
_SAME_ROW: Final = "on (target, queue_id, channel)"
_WAITING: Final = of_queue(catalog.QUEUE_WAITING_CONTACTS)
# Some vendors keep the wait of a contact that has left.
OLDEST_WAIT: Final = f"({of_queue(catalog.QUEUE_OLDEST_WAIT)} unless {_SAME_QUEUE} {_WAITING} == 0)"
_STAFFED: Final = (
    f"({of_queue(effective_thresholds.SERVING_AGENTS)} or {_SAME_QUEUE} {of_queue(catalog.QUEUE_STAFFED_AGENTS)})"
)
_KNOWN: Final = each(QUEUE, f"{_WAITING} or {_SAME_QUEUE} {of_queue(catalog.QUEUE_STAFFED_AGENTS)}")
# A closed queue has no waiting contacts, and no agents or no contacts for half an hour: no action is needed.
_OFFERED: Final = of_queue(names.offered("30m"))
_SERVED: Final = f"({_STAFFED} > 0 unless {_SAME_QUEUE} {_OFFERED} < 0.5)"
_OPEN: Final = f"{_WAITING} > 0 or {_SAME_QUEUE} {_SERVED} or {_SAME_QUEUE} {_OFFERED} > 0"


def state() -> str:
    """Return the state of every queue, as a number."""
    quiet = each(QUEUE, effective(effective_thresholds.SERVICE_LEVEL))
    return f"{each(QUEUE, _breaches())}\nor {_SAME_ROW}\n{quiet} * 0\nor {_SAME_ROW}\n{_KNOWN} * 0 - 1"


def worst_first(count: int) -> str:
    """Return the states of the worst queues; of equal states the longest wait comes first.

    Args:
        count: The maximum number of queues.
    """
    wait = f"max by (target, queue_id, channel) ({OLDEST_WAIT})"
    share = f"clamp_max({wait} / 100000, 0.9)"
    return (
        f"sort_desc(topk({count},\n(({state()}) + {_SAME_ROW} group_left () {share})\nor {_SAME_ROW}\n({state()})\n))"
    )


def because() -> str:
    """Return for each queue the main reason why it needs attention, or a dash, in the label `because`."""
    labels = (*QUEUE, "because")
    rank = {cause: round(0.9 - 0.1 * place, 1) for place, cause in enumerate(_CAUSES)}
    ranked = f"{each(labels, f'({_breaches()}) > 0')}\n+ on (because) group_left ()\n({numbered('because', rank)})"
    queue = "target, queue_id, channel"
    none = f'label_replace({_KNOWN} * 0, "because", "-", "", "")'
    return f"topk by ({queue}) (1,\n{ranked}\n)\nor on ({queue})\n{none}"


def effective(threshold: effective_thresholds.EffectiveThreshold) -> str:
    """Return the effective thresholds of queues, one per severity."""
    return f"({of_queue(threshold.name)} or on ({QUEUE_KEY}, severity) {of_queue(threshold.threshold)})"


def _breaches() -> str:
    free = of_queue(catalog.QUEUE_AGENTS, 'state="available"')
    enough = f"{of_queue(names.counted('30m'))} >= {effective_thresholds.ENOUGH_CONTACTS}"
    service_level = f"({of_queue(names.service_level('30m'))} and {_SAME_QUEUE} {enough})"
    causes = (
        _held(OLDEST_WAIT, ">", effective(effective_thresholds.OLDEST_WAIT)),
        _held(_WAITING, ">", effective(effective_thresholds.WAITING)),
        _held(_while_open(free), "<", of_queue(catalog.QUEUE_FREE_AGENTS_THRESHOLD)),
        _held(_while_open(_STAFFED), "<", of_queue(catalog.QUEUE_SERVING_AGENTS_THRESHOLD)),
        _held(service_level, "<", effective(effective_thresholds.SERVICE_LEVEL)),
    )
    named = (
        f'label_replace({cause}, "because", "{name}", "", "")' for name, cause in zip(_CAUSES, causes, strict=True)
    )
    union = "\nor\n".join(named)
    weights = numbered("severity", {"critical": ACT, "warning": WATCH})
    return f"(\n{union}\n)\n* on (severity) group_left () ({weights})"


def _held(value: str, comparison: str, threshold: str) -> str:
    return f"{value} {comparison} bool {_SAME_QUEUE} group_right () {threshold}"


def _while_open(value: str) -> str:
    return f"({value} and {_SAME_QUEUE} ({_OPEN}))"
