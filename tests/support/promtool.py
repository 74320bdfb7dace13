"""Evaluates PromQL on given series with a real promtool."""

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

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
    folder: Path, series: Mapping[str, str], checks: Sequence[Check], *rule_files: str, interval: str = "1m"
) -> None:
    """Fail unless every expression returns what is expected.

    Args:
        folder: A folder for the test file.
        series: The values of each series, in promtool's notation.
        checks: The expectations.
        rule_files: Files under grafana/rules/ to evaluate as well.
        interval: The distance between values, and between evaluations.
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
    content = {
        "rule_files": [str(RULES / name) for name in rule_files],
        "evaluation_interval": interval,
        "tests": [test],
    }
    path = folder / "test.yml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    done = subprocess.run(  # noqa: S603 - the promtool on the PATH
        [require("promtool"), "test", "rules", str(path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
