"""The dashboard for the wall: the queues that need attention, legible from a distance."""

from typing import Final

from grafana_foundation_sdk.models import dashboard as model

from grafana.generator.boards import attention, shared_panels, table_panels, value_mappings, variables
from grafana.generator.boards.dashboard_builder import Board, Row
from grafana.generator.boards.panels import About, Query, tiles

_WORST: Final = 12


def board() -> Board:
    """Return the dashboard."""
    free = "Agents signed in and free to take a contact, of the selected groups."
    numbers = (
        shared_panels.waiting(4, 5),
        shared_panels.oldest_wait(4, 5),
        shared_panels.service_level("30m", "Service level, last 30 min", 4, 5),
        shared_panels.abandonment_today(4, 5),
        shared_panels.agents_in("available", "Available agents", free, 4, 5),
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
        f"The {_WORST} worst queues by the thresholds of their alerts: act (beyond a critical threshold), watch "
        "(beyond a warning threshold), ok. Of equal states the longest wait comes first."
    )
    query = Query(attention.worst_first(_WORST), "{{queue}} · {{target}}")
    return tiles(About("Queues, worst first", text, width=24, height=7), query, value_mappings.queue_states_by_range())


def _queues() -> model.Panel:
    text = (
        "Every selected queue, its state by the thresholds of its alerts, and the main reason. A click opens the queue."
    )
    about = About("All queues", text, width=24, height=11)
    return table_panels.build(about, shared_panels.queue_rows(), shared_panels.queue_columns())
