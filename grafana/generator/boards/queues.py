"""The dashboard of queues: each queue beside its thresholds."""

from typing import Final

from grafana_foundation_sdk.models import dashboard as model

from exporter.metrics import catalog
from exporter.metrics.catalog import Family
from grafana.generator.boards import (
    attention,
    colours,
    free_agents,
    shared_panels,
    single_contacts,
    table_panels,
    variables,
)
from grafana.generator.boards.dashboard_builder import Board, Row
from grafana.generator.boards.panels import CLOCK, PER_MINUTE, RATIO, About, Query, bars, lines
from grafana.generator.boards.promql import QUEUE, each, of_queue, of_worst_queue, per_minute, total, worst_at_end
from grafana.generator.boards.table_panels import Column
from grafana.generator.boards.worst_queues import LINES, NAME, by_queue, worst_only
from grafana.generator.joins import QUEUE_KEY
from grafana.generator.rules import effective_thresholds, names, windows

_EMAIL: Final = 'channel="email"'
_NO_EMAIL: Final = 'channel!="email"'
_ROWS: Final = 200
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
        variables=(*variables.of_queues(), variables.within(), variables.worst(_ROWS, _EMAIL, _NO_EMAIL)),
        rows=(
            Row("Now", (_now(),)),
            Row("Waiting", _waiting()),
            Row("Service", _service()),
            Row("Contacts", _contacts()),
            Row("Agents of the queues", _staff()),
            Row("Waits of single contacts (requires contacts)", single_contacts.panels(), collapsed=True),
        ),
    )


def _now() -> model.Panel:
    text = (
        f"The {_ROWS} worst of the selected queues, their state by the thresholds of their alerts, and the main "
        "reason. A click shows that queue only."
    )
    worst = attention.worst(_ROWS)
    estimated = Column(
        "Estimated wait",
        f"{each(QUEUE, of_worst_queue(catalog.QUEUE_ESTIMATED_WAIT))} {worst}",
        CLOCK,
        shared_panels.WAIT_STEPS,
    )
    longest = Column("Longest wait today", f"{each(QUEUE, of_worst_queue(catalog.QUEUE_MAX_WAIT))} {worst}", CLOCK)
    columns = (*shared_panels.queue_columns(_ROWS), estimated, longest)
    return table_panels.build(About("Queues now", text, width=24, height=10), shared_panels.queue_rows(), columns)


