"""Rules and dashboards: the files of grafana/, with the overrides of a release."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from helm_python import Chart, HelmError

from helm.generator import alerts
from tests.support.charts import CHART, NAMESPACE, RELEASE, Manifest, of_kind, rendered
from tests.support.paths import ROOT
from tests.support.tools import require

RULES = sorted((ROOT / "grafana" / "rules").glob("*.yml"))
BOARDS = sorted((ROOT / "grafana" / "dashboards").glob("*.json"))
DEMO: dict[str, Any] = {"demo": {"enabled": True}}
RUNBOOKS = "https://github.com/contactcenter-exporter/contactcenter-exporter/blob/main/grafana/runbooks/README.md"
BOARD = "/d/contactcenter-queues?var-queue={{ $labels.queue | urlquery }}"
WORDS = '{{ $labels.queue }}: {{ printf "%.0f" $value }} "waiting" & <more>\nthan {{ 5 }}'

SAMPLE: dict[str, Any] = {
    "groups": [
        {
            "name": "sample",
            "interval": "30s",
            "rules": [
                {"record": "queue:sample:sum", "expr": "sum by (queue) (contactcenter_queue_waiting_contacts)"},
                {
                    "alert": "ContactCenterSample",
                    "expr": 'queue:sample:sum{queue!~"a|b"} > 1000000',
                    "for": "5m",
                    "labels": {"severity": "warning", "audience": "sre"},
                    "annotations": {
                        "summary": "A sample",
                        "description": WORDS,
                        "runbook_url": f"{RUNBOOKS}#contactcentersample",
                        "dashboard_url": f"http://localhost:3000{BOARD}",
                    },
                },
            ],
        }
    ]
}
[GROUP] = SAMPLE["groups"]
RECORD, ALERT = GROUP["rules"]


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Chart:
    """Return the chart with one rule file and one dashboard of the test."""
    directory = tmp_path_factory.mktemp("chart") / CHART.name
    shutil.copytree(CHART, directory, ignore=shutil.ignore_patterns("files"))
    (directory / "files" / "rules").mkdir(parents=True)
    (directory / "files" / "rules" / "sample.yml").write_text(yaml.safe_dump(SAMPLE))
    (directory / "files" / "dashboards").mkdir()
    (directory / "files" / "dashboards" / "sample.json").write_text('{"legend": "{{queue}} <b> & \\u00e9"}\n')
    return Chart.load(directory)


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> Chart:
    """Return the chart with an alert of two severities and another alert."""
    rules = [
        {"alert": "ContactCenterCases", "expr": "a > 9", "for": "5m", "labels": {"severity": "critical"}},
        {"alert": "ContactCenterCases", "expr": "a > 5", "for": "5m", "labels": {"severity": "warning"}},
        {
            "alert": "ContactCenterOther",
            "expr": "b > 1",
            "labels": {"severity": "info"},
            "annotations": {"summary": "Other"},
        },
    ]
    directory = tmp_path_factory.mktemp("chart") / CHART.name
    shutil.copytree(CHART, directory, ignore=shutil.ignore_patterns("files"))
    (directory / "files" / "rules").mkdir(parents=True)
    (directory / "files" / "rules" / "cases.yml").write_text(
        yaml.safe_dump({"groups": [{"name": "cases", "rules": rules}]})
    )
    return Chart.load(directory)


def severities(chart: Chart, own: dict[str, Any], name: str = "ContactCenterCases") -> dict[str, Manifest]:
    """Return the rules of an alert by severity in a release with overrides."""
    [group] = groups(chart, alerts=own)
    found = [rule for rule in group["rules"] if rule["alert"] == name]
    assert len({rule["labels"]["severity"] for rule in found}) == len(found)
    return {rule["labels"]["severity"]: rule for rule in found}


def groups(chart: Chart, **rule: object) -> list[Any]:
    """Return the groups of the sample's rule file in a release; empty without a PrometheusRule."""
    values = DEMO | {"prometheusRule": {"enabled": True, **rule}}
    text = chart.render(values, name=RELEASE, namespace=NAMESPACE)[f"{CHART.name}/templates/prometheusrule.yaml"]
    manifest = yaml.safe_load(text)
    return manifest["spec"]["groups"] if manifest else []


def alert(chart: Chart, **rule: object) -> Manifest:
    """Return the sample's alert in a release."""
    [group] = groups(chart, **rule)
    found: Manifest = group["rules"][1]
    return found


def test_the_rules_are_those_of_the_file(sample: Chart) -> None:
    assert groups(sample) == SAMPLE["groups"]


def test_an_alert_can_be_disabled(sample: Chart) -> None:
    assert groups(sample, alerts={"ContactCenterSample": {"enabled": False}}) == [GROUP | {"rules": [RECORD]}]


def test_a_file_can_be_excluded(sample: Chart) -> None:
    assert groups(sample, exclude=["sample"]) == []


