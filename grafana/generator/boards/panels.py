"""The kinds of panels on the dashboards, each with its common options.

Numbers, bars and tables use instant queries. Over a range Grafana would show the last value it finds, which is stale if
a contact centre has stopped returning data.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from grafana_foundation_sdk.builders import bargauge, common, dashboard, prometheus, stat, statetimeline, timeseries
from grafana_foundation_sdk.models import common as choices
from grafana_foundation_sdk.models import dashboard as model

from grafana.generator.boards import colours

DATA_SOURCE: Final = choices.DataSourceRef(type_val="prometheus", uid="${datasource}")

# Identifiers of Grafana's units
COUNT: Final = "none"
RATIO: Final = "percentunit"
SECONDS: Final = "s"
CLOCK: Final = "dthms"  # 00:05:48; with the unit s Grafana shows 89 seconds as "1 mins"
PER_MINUTE: Final = "cpm"
BYTES: Final = "bytes"
TIMES: Final = "suffix:x"

Steps = Sequence[tuple[float, str]]
Words = Mapping[int, tuple[str, str]]

REF_IDS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Query:
    """One query of a panel.

    Attributes:
        expr: The PromQL.
        legend: The name of its series, with labels as {{label}}.
    """

    expr: str
    legend: str


@dataclass(frozen=True, slots=True)
class About:
    """The options that panels of every kind have.

    Attributes:
        title: Its heading.
        description: What it shows, for a first-time reader.
        unit: The unit of its values, a Grafana identifier.
        width: Its width in columns; a dashboard has 24.
        height: Its height in lines of the grid.
        steps: The value from which each colour applies; empty if no value is good or bad.
        base: The colour below the first step.
        maximum: The end of the scale; None if the scale is open.
        decimals: The number of decimals; None lets Grafana choose.
    """

    title: str
    description: str
    unit: str = COUNT
    width: int = 8
    height: int = 8
    steps: Steps = ()
    base: str = colours.OK
    maximum: float | None = None
    decimals: int | None = None


def number(about: About, query: Query, words: Words | None = None) -> model.Panel:
    """Return a panel of one large number, with a coloured background if it has thresholds.

    Args:
        about: Its common options.
        query: Its query, which returns one series.
        words: Texts and colours shown in place of numbers.
    """
    coloured = bool(about.steps or words)
    return with_common_options(
        _stat().color_mode(_background(coloured=coloured)).with_target(_instant(query, 0)).build(), about, words
    )


def tiles(about: About, query: Query, mappings: Sequence[model.ValueMapping]) -> model.Panel:
    """Return a panel with one coloured tile per series, showing its name and a text.

    Args:
        about: Its common options.
        query: Its query; the order of the series is the order of the tiles.
        mappings: The text and colour of each value.
    """
    panel = _tiles().with_target(_instant(query, 0)).mappings(list(mappings)).build()
    return with_common_options(panel, about)


def rows_by_colour(about: About, *coloured: tuple[Query, str], text_size: int = 28) -> model.Panel:
    """Return a panel with one full-width row per series: its name on the left, its value on the right.

    A value of NaN reads "unknown".

    Args:
        about: Its common options.
        coloured: Its queries, the first on top, and the colour of the rows of each.
        text_size: The size of the text in pixels.
    """
    builder = (
        _tiles()
        .orientation(choices.VizOrientation.HORIZONTAL)
        .wide_layout(wide_layout=True)
        .text(common.VizTextDisplayOptions().title_size(text_size).value_size(text_size))
        .mappings([_UNKNOWN])
    )
    for place, (query, colour) in enumerate(coloured):
        fixed = _property("color", {"mode": "fixed", "fixedColor": colour})
        builder = builder.with_target(_instant(query, place)).override_by_query(REF_IDS[place], [fixed])
    return with_common_options(builder.build(), about)


def numbers(about: About, *queries: Query) -> model.Panel:
    """Return a panel of large numbers with their names, the first query's first."""
    builder = _stat().color_mode(_background(coloured=bool(about.steps)))
    builder = builder.text_mode(choices.BigValueTextMode.VALUE_AND_NAME)
    for place, query in enumerate(queries):
        builder = builder.with_target(_instant(query, place))
    return with_common_options(builder.build(), about)


def lines(about: About, *queries: Query, stacked: bool = False, paint: Mapping[str, str] | None = None) -> model.Panel:
    """Return a panel of lines over time.

    Args:
        about: Its common options.
        queries: Its queries.
        stacked: Whether the series are stacked.
        paint: The colours of series, by name; the others are coloured by their last value.
    """
    builder = (
        timeseries.Panel()
        .line_width(1 if stacked else 2)
        .fill_opacity(60 if stacked else 5)
        .show_points(choices.VisibilityMode.NEVER)
        .axis_soft_min(0)
        .span_nulls(span_nulls=False)
        .legend(_legend())
        .tooltip(common.VizTooltipOptions().mode(choices.TooltipDisplayMode.MULTI).sort(choices.SortOrder.DESCENDING))
    )
    if stacked:
        builder = builder.stacking(common.StackingConfig().mode(choices.StackingMode.NORMAL).group("A"))
    if about.steps and not stacked:
        builder = builder.thresholds_style(
            common.GraphThresholdsStyleConfig().mode(choices.GraphThresholdsStyleMode.DASHED)
        )
    scheme = dashboard.FieldColor().mode(model.FieldColorModeId(colours.BY_VALUE))
    builder = builder.color_scheme(scheme.series_by(model.FieldColorSeriesByMode.LAST))
    for place, query in enumerate(queries):
        builder = builder.with_target(data_query(query, place).range())
    for name, colour in (paint or {}).items():
        builder = builder.override_by_name(name, [_property("color", {"mode": "fixed", "fixedColor": colour})])
    return with_common_options(
        builder.override_by_regexp(*_DASHED_WARNING).override_by_regexp(*_DASHED_CRITICAL).build(), about
    )


