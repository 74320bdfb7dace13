"""CPU, event loop lag and memory of one process with a thousand ordinary targets."""

import json
import signal
import time

from exporter.metrics.pages import Format
from tests.bench import estate
from tests.bench.benchmark_table import Requirement, Table
from tests.bench.child import Child
from tests.bench.ready import wait_until_ready
from tests.bench.scrape_client import Connection

TARGETS = 1_000
_INTERVAL = 15.0
# The first polls start together; from the second interval on they are spread.
_SETTLING_SECONDS = 25.0
_SECONDS = 45.0
_HEADERS = {"Accept": Format.OPENMETRICS.value, "Accept-Encoding": "gzip"}


def measure(targets: int = TARGETS, settling: float = _SETTLING_SECONDS, seconds: float = _SECONDS) -> Table:
    """Poll a number of targets for a while, scraped every 15 seconds."""
    names = {f"centre-{number}": estate.ORDINARY for number in range(targets)}
    with estate.polled(names, f"{_INTERVAL:g}s") as exporter:
        wait_until_ready(exporter)
        time.sleep(settling)
        exporter.process.send_signal(signal.SIGUSR1)
        began, cpu = time.perf_counter(), exporter.cpu_seconds()
        waits = _scrapes(exporter, seconds)
        share = (exporter.cpu_seconds() - cpu) / (time.perf_counter() - began)
        memory = exporter.memory() / 1e6
        with Connection(exporter.port) as connection:
            size = connection.get("/metrics", {"Accept-Encoding": "identity"}).size / 1e6
        exporter.process.send_signal(signal.SIGUSR2)
        lag = json.loads(exporter.stop())
    rows = (
        ("cores used", share),
        ("event loop lag, p50 ms", lag["p50"]),
        ("event loop lag, p99 ms", lag["p99"]),
        ("event loop lag, max ms", lag["max"]),
        ("full scrape, gzip, longest client ms", max(waits)),
        ("page MB", size),
        ("memory MB", memory),
    )
    polled = f"{targets:,} targets every {_INTERVAL:g} s"
    requirements = (
        Requirement(f"{polled}: cores used", share, 1),
        Requirement(f"{polled}: event loop lag, p99 ms", lag["p99"], 50),
    )
    title = f"{targets:,} targets (20 queues, 200 agents in aggregate, 4 trunks) every {_INTERVAL:g} s"
    return Table(title, ("measure", "value"), rows, requirements)


def _scrapes(exporter: Child, seconds: float) -> list[float]:
    began = time.perf_counter()
    waits = []
    with Connection(exporter.port) as connection:
        while time.perf_counter() - began < seconds:
            waits.append(connection.get("/metrics", _HEADERS).seconds * 1000)
            time.sleep(min(_INTERVAL, max(0.0, seconds - (time.perf_counter() - began))))
    return waits
