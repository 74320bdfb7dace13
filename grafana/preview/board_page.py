"""A dashboard as one HTML page, marked as not being Grafana."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any, Final

from grafana.preview.panel_html import CELL, Results, panel_html
from grafana.preview.prometheus import Range

WIDTH: Final = 1600
_HEAD: Final = 58
_FOOT: Final = 26
_COLUMN: Final = (WIDTH - 16) / 24
_ORIGIN: Final = (
    "Rendered by grafana/preview from the dashboard's JSON and live data of the simulated contact centre; "
    "not a Grafana screenshot."
)
_STYLE: Final = """
body { margin: 0; background: #111217; color: #D8D9DA; font: 13px Inter, "DejaVu Sans", sans-serif; }
h1 { font-size: 20px; font-weight: 500; margin: 0; padding: 16px 16px 0; height: 42px; }
.panel { position: absolute; background: #181B1F; border: 1px solid #24272D; border-radius: 3px; overflow: hidden; }
.panel > h2 { font-size: 13px; font-weight: 500; margin: 0; padding: 7px 10px; height: 16px; white-space: nowrap; }
.row { position: absolute; left: 10px; font-weight: 600; padding-top: 10px; }
.in { padding: 0 8px; }
.tiles { display: grid; gap: 6px; }
.tile { border-radius: 3px; text-align: center; display: flex; flex-direction: column;
  justify-content: center; line-height: 1.15; font-weight: 500; overflow: hidden; white-space: nowrap; }
.wide { flex-direction: row; justify-content: space-between; align-items: center; padding: 0 18px; }
table { border-collapse: collapse; width: 100%; font-size: 13px; }
td, th { padding: 5px 8px; border-bottom: 1px solid #24272D; text-align: left; white-space: nowrap; }
th { color: #8AB8FF; font-weight: 500; }
td.right { text-align: right; } td.bar { width: 60%; } td.bar > div { height: 15px; }
.legend { font-size: 11px; height: 34px; overflow: hidden; color: #9A9FA7; line-height: 17px; }
.legend span { margin-right: 12px; white-space: nowrap; display: inline-block; }
.legend i { display: inline-block; width: 12px; height: 3px; margin-right: 5px; vertical-align: middle; }
path { shape-rendering: crispEdges; } .line { fill: none; stroke-width: 2; }
.nothing { text-align: center; padding-top: 20px; color: #9A9FA7; }
.foot { position: absolute; left: 16px; color: #9A9FA7; font-size: 12px; }
"""


def page(board: Mapping[str, Any], results: Mapping[int, Results], span: Range) -> tuple[str, int]:
    """Return the page of a dashboard and its height in pixels.

    Args:
        board: The JSON of the dashboard.
        results: The query results of each panel, by the panel's id.
        span: The time range of graphs.
    """
    parts = list(_parts(board, results, span))
    lines = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in expanded(board))
    height = _HEAD + lines * CELL + _FOOT
    foot = f'<div class="foot" style="top:{height - _FOOT + 4}px">{escape(_ORIGIN)}</div>'
    title = f"<h1>{escape(board['title'])}</h1>"
    html = f"<!doctype html><meta charset=utf-8><style>{_STYLE}</style>{title}{''.join(parts)}{foot}"
    return html, height


def expanded(board: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the rows and panels of a dashboard with every row expanded; collapsed rows are last on every dashboard."""
    for item in board["panels"]:
        yield item
        yield from item.get("panels", ())


def _parts(board: Mapping[str, Any], results: Mapping[int, Results], span: Range) -> Iterator[str]:
    for panel in expanded(board):
        place = panel["gridPos"]
        left, top = 8 + place["x"] * _COLUMN, _HEAD + place["y"] * CELL
        if panel["type"] == "row":
            yield f'<div class="row" style="top:{top}px">{escape(panel["title"])}</div>'
            continue
        wide, high = int(place["w"] * _COLUMN - 8), place["h"] * CELL - 8
        inside = panel_html(panel, results[panel["id"]], (wide - 16, high - 36), span)
        box = f"left:{left:.0f}px;top:{top}px;width:{wide}px;height:{high}px"
        heading = f"<h2>{escape(panel['title'])}</h2>"
        yield f'<div class="panel" style="{box}">{heading}<div class="in">{inside}</div></div>'
