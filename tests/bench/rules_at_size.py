"""CPU of the rules and dashboards, on a real Prometheus with the samples of ten thousand queues.

The samples are written first. Each group of rules is then evaluated by Prometheus, and each query of the dashboards is
sent on its own; the cost is the CPU time of Prometheus, the least of several times.
"""

import json
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import yaml

from exporter.settings.units import parse_duration
from grafana.preview.panel_queries import interpolate, panels
from tests.bench import prometheus, stored_past, ten_thousand
from tests.bench.benchmark_table import Requirement, Table
from tests.bench.prometheus import Prometheus
from tests.support.rules import GRAFANA

FILES: Final = ("recording.yml", "supervisors.yml", "sre.yml")
_TIMES: Final = 2
# A panel of 8 columns on a screen of 1920 pixels shows about as many points.
_POINTS: Final = 720
_RANGE: Final = 6 * 3600


def measure(targets: int = ten_thousand.TARGETS, grafana: Path = GRAFANA) -> Table:
    """Store the samples, evaluate the rules, and measure rules and dashboards.

    Args:
        targets: The number of contact centres with 20 queues each.
        grafana: The folder of rules and dashboards.
    """
    series = list(ten_thousand.series(targets))
    with tempfile.TemporaryDirectory() as folder, prometheus.running(Path(folder)) as server:
        for request in stored_past.Writer(server.now).requests(series):
            server.write(request)
        rules = list(_rules(server, grafana / "rules"))
        recorded = _recorded(server, grafana / "rules")
        wall, _ = _board(server, grafana / "dashboards" / "wall.json")
        queues, size = _board(server, grafana / "dashboards" / "queues.json")
    ratio = recorded / len(series)
    rows: list[tuple[str, float, float | None]] = [
        ("scraped series", len(series), None),
        ("recorded series", recorded, ratio),
        *((f"rules {name}, CPU s", seconds, seconds / interval) for name, interval, seconds in rules),
        ("all rules, cores", sum(seconds / interval for _, interval, seconds in rules), None),
        ("refresh of the wall, CPU s", wall, None),
        ("refresh of the queues dashboard, CPU s", queues, None),
        ("queues dashboard, MB of JSON", size / 1e6, None),
    ]
    title = f"Rules and dashboards with {targets * ten_thousand.QUEUES:,} queues of {targets} contact centres"
    shares = [seconds / interval for _, interval, seconds in rules]
    requirements = (
        Requirement("share of its interval, the slowest group of rules", max(shares), 1 / 3),
        Requirement("share of its interval, all groups of rules together", sum(shares), 1 / 3),
        Requirement("recorded series per scraped series", ratio, 1 / 3),
        Requirement("refresh of the wall, CPU s", wall, 3),
        Requirement("queues dashboard, MB of JSON", size / 1e6, 5),
    )
    return Table(title, ("measure", "value", "share"), rows, requirements)


def _groups(folder: Path) -> list[dict[str, Any]]:
    return [group for name in FILES for group in yaml.safe_load((folder / name).read_text())["groups"]]


def _rules(server: Prometheus, folder: Path) -> Iterator[tuple[str, float, float]]:
    """Yield the groups: name, interval, and CPU time of an evaluation in seconds."""
    groups = _groups(folder)
    for group in groups:
        interval = parse_duration(group.get("interval", f"{stored_past.SCRAPE}s"))
        yield group["name"], interval, server.cost_of_group(groups, group["name"], _TIMES)


def _recorded(server: Prometheus, folder: Path) -> float:
    """Return the number of recorded series."""
    names = {rule["record"] for group in _groups(folder) for rule in group["rules"] if "record" in rule}
    (found,) = server.query(f'count({{__name__=~"{"|".join(sorted(names))}"}})')
    return float(found["value"][1])


def _board(server: Prometheus, file: Path) -> tuple[float, float]:
    """Return the CPU time of all queries of a dashboard, and the bytes of their responses at the default range."""
    board = json.loads(file.read_text())
    seconds, worst = _worst(server, board)
    values = {"__rate_interval": "1m", "__range": "6h", "worst": worst}
    size = 0.0
    for target in (target for panel in panels(board) for target in panel["targets"]):
        query = interpolate(target["expr"], values)
        if target["instant"]:
            cost, body = server.cost("/api/v1/query", _TIMES, query=query)
            size += len(body)
        else:
            start, step = server.now - _RANGE, _RANGE / _POINTS
            cost, body = server.cost("/api/v1/query_range", query=query, start=start, end=server.now, step=step)
            size += _full_size(body)
        seconds += cost
    return seconds, size


def _worst(server: Prometheus, board: dict[str, Any]) -> tuple[float, str]:
    """Return the CPU time of the variable of the worst queues, and its value: a pattern of their ids."""
    (definition,) = (each["definition"] for each in board["templating"]["list"] if each["name"] == "worst")
    query = interpolate(definition.removeprefix("query_result(").removesuffix(")"), {})
    cost, body = server.cost("/api/v1/query", _TIMES, query=query)
    found = {series["metric"]["queue_id"] for series in json.loads(body)["data"]["result"]}
    return cost, f"({'|'.join(sorted(map(re.escape, found)))})"


def _full_size(body: bytes) -> float:
    """Return the bytes of a response whose series have a value at every step: few have samples of six hours here."""
    series = json.loads(body)["data"]["result"]
    points = sum(len(each["values"]) for each in series)
    return len(series) * _POINTS * len(body) / points if points else len(body)