def bars(about: About, *queries: Query) -> model.Panel:
    """Return a panel with one horizontal bar per series."""
    builder = (
        bargauge.Panel()
        .display_mode(choices.BarGaugeDisplayMode.BASIC)
        .orientation(choices.VizOrientation.HORIZONTAL)
        .value_mode(choices.BarGaugeValueMode.TEXT)
        .show_unfilled(show_unfilled=True)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]).values(values=False))
        .min(0)
    )
    for place, query in enumerate(queries):
        builder = builder.with_target(_instant(query, place))
    return with_common_options(builder.build(), about)


def timeline(about: About, query: Query, words: Words) -> model.Panel:
    """Return a panel with one band per series, coloured by state.

    Args:
        about: Its common options.
        query: Its query, which returns states as numbers.
        words: The text and colour of each state.
    """
    builder = (
        statetimeline.Panel()
        .show_value(choices.VisibilityMode.AUTO)
        .row_height(0.8)
        .merge_values(merge_values=True)
        .per_page(20)
        .fill_opacity(90)
        .line_width(0)
        .legend(_legend())
        .with_target(data_query(query, 0).range())
    )
    return with_common_options(builder.build(), about, words)


def with_common_options(panel: model.Panel, about: About, words: Words | None = None) -> model.Panel:
    """Set the options of every panel: title, description, data source, unit, size and thresholds."""
    panel.title, panel.description = about.title, about.description
    panel.datasource = DATA_SOURCE
    panel.grid_pos = model.GridPos(w=about.width, h=about.height)
    panel.field_config = panel.field_config or model.FieldConfigSource()
    defaults = panel.field_config.defaults
    defaults.unit, defaults.decimals, defaults.max_val = about.unit, about.decimals, about.maximum
    defaults.no_value = "no data"
    defaults.thresholds = thresholds_config(about.steps, about.base)
    if defaults.color is None:
        defaults.color = model.FieldColor(mode=model.FieldColorModeId.THRESHOLDS)
    if words:
        defaults.mappings = value_map(words)
    return panel


def data_query(query: Query, place: int) -> prometheus.Dataquery:
    """Return a query to the selected data source; place is its index in the panel."""
    return (
        prometheus.Dataquery()
        .datasource(DATA_SOURCE)
        .ref_id(REF_IDS[place])
        .expr(query.expr)
        .legend_format(query.legend)
    )


def value_map(words: Words) -> list[model.ValueMapping]:
    """Return the value mapping that shows texts in place of numbers."""
    results = {
        str(value): model.ValueMappingResult(text=text, color=colour, index=place)
        for place, (value, (text, colour)) in enumerate(words.items())
    }
    return [model.ValueMap(options=results)]


def thresholds_config(steps: Steps, base: str = colours.OK) -> model.ThresholdsConfig:
    """Return the thresholds: a base colour, and one colour per step."""
    thresholds = [model.Threshold(value=None, color=base), *(model.Threshold(value=at, color=to) for at, to in steps)]
    return model.ThresholdsConfig(mode=model.ThresholdsMode.ABSOLUTE, steps=thresholds)


def _stat() -> stat.Panel:
    return (
        stat.Panel()
        .graph_mode(choices.BigValueGraphMode.NONE)
        .justify_mode(choices.BigValueJustifyMode.CENTER)
        .text_mode(choices.BigValueTextMode.VALUE)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]).values(values=False))
    )


def _tiles() -> stat.Panel:
    return (
        _stat()
        .color_mode(choices.BigValueColorMode.BACKGROUND_SOLID)
        .text_mode(choices.BigValueTextMode.VALUE_AND_NAME)
    )


def _background(*, coloured: bool) -> choices.BigValueColorMode:
    return choices.BigValueColorMode.BACKGROUND_SOLID if coloured else choices.BigValueColorMode.NONE


def _legend() -> common.VizLegendOptions:
    return (
        common.VizLegendOptions()
        .display_mode(choices.LegendDisplayMode.LIST)
        .placement(choices.LegendPlacement.BOTTOM)
        .show_legend(show_legend=True)
    )


def _instant(query: Query, place: int) -> prometheus.Dataquery:
    return data_query(query, place).instant()


def _property(name: str, value: object) -> model.DynamicConfigValue:
    return model.DynamicConfigValue(id_val=name, value=value)


def _dashed(severity: str, colour: str) -> tuple[str, list[model.DynamicConfigValue]]:
    properties = [
        _property("color", {"mode": "fixed", "fixedColor": colour}),
        _property("custom.lineStyle", {"fill": "dash", "dash": [8, 8]}),
        _property("custom.fillOpacity", 0),
        _property("custom.lineWidth", 1),
    ]
    return f"/{severity} threshold$/", properties


_UNKNOWN: Final = model.SpecialValueMap(
    options=model.DashboardSpecialValueMapOptions(
        match=model.SpecialValueMatch.NA_N, result=model.ValueMappingResult(text="unknown", index=0)
    )
)
_DASHED_WARNING: Final = _dashed("warning", colours.WATCH)
_DASHED_CRITICAL: Final = _dashed("critical", colours.ACT)
