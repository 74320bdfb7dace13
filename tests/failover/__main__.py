"""Measure failovers of three exporters: `python -m tests.failover [--number 50] [--lease 15]`.

Prints a line for each failover, then their distribution as a table of docs/scaling.md.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from tests.support.failovers import FAULTS, Fault, cluster


async def main(number: int, lease: int) -> None:
    """Measure that many failovers, alternating between the faults."""
    gaps: defaultdict[Fault, list[float]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as directory:
        async with cluster(Path(directory), lease) as replicas:
            for count in range(number):
                fault = FAULTS[count % len(FAULTS)]
                gap = await replicas.fail_over(fault)
                gaps[fault].append(gap)
                sys.stdout.write(f"{count + 1} {fault} {gap:.2f} s\n")
    sys.stdout.write("| fault | number | shortest | median | nine of ten | longest |\n|---|---|---|---|---|---|\n")
    for fault, seconds in gaps.items():
        sys.stdout.write(f"| {fault} | {len(seconds)} | {' | '.join(distribution(seconds))} |\n")


def distribution(seconds: list[float]) -> Iterable[str]:
    """Return the shortest, the median, the ninth decile and the longest."""
    ninth = statistics.quantiles(seconds, n=10, method="inclusive")[-1]
    return (f"{each:.1f} s" for each in (min(seconds), statistics.median(seconds), ninth, max(seconds)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--number", type=int, default=50, help="number of failovers")
    parser.add_argument("--lease", type=int, default=15, help="lease duration in seconds")
    given = parser.parse_args()
    asyncio.run(main(given.number, given.lease))
