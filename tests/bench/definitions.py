"""CPU cost of a vendor that is described by a definition, compared with the same vendor in code."""

import asyncio
from functools import partial
from typing import Final

from exporter.metrics.mapping import entities
from exporter.metrics.render import SeriesBlock, render
from exporter.model import Snapshot
from exporter.runtime.clock import SystemClock
from exporter.vendors.base import Resource, Vendor, load_vendor
from exporter.vendors.definitions.vendor import read_vendor
from tests.bench import canned, sample_data
from tests.bench.benchmark_table import Requirement, Table
from tests.bench.stopwatch import measure_alternately
from tests.support.paths import ROOT

ROWS: Final = 10_000
_ROUNDS: Final = 9
_MOST: Final = 1.5
_DEFINITION: Final = ROOT / "tests" / "vendors" / "definitions" / "kpn.yml"
_TARGET: Final = {
    "name": sample_data.TARGET,
    "vendor": "kpn",
    "url": "http://localhost/kpn",
    "token_url": "http://localhost/kpn/token",
    "client_id": "bench",
    "client_secret": "bench",
}


def measure(rows: int = ROWS, rounds: int = _ROUNDS) -> Table:
    """Poll the same responses with KPN's code and with its definition."""
    answers = {
        "queues": sample_data.queues_answer(rows),
        "agents": sample_data.agents_answer(rows),
        "trunks": sample_data.trunks_answer(rows, ports=2),
    }
    vendors = {"code": load_vendor("kpn"), "definition": read_vendor(_DEFINITION)}
    with asyncio.Runner() as runner:
        run = runner.get_loop().run_until_complete

        def poll(resource: Resource) -> SeriesBlock:
            snapshot = run(resource.fetch()) or Snapshot()
            return render(entities(sample_data.TARGET, snapshot, sample_data.DETAIL))

        works = {
            (resource.name, kind): partial(poll, resource)
            for kind, vendor in vendors.items()
            for resource in _resources(vendor, answers)
        }
        took = dict(zip(works, measure_alternately(list(works.values()), rounds), strict=True))
    table = [(name, took[name, "code"], took[name, "definition"]) for name in answers]
    return Table(
        f"A poll of {rows:,} rows: a definition compared with the same vendor in code",
        ("resource", "code, CPU ms", "definition, CPU ms", "definition / code"),
        [(name, code, definition, definition / code) for name, code, definition in table],
        [
            Requirement(f"definition relative to code, CPU of {rows:,} {name}", definition / code, _MOST)
            for name, code, definition in table
        ],
    )


def _resources(vendor: Vendor, answers: dict[str, bytes]) -> list[Resource]:
    target = vendor.settings.model_validate(_TARGET)
    return list(vendor.connect(target, canned.Canned(answers), SystemClock()).resources)
