"""Run the benchmarks, print what they found and keep it as JSON.

`--only NAME` runs one, and may be given several times; what the others found last is kept.
"""

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.bench import footprint, neighbours, polling, scraping, thousand
from tests.bench.machine import describe
from tests.bench.table import Table

BENCHMARKS: Mapping[str, Callable[[], Table]] = {
    "scraping": scraping.measure,
    "polling": polling.measure,
    "neighbours": neighbours.measure,
    "thousand": thousand.measure,
    "footprint": footprint.measure,
}
_KEPT = Path(__file__).with_name("results.json")


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure how fast the exporter is.")
    parser.add_argument("--only", action="append", choices=BENCHMARKS, metavar="NAME", help=", ".join(BENCHMARKS))
    wanted = parser.parse_args().only or list(BENCHMARKS)
    kept = json.loads(_KEPT.read_text()) if _KEPT.exists() else {}
    for name in wanted:
        table = BENCHMARKS[name]()
        machine = describe()
        sys.stdout.write("\n".join((*table.lines(), machine, "", "")))
        sys.stdout.flush()
        kept[name] = {"machine": machine, **table.plain()}
    _KEPT.write_text(json.dumps({name: kept[name] for name in BENCHMARKS if name in kept}, indent=2) + "\n")


if __name__ == "__main__":
    main()
