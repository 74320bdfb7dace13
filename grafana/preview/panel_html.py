"""Each kind of panel as HTML: the results of its queries in the place and colours of its JSON."""

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Final

from grafana.preview import svg
from grafana.preview.field_styles import FieldStyle, format_value, text_colour
from grafana.preview.prometheus import Range

# The results of a panel: each of its queries, in order, with the series Prometheus returned.
Results = Sequence[tuple[Mapping[str, Any], Sequence[Mapping[str, Any]]]]

CELL: Final = 38  # pixels per line of Grafana's grid, including the gap
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
    values = [(series_name(target, one), float(one["value"][1])) for target, series in results for one in series]
    columns = max(1, min(len(values), 6 if size[0] > 900 else 1))  # noqa: PLR2004 - a wide panel has six tiles per line
    high = size[1] / -(-len(values) // columns)
    names = panel["options"]["textMode"] == "value_and_name"
    html = []
    for name, value in values:
        shown = FieldStyle(panel, name).shown(value)
        background = shown.colour if panel["options"]["colorMode"].startswith("background") else "transparent"
        letters = min(high * 0.42, size[0] / columns / max(len(shown.text), 4) * 1.5, 76)
        small = min(high * 0.2, 19, size[0] / columns / max(len(name), 1) * 1.6)
        label = f'<div style="font-size:{small:.0f}px">{escape(name)}</div>' if names else ""
        text = f'<div style="font-size:{letters:.0f}px">{escape(shown.text)}</div>'
        style = f"background:{background};color:{text_colour(background)};height:{high - 6:.0f}px"
        html.append(f'<div class="tile" style="{style}">{label}{text}</div>')
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
    lines: list[svg.Line] = []
    for target, series in results:
        for one in series:
            name = series_name(target, one)
            style = FieldStyle(panel, name)
            points = [(float(when), float(value)) for when, value in one["values"] if value not in {"NaN", "+Inf"}]
            lines.append(
                svg.Line(name, style.line_colour(len(lines)), points, style.get("custom.lineStyle") is not None)
            )
    custom = panel["fieldConfig"]["defaults"]["custom"]
    stacked = custom.get("stacking", {}).get("mode") == "normal"
    top = panel["fieldConfig"]["defaults"].get("max") or _top(lines, stacked=stacked)
    if custom.get("thresholdsStyle", {}).get("mode") == "dashed":
        lines.extend(_threshold_lines(panel, span, top))
    unit = panel["fieldConfig"]["defaults"]["unit"]
    bottom = min([0.0, *(value for line in lines for _, value in line.points)])
    labels = [format_value(tick, unit, 0 if unit == "percentunit" else None) for tick in svg.ticks(bottom, top)]
    chart = svg.Chart(size[0], size[1] - 44, span)
    return svg.lines(chart, lines, top, labels, stacked=stacked) + _legend(lines)


def _threshold_lines(panel: Mapping[str, Any], span: Range, top: float) -> list[svg.Line]:
    steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
    return [
        svg.Line("", step["color"], [(at, step["value"]) for at in (span.start, span.end)], dashed=True)
        for step in steps
        if step["value"] is not None and step["value"] <= top
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
