"""Let a month go by and say what it left: `python -m tests.soak --days 30`."""

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
    """Run, print a line a day, and return 1 where something is not flat."""
    wanted = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    wanted.add_argument("--days", type=int, default=30, help="simulated days (30)")
    wanted.add_argument("--interval", default="10m", help="from poll to poll (10m)")
    wanted.add_argument("--seed", type=int, default=1, help="of all chance (1)")
    wanted.add_argument("--trace", action="store_true", help="trace Python's memory, four times as slow")
    given = wanted.parse_args()
    days: list[DayEnd] = []

    def tell(day: DayEnd) -> None:
        days.append(day)
        _write(*(f"{value:,}" for value in day[:-1]), *day.wrong)

    _write(*DayEnd._fields[:-1])
    if given.trace:
        tracemalloc.start()
    with tempfile.TemporaryDirectory() as folder, asyncio.Runner(loop_factory=SkippingLoop) as runner:
        struck = runner.run(live(given.days, Path(folder), tell, interval=given.interval, seed=given.seed))
    _write(f"vendors failed: {', '.join(f'{way} {times:,}' for way, times in struck.most_common())}")
    _write(f"CPU: {time.process_time():,.0f} s")
    found = list(problems(days))
    _write("\n".join(found) or "flat")
    return 1 if found else 0


def _write(*cells: str) -> None:
    sys.stdout.write(" ".join(f"{cell:>12}" for cell in cells) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
