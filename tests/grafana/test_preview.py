import re
from typing import Any

import pytest

from grafana.preview.board_page import page
from grafana.preview.field_styles import format_value, text_colour
from grafana.preview.panel_html import Results, panel_html, series_name
from grafana.preview.panel_queries import boards, interpolate, panels
from grafana.preview.prometheus import Range

SPAN = Range(0, 60, 30)
BOARDS = boards()


def panel(board: str, title: str) -> dict[str, Any]:
    return next(one for one in panels(BOARDS[board]) if one["title"] == title)


def text_in(html: str) -> list[str]:
    return [text for text in re.split(r"<[^>]*>", html) if text.strip()]


@pytest.mark.parametrize(
    ("value", "unit", "decimals", "text"),
    [
        (0.825, "percentunit", 0, "82%"),
        (45, "s", 0, "45 s"),
        (150, "s", 0, "2.5 mins"),
        (0.02, "s", None, "20 ms"),
        (3554, "none", None, "3554"),
        (1.5, "cpm", None, "1.50 cpm"),
        (4.04, "suffix:x", 1, "4.0x"),
        (67108864, "bytes", None, "64.00 MiB"),
    ],
)
def test_a_value_is_formatted_with_its_unit(value: float, unit: str, decimals: int | None, text: str) -> None:
    assert format_value(value, unit, decimals) == text


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
