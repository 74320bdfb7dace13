"""Evaluates PromQL and rules on given series with a real promtool."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.needed_rules import needed_groups
from tests.support.rule_yaml import read
from tests.support.rules import RULES
from tests.support.tools import require


@dataclass(frozen=True, slots=True)
class Check:
    """What an expression returns at one time.

    Attributes:
        expr: The PromQL.
        at: The time, as a Prometheus duration.
        samples: The expected values, by the labels in PromQL's notation.
    """

    expr: str
    at: str
    samples: Mapping[str, float] = field(default_factory=dict)


def evaluate(
    folder: Path,
    series: Mapping[str, str],
    checks: Sequence[Check],
    *rule_files: str,
    interval: str = "1m",
    evaluated: str = "",
) -> None:
    """Fail unless every expression returns what is expected.

    Args:
        folder: A folder for the test file.
        series: The values of each series, in promtool's notation.
        checks: The expectations.
        rule_files: Files under grafana/rules/ to evaluate as well.
        interval: The distance between values, and between evaluations unless that is given.
        evaluated: The distance between evaluations of the rules.
    """
    test: dict[str, Any] = {
        "interval": interval,
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": [
            {
                "expr": check.expr,
                "eval_time": check.at,
                "exp_samples": [{"labels": labels, "value": value} for labels, value in check.samples.items()],
            }
            for check in checks
        ],
    }
    run(folder, [test], [RULES / name for name in rule_files], evaluated or interval)


def run_file(folder: Path, path: Path) -> None:
    """Fail unless the tests of a file of promtool pass.

    Args:
        folder: A folder for the files that promtool reads.
        path: The file.
    """
    content = read(path)
    rule_files = [(path.parent / name).resolve() for name in content["rule_files"]]
    run(folder, content["tests"], rule_files, content["evaluation_interval"])


def run(folder: Path, tests: Sequence[Mapping[str, Any]], rule_files: Sequence[Path], interval: str = "1m") -> None:
    """Fail unless tests in promtool's format pass; each is run with only the rules that it needs.

    Args:
        folder: A folder for the files that promtool reads.
        tests: The tests.
        rule_files: The rule files.
        interval: The distance between evaluations.
    """
    arguments = []
    for number, test in enumerate(tests):
        groups = needed_groups(test, rule_files)
        rules = [str(_written(folder / f"rules-{number}.yml", {"groups": groups}))] if groups else []
        # promtool guarantees an order only for the groups listed here.
        order = [group["name"] for group in groups]
        content = {"rule_files": rules, "evaluation_interval": interval, "group_eval_order": order, "tests": [test]}
        arguments.append(str(_written(folder / f"test-{number}.yml", content)))
    command = [require("promtool"), "test", "rules", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - the promtool on the PATH
    assert done.returncode == 0, done.stdout + done.stderr


def check_rules(path: Path) -> None:
    """Fail unless promtool accepts a rule file without any complaint."""
    command = [require("promtool"), "check", "rules", "--lint=all", "--lint-fatal", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - the promtool on the PATH
    assert done.returncode == 0, done.stdout + done.stderr


def _written(path: Path, content: Mapping[str, Any]) -> Path:
    # JSON is YAML, and is written a hundred times as fast.
    path.write_text(json.dumps(content), encoding="utf-8")
    return path
