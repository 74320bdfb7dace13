import re
from typing import Any

import pytest

from grafana.preview.board_page import page
from grafana.preview.field_styles import ink, text_of
from grafana.preview.panel_html import Answers, drawn, named
from grafana.preview.panel_queries import boards, filled, panels
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
def test_a_number_has_its_unit(value: float, unit: str, decimals: int | None, text: str) -> None:
    assert text_of(value, unit, decimals) == text


def test_letters_can_be_read_on_their_ground() -> None:
    assert [ink("#FF9830"), ink("#C4162A"), ink("#3274D9")] == ["#111217", "white", "white"]


def test_variables_are_filled_in_and_others_stand_for_everything() -> None:
    assert filled('up{target=~"$target", job=~"${job:regex}"}[$__rate_interval]', {"__rate_interval": "1m"}) == (
        'up{target=~".*", job=~".*"}[1m]'
    )


def test_a_series_is_named_by_its_labels() -> None:
    target = {"legendFormat": "{{queue}} · {{target}}"}
    assert named(target, {"metric": {"queue": "Billing", "target": "paris"}}) == "Billing · paris"


def test_a_number_is_shown_with_its_colour() -> None:
    oldest = panel("wall", "Oldest wait")
    html = drawn(oldest, [(oldest["targets"][0], [{"metric": {}, "value": [0, "200"]}])], (240, 150), SPAN)
    assert text_in(html) == ["3.3 mins"]
    assert "background:#C4162A" in html


def test_a_panel_without_data_is_marked() -> None:
    oldest = panel("wall", "Oldest wait")
    assert text_in(drawn(oldest, [(oldest["targets"][0], [])], (240, 150), SPAN)) == ["no data"]


def test_a_table_joins_results_about_one_item_in_a_row_and_sorts_the_worst_first() -> None:
    trunks = panel("trunks", "Trunks now")
    labels = ({"trunk": "A", "target": "paris", "trunk_id": "1"}, {"trunk": "B", "target": "paris", "trunk_id": "2"})
    answers = [
        (target, [{"metric": label, "value": [0, f"{value}"]} for label, value in zip(labels, values, strict=True)])
        for target, values in zip(
            trunks["targets"], ((0.5, 0.2), (15, 4), (15, 14), (0, 2), (0, 0), (30, 20)), strict=True
        )
    ]
    assert text_in(drawn(trunks, answers, (1600, 200), SPAN)) == [
        *("Trunk", "Contact centre", "Use", "In use", "Idle", "In fault", "In maintenance", "Ports"),
        *("B", "paris", "20%", "4", "14", "2", "0", "20"),
        *("A", "paris", "50%", "15", "15", "0", "0", "30"),
    ]


def test_a_gap_in_a_line_stays_a_gap() -> None:
    usage = panel("trunks", "Use by trunk")
    values = [[0, "0.1"], [10, "0.2"], [50, "0.3"], [60, "0.3"]]
    series = [{"metric": {"trunk": "A", "target": "paris"}, "values": values}]
    html = drawn(usage, [(usage["targets"][0], series)], (400, 300), Range(0, 60, 10))
    (path,) = re.findall(r'<path d="([^"]*)" class="line" stroke="#[0-9A-F]{6}"/>', html)
    assert path.count("M") == 2


@pytest.mark.parametrize("name", BOARDS)
def test_every_panel_of_a_dashboard_is_on_its_page_which_names_its_origin(name: str) -> None:
    answers: dict[int, Answers] = {
        one["id"]: [(target, []) for target in one["targets"]] for one in panels(BOARDS[name])
    }
    html, height = page(BOARDS[name], answers, SPAN)
    assert {one["title"] for one in panels(BOARDS[name])} <= set(text_in(html))
    assert "not a Grafana screenshot" in html
    assert height > 1000
