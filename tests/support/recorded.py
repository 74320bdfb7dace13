"""An hour of the simulated contact centre: what the exporter showed of it, and what a real Prometheus makes of that.

The centre stands still at each scrape, every resource is asked over HTTP, and what the exporter would serve is kept
with the moment's timestamp. Prometheus gets it all as a block, and evaluates the recording rules' expressions.
"""

import asyncio
import re
import subprocess
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from exporter.cli.demo import demo_targets
from exporter.metrics.mapping import Detail, entities
from exporter.metrics.pages import Exposition, Format
from exporter.metrics.render import render
from exporter.model import Agent, Queue
from exporter.settings import TargetSettings
from exporter.simulator import server
from exporter.simulator.default import working_day
from exporter.simulator.dialects import every_dialect
from exporter.simulator.driver import Driver
from exporter.vendors.base import Resource, load_vendor
from tests.support.clock import ManualClock
from tests.support.exposition import page_bytes
from tests.support.programs import prometheus_running
from tests.support.rules import metric_names, rules_of
from tests.support.tools import require
from tests.support.vendors.polls import asking

WINDOW = 3600
SCRAPE = 15
# Rules are not evaluated at the moment of a scrape, and the window begins between two as well.
LATE = 7

# The vendors that provide contacts; APIO does not.
_RESOURCES = {
    "kpn": {"queues", "agents"},
    "sinch": {"queues", "contact_summaries"},
    "brightpattern": {"statistics"},
    "axialys": {"groups", "operators", "group_stats", "received_groups"},
}
_RECORDED = re.compile(r"\w+:contactcenter_\w+:\w+")


class StandingClock(ManualClock):
    """A clock that stands while the vendors are asked, so that their answers are of one moment."""

    async def sleep(self, seconds: float) -> None:
        """Return at once."""
        del seconds
        await asyncio.sleep(0)


@dataclass(frozen=True, slots=True)
class Moment:
    """What was true at one scrape."""

    queues: Sequence[Queue]
    agents: Sequence[Agent]


@dataclass(frozen=True, slots=True)
class Hour:
    """The scrapes in the window, and what is recorded at its end.

    Attributes:
        moments: What was true at each scrape in the window, first to last.
        recorded: The value of each recorded series, by its name and its target's, and the queue's where it is of one.
    """

    moments: Sequence[Moment]
    recorded: Mapping[tuple[str, str, str], float]

    def queue(self, name: str) -> tuple[Queue, ...]:
        """Return what was true of a queue, first to last."""
        return tuple(queue for moment in self.moments for queue in moment.queues if queue.name == name)


async def record_hour(folder: Path) -> Hour:
    """Let an hour pass and return what was true and what was recorded."""
    clock = StandingClock()
    driver = Driver(working_day(), clock)
    await clock.advance(1800)
    moments: list[Moment] = []
    samples = folder / "samples.om"
    wanted = frozenset(name for rule in rules_of("recording.yml") for name in metric_names(rule["expr"]))
    async with _asked(driver, clock) as resources:
        exposition = Exposition(lambda _form: b"")
        # Bright Pattern returns nothing at first, and Axialys's operators, polled every 30 s, are fresh at the end.
        await _ask(resources, exposition)
        with samples.open("w", encoding="utf-8") as file:
            for _ in range(WINDOW // SCRAPE):
                await clock.advance(SCRAPE)
                ledger = driver.catch_up().ledger
                moments.append(Moment(ledger.queues(), ledger.agents()))
                await _ask(resources, exposition)
                file.writelines(_lines(page_bytes(exposition, Format.TEXT).decode(), wanted, clock.time()))
            file.write("# EOF\n")
    return Hour(moments, await _recorded(samples, folder / "data", clock.time() + LATE))


@asynccontextmanager
async def _asked(driver: Driver, clock: StandingClock) -> AsyncIterator[list[tuple[str, Resource]]]:
    """Yield what is asked at each scrape, with the target's name."""
    async with AsyncExitStack() as stack:
        simulated = await server.start("127.0.0.1", 0, driver, list(every_dialect()))
        stack.push_async_callback(simulated.stop)
        found: list[tuple[str, Resource]] = []
        for target in demo_targets(simulated.url):
            wanted = _RESOURCES.get(target.vendor, set())
            http = await stack.enter_async_context(asking(clock=clock))
            client = load_vendor(target.vendor).connect(_plain(target), http, clock)
            stack.push_async_callback(client.close)
            found += [(target.name, resource) for resource in client.resources if resource.name in wanted]
        yield found


def _plain(target: TargetSettings) -> TargetSettings:
    return target.model_copy(update={"agents": target.agents.model_copy(update={"detail": "aggregate"})})


async def _ask(resources: Iterable[tuple[str, Resource]], exposition: Exposition) -> None:
    for target, resource in resources:
        snapshot = await resource.fetch()
        if snapshot is not None:
            exposition.put(target, resource.name, render(entities(target, snapshot, Detail())))


def _lines(page: str, wanted: frozenset[str], moment: float) -> Iterator[str]:
    for line in page.splitlines():
        name, brace, rest = line.partition("{")
        if brace and name in wanted:
            yield f'{name}{{job="contactcenter",instance="demo",{rest} {moment:.0f}\n'


async def _recorded(samples: Path, data: Path, moment: float) -> dict[tuple[str, str, str], float]:
    """Return what a real Prometheus with these samples makes of each recording rule at a moment."""
    config = samples.with_name("prometheus.yml")
    config.write_text("global: {}\n", encoding="utf-8")
    create = [require("promtool"), "tsdb", "create-blocks-from", "openmetrics", str(samples), str(data)]
    done = await asyncio.to_thread(subprocess.run, create, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[tuple[str, str, str], float] = {}
    async with prometheus_running(config, data) as address, aiohttp.ClientSession(address) as session:
        for name, expr in _expressions().items():
            query = {"query": expr, "time": f"{moment:.0f}"}
            async with session.post("/api/v1/query", data=query) as response:
                answer = await response.json()
            assert answer["status"] == "success", (name, answer)
            for row in answer["data"]["result"]:
                labels = row["metric"]
                assert (labels["job"], labels["instance"]) == ("contactcenter", "demo"), name
                found[name, labels["target"], labels.get("queue", "")] = float(row["value"][1])
    return found


def _expressions() -> dict[str, str]:
    """Return the expression of each recorded name, with what was recorded before put in its place."""
    whole: dict[str, str] = {}
    for rule in rules_of("recording.yml"):
        whole[rule["record"]] = _RECORDED.sub(lambda name: f"({whole[name[0]]})", rule["expr"])
    return whole
