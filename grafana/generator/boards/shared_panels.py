"""Panels and columns that several dashboards share."""

from typing import Final

from grafana_foundation_sdk.models import dashboard as model

from exporter.metrics import catalog
from grafana.generator.boards import attention, colours, dashboard_builder, value_mappings
from grafana.generator.boards.panels import RATIO, SECONDS, About, Query, number, tiles, value_map
from grafana.generator.boards.promql import QUEUE, each, of_group, of_queue, of_target, total, weighted
from grafana.generator.boards.table_panels import Column, Rows
from grafana.generator.rules import names

# Fixed thresholds, for values over several queues.
WAIT_STEPS: Final = ((60, colours.WATCH), (180, colours.ACT))
ABANDONMENT_STEPS: Final = ((0.05, colours.WATCH), (0.1, colours.ACT))
OCCUPANCY_STEPS: Final = ((0.85, colours.WATCH), (0.95, colours.ACT))
USAGE_STEPS: Final = ((0.7, colours.WATCH), (0.9, colours.ACT))
SERVICE_LEVEL_STEPS: Final = ((0.7, colours.WATCH), (0.8, colours.OK))

_AGENT_GROUPS: Final = ("target", "group", "state", "reason")


def waiting(width: int, height: int) -> model.Panel:
    """Return the number of contacts waiting now."""
    about = About("Waiting now", "Contacts waiting in the selected queues now.", width=width, height=height)
    return number(about, Query(total(QUEUE, of_queue(catalog.QUEUE_WAITING_CONTACTS)), "waiting"))


def oldest_wait(width: int, height: int) -> model.Panel:
    """Return the longest wait of all waiting contacts."""
    text = "Wait of the contact that has waited longest. Colours at one and three minutes."
    about = About("Oldest wait", text, SECONDS, width, height, WAIT_STEPS, decimals=0)
    return number(about, Query(f"max({attention.OLDEST_WAIT})", "oldest wait"))


def service_level(window: names.Window, title: str, width: int, height: int) -> model.Panel:
    """Return the service level of all selected queues."""
    text = "Share of contacts answered in time, weighted by the contacts offered. Good from 80 %, bad below 70 %."
    about = About(title, text, RATIO, width, height, SERVICE_LEVEL_STEPS, colours.ACT, decimals=0)
    return number(about, Query(service_level_of_all(window), "service level"))


def service_level_of_all(window: names.Window) -> str:
    """Return the PromQL of the service level of all selected queues, weighted by contacts."""
    return weighted(of_queue(names.service_level(window)), of_queue(names.counted(window)))


def abandonment_today(width: int, height: int) -> model.Panel:
    """Return the share of contacts abandoned today."""
    text = (
        "Share of contacts abandoned in the vendor's day, without short abandons. "
        "Only queues whose vendor counts them. Colours at 5 and 10 %."
    )
    about = About("Abandoned today", text, RATIO, width, height, ABANDONMENT_STEPS, decimals=1)
    ratio = weighted(of_queue(names.abandonment("day")), of_queue(names.counted("day")))
    return number(about, Query(ratio, "abandoned"))


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
    """Return the contacts answered in the vendor's day."""
    text = "Contacts answered in the vendor's reporting period, usually since midnight: its running total."
    about = About("Answered today", text, width=width, height=height)
    return number(about, Query(total(QUEUE, of_queue(catalog.QUEUE_CONTACTS_ANSWERED)), "answered"))


def target_states(width: int, height: int) -> model.Panel:
    """Return whether the data of each contact centre is current, to distinguish an outage from a calm day."""
    text = "Whether the last poll of every resource succeeded, by contact centre. Not heard: the data is stale."
    about = About("Contact centres", text, width=width, height=height)
    query = Query(f"min by (target) ({of_target(catalog.UP)})", "{{target}}")
    return tiles(about, query, value_map(value_mappings.TARGET_STATES))


def queue_rows() -> Rows:
    """Return the rows of a table of queues, each linked to its queue on the dashboard of queues."""
    link = dashboard_builder.link_to("queues", target="Contact centre", queue="Queue")
    labels = {"queue": "Queue", "target": "Contact centre", "channel": "Channel", "queue_id": ""}
    return Rows(labels, sort_by=("State",), link=("This queue", link))


def queue_columns() -> tuple[Column, ...]:
    """Return the main columns of a table of queues, the state first."""
    return (
        Column("State", attention.state(), words=value_mappings.QUEUE_STATES),
        Column("Because", attention.because(), label="because"),
        Column("Waiting", each(QUEUE, of_queue(catalog.QUEUE_WAITING_CONTACTS))),
        Column("Oldest wait", each(QUEUE, attention.OLDEST_WAIT), SECONDS, decimals=0),
        Column("Service level 30 min", each(QUEUE, of_queue(names.service_level("30m"))), RATIO, decimals=0),
        Column("Free agents", each(QUEUE, of_queue(catalog.QUEUE_AGENTS, 'state="available"'))),
        Column("Staffed agents", each(QUEUE, of_queue(catalog.QUEUE_STAFFED_AGENTS))),
        Column("Abandoned today", each(QUEUE, of_queue(names.abandonment("day"))), RATIO, decimals=1),
    )
