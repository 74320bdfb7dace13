"""Run the benchmarks, print the results, store them as JSON and update the docs.

`--only NAME` runs one benchmark and can be repeated; the stored results of the others are results.
"""

import argparse
import json
import sys
from collections.abc import Callable, Mapping

from tests.bench import (
    contacts,
    definitions,
    footprint,
    neighbours,
    poll_cost,
    report,
    rules_at_size,
    scraping,
    thousand,
)
from tests.bench.benchmark_table import Table
from tests.bench.machine import describe

BENCHMARKS: Mapping[str, Callable[[], Table]] = {
    "scraping": scraping.measure,
    "polling": poll_cost.measure,
    "definitions": definitions.measure,
    "contacts": contacts.measure,
    "neighbours": neighbours.measure,
    "thousand": thousand.measure,
    "footprint": footprint.measure,
    "rules": rules_at_size.measure,
}


def main() -> None:
    """Run the selected benchmarks."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure how fast the exporter is.")
    parser.add_argument("--only", action="append", choices=BENCHMARKS, metavar="NAME", help=", ".join(BENCHMARKS))
    selected = parser.parse_args().only or list(BENCHMARKS)
    # Read the load before the benchmarks add to it.
    machine = describe()
    results = json.loads(report.RESULTS.read_text()) if report.RESULTS.exists() else {}
    for name in selected:
        table = BENCHMARKS[name]()
        sys.stdout.write("\n".join((*table.lines(), machine, "", "")))
        sys.stdout.flush()
        results[name] = {"machine": machine, **table.plain()}
    report.RESULTS.write_text(
        json.dumps({name: results[name] for name in BENCHMARKS if name in results}, indent=2) + "\n"
    )
    report.write()


if __name__ == "__main__":
    main()