def _waiting() -> tuple[model.Panel, ...]:
    immediate, emails = (attention.contact_waits(of_worst_queue, channel) for channel in (_NO_EMAIL, _EMAIL))
    return (
        _with_thresholds(
            About(
                "Waiting contacts",
                "Contacts waiting, and the present thresholds above which a queue needs attention, without e-mail.",
                width=12,
            ),
            of_worst_queue(catalog.QUEUE_WAITING_CONTACTS, _NO_EMAIL),
            attention.effective(effective_thresholds.WAITING, catalog.QUEUE_WAITING_CONTACTS, _NO_EMAIL),
            among=(_NO_EMAIL,),
        ),
        _with_thresholds(
            About(
                "Oldest wait",
                "The longest wait now, and the present thresholds above which a queue needs attention, without e-mail.",
                CLOCK,
                12,
            ),
            immediate,
            attention.effective(effective_thresholds.OLDEST_WAIT, catalog.QUEUE_OLDEST_WAIT, _NO_EMAIL),
            among=(_NO_EMAIL,),
        ),
        by_queue(
            About("Oldest e-mail", "The longest wait now of the queues of e-mails, which may wait for hours.", CLOCK),
            emails,
            among=(_EMAIL,),
        ),
        by_queue(
            About("Waiting e-mails", "E-mails waiting. There may be hundreds, so they have an axis of their own."),
            of_worst_queue(catalog.QUEUE_WAITING_CONTACTS, _EMAIL),
            among=(_EMAIL,),
        ),
        _ages(),
        by_queue(
            About("Estimated wait", "The vendor's estimate for a contact that arrives now.", CLOCK),
            catalog.QUEUE_ESTIMATED_WAIT,
        ),
        by_queue(
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
    periods = {
        "30 min": shared_panels.current_service_level_by(),
        "today": shared_panels.service_level_of_day(),
    }
    return (
        by_queue(
            About(
                "Service level, last 30 min",
                "Share of contacts with an outcome that were answered in time, and the lowest objective. Queues that "
                "promise an answer within more than 30 minutes: 6 hours.",
                RATIO,
            ),
            windows.current_service_level(of_worst_queue),
            Query(f"min({of_queue(names.OBJECTIVE)})", "objective, warning threshold"),
        ),
        bars(
            About(
                "Service level by window",
                "Share of contacts answered in time in the last half hour and the vendor's day, all selected queues.",
                RATIO,
                steps=shared_panels.SERVICE_LEVEL_STEPS,
                base=colours.ACT,
                maximum=1,
                decimals=0,
            ),
            *(Query(expression, title) for title, expression in periods.items()),
        ),
        bars(
            About(
                "Answered of offered today",
                f"Answered contacts per offered contact in the vendor's day: the {LINES} lowest queues whose vendor "
                "reports it.",
                RATIO,
                maximum=1,
                decimals=0,
            ),
            Query(f"bottomk({LINES}, {each(QUEUE, of_queue(catalog.QUEUE_ANSWERED_RATIO))})", NAME),
        ),
        by_queue(
            About(
                "Average speed of answer, last 30 min",
                "Mean wait of answered contacts, computed from the vendor's averages of the day if it provides no "
                "totals. Requires the rules of details.yml.",
                CLOCK,
            ),
            of_worst_queue(names.speed_of_answer("30m")),
        ),
        by_queue(
            About("Average handle time, last 30 min", "Mean time that agents spent on a contact.", CLOCK),
            of_worst_queue(names.handle_time("30m")),
        ),
        by_queue(
            About(
                "Abandon rate, last 30 min",
                "Share of contacts with an outcome that were abandoned, without short abandons.",
                RATIO,
                steps=shared_panels.ABANDONMENT_STEPS,
            ),
            of_worst_queue(names.abandonment("30m")),
        ),
    )


def _contacts() -> tuple[model.Panel, ...]:
    counted = {
        "offered": (catalog.QUEUE_CONTACTS_OFFERED_UNIQUE, catalog.QUEUE_CONTACTS_OFFERED),
        "answered": (catalog.QUEUE_CONTACTS_ANSWERED,),
        "abandoned": (catalog.QUEUE_CONTACTS_ABANDONED_UNIQUE, catalog.QUEUE_CONTACTS_ABANDONED),
    }
    paint = {"offered": colours.NONE, "answered": colours.OK, "abandoned": colours.ACT}
    return (
        lines(
            About(
                "Contacts",
                "Contacts offered, answered and abandoned a minute, all selected queues. A contact that overflowed "
                "counts once where the vendor reports that.",
                PER_MINUTE,
            ),
            *(Query(_per_minute(*families), name) for name, families in counted.items()),
            paint=paint,
        ),
        by_queue(
            About("Contacts offered by queue", "Contacts offered a minute.", PER_MINUTE),
            per_minute(of_worst_queue(catalog.QUEUE_CONTACTS_OFFERED)),
        ),
        lines(
            About(
                "Other outcomes of contacts",
                "Contacts a minute, all selected queues, if the vendor counts them.",
                PER_MINUTE,
            ),
            *(Query(_per_minute(family), name) for name, family in _OTHER_OUTCOMES.items()),
            paint=colours.OUTCOMES,
        ),
    )


def _staff() -> tuple[model.Panel, ...]:
    states = Query(total(_QUEUE_STATES, of_queue(catalog.QUEUE_AGENTS), by="state"), "{{state}}")
    text = "Agents of the selected queues by state. An agent who serves several queues counts in each."
    return (
        lines(About("Agents by state", text), states, stacked=True, paint=colours.AGENT_STATES),
        _with_thresholds(
            About(
                "Free agents",
                "Agents free to take a contact, and the thresholds below which a queue needs attention. Contact "
                "centres whose available agents may be on a call are left out.",
            ),
            free_agents.of_queues(of_worst_queue),
            worst_at_end(catalog.QUEUE_FREE_AGENTS_THRESHOLD),
        ),
        _with_thresholds(
            About(
                "Staffed agents", "Agents signed in to the queue, and the thresholds below which it needs attention."
            ),
            of_worst_queue(catalog.QUEUE_STAFFED_AGENTS),
            worst_at_end(catalog.QUEUE_SERVING_AGENTS_THRESHOLD),
        ),
    )


def _with_thresholds(about: About, value: str, thresholds: str, among: tuple[str, ...] = ()) -> model.Panel:
    """Return the lines of the worst queues, each with its thresholds at the end of the time range."""
    by_severity = worst_only(each((*QUEUE, "severity"), thresholds), among)
    return by_queue(about, value, Query(by_severity, f"{NAME}: {{{{severity}}}} threshold"), among=among)


def _per_minute(*families: Family) -> str:
    rates = f" or on ({QUEUE_KEY}) ".join(per_minute(of_queue(family)) for family in families)
    return total(QUEUE, f"({rates})")
