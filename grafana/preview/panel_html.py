"""Each kind of panel as HTML: the results of its queries in the place and colours of its JSON."""

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Final

from grafana.preview import svg
from grafana.preview.field_styles import Look, ink, text_of
from grafana.preview.prometheus import Range

# A panel's answers: for each of its questions, in their order, the series Prometheus returned.
Answers = Sequence[tuple[Mapping[str, Any], Sequence[Mapping[str, Any]]]]

CELL: Final = 38  # pixels a line of Grafana's grid takes, with the gap to the next
_NOTHING: Final = '<div class="nothing">no data</div>'


def drawn(panel: Mapping[str, Any], answers: Answers, size: tuple[int, int], span: Range) -> str:
    """Return what stands inside a panel.

    Args:
        panel: The panel, as the board has it.
        answers: What its questions brought.
        size: Its width and height inside, in pixels.
        span: The time range of what it shows over time.
    """
    if not any(series for _, series in answers):
        return _NOTHING
    match panel["type"]:
        case "stat":
            return _tiles(panel, answers, size)
        case "bargauge":
            return _bars(panel, answers)
        case "table":
            return _table(panel, answers)
        case "state-timeline":
            return _timeline(panel, answers, size, span)
        case _:
            return _lines(panel, answers, size, span)


def named(target: Mapping[str, Any], series: Mapping[str, Any]) -> str:
    """Return what a series is called."""
    return re.sub(r"\{\{(\w+)\}\}", lambda found: series["metric"].get(found[1], ""), target["legendFormat"]).strip()


def _tiles(panel: Mapping[str, Any], answers: Answers, size: tuple[int, int]) -> str:
    found = [(named(target, one), float(one["value"][1])) for target, series in answers for one in series]
    columns = max(1, min(len(found), 6 if size[0] > 900 else 1))  # noqa: PLR2004 - a wide panel has six tiles a line
    high = size[1] / -(-len(found) // columns)
    names = panel["options"]["textMode"] == "value_and_name"
    html = []
    for name, value in found:
        shown = Look(panel, name).shown(value)
        ground = shown.colour if panel["options"]["colorMode"].startswith("background") else "transparent"
        letters = min(high * 0.42, size[0] / columns / max(len(shown.text), 4) * 1.5, 76)
        small = min(high * 0.2, 19, size[0] / columns / max(len(name), 1) * 1.6)
        label = f'<div style="font-size:{small:.0f}px">{escape(name)}</div>' if names else ""
        text = f'<div style="font-size:{letters:.0f}px">{escape(shown.text)}</div>'
        style = f"background:{ground};color:{ink(ground)};height:{high - 6:.0f}px"
        html.append(f'<div class="tile" style="{style}">{label}{text}</div>')
    return f'<div class="tiles" style="grid-template-columns:repeat({columns},1fr)">{"".join(html)}</div>'


def _bars(panel: Mapping[str, Any], answers: Answers) -> str:
    found = [(named(target, one), float(one["value"][1])) for target, series in answers for one in series]
    largest = panel["fieldConfig"]["defaults"].get("max") or max(value for _, value in found) or 1
    html = []
    for name, value in found[:12]:
        shown = Look(panel, name).shown(value)
        bar = f'<div style="width:{min(value / largest, 1) * 100:.1f}%;background:{shown.colour}"></div>'
        html.append(
            f"<tr><td>{escape(name)}</td><td class=bar>{bar}</td><td class=right>{escape(shown.text)}</td></tr>"
        )
    return f"<table class=bars>{''.join(html)}</table>"


def _table(panel: Mapping[str, Any], answers: Answers) -> str:
    options = panel["transformations"][1]["options"]
    fields = sorted(options["indexByName"], key=options["indexByName"].get)
    # As Grafana merges: what every answer has makes the row, however few of its series have it.
    keys = [
        field
        for field in fields
        if all(any(field in one["metric"] for one in series) for _, series in answers if series)
    ]
    rows: dict[tuple[str, ...], dict[str, Any]] = {}
    for target, series in answers:
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
    look = Look(panel, name)
    shown = look.shown(value)
    style = f' style="background:{shown.colour};color:{ink(shown.colour)}"' if look.get("custom.cellOptions") else ""
    return f"<td class=right{style}>{escape(shown.text)}</td>"


def _lines(panel: Mapping[str, Any], answers: Answers, size: tuple[int, int], span: Range) -> str:
    found: list[svg.Line] = []
    for target, series in answers:
        for one in series:
            name = named(target, one)
            look = Look(panel, name)
            points = [(float(when), float(value)) for when, value in one["values"] if value not in {"NaN", "+Inf"}]
            found.append(svg.Line(name, look.line_colour(len(found)), points, look.get("custom.lineStyle") is not None))
    custom = panel["fieldConfig"]["defaults"]["custom"]
    stacked = custom.get("stacking", {}).get("mode") == "normal"
    top = panel["fieldConfig"]["defaults"].get("max") or _top(found, stacked=stacked)
    if custom.get("thresholdsStyle", {}).get("mode") == "dashed":
        found.extend(_levels(panel, span, top))
    unit = panel["fieldConfig"]["defaults"]["unit"]
    bottom = min([0.0, *(value for line in found for _, value in line.points)])
    labels = [text_of(tick, unit, 0 if unit == "percentunit" else None) for tick in svg.ticks(bottom, top)]
    frame = svg.Frame(size[0], size[1] - 44, span)
    return svg.lines(frame, found, top, labels, stacked=stacked) + _legend(found)


def _levels(panel: Mapping[str, Any], span: Range, top: float) -> list[svg.Line]:
    steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
    return [
        svg.Line("", step["color"], [(at, step["value"]) for at in (span.start, span.end)], dashed=True)
        for step in steps
        if step["value"] is not None and step["value"] <= top
    ]


def _top(found: Sequence[svg.Line], *, stacked: bool) -> float:
    sums: dict[float, float] = {}
    for line in found:
        for when, value in line.points:
            sums[when] = sums.get(when, 0) + value if stacked else max(sums.get(when, 0), value)
    return max(sums.values(), default=1.0) * 1.05 or 1.0


def _timeline(panel: Mapping[str, Any], answers: Answers, size: tuple[int, int], span: Range) -> str:
    rows = []
    states: dict[str, str] = {}
    for target, series in answers:
        for one in series[: panel["options"].get("perPage", 20)]:
            name = named(target, one)
            look = Look(panel, name)
            shown = [(float(when), look.shown(float(value))) for when, value in one["values"]]
            states |= {state.text: state.colour for _, state in shown}
            rows.append((name, [(when, state.colour) for when, state in shown]))
    legend = [svg.Line(text, colour, ()) for text, colour in states.items()]
    return svg.bands(svg.Frame(size[0], size[1] - 24, span), rows) + _legend(legend)


def _legend(found: Sequence[svg.Line]) -> str:
    items = (f'<span><i style="background:{line.colour}"></i>{escape(line.name)}</span>' for line in found if line.name)
    return f'<div class="legend">{"".join(items)}</div>'
