"""The monitoring mixin: the generated rules and dashboards, with parameters."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import rjsonnet

from grafana.generator import boards, mixin, rules
from tests.support import promtool
from tests.support.rule_yaml import parsed as yaml_of
from tests.support.rules import GRAFANA, metric_names

FOLDER = GRAFANA / "mixin"
SELECTOR = 'cluster="eu", env="live"'
FIELDS = ("grafanaDashboards", "prometheusRules", "prometheusAlerts")


@cache
def evaluated(config: str = "{}") -> dict[str, Any]:
    """Return the fields of the mixin with a configuration in Jsonnet."""
    fields = ", ".join(f"{field}: mixin.{field}" for field in FIELDS)
    program = f"local mixin = (import 'mixin.libsonnet') {{ _config+:: {config} }}; {{ {fields} }}"
    found: dict[str, Any] = json.loads(rjsonnet.evaluate_snippet("test.jsonnet", program, jpathdir=[str(FOLDER)]))
    return found


def rules_of(data: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        rule
        for field in ("prometheusRules", "prometheusAlerts")
        for group in data[field]["groups"]
        for rule in group["rules"]
    ]


def dashboard_expressions(data: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON
    if isinstance(data, dict):
        yield from (value for key, value in data.items() if key in {"expr", "definition"} and isinstance(value, str))
        data = list(data.values())
    for item in data if isinstance(data, list) else ():
        yield from dashboard_expressions(item)


def test_the_committed_expressions_are_the_generated_ones() -> None:
    for path, text in mixin.files():
        assert (GRAFANA / path).read_text(encoding="utf-8") == text


def test_without_parameters_the_mixin_is_equal_to_the_generated_files() -> None:
    found = evaluated()
    assert found["grafanaDashboards"] == {
        path.removeprefix("dashboards/"): json.loads(text) for path, text in boards.files()
    }
    generated = [group for _, text in rules.files() for group in yaml_of(text)["groups"]]
    groups = found["prometheusRules"]["groups"] + found["prometheusAlerts"]["groups"]
    assert {group["name"]: group for group in groups} == {group["name"]: group for group in generated}
    assert len(groups) == len(generated)


def test_a_selector_is_in_every_series_of_every_expression() -> None:
    found = evaluated(f"{{ selector: '{SELECTOR}', job: 'voice|chat' }}")
    matchers = re.escape(f'{{{SELECTOR}, job=~"voice|chat"')
    expressions = [rule["expr"] for rule in rules_of(found)]
    expressions += dashboard_expressions(found["grafanaDashboards"])
    assert len(expressions) > 300
    for expr in expressions:
        # The query of a variable is label_values(selector, label).
        selected = re.sub(r"^label_values\((.*), \w+\)$", r"\1", expr)
        for name in metric_names(selected) - {"ALERTS"}:
            every = re.findall(rf"(?<![\w:\"]){name}(?![\w:\"])", selected)
            assert len(re.findall(rf"(?<![\w:]){name}{matchers}", selected)) == len(every), (name, expr)
        assert selected.count("ALERTS{") == selected.count(f"ALERTS{{{SELECTOR}, ")
        assert not re.search(r"\{__name__", selected)


@pytest.mark.parametrize("config", ["{}", "{ selector: 'cluster=\"eu\"' }", "{ job: 'voice' }"])
def test_promtool_accepts_the_rules_of_the_mixin(config: str, tmp_path: Path) -> None:
    found = evaluated(config)
    for field in ("prometheusRules", "prometheusAlerts"):
        path = tmp_path / f"{field}.yml"
        path.write_text(json.dumps(found[field]), encoding="utf-8")
        promtool.check_rules(path)


def test_a_series_of_another_cluster_is_not_recorded(tmp_path: Path) -> None:
    path = tmp_path / "rules.yml"
    path.write_text(json.dumps(evaluated("{ selector: 'cluster=\"eu\"' }")["prometheusRules"]), encoding="utf-8")
    waiting = 'contactcenter_queue_waiting_contacts{{cluster="{}", target="t", queue_id="1", channel="voice"}}'
    series = [{"series": waiting.format(cluster), "values": "1x5"} for cluster in ("eu", "us")]
    check = {
        "expr": "count by (cluster) (queue:contactcenter_promise_seconds:effective)",
        "eval_time": "5m",
        "exp_samples": [{"labels": '{cluster="eu"}', "value": 1}],
    }
    test = {"interval": "1m", "input_series": series, "promql_expr_test": [check]}
    promtool.run(tmp_path, [test], [path])


THRESHOLDS = {
    "occupancy": ("ContactCenterOccupancyHigh", "warning"),
    "wrapUpShare": ("ContactCenterWrapUpShareHigh", "warning"),
    "longWrapUpSeconds": ("ContactCenterAgentLongInWrapUp", "info"),
    "abandonmentWarning": ("ContactCenterAbandonmentHigh", "warning"),
    "abandonmentCritical": ("ContactCenterAbandonmentHigh", "critical"),
    "trunkUsageWarning": ("ContactCenterTrunkNearCapacity", "warning"),
    "trunkUsageCritical": ("ContactCenterTrunkNearCapacity", "critical"),
}


@pytest.mark.parametrize(("name", "alert"), THRESHOLDS.items())
def test_a_threshold_changes_its_alert_only_and_once(name: str, alert: tuple[str, str]) -> None:
    changed = rules_of(evaluated(f"{{ thresholds+: {{ {name}: 0.123 }} }}"))
    differing = [
        (rule, other)
        for rule, other in zip(rules_of(evaluated()), changed, strict=True)
        if rule["expr"] != other["expr"]
    ]
    ((before, after),) = differing
    assert (after["alert"], after["labels"]["severity"]) == alert
    assert after["expr"].count("> 0.123") == 1
    assert before["expr"].count(">") == after["expr"].count(">")


def test_every_threshold_is_tested() -> None:
    text = (FOLDER / "mixin.libsonnet").read_text(encoding="utf-8")
    assert set(re.findall(r"^    (\w+): \{ alert:", text, re.MULTILINE)) == set(THRESHOLDS)


def test_links_have_the_urls_of_the_configuration() -> None:
    text = json.dumps(
        evaluated("{ grafanaUrl: 'https://grafana.example.com', runbooksUrl: 'https://wiki.example.com' }")
    )
    assert "https://grafana.example.com/d/contactcenter-queues?" in text
    assert "https://wiki.example.com#contactcenteroccupancyhigh" in text
    assert "localhost:3000" not in text
    assert "runbooks/README.md" not in text
