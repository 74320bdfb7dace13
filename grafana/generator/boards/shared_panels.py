"""Panels and columns that several dashboards share."""

from collections.abc import Callable
from typing import Final

from grafana_foundation_sdk.models import dashboard as model

from exporter.metrics import catalog
from exporter.metrics.catalog import Family
from grafana.generator.boards import attention, colours, dashboard_builder, free_agents, value_mappings
from grafana.generator.boards.panels import (
    CLOCK,
    RATIO,
    About,
    Query,
    number,
    numbers,
    rows_by_colour,
    tiles,
    value_map,
)
from grafana.generator.boards.promql import (
    QUEUE,
    by_channel,
    each,
    of_chosen_queue,
    of_group,
    of_queue,
    of_target,
    of_worst_queue,
    share,
    total,
)
from grafana.generator.boards.table_panels import Column, Rows
from grafana.generator.joins import QUEUE_KEY, combined
from grafana.generator.rules import names, quotients, totals, windows
from grafana.generator.rules.select import Select

# Fixed thresholds, for values over several queues.
WAIT_STEPS: Final = ((60, colours.WATCH), (180, colours.ACT))
ABANDONMENT_STEPS: Final = ((0.05, colours.WATCH), (0.1, colours.ACT))
OCCUPANCY_STEPS: Final = ((0.85, colours.WATCH), (0.95, colours.ACT))
USAGE_STEPS: Final = ((0.7, colours.WATCH), (0.9, colours.ACT))
SERVICE_LEVEL_STEPS: Final = ((0.7, colours.WATCH), (0.8, colours.OK))

# A name and a time fit into four columns.
_NARROW: Final = 16
_AGENT_GROUPS: Final = ("target", "group", "state", "reason")


def waiting(width: int, height: int) -> model.Panel:
    """Return the number of contacts waiting now, by channel."""
    about = About(
        "Waiting now", "Contacts waiting in the selected queues now, voice first.", width=width, height=height
    )
    return numbers(about, *_total_by_channel(catalog.QUEUE_WAITING_CONTACTS))


def oldest_wait(width: int, height: int) -> model.Panel:
    """Return the wait that is worst against its own queue's promise."""
    text = (
        "Of the contacts that have waited longest, the one that is worst against the threshold of its own queue: "
        "orange beyond the queue's warning threshold, dark red beyond its critical one."
    )
    about = About("Oldest wait", text, CLOCK, width, height)
    legend = "{{queue}} · {{target}}"
    coloured = (
        (Query(attention.oldest_wait(level), legend), colour)
        for level, colour in (
            (attention.ACT, colours.ACT),
            (attention.WATCH, colours.WATCH),
            (attention.OK, colours.OK),
        )
    )
    return rows_by_colour(about, *coloured, text_size=_NARROW)


def current_service_level(width: int, height: int) -> model.Panel:
    """Return the service level of the last half hour, by channel."""
    text = (
        "Share of contacts with an outcome that were answered in time in the last 30 minutes, voice first. Contacts "
        "that wait and short abandons do not count. Queues that promise an answer within more than 30 minutes: 6 "
        "hours. Good from 80 %, bad below 70 %."
    )
    about = About(
        "Service level, last 30 min", text, RATIO, width, height, SERVICE_LEVEL_STEPS, colours.ACT, decimals=0
    )
    return numbers(about, *_by_channel(lambda matcher: current_service_level_by("channel", matcher)))


def current_service_level_by(label: str = "", *matchers: str) -> str:
    """Return the PromQL of the service level of the last half hour, by a label or of all selected queues.

    Contacts over six hours are recorded only of queues whose promise is longer than half an hour.
    """
    level, contacts, once = (
        of_chosen_queue(name, *matchers)
        for name in (names.service_level("30m"), names.counted("30m"), names.COUNTED_UNIQUE)
    )
    level_of_hours, contacts_of_hours, all_in_time, everything = (
        of_queue(name, *matchers)
        for name in (names.service_level("6h"), names.counted("6h"), totals.IN_TIME, totals.WITH_LEVEL)
    )
    in_time = f"{all_in_time} or {level} * {contacts} or {level_of_hours} * {contacts_of_hours}"
    counted = f"({once} or {contacts}) and {level} or {contacts_of_hours} and {level_of_hours}"
    return _share(in_time, f"{everything} or {counted}", label)


def service_level_today(width: int, height: int) -> model.Panel:
    """Return the service level of the vendor's day, by channel."""
    text = (
        "Share of contacts with an outcome that were answered in time in the vendor's day, voice first. Good from 80 "
        "%, bad below 70 %."
    )
    about = About("Service level today", text, RATIO, width, height, SERVICE_LEVEL_STEPS, colours.ACT, decimals=0)
    return numbers(about, *_by_channel(lambda matcher: service_level_of_day("channel", matcher)))


def service_level_of_day(label: str = "", *matchers: str) -> str:
    """Return the PromQL of the service level of the vendor's day, by a label or of all selected queues."""

    def of(metric: Family | str, *more: str) -> str:
        return of_queue(metric, *matchers, *more)

    in_time = f"({combined(f'({quotients.SERVICE_LEVEL.today(of)})', '*', of(names.COUNTED_TODAY))})"
    return share(in_time, _counted_once_today(of), label)


