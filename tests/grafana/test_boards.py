import json
import re
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from exporter.metrics.catalog import FAMILIES
from grafana.generator import boards as generator
from grafana.generator.boards import attention, colours
from grafana.preview.panel_queries import FOLDER, interpolate, panels
from tests.support.colour_vision import distance, nearest
from tests.support.paths import ROOT
from tests.support.rules import RULES, exported_names, metric_names, rules_of

LEGEND = "{{queue}} · {{target}} · {{because}} · waiting {{waiting}}"
NAMES = ("wall", "queues", "intraday", "agents", "trunks", "service-level", "exporter")
BOARDS = {name: json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8")) for name in NAMES}
PANELS = [(name, panel) for name, board in BOARDS.items() for panel in panels(board)]
# Metrics of the process and the interpreter, exported by the client library.
PROCESS_METRICS = {
    "process_cpu_seconds_total",
    "process_resident_memory_bytes",
    "process_open_fds",
    "process_max_fds",
    "process_start_time_seconds",
    "python_gc_collections_total",
}
RECORDED = {rule["record"] for path in RULES.glob("*.yml") for rule in rules_of(path.name) if "record" in rule}
COUNTERS = {family.name for family in FAMILIES if family.kind == "counter"} | {
    name for name in PROCESS_METRICS if name.endswith("_total")
}

each_board = pytest.mark.parametrize("board", BOARDS.values(), ids=BOARDS)
each_panel = pytest.mark.parametrize(
    ("board", "panel"), PANELS, ids=[f"{name}: {panel['title']}" for name, panel in PANELS]
)


def rows_and_panels(board: dict[str, Any]) -> list[dict[str, Any]]:
    """Return every item with an id: rows, and panels inside and outside rows."""
    return [item for outer in board["panels"] for item in (outer, *outer.get("panels", ()))]


def queries(panel: dict[str, Any]) -> list[str]:
    return [target["expr"] for target in panel["targets"]]


def cells(panel: dict[str, Any]) -> set[tuple[int, int]]:
    place = panel["gridPos"]
    return {
        (x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])
    }


def values_of(data: Any, key: str) -> Iterator[Any]:  # noqa: ANN401 - any JSON
    """Yield every value of a key, at any depth."""
    if isinstance(data, dict):
        yield from (value for name, value in data.items() if name == key)
    for inner in data.values() if isinstance(data, dict) else data if isinstance(data, list) else ():
        yield from values_of(inner, key)


def test_the_committed_dashboards_are_up_to_date() -> None:
    written = dict(generator.files())
    assert set(written) == {f"dashboards/{name}.json" for name in NAMES}
    for path, text in written.items():
        assert (FOLDER.parent / path).read_text(encoding="utf-8") == text, path
        assert text.endswith("}\n")


def test_generation_is_deterministic() -> None:
    assert list(generator.files()) == list(generator.files())


@each_board
def test_a_dashboard_round_trips_through_grafanas_model(board: dict[str, Any]) -> None:
    read = json.loads(JSONEncoder().encode(Dashboard.from_json(board)))
    for item in (*read["links"], *read["annotations"]["list"]):
        item.pop("placement")
    assert read == board


def test_the_uid_of_a_dashboard_is_made_of_its_file_name() -> None:
    assert {name: board["uid"] for name, board in BOARDS.items()} == {name: f"contactcenter-{name}" for name in NAMES}


@each_board
def test_ids_are_unique(board: dict[str, Any]) -> None:
    ids = [item["id"] for item in rows_and_panels(board)]
    assert len(set(ids)) == len(ids)
    assert min(ids) > 0


@each_board
def test_panels_fit_the_grid_without_overlap(board: dict[str, Any]) -> None:
    for panel in rows_and_panels(board):
        place = panel["gridPos"]
        assert 0 <= place["x"] < place["x"] + place["w"] <= 24, panel["title"]
    for group in (board["panels"], *(row["panels"] for row in board["panels"] if row.get("panels"))):
        for one, other in combinations(group, 2):
            assert not cells(one) & cells(other), (one["title"], other["title"])


@each_board
def test_a_dashboard_refers_to_its_data_source_by_the_variable_only(board: dict[str, Any]) -> None:
    sources = list(values_of(board, "datasource"))
    assert len(sources) > len(list(panels(board)))
    assert all(source == {"type": "prometheus", "uid": "${datasource}"} for source in sources)
    first = board["templating"]["list"][0]
    assert (first["name"], first["type"], first["query"]) == ("datasource", "datasource", "prometheus")


