"""Figures that more than one board shows: asked, named and coloured the same everywhere."""

from typing import Final

from grafana_foundation_sdk.models import dashboard as model

from exporter.metrics import catalog
from grafana.generator.boards import attention, colours, dashboard_builder, value_mappings
from grafana.generator.boards.panels import RATIO, SECONDS, About, Query, number, tiles, worded
from grafana.generator.boards.promql import QUEUE, each, of_group, of_queue, of_target, total, weighted
from grafana.generator.boards.table_panels import Column, Rows
from grafana.generator.rules import names

# Where a queue has no threshold of its own, numbers of several queues turn their colour here.
WAIT_STEPS: Final = ((60, colours.WATCH), (180, colours.ACT))
ABANDONMENT_STEPS: Final = ((0.05, colours.WATCH), (0.1, colours.ACT))
OCCUPANCY_STEPS: Final = ((0.85, colours.WATCH), (0.95, colours.ACT))
USAGE_STEPS: Final = ((0.7, colours.WATCH), (0.9, colours.ACT))
SERVICE_LEVEL_STEPS: Final = ((0.7, colours.WATCH), (0.8, colours.OK))

_AGENT_GROUPS: Final = ("target", "group", "state", "reason")


def waiting(width: int, height: int) -> model.Panel:
    """Return the number of contacts waiting now."""
    about = About("Waiting now", "Contacts waiting in the chosen queues at this moment.", width=width, height=height)
    return number(about, Query(total(QUEUE, of_queue(catalog.QUEUE_WAITING_CONTACTS)), "waiting"))


def oldest_wait(width: int, height: int) -> model.Panel:
    """Return the longest wait of all who wait now."""
    text = "How long the contact has been waiting that waits longest of all. Colours at one and three minutes."
    about = About("Oldest wait", text, SECONDS, width, height, WAIT_STEPS, decimals=0)
    return number(about, Query(f"max({of_queue(catalog.QUEUE_OLDEST_WAIT)})", "oldest wait"))


def service_level(window: names.Window, title: str, width: int, height: int) -> model.Panel:
    """Return the service level of all chosen queues."""
    text = "Share of contacts answered in time, weighted by the contacts offered. Good from 80 %, bad below 70 %."
    about = About(title, text, RATIO, width, height, SERVICE_LEVEL_STEPS, colours.ACT, decimals=0)
    return number(about, Query(service_level_of_all(window), "service level"))


def service_level_of_all(window: names.Window) -> str:
    """Return the PromQL of the service level of all chosen queues, in which busy queues count more."""
    return weighted(of_queue(names.service_level(window)), of_queue(names.counted(window)))


def abandonment_today(width: int, height: int) -> model.Panel:
    """Return the share of contacts that gave up today."""
    text = (
        "Share of the contacts of the vendor's day that gave up, without those that did so at once. "
        "Only queues whose vendor counts them. Colours at 5 and 10 %."
    )
    about = About("Abandoned today", text, RATIO, width, height, ABANDONMENT_STEPS, decimals=1)
    ratio = weighted(of_queue(names.abandonment("day")), of_queue(names.counted("day")))
    return number(about, Query(ratio, "abandoned"))


def agents_in(states: str, title: str, text: str, width: int, height: int) -> model.Panel:
    """Return the number of agents in some states.

    Args:
        states: A regular expression of the states.
        title: The panel's heading.
        text: Its description.
        width: How many columns it takes.
        height: How many lines it takes.
    """
    expression = total(_AGENT_GROUPS, of_group(catalog.AGENTS, f'state=~"{states}"'))
    return number(About(title, text, width=width, height=height), Query(expression, title.lower()))


def answered_today(width: int, height: int) -> model.Panel:
    """Return the contacts answered in the vendor's day, as it counts them."""
    text = "Contacts answered in the vendor's reporting period, usually since midnight: its running total as it stands."
    about = About("Answered today", text, width=width, height=height)
    return number(about, Query(total(QUEUE, of_queue(catalog.QUEUE_CONTACTS_ANSWERED)), "answered"))


def heard(width: int, height: int) -> model.Panel:
    """Return whether each contact centre is heard of, so that silence is not taken for calm."""
    text = "Whether every resource of each contact centre answered when it was last asked. Not heard: numbers are old."
    about = About("Contact centres", text, width=width, height=height)
    query = Query(f"min by (target) ({of_target(catalog.UP)})", "{{target}}")
    return tiles(about, query, worded(value_mappings.HEARD))


def queue_rows() -> Rows:
    """Return the rows of a table of queues, each linked to the queue's board."""
    link = dashboard_builder.link_to("queues", target="Contact centre", queue="Queue")
    labels = {"queue": "Queue", "target": "Contact centre", "channel": "Channel", "queue_id": ""}
    return Rows(labels, sort_by=("State",), link=("This queue", link))


def queue_columns() -> tuple[Column, ...]:
    """Return what is to be known of a queue at a glance, its state first."""
    return (
        Column("State", attention.state(), words=value_mappings.QUEUE_STATES),
        Column("Because", attention.because(), label="because"),
        Column("Waiting", each(QUEUE, of_queue(catalog.QUEUE_WAITING_CONTACTS))),
        Column("Oldest wait", each(QUEUE, of_queue(catalog.QUEUE_OLDEST_WAIT)), SECONDS, decimals=0),
        Column("Service level 30 min", each(QUEUE, of_queue(names.service_level("30m"))), RATIO, decimals=0),
        Column("Free agents", each(QUEUE, of_queue(catalog.QUEUE_AGENTS, 'state="available"'))),
        Column("Staffed agents", each(QUEUE, of_queue(catalog.QUEUE_STAFFED_AGENTS))),
        Column("Abandoned today", each(QUEUE, of_queue(names.abandonment("day"))), RATIO, decimals=1),
    )
