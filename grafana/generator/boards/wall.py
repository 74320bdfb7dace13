"""The dashboard for the wall: the queues that need attention, legible from a distance."""

from typing import Final

from grafana_foundation_sdk.models import dashboard as model

from grafana.generator.boards import attention, colours, free_agents, shared_panels, table_panels, variables
from grafana.generator.boards.dashboard_builder import Board, Row
from grafana.generator.boards.panels import CLOCK, About, Query, rows_by_colour

# Nine rows of 28 pixels are legible across a hall.
_TILES: Final = 9
_ROWS: Final = 50


def board() -> Board:
    """Return the dashboard."""
    numbers = (
        shared_panels.waiting(4, 5),
        shared_panels.oldest_wait(4, 5),
        shared_panels.current_service_level(4, 5),
        shared_panels.abandonment_today(4, 5),
        free_agents.in_queues_or_groups(4, 5),
        shared_panels.answered_today(4, 5),
    )
    return Board(
        name="wall",
        title="Contact centre: supervisor wall",
        description="For the wall of the contact centre: the queues that need attention now. Show it with ?kiosk.",
        variables=(*variables.of_queues(), variables.group()),
        rows=(Row("", (*numbers, _worst(), _queues(), shared_panels.target_states(24, 3))),),
        since="now-1h",
        refresh="10s",
    )


def _worst() -> model.Panel:
    text = (
        f"The {_TILES} worst queues with their oldest wait. Dark red: act, a figure is beyond its critical threshold; "
        "orange: watch, beyond its warning threshold; blue: ok. The word is the reason, and each queue is compared "
        "with its own thresholds, those of its alerts."
    )
    legend = "{{queue}} · {{target}} · {{because}} · {{waiting}} waiting"
    rows = (
        (Query(attention.tiles(level, _TILES), legend), colour)
        for level, colour in (
            (attention.ACT, colours.ACT),
            (attention.WATCH, colours.WATCH),
            (attention.OK, colours.OK),
            (attention.NOTHING_SET, colours.NONE),
        )
    )
    return rows_by_colour(About("Queues, worst first", text, CLOCK, width=24, height=11), *rows)


def _queues() -> model.Panel:
    text = (
        f"The {_ROWS} worst of the selected queues, their state by the thresholds of their alerts, and the main "
        "reason. A click opens the queue."
    )
    about = About("Queues", text, width=24, height=9)
    return table_panels.build(about, shared_panels.queue_rows(), shared_panels.queue_columns(_ROWS))