def chosen(board: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the variables that a person chooses a value of, without the data source."""
    return [each for each in board["templating"]["list"][1:] if not each.get("hide")]


@each_board
def test_variables_allow_several_values_and_all_and_follow_the_time_range(board: dict[str, Any]) -> None:
    for variable in board["templating"]["list"][1:]:
        # All of the worst queues are their ids.
        everything = "" if variable["name"] == "worst" else ".*"
        assert (variable["multi"], variable["includeAll"], variable["allValue"]) == (True, True, everything)
        assert variable["refresh"] == 2


@pytest.mark.parametrize("name", ["wall", "queues", "service-level"])
def test_the_ids_of_the_worst_queues_are_asked_for_once_and_not_shown(name: str) -> None:
    worst = next(each for each in BOARDS[name]["templating"]["list"] if each["name"] == "worst")
    assert worst["hide"] == 2
    assert worst["definition"].startswith("query_result(topk(")
    shown = 'max by (queue_id) {channel="voice", queue_id="1001", target="amsterdam"} 2002 1800000000000'
    assert re.findall(worst["regex"].strip("/"), shown) == ["1001"]


@each_board
def test_a_variable_reads_every_family_with_its_label_that_the_panels_show(board: dict[str, Any]) -> None:
    # Otherwise an item that lacks the one family that the variable reads could not be selected.
    expressions = " ".join(expr for panel in panels(board) for expr in queries(panel))
    selectors = re.findall(r"(?<![\w:])(\w+)(\{[^}]*\})", expressions)
    for variable in chosen(board):
        selector, _, label = variable["definition"].removeprefix("label_values(").removesuffix(")").rpartition(", ")
        named = re.search(r'__name__=~"([^"]+)"', selector)
        pattern = named[1] if named else selector.partition("{")[0]
        read = {name for name in exported_names() if re.fullmatch(pattern, name)}
        assert read, variable["name"]
        if label not in {"target", "job"}:  # every target has an info series, every job a build
            filtered = {name for name, matchers in selectors if f'"${variable["name"]}"' in matchers}
            assert filtered & exported_names() <= read, variable["name"]


@each_board
def test_variables_defined_and_used_are_the_same(board: dict[str, Any]) -> None:
    expressions = " ".join(expr for panel in panels(board) for expr in queries(panel))
    used = set(re.findall(r"\$(\w+)", expressions)) - {"__rate_interval", "__range"}
    defined = {variable["name"] for variable in board["templating"]["list"]} - {"datasource"}
    assert used == defined


@each_board
def test_links_between_dashboards_keep_the_time_range_and_variables(board: dict[str, Any]) -> None:
    dashboards_link = board["links"][0]
    assert (dashboards_link["type"], dashboards_link["tags"]) == ("dashboards", ["contactcenter"])
    assert dashboards_link["includeVars"] is dashboards_link["keepTime"] is True
    assert "contactcenter" in board["tags"]
    for url in re.findall(r'"url": "(/d/[^"]*)"', json.dumps(board)):
        assert re.fullmatch(r"/d/contactcenter-([\w-]+)\?.*", url)[1] in NAMES  # type: ignore[index]
        assert "${__url_time_range}" in url
        assert "${datasource:queryparam}" in url


@each_board
def test_annotations_are_the_firing_alerts_of_what_is_selected_and_of_the_whole(board: dict[str, Any]) -> None:
    (alerts,) = board["annotations"]["list"]
    assert alerts["enable"] is True
    expr = alerts["target"]["expr"]
    assert 'ALERTS{alertname=~"ContactCenter.*", alertstate="firing"' in expr
    for variable in chosen(board):
        name = variable["name"]
        label = variable["definition"].rpartition(", ")[2].removesuffix(")")
        assert f'{label}=~"${name}|"' in expr  # also alerts without the label: "" matches
    assert interpolate(expr, {"queue": "Billing"}).count('queue=~"Billing|"') == ('"$queue|"' in expr)


# What a panel may count, and what it may measure of it.
COUNTED = re.compile(
    r"\b(agents?|contacts?|queues?|ports?|waits?|trunks?|calls|polls?|resources?|responses|series|values|collections"
    r"|exporters?|reload|configuration|memory|error budget|burn rate|service level|file descriptors|total|CPU)\b",
    re.IGNORECASE,
)


@each_panel
def test_a_panel_has_a_unit_and_a_description_of_what_it_counts(board: str, panel: dict[str, Any]) -> None:
    text = panel["description"]
    assert panel["title"], board
    assert text.endswith("."), text
    assert COUNTED.search(text), text
    assert text.rstrip(".").lower() != panel["title"].lower()
    assert panel["fieldConfig"]["defaults"]["unit"]
    assert panel["targets"]


@each_panel
def test_a_description_names_the_window_and_the_limits_of_its_panel(board: str, panel: dict[str, Any]) -> None:
    """A window or a limited number of lines changes what a panel counts."""
    text = f"{panel['title']} {panel['description']}"
    for expr in queries(panel):
        if re.search(r"_over_time\([^\[]*\[30m", expr):
            assert re.search(r"30 min|half hour", text), board
        if limit := re.search(r"topk\((\d\d+),", expr):
            assert limit[1] in text, board
        if " offset 1w" in expr:
            assert "last week" in text, board


@each_panel
def test_a_panel_queries_only_exported_or_recorded_series(board: str, panel: dict[str, Any]) -> None:
    known = exported_names() | RECORDED | PROCESS_METRICS
    for expr in queries(panel):
        assert metric_names(expr) <= known, (board, metric_names(expr) - known)


@each_panel
def test_every_series_is_filtered_by_a_variable(board: str, panel: dict[str, Any]) -> None:
    for expr in queries(panel):
        for name in metric_names(expr):
            for selector in re.findall(rf"(?<![\w:]){name}(\{{[^}}]*\}})?(?![\w:])", expr):
                assert 'target=~"$target"' in selector or 'job=~"$job"' in selector, (board, name)


@each_panel
def test_agents_on_a_call_do_not_count_as_free(board: str, panel: dict[str, Any]) -> None:
    for expr in queries(panel):
        if 'state="available"' in expr:
            assert 'contactcenter_target_figures_info{target=~"$target", available="signed_in"}' in expr, board


@each_panel
def test_a_counter_is_shown_as_a_rate_or_as_the_total_of_the_day(board: str, panel: dict[str, Any]) -> None:
    for target in panel["targets"]:
        title, expr = f"{panel['title']} {target['legendFormat']}".lower(), target["expr"]
        today = "today" in title or "last week" in title
        for name in metric_names(expr) & COUNTERS:
            rated = re.findall(rf"(?:rate|increase)\({name}\{{[^}}]*\}}\[([^]]+)\]\)", expr)
            assert len(rated) == len(re.findall(rf"{name}\b", expr)) or today, (board, expr)


@each_panel
def test_a_rate_in_a_graph_uses_the_rate_interval(board: str, panel: dict[str, Any]) -> None:
    for target in panel["targets"]:
        windows = set(re.findall(r"\[([^]]+)\]", re.sub(r'"[^"]*"', "", target["expr"])))
        assert windows <= ({"1h", "30m", "15m"} if target["instant"] else {"$__rate_interval", "30m"}), board


@each_panel
def test_numbers_and_tables_use_instant_queries(board: str, panel: dict[str, Any]) -> None:
    over_time = panel["type"] in {"timeseries", "state-timeline"}
    for target in panel["targets"]:
        assert (target["instant"], target["range"]) == (not over_time, over_time), board


@each_panel
def test_a_legend_uses_only_labels_of_the_result(board: str, panel: dict[str, Any]) -> None:
    for target in panel["targets"]:
        assert target["legendFormat"], board
        for label in re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]):
            grouped = re.findall(r"(?:by|group_left) \(([^)]*)\)", target["expr"])
            assert label == "instance" or any(label in labels.split(", ") for labels in grouped), (board, label)


@each_panel
def test_thresholds_use_the_colours_of_the_palette(board: str, panel: dict[str, Any]) -> None:
    config = json.dumps(panel["fieldConfig"]["defaults"].get("thresholds"))
    used = set(re.findall(r"#[0-9A-F]{6}", config))
    assert used <= {colours.OK, colours.WATCH, colours.ACT, colours.NONE}, board


@each_panel
def test_lines_do_not_have_the_classic_palette(board: str, panel: dict[str, Any]) -> None:
    assert panel["fieldConfig"]["defaults"]["color"]["mode"] in {"thresholds", colours.BY_VALUE}, board


# About 2.3 is a just noticeable difference; adjacent areas need several times that.
@pytest.mark.parametrize(
    "shown_together",
    [
        (colours.OK, colours.WATCH, colours.ACT, colours.NONE),
        tuple(colours.AGENT_STATES.values()),
        tuple(colours.PORT_STATES.values()),
        tuple(colours.OUTCOMES.values()),
    ],
)
def test_colours_are_distinguishable_with_any_colour_vision(shown_together: tuple[str, ...]) -> None:
    assert nearest(shown_together)[0] > 15


def test_the_classic_palette_is_not_distinguishable_without_green_vision() -> None:
    green, red = "#73BF69", "#F2495C"
    assert distance(green, red) > 80
    assert distance(green, red, "no green") < 10


@pytest.mark.parametrize("name", NAMES)
def test_the_import_variant_differs_only_in_its_inputs(name: str) -> None:
    variant = json.loads(dict(generator.import_files())[f"{name}.json"])
    (source,) = variant.pop("__inputs")
    needed = variant.pop("__requires")
    assert (source["name"], source["pluginId"], variant.pop("__elements")) == ("DS_PROMETHEUS", "prometheus", {})
    assert {need["id"] for need in needed if need["type"] == "panel"} == {
        panel["type"] for panel in panels(BOARDS[name])
    }
    assert variant["templating"]["list"][0].pop("current")["value"] == "${DS_PROMETHEUS}"
    original = json.loads(json.dumps(BOARDS[name]))
    original["templating"]["list"][0].pop("current")
    assert variant == original


def test_the_wall_starts_with_large_numbers_and_shows_states_as_words() -> None:
    shown = list(panels(BOARDS["wall"]))
    assert [panel["type"] for panel in shown[:8]] == ["stat"] * 8
    assert [panel["title"] for panel in shown[6:8]] == ["Change on last week", "Longest away"]
    assert BOARDS["wall"]["refresh"] == "10s"
    tiles, table = shown[8], shown[9]
    assert tiles["fieldConfig"]["defaults"]["unit"] == "dthms"
    assert {target["legendFormat"] for target in tiles["targets"]} == {LEGEND}
    (words,) = values_of(values_of_property(table, "State", "mappings"), "options")
    assert {int(state): result["text"] for state, result in words.items()} == {
        attention.ACT: "act",
        attention.WATCH: "watch",
        attention.OK: "ok",
        attention.NOTHING_SET: "no thresholds",
    }


def values_of_property(panel: dict[str, Any], field: str, name: str) -> Any:  # noqa: ANN401 - any JSON
    """Return a property of a field, as overridden."""
    (found,) = (
        each["value"]
        for override in panel["fieldConfig"]["overrides"]
        if override["matcher"]["options"] == field
        for each in override["properties"]
        if each["id"] == name
    )
    return found


@pytest.mark.parametrize("title", ["Waiting now", "Service level, last 30 min", "Abandoned today", "Answered today"])
def test_the_headlines_are_by_channel_and_voice_comes_first(title: str) -> None:
    (panel,) = (panel for panel in panels(BOARDS["wall"]) if panel["title"] == title)
    voice, others = queries(panel)
    for expr, matcher in ((voice, 'channel="voice"'), (others, 'channel!="voice"')):
        selectors = re.findall(r"\{[^}]*\}", expr)
        assert selectors, title
        assert all(matcher in selector for selector in selectors), title
    assert [target["legendFormat"] for target in panel["targets"]] == ["voice", "{{channel}}"]


@each_panel
def test_a_duration_reads_as_hours_minutes_and_seconds(board: str, panel: dict[str, Any]) -> None:
    """With the unit s, Grafana shows 89 seconds as "1 mins"."""
    if board in {"wall", "queues", "service-level"}:
        assert "s" not in set(values_of(panel["fieldConfig"], "unit"))
        for override in panel["fieldConfig"]["overrides"]:
            assert {"id": "unit", "value": "s"} not in override["properties"]


@pytest.mark.parametrize("name", ["wall", "queues", "service-level"])
def test_every_number_follows_the_chosen_queue(name: str) -> None:
    for panel in panels(BOARDS[name]):
        whole = panel["title"] in {"Contact centres", "Longest away", "Service level by contact centre, last 30 min"}
        assert whole or all('queue=~"$queue"' in expr for expr in queries(panel)), panel["title"]


@pytest.mark.parametrize("name", ["queues", "service-level"])
def test_lines_of_queues_are_limited(name: str) -> None:
    for panel in panels(BOARDS[name]):
        for target in panel["targets"] if panel["type"] == "timeseries" else ():
            if "{{queue}}" in target["legendFormat"]:
                assert re.search(r"topk\((8|10), ", target["expr"]), panel["title"]
                assert "@ end()" in target["expr"], panel["title"]


def test_the_wall_fits_on_a_screen_of_1080_lines() -> None:
    """A line of Grafana's grid is 30 pixels, with a gap of 8."""
    assert max(y for panel in panels(BOARDS["wall"]) for _, y in cells(panel)) < 1080 // 38


@pytest.mark.parametrize("name", NAMES)
def test_the_docs_show_a_small_picture_of_every_dashboard(name: str) -> None:
    docs = ROOT / "docs"
    assert f"](boards/{name}.png)" in (docs / "boards.md").read_text(encoding="utf-8")
    assert 0 < (docs / "boards" / f"{name}.png").stat().st_size < 200_000
