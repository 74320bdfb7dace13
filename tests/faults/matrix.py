"""Run a family of faults: each is injected into every vendor of a group at once, beside targets without a fault."""

import asyncio
import tempfile
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import structlog
from structlog.typing import EventDict

from exporter.errors import Reason
from exporter.metrics.catalog import VENDOR_DATA_AGE
from exporter.metrics.pages import Exposition, Format
from exporter.metrics.render import SeriesBlock
from exporter.polling.collector import Collector
from exporter.polling.health import ResourceHealth
from exporter.settings import TargetSettings
from exporter.simulator import http_server
from exporter.simulator.centre import Centre
from exporter.simulator.default import working_day
from exporter.simulator.dialects import Dialect, every_dialect
from exporter.simulator.driver import Driver
from exporter.vendors.base import load_vendor
from tests.faults.families import certificates
from tests.faults.fault import Fault
from tests.faults.proxy import Proxy
from tests.support.exposition import no_process, page_bytes, read
from tests.support.memory import Peak
from tests.support.recorded_dialect import recorded_dialects
from tests.support.timeloop import LoopClock, TimeLoop, run

VENDORS = tuple(dialect.name for dialect in every_dialect())
DEFINITIONS = tuple(dialect.name for dialect in recorded_dialects())
# Every resource has been polled by then, and tokens and sessions are in use.
SETTLED_SECONDS = 40.0
# Longer than data polled every 15 or 30 seconds stays before it is stale.
FAULT_SECONDS = 64.0
# Longer than any interval under test.
_AFTERWARDS_SECONDS = 84.0
_TICK_SECONDS = 1.0
# Resources polled every few minutes are not waited for.
_RARELY_SECONDS = 120.0
_BODY_BYTES = 1 << 20
# If every queue or agent is one request, a few are as good a test as all.
FEW: Mapping[str, Mapping[str, object]] = {
    "axialys": {"select": {"queues": {"include": ["1001", "1002"]}}},
    "apio": {"call_centers": ["1005"]},
}


@cache
def centre() -> Centre:
    """Return the contact centre that all vendors serve; its time stands still."""
    return working_day()


class Watched(Exposition):
    """An exposition that records the series before a fault and deviations during it.

    Attributes:
        good: The series of each target's resource before the fault.
        wrong: Series exported later that are not among them, by target.
        last: Number of series of the last successful poll of each resource.
    """

    def __init__(self) -> None:
        super().__init__(no_process)
        self.good: dict[tuple[str, str], frozenset[bytes]] = {}
        self.wrong: defaultdict[str, set[bytes]] = defaultdict(set)
        self.last: dict[tuple[str, str], int] = {}
        self._settled = False

    def settle(self) -> None:
        """Compare with the current series from now on."""
        self._settled = True

    def put(self, target: str, name: str, part: SeriesBlock) -> None:
        """Replace a block and compare it with the good series, except the age, which grows with time."""
        super().put(target, name, part)
        if name:
            lines = frozenset(line for chunk in part.chunks.values() for line in chunk.splitlines())
            if not self._settled:
                self.good[target, name] = lines
            self.last[target, name] = part.series or self.last.get((target, name), 0)
            good = self.good[target, name]
            ages = part.chunks.get(VENDOR_DATA_AGE, b"").splitlines()
            self.wrong[target] |= lines.difference(good, ages)


@dataclass
class Seen:
    """Observations of one resource.

    Attributes:
        interval: Seconds between polls.
        reasons: Reasons of its failed polls.
        not_held: Times at which fresh data was missing or stale data was exported.
        recovered_after: Seconds from the fault's end to the start of the first successful poll.
        whole: Whether all its series are exported again in the end.
        logged: Its log events and their reasons, in order.
        polls: Number of polls completed when the fault ended.
        down: Whether `up` was 0 when the fault ended.
    """

    interval: float
    reasons: set[Reason] = field(default_factory=set)
    not_held: list[float] = field(default_factory=list)
    recovered_after: float | None = None
    whole: bool = True
    logged: list[tuple[str, str]] = field(default_factory=list)
    polls: int = 0
    down: bool = False


