"""Rule files and the metric names in PromQL expressions, for tests of rules and dashboards."""

import re
from collections.abc import Iterator
from typing import Any

from exporter.metrics.catalog import FAMILIES
from tests.support.paths import ROOT
from tests.support.rule_yaml import read

GRAFANA = ROOT / "grafana"
RULES = GRAFANA / "rules"
RULE_TESTS = RULES / "tests"

# Parts of an expression without metric names; quoted text comes first because it may contain the others.
_NOT_NAMES = re.compile(
    r"""
    "(?:[^"\\]|\\.)*" | '(?:[^'\\]|\\.)*' | `[^`]*`  # text
    | \[[^]]*\]                                      # a range
    | \$\{[^}]*\} | \$\w+                            # a variable
    | \b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)
    | \b(?:group_left|group_right|bool)\b
    | \boffset\s+-?\w+ | @\s*[\w.]+(?:\(\))?
    """,
    re.VERBOSE | re.IGNORECASE,
)
_OPERATORS = re.compile(r"\b(?:and|or|unless|atan2)\b", re.IGNORECASE)
_MATCHERS = re.compile(r"\{[^}]*\}")
_NAME = re.compile(r"(?<![\w:.])([a-zA-Z_:][\w:]*)(?!\s*\()(?![\w:])")
_NUMBERS = frozenset({"inf", "nan"})


def metric_names(expr: str) -> frozenset[str]:
    """Return the names of the series that a PromQL expression reads."""
    # Operators are replaced, so that a name before an operator and a parenthesis is not taken for a function.
    found = _NAME.findall(_OPERATORS.sub(",", _MATCHERS.sub(" ", _NOT_NAMES.sub(" ", expr))))
    return frozenset(name for name in found if name.lower() not in _NUMBERS)


def exported_names() -> frozenset[str]:
    """Return the names of all series in the catalog."""
    suffixes = {"gaugehistogram": ("_bucket",), "histogram": ("_bucket", "_sum", "_count")}
    parts = {f"{family.name}{suffix}" for family in FAMILIES for suffix in suffixes.get(family.kind, ())}
    return frozenset({family.name for family in FAMILIES} | parts)


def rules_of(name: str) -> list[dict[str, Any]]:
    """Return every rule of a file under grafana/rules/."""
    return [rule for group in read(RULES / name)["groups"] for rule in group["rules"]]


def recorded_names() -> frozenset[str]:
    """Return the names of all recording rules, those of the optional file included."""
    return frozenset(rule["record"] for name in ("recording.yml", "details.yml") for rule in rules_of(name))


def names_of_contacts() -> frozenset[str]:
    """Return the names recorded of single contacts, which other rules read where they exist."""
    return frozenset(rule["record"] for rule in rules_of("contacts.yml"))


def promtool_tests() -> Iterator[dict[str, Any]]:
    """Yield every test group of the promtool tests."""
    for path in sorted(RULE_TESTS.glob("*.yml")):
        yield from read(path)["tests"]
