"""Latency of a small scrape while the same process polls large targets every second."""

import time
from statistics import quantiles

from tests.bench import estate
from tests.bench.benchmark_table import Requirement, Table
from tests.bench.child import Child
from tests.bench.ready import wait_until_ready
from tests.bench.scrape_client import Connection

LARGE_TARGETS = (0, 1, 4)
_REQUIRED = 4
_SECONDS = 15.0
_PAUSE_SECONDS = 0.02


def measure(seconds: float = _SECONDS) -> Table:
    """Scrape one small target continuously, next to none, one and several large ones."""
    rows: list[tuple[int, int, float, float, float, float]] = []
    for large in LARGE_TARGETS:
        targets = {f"large-{number}": estate.LARGE for number in range(large)}
        with estate.polled({"small": estate.ORDINARY, **targets}, "1s") as exporter:
            wait_until_ready(exporter)
            began, cpu = time.perf_counter(), exporter.cpu_seconds()
            waits = _waits(exporter, seconds)
            share = (exporter.cpu_seconds() - cpu) / (time.perf_counter() - began)
        steps = quantiles(waits, n=100)
        rows.append((large, len(waits), steps[49], steps[98], max(waits), share))
    requirement = Requirement(
        f"small scrape during polls of {_REQUIRED} targets of 10,000 agents every second, p99 ms", rows[-1][3], 50
    )
    columns = ("targets of 10,000 agents polled every second", "scrapes", "p50 ms", "p99 ms", "max ms", "cores used")
    return Table("Small scrape during polls of large targets (client time)", columns, rows, (requirement,))


def _waits(exporter: Child, seconds: float) -> list[float]:
    until = time.perf_counter() + seconds
    waits = []
    with Connection(exporter.port) as connection:
        while time.perf_counter() < until:
            waits.append(connection.get("/metrics?target=small", {}).seconds * 1000)
            time.sleep(_PAUSE_SECONDS)
    return waits
