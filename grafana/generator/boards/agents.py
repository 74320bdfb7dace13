"""The dashboard of agents: states by group and reason, and single agents if opted in."""

from typing import Final

from grafana_foundation_sdk.models import dashboard as model

from exporter.metrics import catalog
from grafana.generator.boards import colours, shared_panels, table_panels, value_mappings, variables
from grafana.generator.boards.dashboard_builder import Board, Row
from grafana.generator.boards.panels import COUNT, RATIO, SECONDS, About, Query, bars, lines, number, timeline
from grafana.generator.boards.promql import AGENT, QUEUE, each, numbered, of_agent, of_group, of_queue, total
from grafana.generator.boards.table_panels import Column, Rows
from grafana.generator.rules import names

_AGENT_GROUPS: Final = ("target", "group", "state", "reason")
_SIGNED_IN: Final = 'state!~"logged_out|unknown"'


def board() -> Board:
    """Return the dashboard."""
    return Board(
        name="agents",
        title="Contact centre: agents",
        description="For supervisors: agents by group, state and reason, and their occupancy.",
        variables=(
            variables.data_source(),
            variables.target(),
            variables.queue(),
            variables.channel(),
            variables.group(),
            variables.agent(),
        ),
        rows=(
            Row("Now", _now()),
            Row("By group", _groups()),
            Row("By queue", _queues()),
            Row("Single agents (requires agents.detail)", _single(), collapsed=True),
        ),
    )


def _now() -> tuple[model.Panel, ...]:
    working = "busy|ringing"
    away = "Agents signed in but unavailable: not ready, or on a break."
    return (
        shared_panels.agents_in("available", "Available", "Agents free to take a contact.", 4, 4),
        shared_panels.agents_in(working, "With contacts", "Agents handling a contact, or being rung.", 4, 4),
        shared_panels.agents_in("wrap_up", "In wrap-up", "Agents in after-contact work.", 4, 4),
        shared_panels.agents_in("not_ready|paused", "Away", away, 4, 4),
        shared_panels.agents_in(
            "available|ringing|busy|wrap_up|not_ready|paused",
            "Signed in",
            "Agents signed in, in any state.",
            4,
            4,
        ),
        _occupancy(),
    )


def _occupancy() -> model.Panel:
    working = total(_AGENT_GROUPS, of_group(catalog.AGENTS, 'state=~"busy|ringing|wrap_up"'))
    present = total(_AGENT_GROUPS, of_group(catalog.AGENTS, 'state=~"available|busy|ringing|wrap_up"'))
    text = "Share of working agents among those free or working. Coloured from 85 % and 95 %: not sustainable all day."
    about = About("Occupancy", text, RATIO, 4, 4, shared_panels.OCCUPANCY_STEPS, decimals=0)
    return number(about, Query(f"{working} / ({present} > 0)", "occupancy"))


def _groups() -> tuple[model.Panel, ...]:
    signed_in = of_group(catalog.AGENTS, _SIGNED_IN)
    away = total(_AGENT_GROUPS, of_group(catalog.AGENTS, 'state=~"not_ready|paused", reason!=""'), by="reason")
    return (
        lines(
            About("Agents by state", "Agents signed in, by state.", width=12),
            Query(total(_AGENT_GROUPS, signed_in, by="state"), "{{state}}"),
            stacked=True,
            paint=colours.AGENT_STATES,
        ),
        lines(
            About("Occupancy by group", "Share of working agents among those free or working.", RATIO, 12, maximum=1),
            Query(each(("target", "group"), of_group(names.occupancy("group"))), "{{group}} · {{target}}"),
        ),
        _table(),
        bars(
            About(
                "Away by reason", "Agents not ready or on a break now, by the reason the vendor reports.", COUNT, 8, 9
            ),
            Query(f"sort_desc({away})", "{{reason}}"),
        ),
    )


def _queues() -> tuple[model.Panel, ...]:
    signed_in = of_queue(catalog.QUEUE_AGENTS, _SIGNED_IN)
    text = "Agents signed in to the selected queues. An agent who serves several queues counts in each."
    return (
        lines(
            About("Agents of the queues by state", text, width=12),
            Query(total((*QUEUE, "state"), signed_in, by="state"), "{{state}}"),
            stacked=True,
            paint=colours.AGENT_STATES,
        ),
        lines(
            About(
                "Occupancy by queue",
                "Share of working agents among the queue's agents free or working.",
                RATIO,
                12,
                maximum=1,
            ),
            Query(each(QUEUE, of_queue(names.occupancy("queue"))), "{{queue}} · {{target}}"),
        ),
    )


def _table() -> model.Panel:
    rows = Rows({"group": "Group", "target": "Contact centre"}, sort_by=("Occupancy",))
    by = "target, group"
    states = {
        "Available": "available",
        "With contacts": "busy|ringing",
        "Wrap-up": "wrap_up",
        "Not ready": "not_ready",
        "Paused": "paused",
        "Signed out": "logged_out",
    }
    counts = (
        Column(name, total(_AGENT_GROUPS, of_group(catalog.AGENTS, f'state=~"{state}"'), by))
        for name, state in states.items()
    )
    occupancy = Column(
        "Occupancy",
        each(("target", "group"), of_group(names.occupancy("group"))),
        RATIO,
        shared_panels.OCCUPANCY_STEPS,
        colours.OK,
        decimals=0,
    )
    text = "Agents of each department or team by state, and their occupancy."
    return table_panels.build(About("Groups now", text, width=16, height=9), rows, (occupancy, *counts))


def _single() -> tuple[model.Panel, ...]:
    state = of_agent(catalog.AGENT_STATE)
    numbers = numbered("state", value_mappings.AGENT_STATE_NUMBERS)
    code = f"{each((*AGENT, 'state'), state)} * on (state) group_left () ({numbers})"
    name = "{{agent}} {{agent_id}} · {{target}}"
    about = About("State of each agent", "The state of each selected agent, over time.", width=24, height=14)
    return (timeline(about, Query(each(AGENT, code), name), value_mappings.AGENT_STATES), _agent_table())


def _agent_table() -> model.Panel:
    rows = Rows({"agent": "Agent", "agent_id": "Id", "target": "Contact centre"}, sort_by=("Handled today",))
    now = f"{each((*AGENT, 'state'), of_agent(catalog.AGENT_STATE))} == 1"
    handled = (*AGENT, "channel", "direction")
    kept = ", ".join(AGENT)
    columns = (
        Column("State", now, label="state"),
        Column("In this state for", each(AGENT, of_agent(catalog.AGENT_TIME_IN_STATE)), SECONDS, decimals=0),
        Column("Active contacts", total((*AGENT, "channel"), of_agent(catalog.AGENT_ACTIVE_CONTACTS), kept)),
        Column("Handled today", total(handled, of_agent(catalog.AGENT_CONTACTS_HANDLED), kept)),
        Column("Time busy today", _time("busy"), SECONDS, decimals=0),
        Column("Time available today", _time("available"), SECONDS, decimals=0),
        Column("Time away today", _time("not_ready|paused"), SECONDS, decimals=0),
    )
    text = "State of each selected agent, and totals of the vendor's reporting period, if the vendor provides them."
    return table_panels.build(About("Agents now and today", text, width=24, height=12), rows, columns)


def _time(states: str) -> str:
    spent = of_agent(catalog.AGENT_STATE_SECONDS, f'state=~"{states}"')
    return total((*AGENT, "state"), spent, ", ".join(AGENT))
