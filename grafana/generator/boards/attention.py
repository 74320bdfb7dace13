"""Queues that need attention: their states, causes and order, as recorded by the alert rules.

A queue's state is 2 (act) if a figure is beyond a critical threshold, 1 (watch) if one is beyond a warning threshold, 0
(ok) if none is, and -1 if the queue has no thresholds. The alerts read the same series.
"""

from typing import Final

from exporter.metrics import catalog
from exporter.model import SEVERITIES
from grafana.generator.boards.promql import QUEUE, each, of_queue
from grafana.generator.joins import QUEUE_KEY, combined
from grafana.generator.rules import queue_state
from grafana.generator.rules.effective_thresholds import EffectiveThreshold

ACT: Final = 2
WATCH: Final = 1
OK: Final = 0
NOTHING_SET: Final = -1

# Some vendors keep the wait of a contact that has left.
OLDEST_WAIT: Final = (
    f"({of_queue(catalog.QUEUE_OLDEST_WAIT)} unless on ({QUEUE_KEY}) {of_queue(catalog.QUEUE_WAITING_CONTACTS)} == 0)"
)


def state() -> str:
    """Return the state of every queue, as a number."""
    return each(QUEUE, of_queue(queue_state.STATE))


def worst_first(count: int) -> str:
    """Return the states of the worst queues; of equal states the worst figure against its threshold comes first.

    Args:
        count: The maximum number of queues.
    """
    worst = f"max by (target, queue_id, channel) ({of_queue(queue_state.WORST)})"
    share = f"clamp_max({worst} / 1000, 0.9)"
    same = "on (target, queue_id, channel)"
    return f"sort_desc(topk({count},\n({state()} + {same} group_left () {share})\nor {same}\n{state()}\n))"


def because() -> str:
    """Return for each queue the main reason why it needs attention, or a dash, in the label `because`."""
    return f"topk by (target, queue_id, channel) (1, {each((*QUEUE, 'because'), of_queue(queue_state.STATE))})"


def effective(threshold: EffectiveThreshold, value: str) -> str:
    """Return the effective thresholds of queues, one per severity.

    Args:
        threshold: The threshold.
        value: The figure compared with it, which has the names of the queues.
    """
    at_severity = (
        f"label_replace({combined(f'0 * {value}', '+', threshold.at(severity, of_queue))}, "
        f'"severity", "{severity}", "", "")'
        for severity in SEVERITIES
    )
    return "\nor\n".join(at_severity)
