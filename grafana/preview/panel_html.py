"""Each kind of panel as HTML: the results of its queries in the place and colours of its JSON."""

import math
import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Final

from grafana.preview import svg
from grafana.preview.field_styles import FieldStyle, text_colour
from grafana.preview.prometheus import Range
from grafana.preview.units import format_value

# The results of a panel: each of its queries, in order, with the series Prometheus returned.
Results = Sequence[tuple[Mapping[str, Any], Sequence[Mapping[str, Any]]]]

CELL: Final = 38  # pixels per line of Grafana's grid, including the gap
_WIDE: Final = 900
_TILES_PER_LINE: Final = 6
_NO_DATA: Final = '<div class="nothing">no data</div>'


def panel_html(panel: Mapping[str, Any], results: Results, size: tuple[int, int], span: Range) -> str:
    """Return the content of a panel.

    Args:
        panel: The JSON of the panel.
        results: The results of its queries.
        size: The width and height of its content, in pixels.
        span: The time range of graphs.
    """
    if not any(series for _, series in results):
        return _NO_DATA
    match panel["type"]:
        case "stat":
            return _tiles(panel, results, size)
        case "bargauge":
            return _bars(panel, results)
        case "table":
            return _table(panel, results)
        case "state-timeline":
            return _timeline(panel, results, size, span)
        case _:
            return _lines(panel, results, size, span)


def series_name(target: Mapping[str, Any], series: Mapping[str, Any]) -> str:
    """Return the name of a series, by the legend format of its query."""
    return re.sub(r"\{\{(\w+)\}\}", lambda match: series["metric"].get(match[1], ""), target["legendFormat"]).strip()


