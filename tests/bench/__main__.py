"""Run the benchmarks, print what came out and keep it as JSON."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.bench.exposition import ROUNDS, Line, Outcome, measure
from tests.bench.machine import describe

_KEPT = Path("build/bench.json")


def main() -> None:
    """Measure, print, keep."""
    outcome = measure()
    sys.stdout.write("\n".join(_report(outcome)) + "\n")
    _KEPT.parent.mkdir(exist_ok=True)
    _KEPT.write_text(json.dumps({"machine": describe(), **_plain(outcome)}, indent=2) + "\n")
    sys.stdout.write(f"\nkept in {_KEPT}\n")


def _report(outcome: Outcome) -> Iterator[str]:
    yield f"{outcome.series:,} series, text page of {outcome.page_bytes / 1e6:.1f} MB, median of {ROUNDS} rounds"
    yield describe()
    yield ""
    yield f"{'':<38} {'CPU ms':>8} {'target':>8} {'prometheus_client takes':>24}"
    for line in outcome.ours:
        yield f"{line.name:<38} {line.milliseconds:>8.1f} {_target(line):>8} {outcome.ratio(line):>22.0f} x"
    for line in outcome.theirs:
        yield f"{line.name:<38} {line.milliseconds:>8.1f}"


def _target(line: Line) -> str:
    return "" if line.target is None else f"< {line.target:g}"


def _plain(outcome: Outcome) -> dict[str, object]:
    ours = [{**line._asdict(), "ratio": round(outcome.ratio(line), 2)} for line in outcome.ours]
    return {**outcome._asdict(), "ours": ours, "theirs": [line._asdict() for line in outcome.theirs]}


if __name__ == "__main__":
    main()