@dataclass
class Cell:
    """Observations of one target with a fault.

    Attributes:
        fault: The injected fault.
        vendor: The target's vendor.
        resources: Observations of its resources.
        wrong: Exported series that differ from those before the fault.
    """

    fault: Fault
    vendor: str
    resources: dict[str, Seen]
    wrong: set[bytes] = field(default_factory=set)

    @property
    def reasons(self) -> tuple[str, ...]:
        """The reasons of failed polls, sorted."""
        return tuple(sorted({reason.value for seen in self.resources.values() for reason in seen.reasons}))

    @property
    def often(self) -> Mapping[str, Seen]:
        """The resources polled often enough to wait for their recovery."""
        return {name: seen for name, seen in self.resources.items() if seen.interval < _RARELY_SECONDS}


@dataclass
class Outcome:
    """Observations of a family of faults.

    Attributes:
        cells: The cell of each fault and vendor.
        bystanders: Failed polls of each target without a fault.
        bystanders_polls: Completed polls of each target without a fault.
        wrong: Series of targets without a fault that differ from those before.
        memory: Growth of the process's peak memory during the faults, in bytes.
    """

    cells: dict[tuple[str, str], Cell]
    bystanders: dict[str, Counter[Reason]] = field(default_factory=dict)
    bystanders_polls: dict[str, int] = field(default_factory=dict)
    wrong: set[bytes] = field(default_factory=set)
    memory: int = 0


class _TestTarget:
    """A target with its proxy and simulated vendor."""

    def __init__(self, fault: Fault | None, dialect: Dialect, proxy: Proxy, settings: TargetSettings) -> None:
        self.fault = fault
        self.vendor = dialect.name
        self.proxy = proxy
        self.settings = settings
        self.name = settings.name


async def _test_target(  # noqa: PLR0913, PLR0917 - each is an independent part
    stack: AsyncExitStack, driver: Driver, fault: Fault | None, dialect: Dialect, number: int, ca_file: Path
) -> _TestTarget:
    upstream = await http_server.start("127.0.0.1", 0, driver, [dialect])
    stack.push_async_callback(upstream.stop)
    tls = certificates.identity().context("good") if fault is not None and fault.tls else None
    proxy = await Proxy(f"{dialect.name}-{number}.vendors.test", upstream.port, f"/{dialect.name}", tls=tls).start()
    stack.push_async_callback(proxy.end)
    settings = dict(dialect.target(proxy.url))
    settings |= {"name": f"{dialect.name} {number}", "vendor": dialect.name, "limits": {"body_bytes": _BODY_BYTES}}
    settings |= FEW.get(dialect.name, {})
    if tls is not None:
        settings["tls_config"] = {"ca_file": ca_file}
    settings |= {} if fault is None else fault.settings.get(dialect.name, {})
    return _TestTarget(fault, dialect, proxy, load_vendor(dialect.name).settings.model_validate(settings))


def dialects_of(vendors: Sequence[str]) -> Sequence[Dialect]:
    """Return the APIs of vendors: simulated ones of vendors with code, recorded ones of definitions."""
    known: Sequence[Dialect] = (*every_dialect(), *recorded_dialects())
    return [dialect for dialect in known if dialect.name in vendors]


def run_family(faults: Sequence[Fault], vendors: Sequence[str] = VENDORS) -> Outcome:
    """Inject each fault into every vendor of a group, all at once, and return the observations."""
    return run(lambda loop: _run(loop, faults, dialects_of(vendors)))


async def _run(loop: TimeLoop, faults: Sequence[Fault], dialects: Sequence[Dialect]) -> Outcome:
    clock = LoopClock(loop)
    driver = Driver(centre(), clock, speed=0)
    async with AsyncExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        logged: list[EventDict] = stack.enter_context(structlog.testing.capture_logs())
        ca_file = certificates.trusted(directory)
        test_targets = [
            await _test_target(stack, driver, fault, dialect, number, ca_file)
            for number, fault in enumerate((None, *faults))
            for dialect in dialects
            if fault is None or dialect.name not in fault.not_applicable
        ]
        exposition = Watched()
        collector = Collector([target.settings for target in test_targets], exposition, clock)
        stack.push_async_callback(collector.stop)
        await collector.start()
        return await _Run(loop, collector, exposition, test_targets, logged).go()


