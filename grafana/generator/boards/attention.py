"""Queues that need attention: their states, causes and order, as recorded by the alert rules.

A queue's state is 2 (act) if a figure is beyond a critical threshold, 1 (watch) if one is beyond a warning threshold, 0
(ok) if none is, and -1 if the queue has no thresholds. The alerts read the same series.
"""

from typing import Final

from exporter.metrics import catalog
from exporter.model import SEVERITIES
from grafana.generator.boards.promql import QUEUE, each, of_queue
from grafana.generator.joins import QUEUE_KEY, combined
from grafana.generator.rules import breaches, queue_state
from grafana.generator.rules.effective_thresholds import OLDEST_WAIT as OLDEST_WAIT_THRESHOLD
from grafana.generator.rules.effective_thresholds import EffectiveThreshold

ACT: Final = 2
WATCH: Final = 1
OK: Final = 0
NOTHING_SET: Final = -1

# Some vendors keep the wait of a contact that has left.
OLDEST_WAIT: Final = (
    f"({of_queue(catalog.QUEUE_OLDEST_WAIT)} unless on ({QUEUE_KEY}) {of_queue(catalog.QUEUE_WAITING_CONTACTS)} == 0)"
)
_ROW: Final = "target, queue_id, channel"


def state() -> str:
    """Return the state of every queue, as a number."""
    return each(QUEUE, of_queue(queue_state.STATE))


def because() -> str:
    """Return the state of each queue with the main reason in the label `because`, a dash if there is none."""
    return f"topk by ({_ROW}) (1, {each((*QUEUE, 'because'), of_queue(queue_state.STATE))})"


def worst(count: int, at: str = "", *among: str) -> str:
    """Return a filter that keeps the worst queues: by state, then by the worst figure in multiples of its threshold.

    Args:
        count: The maximum number of queues.
        at: The time at which they are the worst, as a modifier of PromQL; empty for the time of the query.
        among: Label matchers of the queues that are compared, in PromQL.
    """
    levels = f"max by ({_ROW}) ({of_queue(queue_state.STATE, *among)}{at})"
    figures = f"max by ({_ROW}) ({of_queue(breaches.BREACH, *among)}{at})"
    return f"and on ({_ROW}) topk({count}, 1000 * {levels} + on ({_ROW}) {figures} or on ({_ROW}) {levels})"


def tiles(level: int, count: int) -> str:
    """Return the oldest waits of the worst queues in a state, with the labels `because` and `waiting`.

    Args:
        level: The state.
        count: The maximum number of queues of all states.
    """
    rows = f"(({because()} == {level}) {worst(count)})"
    waiting = f"max by ({_ROW}) ({of_queue(catalog.QUEUE_WAITING_CONTACTS)}) {worst(count)}"
    named = f'count_values by ({_ROW}) ("waiting", {waiting})'
    wait = f"(max by ({_ROW}) ({OLDEST_WAIT}) or on ({_ROW}) 0 * {state()})"
    with_wait = f"0 * {rows} + on ({_ROW}) group_left () {wait}"
    return f"sort_desc(\n({with_wait}) + on ({_ROW}) group_left (waiting) 0 * {named}\nor on ({_ROW})\n{with_wait}\n)"


def oldest_wait_of(condition: str) -> str:
    """Return the oldest wait that is worst against its queue's own promise, if it meets a condition.

    Args:
        condition: A comparison with the multiple of the queue's warning threshold.
    """
    promise = OLDEST_WAIT_THRESHOLD.at("warning", of_queue)
    # E-mail without a promise has no threshold, and is shown only if no other contact waits.
    multiple = f"({combined(OLDEST_WAIT, '/', promise)} or on ({QUEUE_KEY}) 0 * {OLDEST_WAIT})"
    worst_one = f"topk(1, max by ({_ROW}) ({multiple}))"
    return f"{each(QUEUE, OLDEST_WAIT)} and on ({_ROW}) ({worst_one} {condition})"


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