def _tiles(panel: Mapping[str, Any], results: Results, size: tuple[int, int]) -> str:
    values = [
        (series_name(target, one), target["refId"], float(one["value"][1]))
        for target, series in results
        for one in series
    ]
    options = panel["options"]
    in_rows = options["orientation"] == "horizontal"
    columns = 1 if in_rows or size[0] <= _WIDE else min(len(values), _TILES_PER_LINE)
    high = size[1] / -(-len(values) // columns)
    names = options["textMode"] == "value_and_name"
    html = []
    for name, ref_id, value in values:
        shown = FieldStyle(panel, name, ref_id).shown(value)
        background = shown.colour if options["colorMode"].startswith("background") else "transparent"
        letters = min(high * 0.42, size[0] / columns / max(len(shown.text), 4) * 1.5, 76)
        small = min(high * 0.2, 19, size[0] / columns / max(len(name), 1) * 1.6)
        fixed = options.get("text", {})
        letters, small = fixed.get("valueSize", letters), fixed.get("titleSize", small)
        label = f'<div style="font-size:{small:.0f}px">{escape(name)}</div>' if names else ""
        text = f'<div style="font-size:{letters:.0f}px">{escape(shown.text)}</div>'
        kind = "tile wide" if in_rows else "tile"
        style = f"background:{background};color:{text_colour(background)};height:{high - 6:.0f}px"
        html.append(f'<div class="{kind}" style="{style}">{label}{text}</div>')
    return f'<div class="tiles" style="grid-template-columns:repeat({columns},1fr)">{"".join(html)}</div>'


def _bars(panel: Mapping[str, Any], results: Results) -> str:
    values = [(series_name(target, one), float(one["value"][1])) for target, series in results for one in series]
    largest = panel["fieldConfig"]["defaults"].get("max") or max(value for _, value in values) or 1
    html = []
    for name, value in values[:12]:
        shown = FieldStyle(panel, name).shown(value)
        bar = f'<div style="width:{min(value / largest, 1) * 100:.1f}%;background:{shown.colour}"></div>'
        html.append(
            f"<tr><td>{escape(name)}</td><td class=bar>{bar}</td><td class=right>{escape(shown.text)}</td></tr>"
        )
    return f"<table class=bars>{''.join(html)}</table>"


def _table(panel: Mapping[str, Any], results: Results) -> str:
    options = panel["transformations"][1]["options"]
    fields = sorted(options["indexByName"], key=options["indexByName"].get)
    # Like Grafana's merge transformation: the fields present in every result identify a row.
    keys = [
        field
        for field in fields
        if all(any(field in one["metric"] for one in series) for _, series in results if series)
    ]
    rows: dict[tuple[str, ...], dict[str, Any]] = {}
    for target, series in results:
        for one in series:
            row = rows.setdefault(tuple(one["metric"].get(key, "") for key in keys), {})
            row |= one["metric"] | {f"Value #{target['refId']}": float(one["value"][1])}
    names: dict[str, str] = options["renameByName"]
    shown = [field for field in fields if not options["excludeByName"].get(field)]
    order = {names.get(field, field): field for field in shown}
    for sort in reversed(panel["options"]["sortBy"]):
        rows = dict(sorted(rows.items(), key=lambda row: -row[1].get(order[sort["displayName"]], -9.0)))
    head = "".join(f"<th>{escape(names.get(field, field))}</th>" for field in shown)
    body = "".join(
        f"<tr>{''.join(_cell(panel, names.get(field, field), row.get(field, '')) for field in shown)}</tr>"
        for row in rows.values()
    )
    return f"<table><tr>{head}</tr>{body}</table>"


def _cell(panel: Mapping[str, Any], name: str, value: str | float) -> str:
    if isinstance(value, str):
        return f"<td>{escape(value)}</td>"
    style = FieldStyle(panel, name)
    shown = style.shown(value)
    colours = (
        f' style="background:{shown.colour};color:{text_colour(shown.colour)}"'
        if style.get("custom.cellOptions")
        else ""
    )
    return f"<td class=right{colours}>{escape(shown.text)}</td>"


def _lines(panel: Mapping[str, Any], results: Results, size: tuple[int, int], span: Range) -> str:
    found = [
        (FieldStyle(panel, name, target["refId"]), name, points)
        for target, series in results
        for one in series
        if (points := _points(one))
        for name in (series_name(target, one),)
    ]
    if not found:
        return _NO_DATA
    values = [value for _, _, points in found for _, value in points]
    low, high = min(values), max(values)
    lines = [
        svg.Line(
            name,
            style.line_colour((points[-1][1] - low) / (high - low) if high > low else 1.0),
            points,
            style.get("custom.lineStyle") is not None,
        )
        for style, name, points in found
    ]
    defaults = panel["fieldConfig"]["defaults"]
    stacked = defaults["custom"].get("stacking", {}).get("mode") == "normal"
    scale = _scale(defaults, min(0.0, low), defaults.get("max") or _top(lines, stacked=stacked))
    drawn = lines
    if defaults["custom"].get("thresholdsStyle", {}).get("mode") == "dashed":
        drawn = [*lines, *_threshold_lines(panel, span, scale)]
    return svg.lines(svg.Chart(size[0], size[1] - 44, span), drawn, scale, stacked=stacked) + _legend(lines)


def _points(series: Mapping[str, Any]) -> list[tuple[float, float]]:
    return [(float(when), float(value)) for when, value in series["values"] if math.isfinite(float(value))]


def _scale(defaults: Mapping[str, Any], bottom: float, top: float) -> svg.Scale:
    marks = svg.ticks(bottom, top)
    step = (marks[1] - marks[0]) * (100 if defaults["unit"] == "percentunit" else 1)
    decimals = len(f"{step:.6f}".rstrip("0").partition(".")[2])
    labels = {mark: format_value(mark, defaults["unit"], decimals) for mark in marks}
    return svg.Scale(bottom, top, labels)


def _threshold_lines(panel: Mapping[str, Any], span: Range, scale: svg.Scale) -> list[svg.Line]:
    steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
    # A line is broken where points are missing, so that this one needs a point at every step.
    moments = [span.start + place * span.step for place in range(round((span.end - span.start) / span.step) + 1)]
    return [
        svg.Line("", step["color"], [(at, step["value"]) for at in moments], dashed=True)
        for step in steps
        if step["value"] is not None and scale.bottom <= step["value"] <= scale.top
    ]


def _top(lines: Sequence[svg.Line], *, stacked: bool) -> float:
    sums: dict[float, float] = {}
    for line in lines:
        for when, value in line.points:
            sums[when] = sums.get(when, 0) + value if stacked else max(sums.get(when, 0), value)
    return max(sums.values(), default=1.0) * 1.05 or 1.0


def _timeline(panel: Mapping[str, Any], results: Results, size: tuple[int, int], span: Range) -> str:
    rows = []
    states: dict[str, str] = {}
    for target, series in results:
        for one in series[: panel["options"].get("perPage", 20)]:
            name = series_name(target, one)
            style = FieldStyle(panel, name)
            shown = [(float(when), style.shown(float(value))) for when, value in one["values"]]
            states |= {state.text: state.colour for _, state in shown}
            rows.append((name, [(when, state.colour) for when, state in shown]))
    legend = [svg.Line(text, colour, ()) for text, colour in states.items()]
    return svg.bands(svg.Chart(size[0], size[1] - 24, span), rows) + _legend(legend)


def _legend(lines: Sequence[svg.Line]) -> str:
    items = (f'<span><i style="background:{line.colour}"></i>{escape(line.name)}</span>' for line in lines if line.name)
    return f'<div class="legend">{"".join(items)}</div>'
