"""The dashboard of queues: each queue beside its thresholds."""

from typing import Final

from grafana_foundation_sdk.models import dashboard as model

from exporter.metrics import catalog
from exporter.metrics.catalog import Family
from grafana.generator.boards import attention, colours, shared_panels, table_panels, variables
from grafana.generator.boards.dashboard_builder import Board, Row
from grafana.generator.boards.panels import PER_MINUTE, RATIO, SECONDS, About, Query, bars, lines
from grafana.generator.boards.promql import QUEUE, each, of_queue, per_minute, total
from grafana.generator.boards.table_panels import Column
from grafana.generator.rules import effective_thresholds, names

_NAME: Final = "{{queue}} · {{target}}"
_QUEUE_STATES: Final = (*QUEUE, "state")
_OTHER_OUTCOMES: Final = {
    "transferred": catalog.QUEUE_CONTACTS_TRANSFERRED,
    "held": catalog.QUEUE_CONTACTS_HELD,
    "not answered by the agent": catalog.QUEUE_CONTACTS_REDIRECTED_ON_NO_ANSWER,
    "overflowed": catalog.QUEUE_CONTACTS_OVERFLOWED,
    "escalated": catalog.QUEUE_CONTACTS_ESCALATED,
    "rejected, closed": catalog.QUEUE_CONTACTS_REJECTED_CLOSED,
    "abandoned at once": catalog.QUEUE_CONTACTS_ABANDONED_SHORT,
}


def board() -> Board:
    """Return the dashboard."""
    return Board(
        name="queues",
        title="Contact centre: queues",
        description="For supervisors and analysts: each queue now and over time, beside its thresholds.",
        variables=variables.of_queues(),
        rows=(
            Row("Now", (_now(),)),
            Row("Waiting", _waiting()),
            Row("Service", _service()),
            Row("Contacts", _contacts()),
            Row("Agents of the queues", _staff()),
        ),
    )


def _now() -> model.Panel:
    text = (
        "Every selected queue, its state by the thresholds of its alerts, and the main reason. "
        "A click shows that queue only."
    )
    estimated = Column(
        "Estimated wait",
        each(QUEUE, of_queue(catalog.QUEUE_ESTIMATED_WAIT)),
        SECONDS,
        shared_panels.WAIT_STEPS,
        decimals=0,
    )
    longest = Column("Longest wait today", each(QUEUE, of_queue(catalog.QUEUE_MAX_WAIT)), SECONDS, decimals=0)
    columns = (*shared_panels.queue_columns(), estimated, longest)
    return table_panels.build(About("Queues now", text, width=24, height=10), shared_panels.queue_rows(), columns)


def _waiting() -> tuple[model.Panel, ...]:
    return (
        _with_thresholds(
            About(
                "Waiting contacts",
                "Contacts waiting, and the thresholds above which a queue needs attention.",
                width=12,
            ),
            of_queue(catalog.QUEUE_WAITING_CONTACTS),
            attention.effective(effective_thresholds.WAITING, of_queue(catalog.QUEUE_WAITING_CONTACTS)),
        ),
        _with_thresholds(
            About(
                "Oldest wait",
                "The longest wait now, and the thresholds above which a queue needs attention.",
                SECONDS,
                12,
            ),
            attention.OLDEST_WAIT,
            attention.effective(effective_thresholds.OLDEST_WAIT, attention.OLDEST_WAIT),
        ),
        _ages(),
        _by_queue(
            About("Estimated wait", "The vendor's estimate for a contact that arrives now.", SECONDS),
            catalog.QUEUE_ESTIMATED_WAIT,
        ),
        _by_queue(
            About("Contacts being handled", "Contacts of the queue that agents are handling."),
            catalog.QUEUE_ACTIVE_CONTACTS,
        ),
    )


def _ages() -> model.Panel:
    text = "Contacts waiting now by the time they have been waiting, if the vendor provides it."
    up_to = {
        age: total(QUEUE, of_queue(f"{catalog.QUEUE_WAIT_AGE.name}_bucket", f'le=~"{edge}"'))
        for age, edge in (("minute", "60([.]0)?"), ("three", "180([.]0)?"), ("all", "[+]Inf"))
    }
    parts = {
        "up to 1 min": up_to["minute"],
        "1 to 3 min": f"{up_to['three']} - {up_to['minute']}",
        "over 3 min": f"{up_to['all']} - {up_to['three']}",
    }
    paint = dict(zip(parts, (colours.OK, colours.WATCH, colours.ACT), strict=True))
    queries = (Query(expr, name) for name, expr in parts.items())
    return lines(About("Waiting contacts by age", text), *queries, stacked=True, paint=paint)


