"""Render lines, areas and bands over time as SVG."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from typing import Final

from grafana.preview.prometheus import Range

_LEFT: Final = 74
_BOTTOM: Final = 20
_TICKS: Final = 4
_FACTORS: Final = (1.0, 2.0, 2.5, 5.0, 10.0)
_TEXT: Final = "#9A9FA7"
_GRID: Final = "#2C3038"


@dataclass(frozen=True, slots=True)
class Line:
    """A line.

    Attributes:
        name: Its name in the legend.
        colour: Its colour.
        points: Timestamps and values, in order of time.
        dashed: Whether it is dashed, as thresholds are.
    """

    name: str
    colour: str
    points: Sequence[tuple[float, float]]
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Scale:
    """The vertical scale of a chart.

    Attributes:
        bottom: The smallest value.
        top: The largest value.
        labels: The labels, by value.
    """

    bottom: float
    top: float
    labels: Mapping[float, str]


@dataclass(frozen=True, slots=True)
class Chart:
    """The size and time range of a chart.

    Attributes:
        width: The width in pixels.
        height: The height in pixels.
        span: The time range.
    """

    width: int
    height: int
    span: Range

    def x(self, when: float) -> float:
        """Return the x coordinate of a timestamp."""
        return _LEFT + (when - self.span.start) / (self.span.end - self.span.start) * (self.width - _LEFT - 8)

    def y(self, share: float) -> float:
        """Return the y coordinate of a share of the scale."""
        return 6 + (1 - share) * (self.height - _BOTTOM - 6)


def lines(chart: Chart, drawn: Sequence[Line], scale: Scale, *, stacked: bool) -> str:
    """Return a chart of lines, or of stacked areas.

    Args:
        chart: The size and time range.
        drawn: The lines.
        scale: The vertical scale.
        stacked: Whether the lines are stacked.
    """
    bottom, top = scale.bottom, scale.top
    parts = [*_scale(chart, scale)]
    below: dict[float, float] = {}
    for line in drawn:
        above = {when: value + (below.get(when, 0.0) if stacked else 0.0) for when, value in line.points}
        path = _path(chart, above, bottom, top)
        if stacked:
            floor = {when: below.get(when, 0.0) for when in above}
            back = _path(chart, dict(reversed(floor.items())), bottom, top).replace("M", "L", 1)
            parts.append(f'<path d="{path}{back}Z" fill="{line.colour}" fill-opacity="0.75"/>')
            below |= above
        else:
            dash = ' stroke-dasharray="8 8"' if line.dashed else ""
            parts.append(f'<path d="{path}" class="line" stroke="{line.colour}"{dash}/>')
    return _svg(chart, parts)


def bands(chart: Chart, drawn: Sequence[tuple[str, Sequence[tuple[float, str]]]]) -> str:
    """Return a chart with one band per series, coloured by its state.

    Args:
        chart: The size and time range.
        drawn: The name of each series, and its colour from each timestamp on.
    """
    high = (chart.height - _BOTTOM) / max(len(drawn), 1)
    left = 230
    parts: list[str] = []
    for row, (name, points) in enumerate(drawn):
        y = row * high
        parts.append(_text(left - 8, y + high / 2 + 4, name, "end"))
        scale = (chart.width - left - 8) / (chart.span.end - chart.span.start)
        changes = [point for place, point in enumerate(points) if not place or point[1] != points[place - 1][1]]
        ends = [when for when, _ in changes[1:]] + [chart.span.end]
        for (when, colour), end in zip(changes, ends, strict=True):
            x = left + (when - chart.span.start) * scale
            wide = (end - when) * scale + 0.5
            parts.append(
                f'<rect x="{x:.1f}" y="{y + 2:.1f}" width="{wide:.1f}" height="{high - 4:.1f}" fill="{colour}"/>'
            )
    return _svg(chart, parts)


def ticks(bottom: float, top: float) -> list[float]:
    """Return the labelled values of the scale, from bottom to top: multiples of 1, 2, 2.5 or 5 times a power of ten."""
    least = (top - bottom) / _TICKS
    power = 10.0 ** math.floor(math.log10(least))
    step = next(factor * power for factor in _FACTORS if factor * power >= least * (1 - 1e-9))
    first, last = math.ceil(bottom / step - 1e-9), math.floor(top / step + 1e-9)
    return [place * step for place in range(first, last + 1)]


def _scale(chart: Chart, scale: Scale) -> Iterator[str]:
    for value, label in scale.labels.items():
        y = chart.y((value - scale.bottom) / (scale.top - scale.bottom))
        yield f'<line x1="{_LEFT}" x2="{chart.width - 8}" y1="{y:.1f}" y2="{y:.1f}" stroke="{_GRID}"/>'
        yield _text(_LEFT - 6, y + 4, label, "end")
    for place in range(_TICKS + 1):
        when = chart.span.start + (chart.span.end - chart.span.start) * place / _TICKS
        clock = datetime.fromtimestamp(when, UTC).strftime("%H:%M")
        yield _text(chart.x(when), chart.height - 4, clock, "end" if place == _TICKS else "middle")


def _path(chart: Chart, points: dict[float, float], bottom: float, top: float) -> str:
    moments = list(points)
    broken = {one for one, other in zip(moments[1:], moments, strict=False) if abs(one - other) > 1.5 * chart.span.step}
    height = top - bottom
    return "".join(
        f"{'M' if place == 0 or when in broken else 'L'}{chart.x(when):.1f} {chart.y((value - bottom) / height):.1f}"
        for place, (when, value) in enumerate(points.items())
    )


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{_TEXT}" font-size="11">{escape(text)}</text>'


def _svg(chart: Chart, parts: Sequence[str]) -> str:
    return f'<svg width="{chart.width}" height="{chart.height}">{"".join(parts)}</svg>'
