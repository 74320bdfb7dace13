"""Queues that need attention: their states, causes and order, as recorded by the alert rules.

A queue's state is 2 (act) if a figure is beyond a critical threshold, 1 (watch) if one is beyond a warning threshold, 0
(ok) if none is, and -1 if the queue has no thresholds. The alerts read the same series.
"""

from typing import Final

from exporter.metrics import catalog
from exporter.metrics.catalog import Family
from exporter.model import SEVERITIES
from grafana.generator.boards.promql import QUEUE, at_end, each, of_queue
from grafana.generator.joins import QUEUE_KEY, combined
from grafana.generator.rules import breaches, queue_state
from grafana.generator.rules.effective_thresholds import EffectiveThreshold

ACT: Final = 2
WATCH: Final = 1
OK: Final = 0
NOTHING_SET: Final = -1

# Some vendors keep the wait of a contact that has left.
_CONTACT_WAITS: Final = f"unless on ({QUEUE_KEY}) {of_queue(catalog.QUEUE_WAITING_CONTACTS)} == 0"
_ROW: Final = "target, queue_id, channel"
_ON: Final = f"on ({_ROW})"
_STATE: Final = of_queue(queue_state.STATE)


def contact_waits(*among: str) -> str:
    """Return the oldest waits of the queues in which a contact waits.

    Args:
        among: Label matchers of the queues, in PromQL.
    """
    return f"({of_queue(catalog.QUEUE_OLDEST_WAIT, *among)} {_CONTACT_WAITS})"


OLDEST_WAIT: Final = contact_waits()


def state(only: str = "") -> str:
    """Return the state of every queue, as a number.

    Args:
        only: A filter of the queues.
    """
    return each(QUEUE, f"{_STATE} {only}")


def because(only: str = "") -> str:
    """Return the state of each queue with the main reason in the label `because`, a dash if there is none."""
    return f"topk by ({_ROW}) (1, {each((*QUEUE, 'because'), f'{_STATE} {only}')})"


def worst(count: int, at: str = "", *among: str) -> str:
    """Return a filter that keeps the worst queues: by state, then by the worst figure in multiples of its threshold.

    Args:
        count: The maximum number of queues.
        at: The time at which they are the worst, as a modifier of PromQL; empty for the time of the query.
        among: Label matchers of the queues that are compared, in PromQL.
    """
    return f"and {_ON} {_first(count, at, *among)}"


def tiles(level: int, count: int) -> str:
    """Return the oldest waits of the worst queues in a state, with the labels `because` and `waiting`.

    Args:
        level: The state.
        count: The maximum number of queues of all states.
    """
    chosen = f"({_first_in(level, count)})"
    none = f"0 * {chosen}"
    waiting = _by_row(f"{of_queue(catalog.QUEUE_WAITING_CONTACTS)} and {_ON} {chosen}")
    named = f'(0 * count_values by ({_ROW}) ("waiting", {waiting}) or {_ON} {none})'
    oldest = f"({_by_row(OLDEST_WAIT)} or {_ON} {none})"
    rows = because(f"and {_ON} {chosen}")
    return f"sort_desc(\n0 * {rows}\n+ {_ON} group_left (waiting) {named}\n+ {_ON} group_left () {oldest}\n)"


def _first(count: int, at: str = "", *among: str) -> str:
    """Return the order of the worst queues: that recorded, and if these are too few, the state."""
    ordered = _by_row(f"{of_queue(queue_state.ORDER, *among)}{at}")
    needed = f"unless on () count({ordered}) >= {count}"
    calm = _by_row(f"{of_queue(queue_state.STATE, *among)}{at} <= 0 {needed}")
    return f"topk({count}, {ordered} or {_ON} topk({count}, {calm}))"


def _first_in(level: int, count: int) -> str:
    """Return the order of those of the worst queues that are in a state."""
    if level < OK:
        return f"{_first(count)} < 0"
    step = queue_state.STATE_STEP
    if level == OK:
        return f"{_first(count)} >= 0 < {step}"
    return f"topk({count}, {_by_row(of_queue(queue_state.ORDER))}) >= {level * step} < {(level + 1) * step}"


def oldest_wait(level: int) -> str:
    """Return the oldest wait that is worst against its own queue's threshold, if it has a state.

    Args:
        level: The state: act, watch or ok. Without a figure near a threshold it is the longest wait, that of e-mails
            only if no other contact waits.
    """
    critical, warning = (
        of_queue(breaches.BREACH, 'because="oldest wait"', f'severity="{severity}"')
        for severity in ("critical", "warning")
    )
    calls, emails = (_by_row(contact_waits(channel)) for channel in ('channel!="email"', 'channel="email"'))
    near, beyond = (_by_row(f"{warning} {operator} 1") for operator in ("<=", ">"))
    found = {
        ACT: f"topk(1, {_by_row(critical)})",
        WATCH: f"topk(1, {beyond} unless on () {critical})",
        OK: (
            f"(topk(1, {near}) or on () topk(1, {calls}) or on () topk(1, {emails}))"
            f" unless on () {critical} unless on () {beyond}"
        ),
    }
    return each(QUEUE, f"{of_queue(catalog.QUEUE_OLDEST_WAIT)} and {_ON} ({found[level]}) {_CONTACT_WAITS}")


def effective(threshold: EffectiveThreshold, value: Family, *among: str) -> str:
    """Return the effective thresholds of queues at the end of the time range, one per severity.

    Prometheus evaluates them once and not at every step.

    Args:
        threshold: The threshold.
        value: The figure compared with it, which has the names of the queues.
        among: Label matchers of the queues, in PromQL.
    """
    names = f"0 * {at_end(value, *among)}"
    at_severity = (
        f'label_replace({combined(names, "+", threshold.at(severity, at_end))}, "severity", "{severity}", "", "")'
        for severity in SEVERITIES
    )
    return "\nor\n".join(at_severity)


def _by_row(expression: str) -> str:
    return f"max by ({_ROW}) ({expression})"
