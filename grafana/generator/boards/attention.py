"""Queues that need attention: their states, causes and order, as recorded by the alert rules.

A queue's state is 2 (act) if a figure is beyond a critical threshold, 1 (watch) if one is beyond a warning threshold, 0
(ok) if none is, and -1 if the queue has no thresholds. The alerts read the same series.
"""

from typing import Final

from exporter.metrics import catalog
from exporter.metrics.catalog import Family
from exporter.model import SEVERITIES
from grafana.generator.boards.promql import QUEUE, each, of_queue, of_worst_queue, worst_at_end
from grafana.generator.joins import EXPORTER_KEY, QUEUE_KEY, combined
from grafana.generator.rules import breaches, queue_state
from grafana.generator.rules.effective_thresholds import EffectiveThreshold
from grafana.generator.rules.select import Select

ACT: Final = 2
WATCH: Final = 1
OK: Final = 0
NOTHING_SET: Final = -1

_ROW: Final = "target, queue_id, channel"
_ON: Final = f"on ({_ROW})"
_STATE: Final = of_worst_queue(queue_state.STATE)


def contact_waits(select: Select = of_worst_queue, *among: str) -> str:
    """Return the oldest waits of the queues in which a contact waits: some vendors keep that of one that has left.

    Args:
        select: Selects the queues.
        among: Label matchers of the queues, in PromQL.
    """
    oldest, waiting = (select(family, *among) for family in (catalog.QUEUE_OLDEST_WAIT, catalog.QUEUE_WAITING_CONTACTS))
    return f"({oldest} unless on ({QUEUE_KEY}) {waiting} == 0)"


def state(only: str = "") -> str:
    """Return the states of queues, as numbers.

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
    return f"and {_ON} {_first(of_worst_queue, count, at, *among)}"


def candidates(count: int, *among: str) -> str:
    """Return every queue that is among the worst, among the worst of some, or has the worst wait.

    The variable `worst` has their ids: panels select these, of ten thousand queues.

    Args:
        count: The maximum number of the worst queues.
        among: Label matchers of queues that are compared with each other only, in PromQL.
    """
    found = (_first(of_queue, count), *(_first(of_queue, count, "", each) for each in among), *_waits(of_queue))
    return f"\nor {_ON} ".join(found)


def tiles(level: int, count: int) -> str:
    """Return the oldest waits of the worst queues in a state, with the labels `because` and `waiting`.

    An empty queue has a wait of 0; one whose wait is unknown has NaN.

    Args:
        level: The state.
        count: The maximum number of queues of all states.
    """
    chosen = f"and {_ON} ({_first_in(level, count)})"
    caused = "!=" if level > OK else "="
    state = of_worst_queue(queue_state.STATE, f'because{caused}"{queue_state.NO_CAUSE}"')
    rows = f"topk by ({_ROW}) (1, {each((*QUEUE, 'because'), f'{state} {chosen}')})"
    waiting = _by_row(f"{of_worst_queue(catalog.QUEUE_WAITING_CONTACTS)} {chosen}")
    counts = f'count_values by ({_ROW}) ("waiting", {waiting})'
    unknown = f'label_replace({rows}, "waiting", "unknown", "", "")'
    oldest = _by_row(f"{of_worst_queue(catalog.QUEUE_OLDEST_WAIT)} {chosen}")
    seconds = f"{waiting} == 0 or {_ON} {oldest} or {_ON} NaN * {rows}"
    return (
        f"sort_desc(\n0 * {rows}\n+ {_ON} group_left (waiting) (0 * {counts} or {_ON} 0 * {unknown})"
        f"\n+ {_ON} group_left () ({seconds})\n)"
    )


def _first(select: Select, count: int, at: str = "", *among: str) -> str:
    """Return the order of the worst queues: that recorded, and if these are too few, the state.

    Queues without a cause are limited before anything else is computed of them: there may be ten thousand.
    """
    ordered = _by_row(f"{select(queue_state.ORDER, *among)}{at}")
    no_cause = select(queue_state.STATE, f'because="{queue_state.NO_CAUSE}"', *among)
    calm = f"topk by ({EXPORTER_KEY}) ({count}, {no_cause}{at}) unless on () count({ordered}) >= {count}"
    return f"topk({count}, {ordered} or {_ON} {_by_row(calm)})"


def _first_in(level: int, count: int) -> str:
    """Return the order of those of the worst queues that are in a state."""
    if level < OK:
        return f"{_first(of_worst_queue, count)} < 0"
    step = queue_state.STATE_STEP
    if level == OK:
        return f"{_first(of_worst_queue, count)} >= 0 < {step}"
    return f"topk({count}, {_by_row(of_worst_queue(queue_state.ORDER))}) >= {level * step} < {(level + 1) * step}"


def oldest_wait(level: int) -> str:
    """Return the oldest wait that is worst against its own queue's threshold, if it has a state.

    Args:
        level: The state: act, watch or ok. Without a figure near a threshold it is the longest wait, that of e-mails
            only if no other contact waits.
    """
    critical, beyond, near, calls, emails = _waits(of_worst_queue)
    found = {
        ACT: critical,
        WATCH: f"{beyond} unless on () {critical}",
        OK: f"({near} or on () {calls} or on () {emails}) unless on () {critical} unless on () {beyond}",
    }
    return each(QUEUE, f"{contact_waits()} and {_ON} ({found[level]})")


def _waits(select: Select) -> tuple[str, ...]:
    """Return the worst waits: beyond and near a threshold, and the longest of calls and of e-mails."""
    critical, warning = (
        select(breaches.BREACH, 'because="oldest wait"', f'severity="{severity}"')
        for severity in ("critical", "warning")
    )
    longest = (
        f"topk by ({EXPORTER_KEY}) (1, {contact_waits(select, channel)})"
        for channel in ('channel!="email"', 'channel="email"')
    )
    return tuple(f"topk(1, {_by_row(each)})" for each in (critical, f"{warning} > 1", f"{warning} <= 1", *longest))


def effective(threshold: EffectiveThreshold, value: Family, *among: str) -> str:
    """Return the effective thresholds of queues at the end of the time range, one per severity.

    Prometheus evaluates them once and not at every step.

    Args:
        threshold: The threshold.
        value: The figure compared with it, which has the names of the queues.
        among: Label matchers of the queues, in PromQL.
    """
    names = f"0 * {worst_at_end(value, *among)}"
    at_severity = (
        f'label_replace({combined(names, "+", threshold.at(severity, worst_at_end))}, "severity", "{severity}", "", "")'
        for severity in SEVERITIES
    )
    return "\nor\n".join(at_severity)


def _by_row(expression: str) -> str:
    return f"max by ({_ROW}) ({expression})"