def abandonment_today(width: int, height: int) -> model.Panel:
    """Return the share of contacts abandoned today, by channel."""
    text = (
        "Share of contacts with an outcome that were abandoned in the vendor's day, without short abandons, voice "
        "first. Only queues whose vendor counts them. Colours at 5 and 10 %."
    )
    about = About("Abandoned today", text, RATIO, width, height, ABANDONMENT_STEPS, decimals=1)
    return numbers(about, *_by_channel(_abandoned_today))


def _abandoned_today(matcher: str) -> str:
    def of(metric: Family | str, *more: str) -> str:
        return of_chosen_queue(metric, matcher, *more)

    all_lost, everything = (of_queue(name, matcher) for name in (totals.ABANDONED, totals.WITH_ABANDONMENT))
    lost = f"{of(catalog.QUEUE_CONTACTS_ABANDONED_UNIQUE)} or {of(catalog.QUEUE_CONTACTS_ABANDONED)}"
    counted = f"{_counted_once_today(of)} and {of(catalog.QUEUE_CONTACTS_ABANDONED)}"
    return _share(f"{all_lost} or {lost}", f"{everything} or {counted}", "channel")


def _share(part: str, whole: str, by: str) -> str:
    """Return the share of one sum in another, of series with the same labels; empty without contacts."""
    grouped = f"sum by ({by})" if by else "sum"
    return f"clamp_max({grouped} ({part}) / ({grouped} ({whole}) > 0), 1)"


def unique(once: Family, each_time: Family) -> str:
    """Return a running total that counts a contact that overflowed once, where the vendor provides it, for sums."""
    return f"({of_queue(once)} or on ({QUEUE_KEY}) {of_queue(each_time)})"


def _counted_once_today(of: Select) -> str:
    """Return the contacts of the day with an outcome; an abandoned one that overflowed counts once."""
    counted, lost = of(names.COUNTED_TODAY), of(catalog.QUEUE_CONTACTS_ABANDONED)
    return f"({counted} - ({lost} - {of(catalog.QUEUE_CONTACTS_ABANDONED_UNIQUE)}) or {counted})"


def agents_in(states: str, title: str, text: str, width: int, height: int) -> model.Panel:
    """Return the number of agents in the given states.

    Args:
        states: A regular expression of the states.
        title: The panel's title.
        text: Its description.
        width: Its width in columns.
        height: Its height in lines.
    """
    expression = total(_AGENT_GROUPS, of_group(catalog.AGENTS, f'state=~"{states}"'))
    return number(About(title, text, width=width, height=height), Query(expression, title.lower()))


def answered_today(width: int, height: int) -> model.Panel:
    """Return the contacts answered in the vendor's day, by channel."""
    text = "Contacts answered in the vendor's reporting period, usually since midnight: its running total. Voice first."
    about = About("Answered today", text, width=width, height=height)
    return numbers(about, *_total_by_channel(catalog.QUEUE_CONTACTS_ANSWERED))


def _total_by_channel(family: Family) -> tuple[Query, Query]:
    return _by_channel(lambda matcher: total(QUEUE, of_queue(family, matcher), by="channel"))


def _by_channel(of: Callable[[str], str]) -> tuple[Query, Query]:
    voice, others = by_channel(of)
    return Query(voice, "voice"), Query(others, "{{channel}}")


def target_states(width: int, height: int) -> model.Panel:
    """Return whether the data of each contact centre is current, to distinguish an outage from a calm day."""
    text = (
        "Whether the last poll of every resource succeeded, by contact centre. Out of date: one of them failed; its "
        "values are older or missing."
    )
    about = About("Contact centres", text, width=width, height=height)
    query = Query(f"min by (target) ({of_target(catalog.UP)})", "{{target}}")
    return tiles(about, query, value_map(value_mappings.TARGET_STATES))


def queue_rows() -> Rows:
    """Return the rows of a table of queues, each linked to its queue on the dashboard of queues."""
    link = dashboard_builder.link_to("queues", target="Contact centre", queue="Queue")
    labels = {"queue": "Queue", "target": "Contact centre", "channel": "Channel", "queue_id": ""}
    return Rows(labels, sort_by=("State",), link=("This queue", link))


def queue_columns(count: int) -> tuple[Column, ...]:
    """Return the main columns of a table of queues, the state first.

    Args:
        count: The maximum number of queues, the worst of those selected.
    """
    worst = attention.worst(count)
    abandoned = quotients.ABANDONMENT.today(of_worst_queue)
    level = windows.current_service_level(of_worst_queue)
    return (
        Column("State", attention.state(worst), words=value_mappings.QUEUE_STATES),
        Column("Because", attention.because(worst), label="because"),
        Column("Waiting", each(QUEUE, f"{of_worst_queue(catalog.QUEUE_WAITING_CONTACTS)} {worst}")),
        Column("Oldest wait", each(QUEUE, f"{attention.contact_waits()} {worst}"), CLOCK),
        Column("Service level 30 min", each(QUEUE, f"{level} {worst}"), RATIO, decimals=0),
        Column("Free agents", each(QUEUE, f"{free_agents.of_queues(of_worst_queue)} {worst}")),
        Column("Staffed agents", each(QUEUE, f"{of_worst_queue(catalog.QUEUE_STAFFED_AGENTS)} {worst}")),
        Column("Abandoned today", each(QUEUE, f"({abandoned}) {worst}"), RATIO, decimals=1),
    )
