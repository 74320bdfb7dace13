"""The dashboard of the service level: objective, service level, error budget and burn rate."""

from typing import Final

from grafana_foundation_sdk.models import dashboard as model

from exporter.metrics import catalog
from grafana.generator.boards import colours, dashboard_builder, shared_panels, table_panels, variables
from grafana.generator.boards.dashboard_builder import Board, Row
from grafana.generator.boards.panels import COUNT, RATIO, SECONDS, TIMES, About, Query, lines, number
from grafana.generator.boards.promql import QUEUE, each, of_queue, of_target
from grafana.generator.boards.table_panels import Column, Rows
from grafana.generator.joins import combined
from grafana.generator.rules import names

_NAME: Final = "{{queue}} · {{target}}"
_BUDGET_STEPS: Final = ((0, colours.WATCH), (0.25, colours.OK))
_BURN_STEPS: Final = ((1, colours.WATCH), (2, colours.ACT))


def board() -> Board:
    """Return the dashboard."""
    return Board(
        name="service-level",
        title="Contact centre: service level",
        description="For supervisors and managers: the service level beside its objective, and the error budget.",
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
        "Lowest error budget left",
        "Error budget of the worst queue today: 100 % unused, 0 % used up, negative if exceeded.",
        RATIO,
        4,
        4,
        _BUDGET_STEPS,
        colours.ACT,
        decimals=0,
    )
    fastest = About(
        "Fastest burn, last hour",
        "Highest burn rate of a queue: above 1 the error budget is used faster than the objective allows.",
        TIMES,
        4,
        4,
        _BURN_STEPS,
        decimals=1,
    )
    below = About(
        "Queues below objective",
        "Queues whose service level today is below their objective.",
        COUNT,
        4,
        4,
        ((1, colours.WATCH),),
    )
    below_objective = combined(of_queue(names.service_level("day")), "<", of_queue(names.OBJECTIVE))
    counted = f"count({below_objective})"
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
    text = "Each queue's objective, service level over several windows, and error budget. A click opens the queue."
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
                "Burn rate over one hour: above 1 the error budget is used faster than the objective allows.",
                TIMES,
                8,
                steps=_BURN_STEPS,
            ),
            Query(each(QUEUE, of_queue(names.burn_rate("1h"))), _NAME),
        ),
        lines(
            About(
                "Burn, last 6 hours",
                "Burn rate over six hours: shows slow burns and ignores short peaks.",
                TIMES,
                8,
                steps=_BURN_STEPS,
            ),
            Query(each(QUEUE, of_queue(names.burn_rate("6h"))), _NAME),
        ),
        lines(
            About(
                "Error budget left today",
                "Error budget of each queue: 100 % unused, 0 % used up, negative if exceeded.",
                RATIO,
                8,
            ),
            Query(each(QUEUE, of_queue(names.ERROR_BUDGET_REMAINING)), _NAME),
        ),
    )
