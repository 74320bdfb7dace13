"""Import time, start time and memory per series."""

import subprocess
import sys
import time
from statistics import median

from tests.bench import estate
from tests.bench.benchmark_table import Requirement, Table
from tests.bench.child import demo
from tests.bench.ready import wait_until_ready
from tests.bench.scrape_client import Connection

_LARGE_TARGETS = 4
_SERIES = 90_054
_POLLING_SECONDS = 10.0
_ROUNDS = 3
# Four on a quiet machine, for the first release candidate as well.
_DEMO_BOUND = 6


def measure(seconds: float = _POLLING_SECONDS) -> Table:
    """Measure the start, and the memory with 360,000 series."""
    imported = median(_seconds_to_import() for _ in range(_ROUNDS))
    demo_start = median(_seconds_of_the_demo_to_ready() for _ in range(_ROUNDS))
    empty, _, _ = _memory(0, 1.0)
    full, peak, size = _memory(_LARGE_TARGETS, seconds)
    hundreds = _LARGE_TARGETS * _SERIES / 100_000
    rows = (
        ("import, s", imported),
        ("start until ready with one target, s", median(_seconds_to_ready() for _ in range(_ROUNDS))),
        ("start until ready of the demo, simulation included, s", demo_start),
        ("memory with one small target, MB", empty / 1e6),
        ("page bytes of 100,000 series, MB", size / hundreds / 1e6),
        ("memory of 100,000 series, MB", (full - empty) / hundreds / 1e6),
        ("peak memory of 100,000 series, polls included, MB", (peak - empty) / hundreds / 1e6),
    )
    requirements = (
        Requirement(
            f"memory of {_LARGE_TARGETS} x {_SERIES:,} series, relative to the page size", (full - empty) / size, 3
        ),
        Requirement("start until ready of the demo, relative to its import", demo_start / imported, _DEMO_BOUND),
    )
    return Table("Start and memory", ("measure", "value"), rows, requirements)


def _seconds_to_import() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import exporter.cli.main"], check=True)
    return time.perf_counter() - began


def _seconds_to_ready() -> float:
    with estate.polled({"small": estate.ORDINARY}, "1s") as exporter:
        wait_until_ready(exporter, 0.01)
        return time.perf_counter() - exporter.began


def _seconds_of_the_demo_to_ready() -> float:
    with demo() as exporter:
        wait_until_ready(exporter, 0.01)
        return time.perf_counter() - exporter.began


def _memory(large: int, seconds: float) -> tuple[int, int, int]:
    """Return the current memory, the peak memory and the page size in bytes."""
    targets = {f"large-{number}": estate.LARGE for number in range(large)}
    with estate.polled({"small": estate.ORDINARY, **targets}, "2s") as exporter:
        wait_until_ready(exporter)
        time.sleep(seconds)
        with Connection(exporter.port) as connection:
            page = connection.get("/metrics", {"Accept-Encoding": "identity"})
        return exporter.memory(), exporter.memory("VmHWM"), page.size