def _service() -> tuple[model.Panel, ...]:
    windows: dict[str, names.Window] = {"5 min": "5m", "30 min": "30m", "hour": "1h", "day": "day"}
    return (
        lines(
            About("Service level, last 30 min", "Share of contacts answered in time, and the lowest objective.", RATIO),
            Query(each(QUEUE, of_queue(names.service_level("30m"))), _NAME),
            Query(f"min({of_queue(names.OBJECTIVE)})", "objective, warning threshold"),
        ),
        bars(
            About(
                "Service level by window",
                "Share of contacts answered in time over several windows and the vendor's day, all selected queues.",
                RATIO,
                steps=shared_panels.SERVICE_LEVEL_STEPS,
                base=colours.ACT,
                maximum=1,
                decimals=0,
            ),
            *(Query(shared_panels.service_level_of_all(window), title) for title, window in windows.items()),
        ),
        bars(
            About(
                "Answered of offered today",
                "Answered contacts per offered contact in the vendor's day, if the vendor provides it.",
                RATIO,
                maximum=1,
                decimals=0,
            ),
            Query(f"sort_desc({each(QUEUE, of_queue(catalog.QUEUE_ANSWERED_RATIO))})", _NAME),
        ),
        _by_queue(
            About(
                "Average speed of answer, last 30 min",
                "Mean wait of answered contacts; the vendor's average of the day if it provides no totals.",
                SECONDS,
            ),
            names.speed_of_answer("30m"),
        ),
        _by_queue(
            About("Average handle time, last 30 min", "Mean time that agents spent on a contact.", SECONDS),
            names.handle_time("30m"),
        ),
        _by_queue(
            About(
                "Abandon rate, last 30 min",
                "Share of offered contacts that were abandoned, without short abandons.",
                RATIO,
                steps=shared_panels.ABANDONMENT_STEPS,
            ),
            names.abandonment("30m"),
        ),
    )


def _contacts() -> tuple[model.Panel, ...]:
    counted = {
        "offered": catalog.QUEUE_CONTACTS_OFFERED,
        "answered": catalog.QUEUE_CONTACTS_ANSWERED,
        "abandoned": catalog.QUEUE_CONTACTS_ABANDONED,
    }
    paint = {"offered": colours.NONE, "answered": colours.OK, "abandoned": colours.ACT}
    return (
        lines(
            About("Contacts", "Contacts offered, answered and abandoned a minute, all selected queues.", PER_MINUTE),
            *(Query(_per_minute(family), name) for name, family in counted.items()),
            paint=paint,
        ),
        lines(
            About("Contacts offered by queue", "Contacts offered a minute.", PER_MINUTE),
            Query(each(QUEUE, per_minute(of_queue(catalog.QUEUE_CONTACTS_OFFERED))), _NAME),
        ),
        lines(
            About(
                "Other outcomes of contacts",
                "Contacts a minute, all selected queues, if the vendor counts them.",
                PER_MINUTE,
            ),
            *(Query(_per_minute(family), name) for name, family in _OTHER_OUTCOMES.items()),
        ),
    )


def _staff() -> tuple[model.Panel, ...]:
    states = Query(total(_QUEUE_STATES, of_queue(catalog.QUEUE_AGENTS), by="state"), "{{state}}")
    text = "Agents of the selected queues by state. An agent who serves several queues counts in each."
    return (
        lines(About("Agents by state", text), states, stacked=True, paint=colours.AGENT_STATES),
        _with_thresholds(
            About(
                "Free agents", "Agents free to take a contact, and the thresholds below which a queue needs attention."
            ),
            of_queue(catalog.QUEUE_AGENTS, 'state="available"'),
            of_queue(catalog.QUEUE_FREE_AGENTS_THRESHOLD),
        ),
        _with_thresholds(
            About(
                "Staffed agents", "Agents signed in to the queue, and the thresholds below which it needs attention."
            ),
            of_queue(catalog.QUEUE_STAFFED_AGENTS),
            of_queue(catalog.QUEUE_SERVING_AGENTS_THRESHOLD),
        ),
    )


def _by_queue(about: About, metric: Family | str) -> model.Panel:
    return lines(about, Query(each(QUEUE, of_queue(metric)), _NAME))


def _with_thresholds(about: About, value: str, thresholds: str) -> model.Panel:
    by_severity = each((*QUEUE, "severity"), thresholds)
    return lines(about, Query(each(QUEUE, value), _NAME), Query(by_severity, f"{_NAME}: {{{{severity}}}} threshold"))


def _per_minute(family: Family) -> str:
    return total(QUEUE, per_minute(of_queue(family)))
