"""Simulate a month and check it for leaks: `python -m tests.soak --days 30`."""

import argparse
import asyncio
import sys
import tempfile
import time
import tracemalloc
from pathlib import Path

from tests.soak.month import DayEnd, live
from tests.soak.skipping import SkippingLoop
from tests.soak.verdict import problems


def main() -> int:
    """Run, print a line per day and return 1 if a measure grows or a day has errors."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--days", type=int, default=30, help="simulated days (30)")
    parser.add_argument("--interval", default="10m", help="poll interval (10m)")
    parser.add_argument("--seed", type=int, default=1, help="random seed (1)")
    parser.add_argument("--trace", action="store_true", help="enable tracemalloc (four times slower)")
    arguments = parser.parse_args()
    days: list[DayEnd] = []

    def report(day: DayEnd) -> None:
        days.append(day)
        _write(*(f"{value:,}" for value in day[:-1]), *day.wrong)

    _write(*DayEnd._fields[:-1])
    if arguments.trace:
        tracemalloc.start()
    with tempfile.TemporaryDirectory() as folder, asyncio.Runner(loop_factory=SkippingLoop) as runner:
        failures = runner.run(
            live(arguments.days, Path(folder), report, interval=arguments.interval, seed=arguments.seed)
        )
    _write(f"injected vendor failures: {', '.join(f'{kind} {count:,}' for kind, count in failures.most_common())}")
    _write(f"CPU: {time.process_time():,.0f} s")
    found = list(problems(days))
    _write("\n".join(found) or "flat")
    return 1 if found else 0


def _write(*cells: str) -> None:
    sys.stdout.write(" ".join(f"{cell:>12}" for cell in cells) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
