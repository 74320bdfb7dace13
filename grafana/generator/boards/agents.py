"""The dashboard of agents: states by group and reason, and single agents if opted in."""

from typing import Final

from grafana_foundation_sdk.models import dashboard as model

from exporter.metrics import catalog
from grafana.generator.boards import colours, free_agents, shared_panels, table_panels, value_mappings, variables
from grafana.generator.boards.dashboard_builder import Board, Row
from grafana.generator.boards.panels import CLOCK, COUNT, RATIO, About, Query, bars, lines, number, timeline
from grafana.generator.boards.promql import AGENT, QUEUE, each, numbered, of_agent, of_group, of_queue, total
from grafana.generator.boards.table_panels import Column, Rows
from grafana.generator.rules import names

_AGENT_GROUPS: Final = ("target", "group", "state", "reason")
_MOST: Final = 10
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
        free_agents.in_groups(4, 4),
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
    text = (
        "Share of the time of the last 30 minutes in which agents worked: with contacts, rung or in wrap-up, of the "
        "time free or working. Contact centres that report agents as available during calls are left out. Coloured "
        "from 85 % and 95 %: not sustainable all day."
    )
    about = About("Occupancy, 30 min", text, RATIO, 4, 4, shared_panels.OCCUPANCY_STEPS, decimals=1)
    worked, present = _spent("busy|ringing|wrap_up"), _spent("available|busy|ringing|wrap_up")
    return number(about, Query(f"{worked} / ({present} > 0)", "occupancy"))


def _spent(states: str) -> str:
    """Return the samples of agents in some states; with the mean, a state without agents would not count as none."""
    samples = of_group(catalog.AGENTS, f'state=~"{states}"')
    known = f"and on (target, group) {of_group(names.occupancy('group'))}"
    return total(_AGENT_GROUPS, f"sum_over_time({samples}[30m]) {known}")


def _groups() -> tuple[model.Panel, ...]:
    signed_in = of_group(catalog.AGENTS, _SIGNED_IN)
    away = total(_AGENT_GROUPS, of_group(catalog.AGENTS, 'state=~"not_ready|paused"'), by="reason")
    named = f'label_replace({away} > 0, "reason", "no reason", "reason", "")'
    return (
        lines(
            About("Agents by state", "Agents signed in, by state; the selected groups.", width=12),
            Query(total(_AGENT_GROUPS, signed_in, by="state"), "{{state}}"),
            stacked=True,
            paint=colours.AGENT_STATES,
        ),
        lines(
            About(
                "Occupancy by group, 30 min",
                "Share of working agents among those free or working, over the half hour before each time. "
                f"The {_MOST} groups with the highest now.",
                RATIO,
                12,
                maximum=1,
            ),
            Query(_highest(("target", "group"), of_group(names.occupancy("group"))), "{{group}} · {{target}}"),
        ),
        _table(),
        bars(
            About(
                "Away by reason", "Agents not ready or on a break now, by the reason the vendor reports.", COUNT, 8, 9
            ),
            Query(f"sort_desc({named})", "{{reason}}"),
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
                "Occupancy by queue, 30 min",
                "Share of working agents among the queue's agents free or working, over the half hour before each "
                f"time. The {_MOST} queues with the highest now. Requires the rules of details.yml.",
                RATIO,
                12,
                maximum=1,
            ),
            Query(
                _highest(QUEUE, of_queue(names.occupancy("queue"))),
                "{{queue}} · {{channel}} · {{target}}",
            ),
        ),
    )


def _highest(labels: tuple[str, ...], series: str) -> str:
    """Return the means of the half hour before each time, of the items with the highest at the end."""
    highest = f"topk({_MOST}, {each(labels, f'avg_over_time({series}[30m] @ end())')})"
    return f"{each(labels, f'avg_over_time({series}[30m])')} and {highest}"


def _table() -> model.Panel:
    rows = Rows({"group": "Group", "target": "Contact centre"}, sort_by=("Occupancy, 30 min",))
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
        "Occupancy, 30 min",
        each(("target", "group"), f"avg_over_time({of_group(names.occupancy('group'))}[30m])"),
        RATIO,
        shared_panels.OCCUPANCY_STEPS,
        colours.OK,
        decimals=1,
    )
    text = (
        "Agents of each department or team by the state that the vendor reports now, and their occupancy over the last "
        "30 minutes. Some vendors, such as APIO, report agents as available during calls; these have no occupancy."
    )
    return table_panels.build(About("Groups now", text, width=16, height=9), rows, (occupancy, *counts))


def _single() -> tuple[model.Panel, ...]:
    state = of_agent(catalog.AGENT_STATE)
    numbers = numbered("state", value_mappings.AGENT_STATE_NUMBERS)
    code = f"{each((*AGENT, 'state'), state)} * on (state) group_left () ({numbers})"
    name = "{{agent}} {{agent_id}} · {{target}}"
    about = About("State of each agent", "The state of each selected agent, over time.", width=24, height=14)
    return (
        _longest(),
        _agent_table(),
        timeline(about, Query(each(AGENT, code), name), value_mappings.AGENT_STATES),
    )


def _in_state() -> str:
    """Return how long each agent who is signed in has been in the present state, with the state as a label."""
    state = f"{each((*AGENT, 'state'), of_agent(catalog.AGENT_STATE, _SIGNED_IN))} == 1"
    since = f"max by (target, agent_id) ({of_agent(catalog.AGENT_TIME_IN_STATE)})"
    return f"({state}) * on (target, agent_id) group_left () {since}"


def _longest() -> model.Panel:
    text = "The agent who has been in each state for the longest time, of the selected ones who are signed in."
    return bars(
        About("Longest in each state", text, CLOCK, 24, 6),
        Query(f"sort_desc(topk by (state) (1, {_in_state()}))", "{{state}} · {{agent}} {{agent_id}} · {{target}}"),
    )


def _agent_table() -> model.Panel:
    rows = Rows({"agent": "Agent", "agent_id": "Id", "target": "Contact centre"}, sort_by=("In this state for",))
    now = f"{each((*AGENT, 'state'), of_agent(catalog.AGENT_STATE))} == 1"
    handled = (*AGENT, "channel", "direction")
    kept = ", ".join(AGENT)
    columns = (
        Column("State", now, label="state"),
        Column("In this state for", each(AGENT, _in_state()), CLOCK),
        Column("Active contacts", total((*AGENT, "channel"), of_agent(catalog.AGENT_ACTIVE_CONTACTS), kept)),
        Column("Handled today", total(handled, of_agent(catalog.AGENT_CONTACTS_HANDLED), kept)),
        Column("Time busy today", _time("busy"), CLOCK),
        Column("Time available today", _time("available"), CLOCK),
        Column("Time away today", _time("not_ready|paused"), CLOCK),
    )
    text = (
        "State of each selected agent, the longest in a state first, and contacts and time of the vendor's reporting "
        "period, if the vendor provides them."
    )
    return table_panels.build(About("Agents now and today", text, width=24, height=12), rows, columns)


def _time(states: str) -> str:
    spent = of_agent(catalog.AGENT_STATE_SECONDS, f'state=~"{states}"')
    return total((*AGENT, "state"), spent, ", ".join(AGENT))
