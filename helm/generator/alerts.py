"""The alerts of the chart: the schema of their overrides, and the table of them in the README."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import yaml

START: Final = "<!-- alerts: written by `make docs` from grafana/rules -->"
END: Final = "<!-- end of alerts -->"

_SEVERITIES: Final = ("critical", "warning", "info")
_DURATION: Final = {"type": "string", "pattern": "^([0-9]+(ms|[smhdwy]))+$"}
_TEXTS: Final = {"type": "object", "additionalProperties": {"type": "string"}}
_OVERRIDES: Final[dict[str, dict[str, Any]]] = {
    "enabled": {"type": "boolean", "description": "Whether the rule exists."},
    "severity": {"enum": list(_SEVERITIES), "description": "Its severity."},
    "for": {**_DURATION, "description": "How long the condition must hold."},
    "keepFiringFor": {**_DURATION, "description": "How long the alert keeps firing after the condition ended."},
    "threshold": {"type": "number", "description": "The number that the alert compares with."},
    "expr": {"type": "string", "minLength": 1, "description": "The expression."},
    "labels": {**_TEXTS, "description": "Additional labels."},
    "annotations": {**_TEXTS, "description": "Additional annotations."},
}
# As in templates/_rules.tpl. A comparison with 0 is not a threshold: it means that something exists. Nor is one after a
# set operator, which is a condition of another kind.
_CONDITIONS: Final = re.compile(r"\s(and|unless|or)\s.*", re.DOTALL)
_COMPARISON: Final = re.compile(r" ([<>]=?|==|!=) (0\.\S+|[^0\s]\S*)")
_THRESHOLD: Final = re.compile(r"[<>]=? [0-9.]+")


def schema() -> dict[str, Any]:
    """Return the schema of the overrides of an alert."""
    case = {"type": "object", "additionalProperties": False, "properties": _OVERRIDES}
    cases = {severity: {**case, "description": f"Overrides of the {severity} rule."} for severity in _SEVERITIES}
    return {"type": "object", "additionalProperties": False, "properties": {**_OVERRIDES, **cases}}


def threshold(expression: str) -> str | None:
    """Return the comparison that the override `threshold` changes, None if there is none."""
    first = _COMPARISON.search(_CONDITIONS.sub("", expression))
    return first[0].strip() if first and _THRESHOLD.fullmatch(first[0].strip()) else None


def rules(directory: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the file and the rule of every alert.

    Args:
        directory: The directory of the rule files.
    """
    for file in sorted(directory.glob("*.yml")):
        for group in yaml.safe_load(file.read_text(encoding="utf-8"))["groups"]:
            yield from ((file.stem, rule) for rule in group["rules"] if "alert" in rule)


def table(directory: Path) -> Iterator[str]:
    """Yield the lines of the table.

    Args:
        directory: The directory of the rule files.
    """
    yield "| alert | severity | `for` | `threshold` | file |"
    yield "|---|---|---|---|---|"
    for file, rule in rules(directory):
        compared = threshold(rule["expr"])
        severity = rule.get("labels", {}).get("severity", "")
        cells = (f"`{rule['alert']}`", severity, rule.get("for", "0m"), f"`{compared}`" if compared else "", file)
        yield f"| {' | '.join(cells)} |"
