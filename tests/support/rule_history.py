"""Evaluate recording rules over a past that a real Prometheus stores, so that rules may use earlier values of others.

Rules are evaluated level by level: first those that use no recorded series, then those that use the series of the
first level, and so on. The values of each level are stored before the next one is evaluated.
"""

import asyncio
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp

from tests.support.programs import prometheus_running
from tests.support.rules import metric_names
from tests.support.tools import require

Rule = Mapping[str, Any]
Labels = Mapping[str, str]


class Times(NamedTuple):
    """When rules are evaluated, in seconds since the Unix epoch."""

    first: float
    last: float
    step: int


async def add_block(samples: Path, data: Path) -> None:
    """Store samples in the OpenMetrics format in the data directory of a Prometheus that does not run."""
    create = [require("promtool"), "tsdb", "create-blocks-from", "openmetrics", str(samples), str(data)]
    done = await asyncio.to_thread(subprocess.run, create, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


async def last_values(rules: Sequence[Rule], samples: Path, data: Path, times: Times) -> list[tuple[Labels, float]]:
    """Evaluate recording rules and return the value of each recorded series at the last time, with its labels.

    Args:
        rules: The rules, in any order.
        samples: The samples in the OpenMetrics format.
        data: The folder for the data of Prometheus.
        times: When the rules are evaluated.
    """
    config = samples.with_name("prometheus.yml")
    config.write_text("global: {}\n", encoding="utf-8")
    await add_block(samples, data)
    values: list[tuple[Labels, float]] = []
    for number, level in enumerate(_levels(rules)):
        file = samples.with_name(f"level-{number}.om")
        async with prometheus_running(config, data) as address, aiohttp.ClientSession(address) as session:
            series = [each for rule in level for each in await _evaluated(session, rule, times)]
        file.write_text("".join(_lines(series)) + "# EOF\n", encoding="utf-8")
        if series:
            await add_block(file, data)
        values += [(labels, float(points[-1][1])) for labels, points in series if points[-1][0] == times.last]
    return values


def _levels(rules: Sequence[Rule]) -> Iterator[Sequence[Rule]]:
    """Yield the rules that use only recorded series of earlier levels."""
    left = list(rules)
    while left:
        pending = {rule["record"] for rule in left}
        level = [rule for rule in left if not pending & metric_names(rule["expr"])]
        assert level, f"rules that use each other: {sorted(pending)}"
        # A series is complete once all rules with its name have been evaluated.
        yield level
        left = [rule for rule in left if rule not in level]


async def _evaluated(
    session: aiohttp.ClientSession, rule: Rule, times: Times
) -> list[tuple[Labels, list[tuple[float, str]]]]:
    query = {"query": rule["expr"], "start": str(times.first), "end": str(times.last), "step": str(times.step)}
    async with session.post("/api/v1/query_range", data=query) as response:
        body = await response.json()
    assert body["status"] == "success", (rule["record"], body)
    own = {"__name__": rule["record"], **rule.get("labels", {})}
    return [(row["metric"] | own, row["values"]) for row in body["data"]["result"]]


def _lines(series: Sequence[tuple[Labels, Sequence[tuple[float, str]]]]) -> Iterator[str]:
    for labels, points in series:
        own = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items() if name != "__name__")
        for moment, value in points:
            yield f"{labels['__name__']}{{{own}}} {value} {moment}\n"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
