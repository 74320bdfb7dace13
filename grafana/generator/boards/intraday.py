"""The dashboard of the day: contacts against last week, the objective of the day, and staffing."""

from typing import Final

from grafana_foundation_sdk.models import dashboard as model

from exporter.metrics import catalog
from grafana.generator.boards import colours, dashboard_builder, shared_panels, table_panels, variables
from grafana.generator.boards import intraday_expressions as expressions
from grafana.generator.boards.dashboard_builder import Board, Row
from grafana.generator.boards.panels import CLOCK, COUNT, RATIO, About, Query, bars, lines, number
from grafana.generator.boards.promql import QUEUE, each, of_queue, total
from grafana.generator.boards.table_panels import Column, Rows
from grafana.generator.rules import effective_thresholds, names

_TODAY: Final = "today"
_LAST_WEEK: Final = "same day last week"
_PAINT: Final = {_TODAY: colours.OK, _LAST_WEEK: colours.NONE}
_GAP_STEPS: Final = ((1, colours.WATCH), (3, colours.ACT))
_OVERDUE_STEPS: Final = ((1, colours.WATCH), (5, colours.ACT))
_LEFT_STEPS: Final = ((0, colours.WATCH), (1, colours.OK))
_NEEDED_STEPS: Final = ((0.95, colours.WATCH), (1.0001, colours.ACT))
_PERIOD: Final = "in the vendor's reporting period, usually since midnight"
_SHARES: Final = {
    "Not answered by the agent": (
        catalog.QUEUE_CONTACTS_REDIRECTED_ON_NO_ANSWER,
        catalog.QUEUE_CONTACTS_ANSWERED,
        catalog.QUEUE_CONTACTS_REDIRECTED_ON_NO_ANSWER,
    ),
    "Overflowed": (catalog.QUEUE_CONTACTS_OVERFLOWED, catalog.QUEUE_CONTACTS_OFFERED),
    "Transferred": (catalog.QUEUE_CONTACTS_TRANSFERRED, catalog.QUEUE_CONTACTS_ANSWERED),
}


def board() -> Board:
    """Return the dashboard."""
    return Board(
        name="intraday",
        title="Contact centre: intraday",
        description="For supervisors who run the day: contacts against last week, objective, and staffing.",
        variables=variables.of_queues(),
        rows=(
            Row("Today", (*_numbers(), *_over_the_day())),
            Row("Objective", (_objective(),)),
            Row("Staffing", (*_staff(), _staffing())),
            Row("Outcomes today", _outcomes()),
        ),
        since="now-12h",
        refresh="1m",
    )


def _numbers() -> tuple[model.Panel, ...]:
    offered, last_week = total(QUEUE, expressions.OFFERED_TODAY), total(QUEUE, expressions.OFFERED_LAST_WEEK)
    change = (
        "Contacts offered today against the same day last week by this time, of the queues that both have. In a week "
        "in which the clocks change, the times are an hour apart."
    )
    expected = (
        "Contacts still expected today: those of the rest of the same day last week, times the ratio of today to that "
        "day so far. No data without the whole day of last week."
    )
    overdue = (
        "Contacts that have waited longer than their queue promises, if those waiting arrived evenly. Spoken contacts "
        "of a queue without a promise count from 20 seconds."
    )
    handle_time = (
        f"Mean time that agents spent on a contact {_PERIOD}, weighted by the contacts answered. Only queues whose "
        "vendor reports handle time."
    )
    return (
        number(_small("Offered today", f"Contacts offered {_PERIOD}."), Query(offered, "offered")),
        number(
            _small("Offered last week by now", "Contacts offered on the same day last week by this time."),
            Query(last_week, "last week"),
        ),
        number(_small("Change today", change, RATIO), Query(expressions.change_of_all(), "change")),
        number(_small("Still expected today", expected), Query(total(QUEUE, expressions.STILL_EXPECTED), "expected")),
        number(
            About("Overdue now", overdue, COUNT, 4, 4, _OVERDUE_STEPS, decimals=0),
            Query(f"sum({expressions.overdue()})", "overdue"),
        ),
        number(_small("Handle time today", handle_time, CLOCK), Query(expressions.handle_time_of_all(), "handle time")),
    )


def _over_the_day() -> tuple[model.Panel, ...]:
    half_hour = of_queue(names.offered("30m"))
    return (
        lines(
            About("Offered today, so far", f"Contacts offered {_PERIOD}, and on the same day last week.", width=12),
            Query(total(QUEUE, expressions.OFFERED_TODAY), _TODAY),
            Query(total(QUEUE, expressions.OFFERED_LAST_WEEK), _LAST_WEEK),
            paint=_PAINT,
        ),
        lines(
            About(
                "Offered in the last 30 min",
                "Contacts offered in the half hour before each time, and on the same day last week.",
                width=12,
            ),
            Query(total(QUEUE, half_hour), _TODAY),
            Query(total(QUEUE, f"{half_hour} offset 1w"), _LAST_WEEK),
            paint=_PAINT,
        ),
    )


