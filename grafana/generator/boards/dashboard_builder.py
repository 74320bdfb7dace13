"""Build a dashboard from its rows: identity, variables, links, alert annotations and the grid layout."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from grafana_foundation_sdk.builders import dashboard, prometheus
from grafana_foundation_sdk.models import dashboard as model

from grafana.generator.boards import colours
from grafana.generator.boards.panels import DATA_SOURCE
from grafana.generator.boards.variables import Variable

UID_PREFIX: Final = "contactcenter-"
_TAG: Final = "contactcenter"
_COLUMNS: Final = 24
_RUNBOOKS: Final = (
    "https://github.com/contactcenter-exporter/contactcenter-exporter/blob/main/grafana/runbooks/README.md"
)
_ALERTS: Final = 'alertname=~"ContactCenter.*", alertstate="firing"'
# The label that each variable filters, if it has another name.
_LABELS: Final = {"agent": "agent_id", "within": "le"}


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a dashboard.

    Attributes:
        title: Its heading; "" omits the heading.
        panels: Its panels, from left to right and top to bottom.
        collapsed: Whether it is collapsed when the dashboard opens.
    """

    title: str
    panels: Sequence[model.Panel]
    collapsed: bool = False


@dataclass(frozen=True, slots=True)
class Board:
    """A dashboard.

    Attributes:
        name: Its file name without the suffix; part of its uid.
        title: Its name in Grafana.
        description: Its audience and purpose.
        variables: Its variables, in display order.
        rows: Its rows, from top to bottom.
        since: The start of its default time range, in Grafana's notation.
        refresh: Its refresh interval.
    """

    name: str
    title: str
    description: str
    variables: Sequence[Variable]
    rows: Sequence[Row]
    since: str = "now-6h"
    refresh: str = "30s"


def link_to(name: str, **variables: str) -> str:
    """Return the URL of a data link to a dashboard that keeps the time range and the data source.

    Args:
        name: The name of the dashboard.
        variables: The field of the row that sets each variable.
    """
    values = (f"var-{variable}=${{__data.fields['{field}']:percentencode}}" for variable, field in variables.items())
    return f"/d/{UID_PREFIX}{name}?" + "&".join(["${__url_time_range}", "${datasource:queryparam}", *values])


def build(board: Board) -> model.Dashboard:
    """Return the dashboard in Grafana's classic model."""
    builder = (
        dashboard.Dashboard(board.title)
        .uid(f"{UID_PREFIX}{board.name}")
        .description(board.description)
        .tags([_TAG])
        .readonly()
        .tooltip(model.DashboardCursorSync.CROSSHAIR)
        .time(board.since, "now")
        .refresh(board.refresh)
        .timezone("browser")
        .variables(list(board.variables))
        .annotation(_annotations(board.variables))
        .link(_dashboards_link())
        .link(
            dashboard.DashboardLink("Runbooks")
            .type(model.DashboardLinkType.LINK)
            .url(_RUNBOOKS)
            .target_blank(target_blank=True)
        )
    )
    built = builder.build()
    built.panels = list(_laid_out(board.rows))
    _number(built.panels)
    return built


def _dashboards_link() -> dashboard.DashboardLink:
    link = dashboard.DashboardLink("Contact centre").type(model.DashboardLinkType.DASHBOARDS).tags([_TAG])
    return link.include_vars(include_vars=True).keep_time(keep_time=True)


def _annotations(variables: Sequence[Variable]) -> dashboard.AnnotationQuery:
    expr = _alerts(variables)
    query = prometheus.Dataquery().datasource(DATA_SOURCE).expr(expr).ref_id("alerts").range()
    return (
        dashboard.AnnotationQuery()
        .name("Alerts")
        .datasource(DATA_SOURCE)
        .enable(enable=True)
        .icon_color(colours.ACT)
        .expr(expr)
        .target(query)
        .title_format("{{alertname}}")
        .text_format("{{target}} {{queue}} {{channel}} {{group}} {{agent}} {{trunk}} {{resource}}")
        .tag_keys("severity,audience")
    )


# The data source, and the ids of the worst queues.
_NOT_CHOSEN: Final = frozenset({"datasource", "worst"})


def _alerts(variables: Sequence[Variable]) -> str:
    """Return the firing alerts of what is selected, and those of the whole contact centre, which lack its labels."""
    names = (str(variable.build().name) for variable in variables)
    selected = (f'{_LABELS.get(name, name)}=~"${name}|"' for name in names if name not in _NOT_CHOSEN)
    return f"ALERTS{{{', '.join((_ALERTS, *selected))}}}"


def _laid_out(rows: Sequence[Row]) -> Iterator[model.Panel | model.RowPanel]:
    top = 0
    for row in rows:
        heading = _heading(row, top) if row.title else None
        bottom = _place(row.panels, top + (heading is not None))
        if heading is not None:
            yield heading
        if heading is not None and row.collapsed:
            heading.panels = list(row.panels)
            top += 1
        else:
            yield from row.panels
            top = bottom


def _heading(row: Row, top: int) -> model.RowPanel:
    place = model.GridPos(x=0, y=top, w=_COLUMNS, h=1)
    return model.RowPanel(title=row.title, collapsed=row.collapsed, grid_pos=place)


def _place(panels: Sequence[model.Panel], top: int) -> int:
    left = height = 0
    for panel in panels:
        place = panel.grid_pos or model.GridPos()
        if left + place.w > _COLUMNS:
            top, left, height = top + height, 0, 0
        panel.grid_pos = model.GridPos(x=left, y=top, w=place.w, h=place.h)
        left, height = left + place.w, max(height, place.h)
    return top + height


def _number(panels: Sequence[model.Panel | model.RowPanel], first: int = 1) -> int:
    for panel in panels:
        panel.id_val = first
        first = _number(panel.panels, first + 1) if isinstance(panel, model.RowPanel) else first + 1
    return first