def test_an_alert_of_an_excluded_file_is_still_known(sample: Chart) -> None:
    assert groups(sample, exclude=["sample"], alerts={"ContactCenterSample": {"for": "1m"}}) == []


def test_severity_duration_and_labels_can_be_overridden(sample: Chart) -> None:
    own = {"severity": "critical", "for": "1m", "keepFiringFor": "10m", "labels": {"team": "voice"}}
    changed = alert(sample, alerts={"ContactCenterSample": own}, alertLabels={"team": "all", "site": "ams"})
    assert changed["labels"] == {"severity": "critical", "audience": "sre", "team": "voice", "site": "ams"}
    assert (changed["for"], changed["keep_firing_for"]) == ("1m", "10m")
    assert changed["annotations"] == ALERT["annotations"]


def test_the_rules_of_an_alert_can_be_overridden_by_severity(cases: Chart) -> None:
    changed = severities(cases, {"ContactCenterCases": {"for": "3m", "warning": {"for": "9m"}}})
    assert {severity: rule["for"] for severity, rule in changed.items()} == {"critical": "3m", "warning": "9m"}
    assert set(severities(cases, {"ContactCenterCases": {"warning": {"enabled": False}}})) == {"critical"}


def test_two_rules_of_an_alert_cannot_have_the_same_severity(cases: Chart) -> None:
    with pytest.raises(HelmError, match=r"ContactCenterCases.severity: two rules would be critical.*enabled: false"):
        groups(cases, alerts={"ContactCenterCases": {"severity": "critical"}})
    moved = {"critical": {"enabled": False}, "warning": {"severity": "critical", "threshold": 3}}
    assert list(severities(cases, {"ContactCenterCases": moved})) == ["critical"]
    assert set(severities(cases, {"ContactCenterCases": {"warning": {"severity": "info"}}})) == {"critical", "info"}


def test_a_pattern_applies_to_every_alert_it_matches_and_a_name_overrides_it(cases: Chart) -> None:
    patterns = {"*": {"for": "1m"}, "ContactCenter*": {"for": "2m"}, "ContactCenterO*": {"enabled": False}}
    [group] = groups(cases, alerts=patterns)
    assert {rule["alert"]: rule["for"] for rule in group["rules"]} == {"ContactCenterCases": "2m"}
    [group] = groups(cases, alerts=patterns | {"ContactCenterOther": {"enabled": True, "labels": {"team": "voice"}}})
    [other] = [rule for rule in group["rules"] if rule["alert"] == "ContactCenterOther"]
    assert (other["for"], other["labels"]["team"]) == ("2m", "voice")


def test_labels_and_annotations_of_patterns_and_names_add_up(cases: Chart) -> None:
    own = {
        "ContactCenter*": {"labels": {"team": "all", "site": "ams"}, "annotations": {"note": "pattern"}},
        "ContactCenterOther": {"labels": {"team": "voice"}},
    }
    [group] = groups(cases, alerts=own, alertAnnotations={"note": "all", "contact": "floor"})
    [other] = [rule for rule in group["rules"] if rule["alert"] == "ContactCenterOther"]
    assert other["labels"] == {"severity": "info", "team": "voice", "site": "ams"}
    assert other["annotations"] == {"summary": "Other", "note": "pattern", "contact": "floor"}


@pytest.mark.parametrize(
    ("expression", "threshold", "changed"),
    [
        ("a > 5", 7, "a > 7"),
        ("rate(a[5m]) / rate(b[5m]) >= 0.05", 0.1, "rate(a[5m]) / rate(b[5m]) >= 0.1"),
        ("a < 5\nand on (b) c >= 20", 0.5, "a < 0.5\nand on (b) c >= 20"),
        ("burn1h > 14.4 and burn5m > 14.4", 6, "burn1h > 6 and burn5m > 6"),
        ("(a / (b > 0))[15m:1m] > 0.3", 0, "(a / (b > 0))[15m:1m] > 0"),
        ("a > 5\nand b > 50", 6, "a > 6\nand b > 50"),
    ],
)
def test_a_threshold_can_be_overridden(cases: Chart, expression: str, threshold: float, changed: str) -> None:
    own = {"expr": expression, "threshold": threshold}
    assert severities(cases, {"ContactCenterOther": own}, "ContactCenterOther")["info"]["expr"] == changed


@pytest.mark.parametrize(
    "expression", ["a == 5", "a > 0", "a > on (b) group_left () c", "a == 1 and b > 5", "absent(a)"]
)
def test_a_threshold_of_an_alert_without_one_is_rejected(cases: Chart, expression: str) -> None:
    with pytest.raises(HelmError, match=r"ContactCenterOther.threshold: the alert compares with no number; set expr"):
        groups(cases, alerts={"ContactCenterOther": {"expr": expression, "threshold": 3}})


def test_a_pattern_that_matches_no_alert_is_rejected(cases: Chart) -> None:
    with pytest.raises(HelmError, match=r"prometheusRule.alerts.ContactCenterNo\*: no such alert"):
        groups(cases, alerts={"ContactCenterNo*": {"enabled": False}})


