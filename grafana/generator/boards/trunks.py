"""The dashboard of trunks: their usage and faulty ports."""

from typing import Final

from grafana_foundation_sdk.models import dashboard as model

from exporter.metrics import catalog
from grafana.generator.boards import colours, shared_panels, table_panels, value_mappings, variables
from grafana.generator.boards.dashboard_builder import Board, Row
from grafana.generator.boards.panels import COUNT, RATIO, About, Query, lines, number, timeline
from grafana.generator.boards.promql import TRUNK, each, numbered, of_target, of_trunk, total
from grafana.generator.boards.table_panels import Column, Rows
from grafana.generator.rules import names

_NAME: Final = "{{trunk}} · {{target}}"
_FAULT: Final = ((1, colours.ACT),)
_PORT: Final = (*TRUNK, "port")


def board() -> Board:
    """Return the dashboard."""
    return Board(
        name="trunks",
        title="Contact centre: trunks",
        description="For telephony and on-call: usage of the trunks, and ports out of service.",
        variables=(variables.data_source(), variables.target(), variables.trunk()),
        rows=(
            Row("Now", _now()),
            Row("Over time", _over_time()),
            Row("Single ports (requires trunks.detail: ports)", (_ports(),), collapsed=True),
        ),
    )


def _now() -> tuple[model.Panel, ...]:
    in_fault = of_trunk(catalog.TRUNK_PORTS, 'state="fault"')
    in_maintenance = of_trunk(catalog.TRUNK_PORTS, 'state="maintenance"')
    capacity = total(TRUNK, of_trunk(catalog.TRUNK_CAPACITY_PORTS))
    fullest = About(
        "Fullest trunk",
        "The highest usage of a trunk: its ports in use per port that is neither in fault nor in maintenance.",
        RATIO,
        4,
        4,
        shared_panels.USAGE_STEPS,
        decimals=0,
    )
    faults = "Ports that cannot carry a call because of a fault."
    return (
        number(fullest, Query(f"max({of_trunk(names.TRUNK_USAGE)})", "usage")),
        _count("Ports in use", "Ports carrying a call now.", total(TRUNK, of_trunk(catalog.TRUNK_IN_USE_PORTS))),
        _count("Idle ports", "Ports free to carry a call.", total(TRUNK, of_trunk(catalog.TRUNK_IDLE_PORTS))),
        number(About("Ports in fault", faults, COUNT, 4, 4, _FAULT), Query(total(TRUNK, in_fault), "in fault")),
        _count("In maintenance", "Ports taken out of service by an operator.", total(TRUNK, in_maintenance)),
        _count("Ports", "All ports of the selected trunks.", capacity),
        _table(),
    )


def _count(title: str, text: str, expression: str) -> model.Panel:
    return number(About(title, text, COUNT, 4, 4), Query(expression, title.lower()))


def _table() -> model.Panel:
    rows = Rows({"trunk": "Trunk", "target": "Contact centre", "trunk_id": ""}, sort_by=("In fault", "Use"))
    columns = (
        Column(
            "Use", each(TRUNK, of_trunk(names.TRUNK_USAGE)), RATIO, shared_panels.USAGE_STEPS, colours.OK, decimals=0
        ),
        Column("In use", each(TRUNK, of_trunk(catalog.TRUNK_IN_USE_PORTS))),
        Column("Idle", each(TRUNK, of_trunk(catalog.TRUNK_IDLE_PORTS))),
        Column("In fault", _ports_in("fault"), steps=_FAULT),
        Column("In maintenance", _ports_in("maintenance")),
        Column("Ports", each(TRUNK, of_trunk(catalog.TRUNK_CAPACITY_PORTS))),
    )
    return table_panels.build(
        About("Trunks now", "Every selected trunk: usage, free ports and faults.", width=24, height=6),
        rows,
        columns,
    )


def _over_time() -> tuple[model.Panel, ...]:
    states = total((*TRUNK, "state"), of_trunk(catalog.TRUNK_PORTS), by="state")
    usage = About(
        "Usage by trunk",
        "Share of each trunk's ports in use, without those in fault or in maintenance.",
        RATIO,
        steps=shared_panels.USAGE_STEPS,
        maximum=1,
    )
    return (
        lines(usage, Query(each(TRUNK, of_trunk(names.TRUNK_USAGE)), _NAME)),
        lines(
            About(
                "Usage by contact centre",
                "Share of all ports of a contact centre in use, without those in fault or in maintenance.",
                RATIO,
                maximum=1,
            ),
            Query(each(("target",), of_target(names.TARGET_TRUNK_USAGE)), "{{target}}"),
        ),
        lines(
            About("Usage reported by the vendor", "Share of each trunk in use, as the vendor computes it.", RATIO),
            Query(each(TRUNK, of_trunk(catalog.TRUNK_USAGE)), _NAME),
        ),
        lines(
            About("Ports by state", "Ports of the selected trunks by state.", width=12),
            Query(states, "{{state}}"),
            stacked=True,
            paint=colours.PORT_STATES,
        ),
        lines(
            About("Ports out of service", "Ports in fault and in maintenance, by trunk.", width=6, steps=_FAULT),
            Query(f"{_ports_in('fault')}", f"{_NAME}: fault"),
            Query(f"{_ports_in('maintenance')}", f"{_NAME}: maintenance"),
        ),
        lines(
            About("Idle ports by trunk", "Ports free to carry a call.", width=6),
            Query(each(TRUNK, of_trunk(catalog.TRUNK_IDLE_PORTS)), _NAME),
        ),
    )


def _ports() -> model.Panel:
    state = each((*_PORT, "state"), of_trunk(catalog.TRUNK_PORT_STATE))
    code = f"{state} * on (state) group_left () ({numbered('state', value_mappings.PORT_STATE_NUMBERS)})"
    about = About(
        "State of each port", "The state of each port of the selected trunks, over time.", width=24, height=14
    )
    return timeline(about, Query(each(_PORT, code), "{{port}} · {{trunk}}"), value_mappings.PORT_STATES)


def _ports_in(state: str) -> str:
    return each(TRUNK, of_trunk(catalog.TRUNK_PORTS, f'state="{state}"'))
