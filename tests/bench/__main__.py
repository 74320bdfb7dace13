"""Run the benchmarks, print what they found, keep it as JSON and show it in the docs.

`--only NAME` runs one, and may be given several times; what the others found last is kept.
"""

import argparse
import json
import sys
from collections.abc import Callable, Mapping

from tests.bench import footprint, neighbours, poll_cost, report, scraping, thousand
from tests.bench.benchmark_table import Table
from tests.bench.machine import describe

BENCHMARKS: Mapping[str, Callable[[], Table]] = {
    "scraping": scraping.measure,
    "polling": poll_cost.measure,
    "neighbours": neighbours.measure,
    "thousand": thousand.measure,
    "footprint": footprint.measure,
}


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure how fast the exporter is.")
    parser.add_argument("--only", action="append", choices=BENCHMARKS, metavar="NAME", help=", ".join(BENCHMARKS))
    wanted = parser.parse_args().only or list(BENCHMARKS)
    # Before they load it themselves.
    machine = describe()
    kept = json.loads(report.KEPT.read_text()) if report.KEPT.exists() else {}
    for name in wanted:
        table = BENCHMARKS[name]()
        sys.stdout.write("\n".join((*table.lines(), machine, "", "")))
        sys.stdout.flush()
        kept[name] = {"machine": machine, **table.plain()}
    report.KEPT.write_text(json.dumps({name: kept[name] for name in BENCHMARKS if name in kept}, indent=2) + "\n")
    report.write()


if __name__ == "__main__":
    main()
