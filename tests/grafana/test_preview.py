import json
import re
from typing import Any

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder

from grafana.generator.boards import colours
from grafana.generator.boards.panels import CLOCK, About, Query, rows_by_colour
from grafana.preview.board_page import page
from grafana.preview.field_styles import text_colour
from grafana.preview.panel_html import Results, panel_html, series_name
from grafana.preview.panel_queries import boards, interpolate, panels
from grafana.preview.prometheus import Range
from grafana.preview.svg import ticks
from grafana.preview.units import format_value

SPAN = Range(0, 60, 30)
BOARDS = boards()


def panel(board: str, title: str) -> dict[str, Any]:
    return next(one for one in panels(BOARDS[board]) if one["title"] == title)


def text_in(html: str) -> list[str]:
    return [text for text in re.split(r"<[^>]*>", html) if text.strip()]


# Printed by the formatter of Grafana 11.6 (the package @grafana/data).
PRINTED: dict[tuple[str, int | None], dict[float, str]] = {
    ("none", None): {0: "0", 3554: "3554", 1.5: "1.50", 12.34: "12.3", 0.025: "0.0250", 123.4: "123", -2.5: "-2.50"},
    ("none", 0): {0.5: "1", 1.4: "1", 2.5: "3", 1234567: "1234567"},
    ("none", 1): {4.04: "4.0", 0: "0.0"},
    ("percentunit", 0): {0: "0%", 0.8249: "82%", 0.825: "83%", 1: "100%", 1.2: "120%"},
    ("percentunit", 1): {0.0512: "5.1%", 0.1: "10.0%"},
    ("s", 0): {
        0: "0 s",
        45: "45 s",
        60: "1 min",
        75: "1 mins",
        89: "1 mins",
        90: "2 mins",
        149: "2 mins",
        150: "3 mins",
        348: "6 mins",
        3599: "60 mins",
        3600: "1 hour",
        5399: "1 hours",
        86400: "1 day",
        90000: "1 days",
    },
    ("s", None): {0.02: "20 ms", 0.0295: "29.5 ms", 1.25: "1.25 s", 90: "1.50 mins", 700000: "1.16 weeks"},
    ("dthms", 0): {0: "00:00:00", 89: "00:01:29", 348: "00:05:48", 3599.9: "00:59:59", 90000: "25:00:00"},
    ("cpm", None): {0: "0 c/m", 1.5: "1.50 c/m", 1500: "1.50K c/m", 0.5: "0.500 c/m"},
    ("bytes", None): {0: "0 B", 512: "512 B", 67108864: "64 MiB", 1234567: "1.18 MiB"},
    ("suffix:x", 1): {4.04: "4.0 x"},
}


@pytest.mark.parametrize(
    ("unit", "decimals", "value", "text"),
    [(unit, decimals, value, text) for (unit, decimals), row in PRINTED.items() for value, text in row.items()],
)
def test_a_value_is_formatted_as_grafana_does(unit: str, decimals: int | None, value: float, text: str) -> None:
    assert format_value(value, unit, decimals) == text


def test_every_unit_of_the_dashboards_is_in_the_table() -> None:
    fields = [one["fieldConfig"] for board in BOARDS.values() for one in panels(board)]
    units = {field["defaults"]["unit"] for field in fields} | {
        setting["value"]
        for field in fields
        for override in field.get("overrides", ())
        for setting in override["properties"]
        if setting["id"] == "unit"
    }
    assert units <= {unit for unit, _ in PRINTED}


def test_a_unit_that_grafana_might_print_otherwise_is_an_error() -> None:
    with pytest.raises(KeyError):
        format_value(1, "currencyUSD")


@pytest.mark.parametrize(
    ("bottom", "top", "marks"),
    [
        (0, 1, [0, 0.25, 0.5, 0.75, 1]),
        (0, 31.5, [0, 10, 20, 30]),
        (-1, 1, [-1, -0.5, 0, 0.5, 1]),
        (0, 640, [0, 200, 400, 600]),
    ],
)
def test_a_scale_has_round_numbers(bottom: float, top: float, marks: list[float]) -> None:
    assert ticks(bottom, top) == marks


def test_thresholds_are_unbroken_dashed_lines() -> None:
    usage = panel("trunks", "Usage by trunk")
    series = [{"metric": {"trunk": "A", "target": "paris"}, "values": [[0, "0.9"], [60, "0.95"]]}]
    html = panel_html(usage, [(usage["targets"][0], series)], (400, 300), Range(0, 60, 10))
    dashed = re.findall(r'<path d="([^"]*)" class="line" stroke="(#[0-9A-F]{6})" stroke-dasharray', html)
    assert [(path.count("M"), colour) for path, colour in dashed] == [(1, colours.WATCH), (1, colours.ACT)]


