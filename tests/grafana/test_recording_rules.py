import re
from pathlib import Path

import pytest

from grafana.generator.rules import names, recording, totals
from grafana.preview.panel_queries import boards, panels
from tests.support import promtool
from tests.support.rules import (
    RULE_TESTS,
    RULES,
    exported_names,
    metric_names,
    names_of_contacts,
    promtool_tests,
    recorded_names,
    rules_of,
)

# level:metric:operations, as recommended by Prometheus.
STYLE = re.compile(r"(queue|channel|group|target|trunk):contactcenter_[a-z_]+:[a-z_]+[0-9a-z_]*")


FILES = ("recording.yml", "details.yml")
# Of all replicas together, because an exporter may have another instance since last week.
OF_REPLICAS = {totals.OFFERED, totals.OFFERED_LAST_WEEK}
TOTALS = {totals.IN_TIME, totals.WITH_LEVEL, totals.ABANDONED, totals.WITH_ABANDONMENT, *OF_REPLICAS}


@pytest.mark.parametrize("name", FILES)
def test_promtool_accepts_the_recording_rules(name: str) -> None:
    promtool.check_rules(RULES / name)


@pytest.mark.parametrize("path", sorted(RULE_TESTS.glob("recording*.yml")), ids=lambda path: path.stem)
def test_promtool_tests_of_recording_rules_pass(path: Path, tmp_path: Path) -> None:
    promtool.run_file(tmp_path, path)


def test_every_recorded_name_has_a_value_in_some_test() -> None:
    expected = {
        name
        for test in promtool_tests()
        for check in test.get("promql_expr_test", [])
        for sample in check.get("exp_samples") or ()
        for name in metric_names(sample["labels"]) | metric_names(check["expr"])
    }
    assert recorded_names() - expected == set()


def test_recorded_names_consist_of_level_metric_and_operations() -> None:
    assert [name for name in recorded_names() if not STYLE.fullmatch(name)] == []


def test_rules_read_only_exported_or_previously_recorded_series() -> None:
    known = set(exported_names() | names_of_contacts())
    for rule in (rule for name in FILES for rule in rules_of(name)):
        assert metric_names(rule["expr"]) <= known, rule["record"]
        known.add(rule["record"])


def test_no_rule_drops_the_job_or_the_instance() -> None:
    kept = [
        set(labels.split(", "))
        for name in FILES
        for rule in rules_of(name)
        if rule["record"] not in OF_REPLICAS
        for labels in re.findall(r"\b(?:by|on) \(([^)]*)\)", rule["expr"])
    ]
    dropped = [
        set(labels.split(", "))
        for name in FILES
        for rule in rules_of(name)
        if rule["record"] not in OF_REPLICAS
        for labels in re.findall(r"\b(?:without|ignoring) \(([^)]*)\)", rule["expr"])
    ]
    assert kept
    assert all(labels >= {"job", "instance", "target"} for labels in kept)
    assert all(labels <= {"state", "severity", "queue"} for labels in dropped)


def test_exactly_the_declared_names_are_recorded() -> None:
    by_window = (names.service_level, names.abandonment, names.speed_of_answer)
    declared = {
        *(name(window) for name in by_window for window in ("30m", "day")),
        names.handle_time("day"),
        *(names.service_level(window) for window in names.BURN_WINDOWS),
        names.service_level("30m", "target"),
        names.offered("30m"),
        *(names.counted(window) for window in ("30m", "6h")),
        names.COUNTED_TODAY,
        names.IN_TIME,
        names.RESTARTED,
        names.ABANDONMENT_OF_ENOUGH,
        names.COUNTED_UNIQUE,
        *(names.occupancy(level) for level in ("queue", "group", "target")),
        names.OBJECTIVE,
        names.ERROR_BUDGET_REMAINING,
        names.TRUNK_USAGE,
        names.TARGET_TRUNK_USAGE,
        *TOTALS,
    }
    assert recorded_names() == declared


def test_the_committed_files_are_the_generated_ones() -> None:
    assert (RULES / "recording.yml").read_text(encoding="utf-8") == recording.text()
    assert (RULES / "details.yml").read_text(encoding="utf-8") == recording.text_of_details()


def test_every_name_of_the_main_file_is_read_by_an_alert_a_dashboard_or_a_rule() -> None:
    """Names that only other dashboards or people's own queries may read belong into the optional file."""
    read = [rule["expr"] for name in ("recording.yml", "supervisors.yml", "sre.yml") for rule in rules_of(name)]
    read += [target["expr"] for board in boards().values() for panel in panels(board) for target in panel["targets"]]
    asked = frozenset[str]().union(*map(metric_names, read))
    assert {rule["record"] for rule in rules_of("recording.yml")} <= asked
