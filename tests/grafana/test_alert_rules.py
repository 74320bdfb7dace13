import json
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from exporter.settings.units import parse_duration
from tests.support import promtool
from tests.support.rule_yaml import read
from tests.support.rules import GRAFANA, RULE_TESTS, RULES, exported_names, metric_names, recorded_names, rules_of
from tests.support.tools import require

FILES = ("supervisors.yml", "sre.yml")
RUNBOOKS = GRAFANA / "runbooks" / "README.md"
WATCHDOG = "ContactCenterWatchdog"  # always fires
WITHOUT_VALUE = {WATCHDOG, "ContactCenterExporterAbsent", "ContactCenterReplicaDown", "ContactCenterNoCurrentFigures"}
OF_THE_EXPORTER = WITHOUT_VALUE - {"ContactCenterNoCurrentFigures"} | {
    "ContactCenterExporterDown",
    "ContactCenterReloadFailed",
    "ContactCenterAllTargetsDown",
    "ContactCenterNoLeader",
    "ContactCenterTwoLeaders",
    "ContactCenterShardsMissing",
    "ContactCenterTargetsMissing",
}
RUNBOOKS_URL = "https://github.com/contactcenter-exporter/contactcenter-exporter/blob/main/grafana/runbooks/README.md"


class Expected(NamedTuple):
    """The alerts a promtool test expects under one name at one time."""

    name: str
    seconds: float
    fires: list[dict[str, Any]]
    inputs: frozenset[str]


@cache
def alerts() -> list[dict[str, Any]]:
    return [rule for name in FILES for rule in rules_of(name) if "alert" in rule]


@cache
def records() -> list[dict[str, Any]]:
    return [rule for name in FILES for rule in rules_of(name) if "record" in rule]


def test_files() -> list[Path]:
    paths = sorted(RULE_TESTS.glob("*.yml"))
    return [path for path in paths if {f"../{name}" for name in FILES} & set(_read(path)["rule_files"])]


test_files.__test__ = False  # type: ignore[attr-defined]


@cache
def expectations() -> tuple[Expected, ...]:
    return tuple(_expectations())


def _expectations() -> Iterator[Expected]:
    for path in test_files():
        for test in _read(path)["tests"]:
            inputs = frozenset[str]().union(*(metric_names(each["series"]) for each in test["input_series"]))
            for check in test.get("alert_rule_test", ()):
                seconds = parse_duration(check["eval_time"])
                yield Expected(check["alertname"], seconds, check["exp_alerts"], inputs)


@cache
def _read(path: Path) -> dict[str, Any]:
    data: dict[str, Any] = read(path)
    return data


def _severity(alert: dict[str, Any]) -> str:
    severity: str = alert["labels"]["severity"]
    return severity


def _sources(alert: dict[str, Any]) -> frozenset[str]:
    """Return the series an alert reads, directly or through the rules of its file."""
    return _with_sources(metric_names(alert["expr"]))


def _with_sources(read_names: frozenset[str]) -> frozenset[str]:
    more = read_names.union(*(metric_names(rule["expr"]) for rule in records() if rule["record"] in read_names))
    return read_names if more == read_names else _with_sources(more)


def _name(alert: dict[str, Any]) -> str:
    return f"{alert['alert']}-{_severity(alert)}"


every_alert = pytest.mark.parametrize("alert", alerts(), ids=_name)
every_conditional_alert = pytest.mark.parametrize(
    "alert", [each for each in alerts() if each["alert"] != WATCHDOG], ids=_name
)


