"""CPU cost of a poll, from the response's bytes to the rendered bytes, compared with a baseline."""

import asyncio

from exporter.metrics.counter_resets import RunningTotals
from exporter.metrics.mapping import entities
from exporter.metrics.render import SeriesBlock, render
from exporter.model import Snapshot
from tests.bench import baseline, canned, sample_data
from tests.bench.benchmark_table import Requirement, Table
from tests.bench.stopwatch import measure_alternately

AGENTS = 10_000
_ROUNDS = 15


def measure(agents: int = AGENTS, rounds: int = _ROUNDS) -> Table:
    """Poll a contact centre with a number of agents, all exported by name."""
    body = sample_data.agents_answer(agents)
    totals = RunningTotals()
    with asyncio.Runner() as runner:
        client = canned.client({"agents": body})

        # `Runner.run` would double the time by formatting the result for a debug message.
        run = runner.get_loop().run_until_complete

        def fetch() -> Snapshot:
            return run(client.agents())

        def rendered(snapshot: Snapshot) -> SeriesBlock:
            return render(totals.hold(entities(sample_data.TARGET, snapshot, sample_data.DETAIL), 0.0))

        snapshot = fetch()
        block = rendered(snapshot)
        baseline_page = baseline.page(body)
        works = {
            "poll: response to rendered bytes": lambda: rendered(fetch()),
            "part: decode and map to the model": fetch,
            "part: map to metrics, hold totals, render": lambda: rendered(snapshot),
            "baseline: decode and format": lambda: baseline.page(body),
        }
        took = dict(zip(works, measure_alternately(list(works.values()), rounds), strict=True))
    whole, floor = took["poll: response to rendered bytes"], took["baseline: decode and format"]
    size = sum(map(len, block.chunks.values()))
    rows = [(name, milliseconds, milliseconds / floor) for name, milliseconds in took.items()]
    return Table(
        f"A poll of {agents:,} agents: {len(body) / 1e6:.1f} MB of JSON to {block.series:,} series, "
        f"{size / 1e6:.1f} MB (baseline page: {len(baseline_page) / 1e6:.1f} MB)",
        ("work", "CPU ms", "x baseline"),
        rows,
        (Requirement(f"poll of {agents:,} agents, CPU relative to the baseline", whole / floor, 2),),
    )
