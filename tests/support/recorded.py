"""Record an hour of the simulated contact centre, and evaluate the recording rules on it with a real Prometheus.

The simulation pauses at each scrape, every resource is fetched over HTTP, and the exposition is stored with the
timestamp of the scrape. Prometheus reads the samples as a block and evaluates the expressions of the rules.
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from exporter.cli.demo import demo_targets
from exporter.metrics import catalog
from exporter.metrics.mapping import Detail, entities
from exporter.metrics.pages import Exposition, Format
from exporter.metrics.render import render
from exporter.model import Agent, Queue
from exporter.polling.health import TargetHealth
from exporter.settings import TargetSettings
from exporter.simulator import http_server
from exporter.simulator.default import working_day
from exporter.simulator.dialects import every_dialect
from exporter.simulator.driver import Driver
from exporter.vendors.base import Resource, load_vendor
from tests.support.clock import ManualClock
from tests.support.exposition import page_bytes, series_of
from tests.support.programs import prometheus_running
from tests.support.rule_history import Times, add_block, last_values
from tests.support.rules import metric_names, rules_of
from tests.support.vendors.polls import asking

WINDOW = 3600
SCRAPE = 15
# Rules are evaluated between two scrapes, and so the window starts between two scrapes as well.
LATE = 7
# The files whose rules depend on each other.
_FILES = ("contacts.yml", "recording.yml", "details.yml", "intraday.yml")
# Windows begin at evaluations.
_STEP = 60

# The vendors that provide contacts; APIO does not.
_RESOURCES = {
    "kpn": {"queues", "agents"},
    "sinch": {"queues", "contact_summaries"},
    "brightpattern": {"statistics"},
    "axialys": {"groups", "operators", "group_stats", "received_groups"},
}


class PausedClock(ManualClock):
    """A clock that pauses during the polls, so that all responses describe the same time."""

    async def sleep(self, seconds: float) -> None:
        """Return at once."""
        del seconds
        await asyncio.sleep(0)


@dataclass(frozen=True, slots=True)
class Moment:
    """The actual state at one scrape."""

    queues: Sequence[Queue]
    agents: Sequence[Agent]


@dataclass(frozen=True, slots=True)
class Hour:
    """The scrapes in the window, and the values recorded at its end.

    Attributes:
        moments: The actual state at each scrape in the window, first to last.
        recorded: The value of each recorded series, by its name, target and queue; the queue may be empty.
    """

    moments: Sequence[Moment]
    recorded: Mapping[tuple[str, str, str], float]

    def queue(self, name: str) -> tuple[Queue, ...]:
        """Return the actual states of a queue, first to last."""
        return tuple(queue for moment in self.moments for queue in moment.queues if queue.name == name)


async def record_hour(folder: Path) -> Hour:
    """Simulate an hour and return the actual states and the recorded values."""
    clock = PausedClock()
    driver = Driver(working_day(), clock)
    await clock.advance(1800)
    moments: list[Moment] = []
    samples = folder / "samples.om"
    wanted = frozenset(name for rule in _rules() for name in metric_names(rule["expr"]))
    async with connected(driver, clock) as resources:
        exposition = Exposition(lambda _form: b"")
        # Bright Pattern returns nothing at first, and Axialys's operators, polled every 30 s, are fresh at the end.
        await _fetch(resources, exposition)
        with samples.open("w", encoding="utf-8") as file:
            for _ in range(WINDOW // SCRAPE):
                await clock.advance(SCRAPE)
                ledger = driver.catch_up().ledger
                moments.append(Moment(ledger.queues(), ledger.agents()))
                await _fetch(resources, exposition)
                page = page_bytes(exposition, Format.TEXT).decode() + _meanings(target for target, _ in resources)
                file.writelines(lines(page, wanted, clock.time()))
            file.write("# EOF\n")
    last = clock.time() + LATE
    values = await last_values(_rules(), samples, folder / "data", Times(last - WINDOW + _STEP, last, _STEP))
    recorded = {}
    for labels, value in values:
        assert (labels["job"], labels["instance"]) == ("contactcenter", "demo"), labels
        recorded[labels["__name__"], labels["target"], labels.get("queue", "")] = value
    return Hour(moments, recorded)


@asynccontextmanager
async def connected(driver: Driver, clock: PausedClock) -> AsyncIterator[list[tuple[TargetSettings, Resource]]]:
    """Yield the resources fetched at each scrape, with the target."""
    async with AsyncExitStack() as stack:
        simulated = await http_server.start("127.0.0.1", 0, driver, list(every_dialect()))
        stack.push_async_callback(simulated.stop)
        found: list[tuple[TargetSettings, Resource]] = []
        for target in demo_targets(simulated.url):
            wanted = _RESOURCES.get(target.vendor, set())
            http = await stack.enter_async_context(asking(clock=clock))
            client = load_vendor(target.vendor).connect(_without_details(target), http, clock)
            stack.push_async_callback(client.close)
            found += [(target, resource) for resource in client.resources if resource.name in wanted]
        yield found


def _without_details(target: TargetSettings) -> TargetSettings:
    return target.model_copy(update={"agents": target.agents.model_copy(update={"detail": "aggregate"})})


async def _fetch(resources: Iterable[tuple[TargetSettings, Resource]], exposition: Exposition) -> None:
    for target, resource in resources:
        snapshot = await resource.fetch()
        if snapshot is not None:
            exposition.put(target.name, resource.name, render(entities(target.name, snapshot, Detail())))


def lines(page: str, wanted: Collection[str], moment: float) -> Iterator[str]:
    """Yield the samples of the wanted metrics, as Prometheus would store them."""
    for line in page.splitlines():
        name, brace, rest = line.partition("{")
        if brace and name in wanted:
            yield f'{name}{{job="contactcenter",instance="demo",{rest} {moment:.0f}\n'


async def evaluated(
    expressions: Mapping[str, str], samples: Path, data: Path, moment: float
) -> dict[tuple[str, str, str], float]:
    """Return the values of expressions at one time, evaluated by a real Prometheus.

    Args:
        expressions: The expressions by name.
        samples: The samples in the OpenMetrics format.
        data: The folder for its data.
        moment: The time, in seconds since the Unix epoch.
    """
    config = samples.with_name("prometheus.yml")
    config.write_text("global: {}\n", encoding="utf-8")
    await add_block(samples, data)
    found: dict[tuple[str, str, str], float] = {}
    async with prometheus_running(config, data) as address, aiohttp.ClientSession(address) as session:
        for name, expr in expressions.items():
            query = {"query": expr, "time": f"{moment:.0f}"}
            async with session.post("/api/v1/query", data=query) as response:
                body = await response.json()
            assert body["status"] == "success", (name, body)
            for row in body["data"]["result"]:
                labels = row["metric"]
                assert (labels["job"], labels["instance"]) == ("contactcenter", "demo"), name
                found[name, labels["target"], labels.get("queue", "")] = float(row["value"][1])
    return found


def _rules() -> list[dict[str, Any]]:
    return [rule for file in _FILES for rule in rules_of(file)]


def _meanings(targets: Iterable[TargetSettings]) -> str:
    """Return the series of the targets' meanings, which the exporter adds to those of their polls."""
    health = (TargetHealth(each.name, each.vendor, meanings=load_vendor(each.vendor).meanings) for each in targets)
    text = dict.fromkeys(line for each in health for line in series_of(each.entities()).splitlines())
    return "".join(f"{line}\n" for line in text if line.startswith(catalog.TARGET_FIGURES_INFO.name))
