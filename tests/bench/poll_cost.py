"""A poll, from the answer's bytes to the bytes exposed, beside the floor of what any program in Python must do."""

import asyncio

from exporter.metrics.counter_resets import RunningTotals
from exporter.metrics.mapping import entities
from exporter.metrics.render import SeriesBlock, render
from exporter.model import Snapshot
from tests.bench import baseline, canned, sample_data
from tests.bench.benchmark_table import Promise, Table
from tests.bench.stopwatch import in_turns

AGENTS = 10_000
_ROUNDS = 15


def measure(agents: int = AGENTS, rounds: int = _ROUNDS) -> Table:
    """Poll a contact centre with that many agents, all of them shown."""
    body = sample_data.agents_answer(agents)
    totals = RunningTotals()
    with asyncio.Runner() as runner:
        client = canned.client({"agents": body})

        # Not the runner's own `run`, which spends as long again on a text of the result that nobody sees.
        run = runner.get_loop().run_until_complete

        def fetch() -> Snapshot:
            return run(client.agents())

        def shown(said: Snapshot) -> SeriesBlock:
            return render(totals.hold(entities(sample_data.TARGET, said, sample_data.DETAIL), 0.0))

        said = fetch()
        part = shown(said)
        bare = baseline.page(body)
        works = {
            "poll: answer to exposed bytes": lambda: shown(fetch()),
            "of it: decode and translate": fetch,
            "of it: map, hold totals, render": lambda: shown(said),
            "floor: decode and format": lambda: baseline.page(body),
        }
        took = dict(zip(works, in_turns(list(works.values()), rounds), strict=True))
    whole, least = took["poll: answer to exposed bytes"], took["floor: decode and format"]
    size = sum(map(len, part.chunks.values()))
    rows = [(name, milliseconds, milliseconds / least) for name, milliseconds in took.items()]
    return Table(
        f"A poll of {agents:,} agents: {len(body) / 1e6:.1f} MB of JSON to {part.series:,} series, "
        f"{size / 1e6:.1f} MB (the floor's page: {len(bare) / 1e6:.1f} MB)",
        ("work", "CPU ms", "x floor"),
        rows,
        (Promise(f"poll of {agents:,} agents, CPU, times that of bare decoding and formatting", whole / least, 2),),
    )
