"""The dashboard for the wall: the queues that need attention, legible from a distance."""

from typing import Final

from grafana_foundation_sdk.models import dashboard as model

from exporter.metrics import catalog
from grafana.generator.boards import (
    attention,
    colours,
    free_agents,
    intraday_expressions,
    shared_panels,
    table_panels,
    variables,
)
from grafana.generator.boards.dashboard_builder import Board, Row
from grafana.generator.boards.panels import CLOCK, RATIO, About, Query, number, rows_by_colour
from grafana.generator.boards.promql import of_target

# Nine rows of 28 pixels are legible across a hall.
_TILES: Final = 9
_ROWS: Final = 50
_FORGOTTEN_SECONDS: Final = 36_000
_AWAY: Final = of_target(catalog.AGENT_STATE, 'state=~"not_ready|paused"')


def board() -> Board:
    """Return the dashboard."""
    numbers = (
        shared_panels.waiting(3, 5),
        shared_panels.oldest_wait(4, 5),
        shared_panels.current_service_level(3, 5),
        shared_panels.abandonment_today(3, 5),
        free_agents.in_queues_or_groups(2, 5),
        shared_panels.answered_today(3, 5),
        _change(),
        _longest_away(),
    )
    return Board(
        name="wall",
        title="Contact centre: supervisor wall",
        description="For the wall of the contact centre: the queues that need attention now. Show it with ?kiosk.",
        variables=(*variables.of_queues(), variables.group(), variables.worst(_ROWS)),
        rows=(Row("", (*numbers, _worst(), _queues(), shared_panels.target_states(24, 3))),),
        since="now-1h",
        refresh="10s",
    )


def _change() -> model.Panel:
    text = (
        "Contacts offered today against the same day last week by this time, of the selected queues that both have. No "
        "data in the first week."
    )
    about = About("Change on last week", text, RATIO, 3, 5, decimals=0)
    return number(about, Query(intraday_expressions.change_of_all(), "change"))


def _longest_away() -> model.Panel:
    """Return the longest time of an agent away; agents who forgot to sign out do not count, as in the alerts."""
    text = (
        "How long the agent who has been not ready or on a break for the longest time has been so, up to 10 hours. All "
        "agents of the contact centre, without names: the wall is for everyone. Requires agents.detail."
    )
    since = f"max by (target, agent_id) ({of_target(catalog.AGENT_TIME_IN_STATE)}) < {_FORGOTTEN_SECONDS}"
    about = About("Longest away", text, CLOCK, 3, 5)
    return number(about, Query(f"max({since} and on (target, agent_id) {_AWAY} == 1)", "longest away"))


def _worst() -> model.Panel:
    text = (
        f"The {_TILES} worst queues with their oldest wait. Dark red: act, a figure is beyond its critical threshold; "
        "orange: watch, beyond its warning threshold; blue: ok. The word is the reason, and each queue is compared "
        "with its own thresholds, those of its alerts."
    )
    legend = "{{queue}} · {{target}} · {{because}} · waiting {{waiting}}"
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