def test_lines_are_coloured_by_their_last_value() -> None:
    usage = panel("trunks", "Usage by trunk")
    series = [
        {"metric": {"trunk": trunk, "target": "paris"}, "values": [[0, "0.9"], [30, last], [60, last]]}
        for trunk, last in (("A", "0.1"), ("B", "0.9"))
    ]
    html = panel_html(usage, [(usage["targets"][0], series)], (400, 300), SPAN)
    low, high = re.findall(r'class="line" stroke="(#[0-9A-F]{6})"/>', html)
    assert (low, high) == ("#FFF899", "#1F60C4")


def test_rows_have_the_colour_of_their_query_and_a_text_of_fixed_size() -> None:
    about = About("Queues", "Queues.", CLOCK, width=24, height=12)
    queries = ((Query("act", "{{queue}}"), colours.ACT), (Query("ok", "{{queue}}"), colours.OK))
    rows = json.loads(JSONEncoder().encode(rows_by_colour(about, *queries)))
    results = [
        (target, [{"metric": {"queue": name}, "value": [0, seconds]}])
        for target, name, seconds in zip(rows["targets"], ("Billing", "Sales"), ("348", "0"), strict=True)
    ]
    html = panel_html(rows, results, (1600, 400), SPAN)
    assert text_in(html) == ["Billing", "00:05:48", "Sales", "00:00:00"]
    assert re.findall("background:(#[0-9A-F]+)", html) == [colours.ACT, colours.OK]
    assert set(re.findall(r"font-size:(\d+)px", html)) == {"28"}


def test_text_is_legible_on_its_background() -> None:
    assert [text_colour("#FF9830"), text_colour("#C4162A"), text_colour("#3274D9")] == ["#111217", "white", "white"]


def test_variables_are_interpolated_and_others_select_everything() -> None:
    assert interpolate('up{target=~"$target", job=~"${job:regex}"}[$__rate_interval]', {"__rate_interval": "1m"}) == (
        'up{target=~".*", job=~".*"}[1m]'
    )


def test_the_name_of_a_series_is_made_of_its_labels() -> None:
    target = {"legendFormat": "{{queue}} · {{target}}"}
    assert series_name(target, {"metric": {"queue": "Billing", "target": "paris"}}) == "Billing · paris"


def test_a_number_is_shown_with_its_colour() -> None:
    lost = panel("wall", "Abandoned today")
    voice = {"metric": {"channel": "voice"}, "value": [0, "0.2"]}
    html = panel_html(lost, [(lost["targets"][0], [voice])], (240, 150), SPAN)
    assert text_in(html) == ["voice", "20.0%"]
    assert "background:#C4162A" in html


def test_a_panel_without_data_is_marked() -> None:
    oldest = panel("wall", "Oldest wait")
    assert text_in(panel_html(oldest, [(oldest["targets"][0], [])], (240, 150), SPAN)) == ["no data"]


def test_a_table_joins_results_about_one_item_in_a_row_and_sorts_the_worst_first() -> None:
    trunks = panel("trunks", "Trunks now")
    labels = ({"trunk": "A", "target": "paris", "trunk_id": "1"}, {"trunk": "B", "target": "paris", "trunk_id": "2"})
    results = [
        (target, [{"metric": label, "value": [0, f"{value}"]} for label, value in zip(labels, values, strict=True)])
        for target, values in zip(
            trunks["targets"], ((0.5, 0.2), (15, 4), (15, 14), (0, 2), (0, 0), (30, 20)), strict=True
        )
    ]
    assert text_in(panel_html(trunks, results, (1600, 200), SPAN)) == [
        *("Trunk", "Contact centre", "Use", "In use", "Idle", "In fault", "In maintenance", "Ports"),
        *("B", "paris", "20%", "4", "14", "2", "0", "20"),
        *("A", "paris", "50%", "15", "15", "0", "0", "30"),
    ]


def test_a_gap_in_the_data_is_a_gap_in_the_line() -> None:
    usage = panel("trunks", "Usage by trunk")
    values = [[0, "0.1"], [10, "0.2"], [50, "0.3"], [60, "0.3"]]
    series = [{"metric": {"trunk": "A", "target": "paris"}, "values": values}]
    html = panel_html(usage, [(usage["targets"][0], series)], (400, 300), Range(0, 60, 10))
    (path,) = re.findall(r'<path d="([^"]*)" class="line" stroke="#[0-9A-F]{6}"/>', html)
    assert path.count("M") == 2


@pytest.mark.parametrize("name", BOARDS)
def test_every_panel_of_a_dashboard_is_on_its_page_which_names_its_origin(name: str) -> None:
    results: dict[int, Results] = {
        one["id"]: [(target, []) for target in one["targets"]] for one in panels(BOARDS[name])
    }
    html, height = page(BOARDS[name], results, SPAN)
    assert {one["title"] for one in panels(BOARDS[name])} <= set(text_in(html))
    assert "not a Grafana screenshot" in html
    assert height > 1000