class _Run:
    """A run of one family."""

    def __init__(
        self,
        loop: TimeLoop,
        collector: Collector,
        exposition: Watched,
        test_targets: Sequence[_TestTarget],
        logged: list[EventDict],
    ) -> None:
        self._loop = loop
        self._collector = collector
        self._exposition = exposition
        self._test_targets = test_targets
        self._logged = logged
        self._faulty = [target for target in test_targets if target.fault is not None]

    async def go(self) -> Outcome:
        await asyncio.sleep(SETTLED_SECONDS)
        self._require_up()
        self._exposition.settle()
        self._logged.clear()
        cells = {
            target.name: Cell(target.fault, target.vendor, {each.name: Seen(each.interval) for each in resources})
            for target, resources in self._health()
            if target.fault is not None
        }
        failed_before = {
            (target.name, each.name): each.failures.copy() for target, found in self._health() for each in found
        }
        memory = Peak()
        await self._begin()
        for _ in range(int(FAULT_SECONDS / _TICK_SECONDS)):
            await asyncio.sleep(_TICK_SECONDS)
            self._observe(cells, None)
        for target, resources in self._health():
            for each in resources if target.fault else ():
                cells[target.name].resources[each.name].down = not each.up
                cells[target.name].resources[each.name].reasons = set(
                    each.failures - failed_before[target.name, each.name]
                )
        self._require_pages()
        ended = self._loop.time()
        await self._end()
        for _ in range(int(_AFTERWARDS_SECONDS / _TICK_SECONDS)):
            await asyncio.sleep(_TICK_SECONDS)
            self._observe(cells, ended)
        self._require_pages()
        outcome = self._outcome(cells)
        outcome.memory = memory.grown
        return outcome

    def _health(self) -> list[tuple[_TestTarget, list[ResourceHealth]]]:
        health = {each.name: each.resources for each in self._collector.health}
        return [(target, health[target.name]) for target in self._test_targets]

    def _require_up(self) -> None:
        for target, resources in self._health():
            for each in resources:
                assert each.up, f"{target.name} {each.name} is not up before the fault: {each.last_error!r}"

    def _require_pages(self) -> None:
        for form in Format:
            assert read(page_bytes(self._collector, form), form)

    async def _begin(self) -> None:
        for target in self._faulty:
            assert target.fault is not None
            await target.fault.begin(target.proxy)
            if target.fault.respond is not None:
                target.proxy.respond = target.fault.respond

    async def _end(self) -> None:
        for target in self._faulty:
            assert target.fault is not None
            target.proxy.restore()
            await target.fault.end(target.proxy)

    def _observe(self, cells: Mapping[str, Cell], ended: float | None) -> None:
        now = self._loop.time()
        for target, resources in self._health():
            if target.fault is None:
                continue
            for each in resources:
                seen = cells[target.name].resources[each.name]
                if ended is None:
                    seen.polls = each.polls
                elif each.up and seen.recovered_after is None and each.polls > seen.polls:
                    seen.recovered_after = max(0.0, now - (each.duration or 0.0) - ended)
                self._check_data(target, each, seen, now)

    def _check_data(self, target: _TestTarget, each: ResourceHealth, seen: Seen, now: float) -> None:
        good = self._exposition.last[target.name, each.name]
        poll = target.settings.poll
        stale_after = poll.stale_after if each.interval <= poll.interval else max(poll.stale_after, 2 * each.interval)
        assert each.last_success is not None
        age = now - (each.last_success - self._loop.wall)
        if not each.up and abs(age - stale_after) > _TICK_SECONDS and each.series != (good if age < stale_after else 0):
            seen.not_held.append(now)

    def _outcome(self, cells: Mapping[str, Cell]) -> Outcome:
        outcome = Outcome({})
        for line in self._logged:
            if line.get("target") in cells and line["event"] in {"poll failed", "poll recovered"}:
                seen = cells[line["target"]].resources[line["resource"]]
                seen.logged.append((line["event"], line["reason"]))
        for target, resources in self._health():
            wrong = self._exposition.wrong[target.name]
            if target.fault is None:
                outcome.bystanders[target.name] = sum((each.failures for each in resources), Counter())
                outcome.bystanders_polls[target.name] = sum(each.polls for each in resources)
                outcome.wrong |= wrong
                continue
            cell = cells[target.name]
            but = target.fault.but
            cell.wrong = {line for line in wrong if but is None or not but(line)}
            for each in resources:
                cell.resources[each.name].whole = each.series == len(self._exposition.good[target.name, each.name])
            outcome.cells[target.fault.name, target.vendor] = cell
        return outcome