def test_promtool_accepts_the_rules() -> None:
    command = [require("promtool"), "check", "rules", "--lint=all", *(str(RULES / name) for name in FILES)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - the repository's files
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", test_files(), ids=lambda path: path.stem)
def test_promtool_rule_tests_pass(path: Path, tmp_path: Path) -> None:
    promtool.run_file(tmp_path, path)


@every_alert
def test_an_alert_fires_in_a_test_that_checks_all_annotations(alert: dict[str, Any]) -> None:
    checked = [
        each["exp_annotations"]
        for expected in expectations()
        if expected.name == alert["alert"]
        for each in expected.fires
        if each["exp_labels"]["severity"] == _severity(alert)
    ]
    assert checked
    assert all(set(each) == set(alert["annotations"]) for each in checked)


@every_conditional_alert
def test_an_alert_does_not_fire_in_a_test_with_its_inputs(alert: dict[str, Any]) -> None:
    quiet = [
        expected
        for expected in expectations()
        if expected.name == alert["alert"]
        and expected.seconds >= parse_duration(alert["for"])
        and _severity(alert) not in {each["exp_labels"]["severity"] for each in expected.fires}
        and expected.inputs & _sources(alert)
    ]
    assert quiet


@every_alert
def test_an_alert_has_an_audience_a_runbook_and_a_dashboard(alert: dict[str, Any]) -> None:
    annotations = alert["annotations"]
    assert alert["alert"].startswith("ContactCenter")
    assert set(alert["labels"]) == {"severity", "audience"}
    assert _severity(alert) in {"critical", "warning", "info"} or alert["alert"] == WATCHDOG
    assert alert["labels"]["audience"] in {"supervisor", "sre"}
    assert set(annotations) == {"summary", "description", "runbook_url", "dashboard_url"}
    assert "{{" not in annotations["summary"]
    assert annotations["runbook_url"] == f"{RUNBOOKS_URL}#{alert['alert'].lower()}"
    assert parse_duration(alert["keep_firing_for"]) > 0 or alert["alert"] == WATCHDOG


@every_alert
def test_an_alert_links_a_dashboard_with_escaped_labels(alert: dict[str, Any]) -> None:
    prefix = "http://localhost:3000/d/contactcenter-"
    name, _, query = alert["annotations"]["dashboard_url"].removeprefix(prefix).partition("?")
    dashboard = json.loads((GRAFANA / "dashboards" / f"{name}.json").read_text(encoding="utf-8"))
    choices = {variable["name"]: variable.get("definition", "") for variable in dashboard["templating"]["list"]}
    channel = "{{ with $labels.channel }}&var-channel={{ . | urlquery }}{{ end }}"
    assert query.endswith(channel) == ("$labels.channel" in alert["annotations"]["description"])
    start, end, *variables = query.removesuffix(channel).split("&")
    assert re.fullmatch(r"from=now-\d+h", start)
    assert end == "to=now"
    for each in variables:
        link = re.fullmatch(r"var-(\w+)=\{\{ \$labels\.(\w+) \| urlquery \}\}", each)
        assert link is not None, each
        assert choices[link[1]].endswith(f", {link[2]})"), "the dashboard variable does not hold this label's values"


@pytest.mark.parametrize("alert", [each for each in alerts() if each["alert"] not in WITHOUT_VALUE], ids=_name)
def test_a_description_contains_a_humanized_value(alert: dict[str, Any]) -> None:
    description = alert["annotations"]["description"]
    assert re.search(r'\$value \| humanize(Percentage|Duration)?\b|printf "%.0f" \$value', description)


def test_alerts_on_targets_have_its_name_and_alerts_on_queues_the_id() -> None:
    for expected in expectations():
        for labels in (each["exp_labels"] for each in expected.fires):
            if expected.name not in OF_THE_EXPORTER:
                assert labels["target"]
            assert ("queue" in labels) == ("queue_id" in labels)


@pytest.mark.parametrize("rule", alerts() + records(), ids=lambda rule: rule.get("alert") or rule["record"])
def test_a_rule_reads_only_exported_or_recorded_series(rule: dict[str, Any]) -> None:
    known = exported_names() | recorded_names() | {each["record"] for each in records()} | {"up", "ALERTS"}
    assert metric_names(rule["expr"]) <= known


def test_every_alert_has_a_runbook_and_every_runbook_an_alert() -> None:
    headings = re.findall(r"^## (ContactCenter\w+)$", RUNBOOKS.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(headings) == len(set(headings))
    assert set(headings) == {alert["alert"] for alert in alerts()}


def test_runbooks_query_only_exported_or_recorded_series() -> None:
    known = exported_names() | recorded_names() | {each["record"] for each in (*records(), *rules_of("intraday.yml"))}
    queries = re.findall(r"```promql\n(.*?)```", RUNBOOKS.read_text(encoding="utf-8"), re.DOTALL)
    assert queries
    assert frozenset[str]().union(*map(metric_names, queries)) <= known | {"up"}


@pytest.mark.parametrize("objective", [0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98, 0.99])
def test_a_burn_of_every_severity_fires_at_any_objective(objective: float, tmp_path: Path) -> None:
    queue = '{job="j", instance="i", target="t", queue_id="1", queue="Q", channel="voice"}'
    windows = ("6m", "30m", "1h", "6h", "3d")
    burnt = [
        {"series": f"queue:contactcenter_service_level:ratio_rate{window}{queue}", "values": "0x60"}
        for window in windows
    ]
    others = [
        {"series": f"queue:contactcenter_service_level:objective_ratio{queue}", "values": f"{objective}+0x60"},
        {"series": f"queue:contactcenter_contacts_counted:increase30m{queue}", "values": "100+0x60"},
    ]
    firing = 'count by (severity) (ALERTS{alertname="ContactCenterErrorBudgetBurn", alertstate="firing"})'
    severities = ("critical", "info", "warning")
    seen = [{"labels": f'{{severity="{severity}"}}', "value": 1} for severity in severities]
    test = {
        "interval": "1m",
        "input_series": burnt + others,
        "promql_expr_test": [{"expr": firing, "eval_time": "30m", "exp_samples": seen}],
    }
    promtool.run(tmp_path, [test], [RULES / "supervisors.yml"])