def _objective() -> model.Panel:
    columns = (
        Column("May be missed", expressions.may_be_missed(), COUNT, _LEFT_STEPS, colours.ACT, decimals=0),
        Column("Needed for the rest", expressions.needed(), RATIO, _NEEDED_STEPS, colours.OK, decimals=0),
        Column("Service level today", expressions.SERVICE_LEVEL, RATIO, decimals=0),
        Column("Objective", each(QUEUE, of_queue(names.OBJECTIVE)), RATIO, decimals=0),
        Column("Missed today", expressions.missed_today(), COUNT, decimals=0),
        Column("Offered today", expressions.OFFERED_TODAY, COUNT, decimals=0),
        Column("Change today", expressions.change(), RATIO, decimals=0),
        Column("Still expected", expressions.STILL_EXPECTED, COUNT, decimals=0),
        Column("Handle time today", expressions.HANDLE_TIME, CLOCK),
    )
    text = (
        "How many more contacts of each queue may be answered late or lost today without missing the objective, and "
        "the service level that the contacts still expected need; above 100 % the objective is out of reach. Both are "
        "empty without the whole day of last week."
    )
    return table_panels.build(About("Objective today", text, width=24, height=9), _rows("Needed for the rest"), columns)


def _staff() -> tuple[model.Panel, ...]:
    required = total(QUEUE, of_queue(names.REQUIRED_AGENTS))
    known = f"sum by (target) ({each(QUEUE, of_queue(names.REQUIRED_AGENTS))})"
    present = f"sum(({expressions.present()}) and on (target) {known})"
    need = (
        "Agents that the selected queues need for their objectives, from the contacts and the handle time of the last "
        "30 minutes. Queues whose vendor does not report handle time are missing."
    )
    there = "Agents free, rung, with a contact or in wrap-up. One who serves several of the queues counts once."
    gap = "Agents required less agents on duty; negative if there are more than enough. Coloured from 1 and 3."
    return (
        number(About("Agents required", need, COUNT, 4, 8), Query(required, "required")),
        number(About("Agents on duty", there, COUNT, 4, 8), Query(present, "on duty")),
        number(About("Gap", gap, COUNT, 4, 8, _GAP_STEPS), Query(f"{required} - {present}", "gap")),
        lines(
            About("Required and on duty", "Agents required and agents on duty, over time.", width=12),
            Query(required, "required"),
            Query(present, "on duty"),
            paint={"required": colours.WATCH, "on duty": colours.OK},
        ),
    )


def _staffing() -> model.Panel:
    serving = each(QUEUE, of_queue(effective_thresholds.SERVING_AGENTS))
    gap = f"{each(QUEUE, of_queue(names.REQUIRED_AGENTS))} - on (target, queue_id, channel) group_left () {serving}"
    columns = (
        Column("Gap", gap, COUNT, _GAP_STEPS, colours.OK, decimals=0),
        Column("Required", each(QUEUE, of_queue(names.REQUIRED_AGENTS)), COUNT, decimals=0),
        Column("On duty", serving, COUNT, decimals=0),
        Column("Load, agents busy", each(QUEUE, of_queue(names.LOAD)), COUNT, decimals=1),
        Column("Handle time, 30 min", each(QUEUE, of_queue(names.handle_time("30m"))), CLOCK),
        Column("Promise", each(QUEUE, of_queue(names.PROMISE)), CLOCK),
        Column("Waiting", each(QUEUE, of_queue(catalog.QUEUE_WAITING_CONTACTS)), COUNT, decimals=0),
        Column("Overdue", expressions.overdue(), COUNT, _OVERDUE_STEPS, colours.OK, decimals=0),
        Column("Wait forecast", expressions.wait_forecast(), CLOCK, shared_panels.WAIT_STEPS),
    )
    text = (
        "Agents that each queue needs for its promise and objective, and those on duty; an agent who serves several "
        "queues counts in each, so a gap of a single queue may be larger than shown. Wait forecast: of a contact that "
        "arrives now, by Little's law, only if at least 3 are waiting; in a surge half of the forecasts are within a "
        "factor of 1.6."
    )
    return table_panels.build(About("Staffing by queue", text, width=24, height=10), _rows("Gap"), columns)


def _outcomes() -> tuple[model.Panel, ...]:
    text = (
        "Shares today, over the selected queues whose vendor counts them: of the contacts that rang at an agent, those "
        "the agent did not answer; of the contacts offered, those that overflowed; of the contacts answered, those "
        "transferred."
    )
    by_queue = (
        "The same shares for each queue, and its contacts abandoned, without short abandons, of the contacts counted."
    )
    columns = (
        *(
            Column(title, expressions.share_today_by_queue(part, *whole), RATIO, decimals=1)
            for title, (part, *whole) in _SHARES.items()
        ),
        Column(
            "Abandoned",
            expressions.ABANDONMENT,
            RATIO,
            shared_panels.ABANDONMENT_STEPS,
            colours.OK,
            decimals=1,
        ),
    )
    shares = (Query(expressions.share_today(part, *whole), title) for title, (part, *whole) in _SHARES.items())
    return (
        bars(About("Shares today", text, RATIO, 8, 9, decimals=1), *shares),
        table_panels.build(
            About("Shares today by queue", by_queue, width=16, height=9), _rows("Not answered by the agent"), columns
        ),
    )


def _rows(sort_by: str) -> Rows:
    link = dashboard_builder.link_to("queues", target="Contact centre", queue="Queue")
    labels = {"queue": "Queue", "target": "Contact centre", "channel": "Channel", "queue_id": ""}
    return Rows(labels, (sort_by,), ("This queue", link))


def _small(title: str, text: str, unit: str = COUNT) -> About:
    return About(title, text, unit, 4, 4, decimals=0)
