"""The service-level board: the promise, how it is kept, and how fast the error budget is used up."""

from typing import Final

from grafana_foundation_sdk.models import dashboard as model

from exporter.metrics import catalog
from grafana.generator.boards import colours, dashboard_builder, shared_panels, table_panels, variables
from grafana.generator.boards.dashboard_builder import Board, Row
from grafana.generator.boards.panels import COUNT, RATIO, SECONDS, TIMES, About, Query, lines, number
from grafana.generator.boards.promql import QUEUE, each, of_queue, of_target
from grafana.generator.boards.table_panels import Column, Rows
from grafana.generator.rules import names

_NAME: Final = "{{queue}} · {{target}}"
_BUDGET_STEPS: Final = ((0, colours.WATCH), (0.25, colours.OK))
_BURN_STEPS: Final = ((1, colours.WATCH), (2, colours.ACT))


def board() -> Board:
    """Return the board."""
    return Board(
        name="service-level",
        title="Contact centre: service level",
        description="For supervisors and managers: service level against its objective, and the error budget.",
        variables=variables.of_queues(),
        rows=(
            Row("Today", _today()),
            Row("By queue", (_queues(),)),
            Row("Over time", _over_time()),
        ),
        since="now-24h",
        refresh="1m",
    )


def _today() -> tuple[model.Panel, ...]:
    lowest = About(
        "Least error budget left",
        "What the worst queue may still miss today: 100 % untouched, 0 % used up, below that overdrawn.",
        RATIO,
        4,
        4,
        _BUDGET_STEPS,
        colours.ACT,
        decimals=0,
    )
    fastest = About(
        "Fastest burn, last hour",
        "How many times faster than its objective allows the worst queue misses answers; above 1 is too fast.",
        TIMES,
        4,
        4,
        _BURN_STEPS,
        decimals=1,
    )
    below = About(
        "Queues below objective",
        "Queues whose service level of today is below their objective.",
        COUNT,
        4,
        4,
        ((1, colours.WATCH),),
    )
    counted = f"count({of_queue(names.service_level('day'))} < {of_queue(names.OBJECTIVE)})"
    known = f"count({of_queue(names.service_level('day'))}) * 0"
    return (
        shared_panels.service_level("day", "Service level today", 4, 4),
        shared_panels.service_level("30m", "Service level, last 30 min", 4, 4),
        number(below, Query(f"{counted} or {known}", "below objective")),
        number(lowest, Query(f"min({of_queue(names.ERROR_BUDGET_REMAINING)})", "budget left")),
        number(fastest, Query(f"max({of_queue(names.burn_rate('1h'))})", "burn")),
        shared_panels.abandonment_today(4, 4),
    )


def _queues() -> model.Panel:
    link = ("This queue", dashboard_builder.link_to("queues", target="Contact centre", queue="Queue"))
    labels = {"queue": "Queue", "target": "Contact centre", "channel": "Channel", "queue_id": ""}
    windows: dict[str, names.Window] = {"5 min": "5m", "30 min": "30m", "Hour": "1h", "Today": "day"}
    burns: dict[str, names.BurnWindow] = {"Burn, hour": "1h", "Burn, 6 h": "6h", "Burn, 3 d": "3d"}
    columns = (
        Column("Objective", each(QUEUE, of_queue(names.OBJECTIVE)), RATIO, decimals=0),
        Column("Answer within", each(QUEUE, of_queue(catalog.QUEUE_SERVICE_LEVEL_TARGET_SECONDS)), SECONDS),
        *(
            Column(title, each(QUEUE, of_queue(names.service_level(window))), RATIO, decimals=0)
            for title, window in windows.items()
        ),
        Column(
            "Budget left today",
            each(QUEUE, of_queue(names.ERROR_BUDGET_REMAINING)),
            RATIO,
            _BUDGET_STEPS,
            colours.ACT,
            decimals=0,
        ),
        *(
            Column(title, each(QUEUE, of_queue(names.burn_rate(window))), TIMES, _BURN_STEPS, colours.OK, decimals=1)
            for title, window in burns.items()
        ),
    )
    text = (
        "Each queue's objective, its service level over several windows, and the error budget. A click opens the queue."
    )
    about = About("Queues", text, width=24, height=11)
    return table_panels.build(about, Rows(labels, ("Burn, hour",), link), columns)


def _over_time() -> tuple[model.Panel, ...]:
    return (
        lines(
            About(
                "Service level, last hour",
                "Share of contacts answered in time, by queue, and the lowest objective.",
                RATIO,
                12,
            ),
            Query(each(QUEUE, of_queue(names.service_level("1h"))), _NAME),
            Query(f"min({of_queue(names.OBJECTIVE)})", "objective, warning threshold"),
        ),
        lines(
            About("Service level by contact centre, last hour", "Share of contacts answered in time.", RATIO, 12),
            Query(each(("target",), of_target(names.service_level("1h", "target"))), "{{target}}"),
        ),
        lines(
            About(
                "Burn, last hour",
                "How many times faster than the objective allows answers are late.",
                TIMES,
                8,
                steps=_BURN_STEPS,
            ),
            Query(each(QUEUE, of_queue(names.burn_rate("1h"))), _NAME),
        ),
        lines(
            About(
                "Burn, last 6 hours",
                "The same over six hours: slow leaks, and no short peaks.",
                TIMES,
                8,
                steps=_BURN_STEPS,
            ),
            Query(each(QUEUE, of_queue(names.burn_rate("6h"))), _NAME),
        ),
        lines(
            About("Error budget left today", "100 % untouched, 0 % used up, below that overdrawn.", RATIO, 8),
            Query(each(QUEUE, of_queue(names.ERROR_BUDGET_REMAINING)), _NAME),
        ),
    )
