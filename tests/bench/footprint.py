"""What the program takes to begin and to hold: import and start, and memory by the series."""

import subprocess
import sys
import time
from statistics import median

from tests.bench import estate
from tests.bench.benchmark_table import Promise, Table
from tests.bench.ready import wait_until_ready
from tests.bench.scrape_client import Connection

_LARGE_TARGETS = 4
_SERIES = 90_054
_POLLING_SECONDS = 10.0
_ROUNDS = 3


def measure(seconds: float = _POLLING_SECONDS) -> Table:
    """Start it, and let it hold 360,000 series."""
    begun = median(_seconds_to_ready() for _ in range(_ROUNDS))
    empty, _, _ = _memory(0, 1.0)
    full, most, size = _memory(_LARGE_TARGETS, seconds)
    hundreds = _LARGE_TARGETS * _SERIES / 100_000
    rows = (
        ("import of the program, s", median(_seconds_to_import() for _ in range(_ROUNDS))),
        ("start to ready with one target, s", begun),
        ("memory with one small target, MB", empty / 1e6),
        ("page bytes of 100,000 series, MB", size / hundreds / 1e6),
        ("memory of 100,000 series, MB", (full - empty) / hundreds / 1e6),
        ("memory of 100,000 series at most, polls included, MB", (most - empty) / hundreds / 1e6),
    )
    promise = Promise(
        f"memory of {_LARGE_TARGETS} x {_SERIES:,} series, times the page's bytes", (full - empty) / size, 3
    )
    return Table("Start and memory", ("figure", "found"), rows, (promise,))


def _seconds_to_import() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import exporter.cli.main"], check=True)
    return time.perf_counter() - began


def _seconds_to_ready() -> float:
    with estate.polled({"small": estate.ORDINARY}, "1s") as exporter:
        wait_until_ready(exporter, 0.01)
        return time.perf_counter() - exporter.began


def _memory(large: int, seconds: float) -> tuple[int, int, int]:
    """Return the bytes of memory it has and had at most, and of its page."""
    targets = {f"large-{number}": estate.LARGE for number in range(large)}
    with estate.polled({"small": estate.ORDINARY, **targets}, "2s") as exporter:
        wait_until_ready(exporter)
        time.sleep(seconds)
        with Connection(exporter.port) as connection:
            page = connection.get("/metrics", {"Accept-Encoding": "identity"})
        return exporter.memory(), exporter.memory("VmHWM"), page.size