def test_the_readme_lists_the_threshold_of_every_alert_that_has_one() -> None:
    listed = list(alerts.rules(CHART / "files" / "rules"))
    assert len(listed) >= 20
    with_threshold = [rule for _, rule in listed if alerts.threshold(rule["expr"])]
    own: dict[str, Any] = {}
    for rule in with_threshold:
        own.setdefault(rule["alert"], {})[rule["labels"]["severity"]] = {"threshold": 4321}
    changed = {
        (rule["alert"], rule["labels"]["severity"]): rule["expr"]
        for made in of_kind("PrometheusRule", rendered(DEMO | {"prometheusRule": {"enabled": True, "alerts": own}}))
        for group in made["spec"]["groups"]
        for rule in group["rules"]
        if "alert" in rule
    }
    for rule in with_threshold:
        compared = str(alerts.threshold(rule["expr"]))
        expected = re.sub(rf" {re.escape(compared)}(?=\s|$)", f" {compared.split(maxsplit=1)[0]} 4321", rule["expr"])
        assert changed[rule["alert"], rule["labels"]["severity"]] == expected


def test_additional_groups_are_a_prometheus_rule_of_their_own() -> None:
    group = {"name": "own", "rules": [{"record": "a:b:sum", "expr": "sum(a)"}]}
    made = of_kind("PrometheusRule", rendered(DEMO | {"prometheusRule": {"enabled": True, "extraGroups": [group]}}))
    assert made[-1]["metadata"]["name"].endswith("-extra")
    assert made[-1]["spec"] == {"groups": [group]}
    assert len(made) == len(RULES) + 1


def test_alert_labels_are_not_added_to_recording_rules(sample: Chart) -> None:
    [group] = groups(sample, alertLabels={"team": "voice"})
    assert group["rules"][0] == RECORD


def test_urls_of_dashboards_and_runbooks_can_be_overridden(sample: Chart) -> None:
    changed = alert(sample, grafanaUrl="https://grafana.example.com/sub", runbookUrl="https://wiki.example.com/cc")
    assert changed["annotations"] == ALERT["annotations"] | {
        "dashboard_url": f"https://grafana.example.com/sub{BOARD}",
        "runbook_url": "https://wiki.example.com/cc#contactcentersample",
    }


def test_an_unknown_file_is_rejected_with_a_list_of_the_known_ones(sample: Chart) -> None:
    with pytest.raises(HelmError, match=r"no rule file smaple \(known: sample\)"):
        groups(sample, exclude=["smaple"])


def test_a_dashboard_is_rendered_for_the_sidecar_byte_by_byte(sample: Chart) -> None:
    values = DEMO | {"dashboards": {"enabled": True, "folder": "Voice", "namespace": "grafana"}}
    [text] = [text for path, text in sample.render(values, name=RELEASE).items() if path.endswith("/dashboards.yaml")]
    manifest = yaml.safe_load(text)
    assert manifest["data"] == {"contactcenter-sample.json": '{"legend": "{{queue}} <b> & \\u00e9"}\n'}
    assert manifest["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert manifest["metadata"]["annotations"] == {"grafana_folder": "Voice"}
    assert manifest["metadata"]["namespace"] == "grafana"


def test_every_dashboard_is_packaged_byte_by_byte() -> None:
    boards = of_kind("ConfigMap", rendered(DEMO | {"dashboards": {"enabled": True}}))
    held = {name: text for board in boards for name, text in board["data"].items()}
    assert held == {f"contactcenter-{path.name}": path.read_text() for path in BOARDS}


def test_every_rule_file_is_packaged_unchanged() -> None:
    made = of_kind("PrometheusRule", rendered(DEMO | {"prometheusRule": {"enabled": True}}))
    assert [rule["spec"] for rule in made] == [yaml.safe_load(path.read_text()) for path in RULES]


@pytest.mark.parametrize(
    "values",
    [
        {},
        {
            "alertLabels": {"team": "voice"},
            "grafanaUrl": "https://grafana.example.com",
            "alerts": {"ContactCenter*": {"for": "1m", "labels": {"site": "ams"}, "annotations": {"note": "own"}}},
        },
    ],
)
def test_prometheus_accepts_the_rules(values: dict[str, Any], tmp_path: Path, sample: Chart) -> None:
    specs = [{"groups": groups(sample, **values)}]
    made = of_kind("PrometheusRule", rendered(DEMO | {"prometheusRule": {"enabled": True, **values}}))
    for number, spec in enumerate(specs + [rule["spec"] for rule in made]):
        file = tmp_path / f"{number}.yml"
        file.write_text(json.dumps(spec))
        promtool = (require("promtool"), "check", "rules", str(file))
        checked = subprocess.run(promtool, capture_output=True, text=True, check=False)  # noqa: S603 - promtool itself
        assert checked.returncode == 0, checked.stdout + checked.stderr
