"""Recording rules of single contacts; grafana/rules/tests/recording-contacts.yml has their values."""

import re

import yaml

from grafana.generator.rules import contacts
from tests.support import promtool
from tests.support.rules import RULE_TESTS, RULES, exported_names, metric_names, rules_of

FILE = "contacts.yml"
RULES_OF_CONTACTS = rules_of(FILE)


def test_promtool_accepts_them() -> None:
    promtool.check_rules(RULES / FILE)


def test_the_committed_file_is_the_generated_one() -> None:
    assert (RULES / FILE).read_text(encoding="utf-8") == contacts.text()


def test_they_read_only_exported_series_and_keep_what_identifies_a_queue() -> None:
    known = set(exported_names())
    for rule in RULES_OF_CONTACTS:
        assert metric_names(rule["expr"]) <= known, rule["record"]
        known.add(rule["record"])
        kept = re.findall(r"\b(?:by|on) \(([^)]*)\)", rule["expr"])
        assert all({"job", "instance", "target", "queue_id"} <= set(labels.split(", ")) for labels in kept)


def test_each_has_a_value_in_the_tests() -> None:
    [test] = yaml.safe_load((RULE_TESTS / "recording-contacts.yml").read_text())["tests"]
    tested = {name for check in test["promql_expr_test"] for name in metric_names(check["expr"])}
    assert {rule["record"] for rule in RULES_OF_CONTACTS} == tested
    assert len(tested) == len(contacts.WINDOWS) * (len(contacts.QUANTILES) + 2) + 3
