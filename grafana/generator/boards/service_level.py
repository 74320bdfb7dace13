"""The dashboard of the service level: objective, service level, error budget and burn rate."""

from typing import Final

from grafana_foundation_sdk.models import dashboard as model

from exporter.metrics import catalog
from grafana.generator.boards import attention, colours, dashboard_builder, shared_panels, table_panels, variables
from grafana.generator.boards.dashboard_builder import Board, Row
from grafana.generator.boards.panels import CLOCK, COUNT, RATIO, TIMES, About, Query, lines, number
from grafana.generator.boards.promql import QUEUE, each, of_queue, of_target, of_worst_queue
from grafana.generator.boards.table_panels import Column, Rows
from grafana.generator.joins import combined
from grafana.generator.rules import names, quotients
from grafana.generator.rules.recording import budget_left, burn_rate
from grafana.generator.rules.select import Select

_NAME: Final = "{{queue}} · {{channel}} · {{target}}"
_ROWS: Final = 200
_LINES: Final = 10
_TODAY: Final = f"({quotients.SERVICE_LEVEL.today(of_queue)})"
_BUDGET_LEFT: Final = budget_left(_TODAY, of_queue(names.OBJECTIVE))
_BUDGET_STEPS: Final = ((0, colours.WATCH), (0.25, colours.OK))
_BURN_STEPS: Final = ((1, colours.WATCH), (2, colours.ACT))


def board() -> Board:
    """Return the dashboard."""
    return Board(
        name="service-level",
        title="Contact centre: service level",
        description="For supervisors and managers: the service level beside its objective, and the error budget.",
        variables=(*variables.of_queues(), variables.worst(_ROWS)),
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
        "Lowest error budget left today",
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
        "Highest burn rate of a queue that misses its objective: above 1 the error budget is used faster than the "
        "objective allows. No data while every objective is met.",
        TIMES,
        4,
        4,
        _BURN_STEPS,
        decimals=1,
    )
    below = About(
        "Below objective today",
        "Queues whose service level today is below their objective.",
        COUNT,
        4,
        4,
        ((1, colours.WATCH),),
    )
    below_objective = combined(_TODAY, "<", of_queue(names.OBJECTIVE))
    counted = f"count({below_objective})"
    known = f"count({_TODAY}) * 0"
    return (
        shared_panels.service_level_today(4, 4),
        shared_panels.current_service_level(4, 4),
        number(below, Query(f"{counted} or {known}", "below objective")),
        number(lowest, Query(f"min({_BUDGET_LEFT})", "budget left")),
        number(fastest, Query(f"max({_burn('1h', of_queue)})", "burn")),
        shared_panels.abandonment_today(4, 4),
    )


def _burn(window: names.BurnWindow, select: Select = of_worst_queue) -> str:
    return burn_rate(select(names.service_level(window)), select(names.OBJECTIVE))


def _queues() -> model.Panel:
    link = ("This queue", dashboard_builder.link_to("queues", target="Contact centre", queue="Queue"))
    labels = {"queue": "Queue", "target": "Contact centre", "channel": "Channel", "queue_id": ""}
    recent: dict[str, names.BurnWindow] = {"30 min": "30m", "Hour": "1h", "6 hours": "6h"}
    burns: dict[str, names.BurnWindow] = {"Burn, hour": "1h", "Burn, 6 h": "6h"}
    worst = attention.worst(_ROWS)
    today = f"({quotients.SERVICE_LEVEL.today(of_worst_queue)})"
    left = budget_left(today, of_worst_queue(names.OBJECTIVE))
    columns = (
        Column("Objective", f"{each(QUEUE, of_worst_queue(names.OBJECTIVE))} {worst}", RATIO, decimals=0),
        Column(
            "Answer within", f"{each(QUEUE, of_worst_queue(catalog.QUEUE_SERVICE_LEVEL_TARGET_SECONDS))} {worst}", CLOCK
        ),
        *(
            Column(title, f"{each(QUEUE, of_worst_queue(names.service_level(window)))} {worst}", RATIO, decimals=0)
            for title, window in recent.items()
        ),
        Column("Today", f"{each(QUEUE, today)} {worst}", RATIO, decimals=0),
        Column("Budget left today", f"{each(QUEUE, left)} {worst}", RATIO, _BUDGET_STEPS, colours.ACT, decimals=0),
        *(
            Column(title, f"{each(QUEUE, _burn(window))} {worst}", TIMES, _BURN_STEPS, colours.OK, decimals=1)
            for title, window in burns.items()
        ),
    )
    text = (
        f"Objective, service level over several windows, and error budget of the {_ROWS} worst of the selected queues. "
        "A window shorter than a queue's promise has no value, and hours only where the objective is missed. A click "
        "opens the queue."
    )
    about = About("Queues", text, width=24, height=11)
    return table_panels.build(about, Rows(labels, ("Burn, hour",), link), columns)


def _over_time() -> tuple[model.Panel, ...]:
    return (
        _lines_of_queues(
            About(
                "Service level, last half hour",
                f"Share of contacts answered in time of the {_LINES} queues that are worst at the end, and the lowest "
                "objective.",
                RATIO,
                12,
            ),
            of_worst_queue(names.service_level("30m")),
            Query(f"min({of_queue(names.OBJECTIVE)})", "objective, warning threshold"),
        ),
        lines(
            About("Service level by contact centre, last 30 min", "Share of contacts answered in time.", RATIO, 12),
            Query(each(("target",), of_target(names.service_level("30m", "target"))), "{{target}}"),
        ),
        _lines_of_queues(
            About(
                "Burn, last hour",
                f"Burn rate over one hour of the {_LINES} worst queues, while above 1: the error budget is used faster "
                "than the objective allows.",
                TIMES,
                12,
                steps=_BURN_STEPS,
            ),
            _burn("1h"),
        ),
        _lines_of_queues(
            About(
                "Burn, last 6 hours",
                f"Burn rate over six hours of the {_LINES} worst queues, while above 1: shows slow burns and ignores "
                "short peaks.",
                TIMES,
                12,
                steps=_BURN_STEPS,
            ),
            _burn("6h"),
        ),
    )


def _lines_of_queues(about: About, expression: str, *more: Query) -> model.Panel:
    return lines(about, Query(f"{each(QUEUE, expression)} {attention.worst(_LINES, ' @ end()')}", _NAME), *more)
