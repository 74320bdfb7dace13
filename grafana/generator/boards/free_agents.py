"""Agents free to take a contact, without targets whose available agents may be on a contact."""

from typing import Final

from grafana_foundation_sdk.models import dashboard as model

from exporter.metrics import catalog
from grafana.generator.boards.panels import About, Query, number
from grafana.generator.boards.promql import QUEUE, all_chosen, of_group, of_queue, of_target, total
from grafana.generator.joins import TARGET_KEY
from grafana.generator.rules.select import Select

_AVAILABLE: Final = 'state="available"'
_AGENT_GROUPS: Final = ("target", "group", "state", "reason")
_MAY_BE_BUSY: Final = of_target(catalog.TARGET_FIGURES_INFO, 'available="signed_in"')
_KNOWN: Final = f"unless on ({TARGET_KEY}) {_MAY_BE_BUSY}"
_LEFT_OUT: Final = "Contact centres whose available agents may be on a call are left out."


def of_queues(select: Select = of_queue) -> str:
    """Return the free agents of each selected queue."""
    return f"({select(catalog.QUEUE_AGENTS, _AVAILABLE)} {_KNOWN})"


def of_groups() -> str:
    """Return the free agents of each selected group."""
    return f"({of_group(catalog.AGENTS, _AVAILABLE)} {_KNOWN})"


def in_queues_or_groups(width: int, height: int) -> model.Panel:
    """Return the number of free agents, of the chosen queues or else of all groups."""
    text = (
        "Agents free to take a contact: of the selected groups, or of the selected queues if some are selected; an "
        f"agent who serves several of these counts in each. {_LEFT_OUT}"
    )
    all_queues = f"{all_chosen('queue')} and on () {all_chosen('channel')}"
    expression = (
        f"({total(_AGENT_GROUPS, of_groups())} and on () ({all_queues}))\nor\n"
        f"({total(QUEUE, of_queues())} unless on () ({all_queues}))"
    )
    return number(About("Available agents", text, width=width, height=height), Query(expression, "available agents"))


def in_groups(width: int, height: int) -> model.Panel:
    """Return the number of free agents of the selected groups."""
    about = About("Available", f"Agents free to take a contact. {_LEFT_OUT}", width=width, height=height)
    return number(about, Query(total(_AGENT_GROUPS, of_groups()), "available"))
