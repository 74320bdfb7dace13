"""The rules that a promtool test needs: those it asks for, and all whose series these read.

promtool evaluates every rule of a file at every step. Most tests ask for one alert of a file of fifty.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from tests.support.rule_yaml import read
from tests.support.rules import metric_names

_ALERT_NAME = re.compile(r'alertname="(\w+)"')
_EVERY_ALERT = "every alert"


@cache
def groups_of(path: Path) -> list[dict[str, Any]]:
    """Return the groups of a rule file, not to be changed."""
    groups: list[dict[str, Any]] = read(path)["groups"]
    return groups


def needed_groups(test: Mapping[str, Any], rule_files: Iterable[Path]) -> list[dict[str, Any]]:
    """Return the groups of several rule files in their order, with only the rules that a test needs.

    Args:
        test: One test of a promtool file.
        rule_files: The rule files that it names.
    """
    groups = [group for path in rule_files for group in groups_of(path)]
    rules = [rule for group in groups for rule in group["rules"]]
    asked = frozenset(_asked(test))
    if _EVERY_ALERT in asked:
        return groups
    needed = _names(rules, asked)
    kept = [group | {"rules": [rule for rule in group["rules"] if _name(rule) in needed]} for group in groups]
    return [group for group in kept if group["rules"]]


def _asked(test: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of the alerts and series that a test asks for."""
    yield from (check["alertname"] for check in test.get("alert_rule_test", ()))
    for check in test.get("promql_expr_test", ()):
        yield from _read_by(check["expr"])


def _names(rules: list[dict[str, Any]], names: frozenset[str]) -> frozenset[str]:
    """Return some names, and all names that their rules read, directly or through other rules."""
    more = names.union(*(_read_by(rule["expr"]) for rule in rules if _name(rule) in names))
    return names if more == names else _names(rules, more)


def _read_by(expr: str) -> Iterator[str]:
    """Yield the names that an expression reads, those of alerts included."""
    alerts = _ALERT_NAME.findall(expr)
    yield from alerts
    for name in metric_names(expr):
        yield name if name != "ALERTS" or alerts else _EVERY_ALERT


def _name(rule: Mapping[str, Any]) -> str:
    name: str = rule.get("record") or rule["alert"]
    return name
