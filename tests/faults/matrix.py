"""Runs a family of faults: each befalls every vendor at once, beside targets that nothing befalls."""

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
from tests.support.timeloop import LoopClock, TimeLoop, run

VENDORS = tuple(dialect.name for dialect in every_dialect())
# Every resource has been asked for by then, and tokens and sessions are in use.
SETTLED_SECONDS = 40.0
# Longer than what is asked for every 15 or 30 seconds may be shown.
FAULT_SECONDS = 64.0
# Longer than any interval that is waited for.
_AFTERWARDS_SECONDS = 64.0
_TICK_SECONDS = 1.0
# What is asked for every few minutes cannot be waited for.
_RARELY_SECONDS = 120.0
# Asks for each agent by itself: what begins amid its poll may cost some of them, and the poll goes on.
_LOSES_AGENTS = "apio "
_LOST_AT_MOST = 0.1
_EVERYBODY = b"contactcenter_agents{"
_BODY_BYTES = 1 << 20
# Where every queue or agent is a request of its own, a few tell as much as all.
FEW: Mapping[str, Mapping[str, object]] = {
    "axialys": {"select": {"queues": {"include": ["1001", "1002"]}}},
    "apio": {"call_centers": ["1005"]},
}


@cache
def centre() -> Centre:
    """Return the contact centre that everybody tells of; it stands still."""
    return working_day()


class Watched(Exposition):
    """An exposition that remembers what was good, and what was shown besides.

    Attributes:
        good: The series of each target's resource when all was well.
        wrong: Series shown that were not among them.
        last: How many series the last poll of each that succeeded brought.
    """

    def __init__(self) -> None:
        super().__init__(no_process)
        self.good: dict[tuple[str, str], frozenset[bytes]] = {}
        self.wrong: defaultdict[str, set[bytes]] = defaultdict(set)
        self.last: dict[tuple[str, str], int] = {}
        self._settled = False

    def settle(self) -> None:
        """Take what is shown for good from now on."""
        self._settled = True

    def put(self, target: str, name: str, part: SeriesBlock) -> None:
        """Replace a part, and compare it with what was good."""
        super().put(target, name, part)
        if name:
            lines = frozenset(line for chunk in part.chunks.values() for line in chunk.splitlines())
            if not self._settled:
                self.good[target, name] = lines
            self.last[target, name] = part.series or self.last.get((target, name), 0)
            good = self.good[target, name]
            lost = _fewer_agents(good, lines) if target.startswith(_LOSES_AGENTS) else set()
            self.wrong[target] |= lines - good - lost


def _fewer_agents(good: frozenset[bytes], lines: frozenset[bytes]) -> set[bytes]:
    """Return the lines that count fewer agents than what was good; none where more are missing than a poll may lose."""
    before, now = (
        {series: float(value) for series, _, value in (line.rpartition(b" ") for line in some) if b"agents{" in series}
        for some in (good, lines)
    )
    all_agents, told = (sum(some[each] for each in some if each.startswith(_EVERYBODY)) for some in (before, now))
    if all_agents - told > _LOST_AT_MOST * all_agents:
        return set()
    fewer = {series for series, count in now.items() if count < before.get(series, 0)}
    return {line for line in lines if line.rpartition(b" ")[0] in fewer}


@dataclass
class Seen:
    """What became of one resource.

    Attributes:
        interval: Seconds from poll to poll.
        reasons: Why its polls failed.
        not_held: When good data that was not stale was missing, or stale data was shown.
        recovered_after: Seconds from the fault's end to the beginning of the first poll that succeeded.
        whole: Whether it shows in the end what it showed before.
        told: What was logged of it, in order.
        polls: Polls that had ended when the fault did.
        down: Whether `up` was 0 then.
    """

    interval: float
    reasons: set[Reason] = field(default_factory=set)
    not_held: list[float] = field(default_factory=list)
    recovered_after: float | None = None
    whole: bool = True
    told: list[tuple[str, str]] = field(default_factory=list)
    polls: int = 0
    down: bool = False


@dataclass
class Cell:
    """What became of one target that something befell.

    Attributes:
        fault: What befell it.
        vendor: Whose it is.
        resources: What became of its resources.
        wrong: Series shown that were never good.
    """

    fault: Fault
    vendor: str
    resources: dict[str, Seen]
    wrong: set[bytes] = field(default_factory=set)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why polls failed, sorted."""
        return tuple(sorted({reason.value for seen in self.resources.values() for reason in seen.reasons}))

    @property
    def often(self) -> Mapping[str, Seen]:
        """The resources that are asked for often enough to be waited for."""
        return {name: seen for name, seen in self.resources.items() if seen.interval < _RARELY_SECONDS}


@dataclass
class Outcome:
    """What became of a family.

    Attributes:
        cells: Of each fault and vendor.
        bystanders: How often each bystander's polls failed.
        bystanders_polls: How many polls of theirs ended.
        wrong: What they showed that was not good.
        memory: Bytes that the process took at most beyond what it ever had before the faults, whoever they befell.
    """

    cells: dict[tuple[str, str], Cell]
    bystanders: dict[str, Counter[Reason]] = field(default_factory=dict)
    bystanders_polls: dict[str, int] = field(default_factory=dict)
    wrong: set[bytes] = field(default_factory=set)
    memory: int = 0


class _Place:
    """One target with its proxy and its vendor."""

    def __init__(self, fault: Fault | None, dialect: Dialect, proxy: Proxy, settings: TargetSettings) -> None:
        self.fault = fault
        self.vendor = dialect.name
        self.proxy = proxy
        self.settings = settings
        self.name = settings.name


async def _place(  # noqa: PLR0913, PLR0917 - each is a part of the place
    stack: AsyncExitStack, driver: Driver, fault: Fault | None, dialect: Dialect, number: int, ca_file: Path
) -> _Place:
    upstream = await http_server.start("127.0.0.1", 0, driver, [dialect])
    stack.push_async_callback(upstream.stop)
    tls = certificates.identity().context("good") if fault is not None and fault.tls else None
    proxy = await Proxy(f"{dialect.name}-{number}.vendors.test", upstream.port, f"/{dialect.name}", tls=tls).start()
    stack.push_async_callback(proxy.end)
    given = dict(dialect.target(proxy.url))
    given |= {"name": f"{dialect.name} {number}", "vendor": dialect.name, "limits": {"body_bytes": _BODY_BYTES}}
    given |= FEW.get(dialect.name, {})
    if tls is not None:
        given["tls_config"] = {"ca_file": ca_file}
    given |= {} if fault is None else fault.settings.get(dialect.name, {})
    return _Place(fault, dialect, proxy, load_vendor(dialect.name).settings.model_validate(given))


def run_family(faults: Sequence[Fault]) -> Outcome:
    """Let each of these befall every vendor, all at once, and return what became of them."""
    return run(lambda loop: _run(loop, faults))


async def _run(loop: TimeLoop, faults: Sequence[Fault]) -> Outcome:
    clock = LoopClock(loop)
    driver = Driver(centre(), clock, speed=0)
    async with AsyncExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        logged: list[EventDict] = stack.enter_context(structlog.testing.capture_logs())
        ca_file = certificates.trusted(directory)
        places = [
            await _place(stack, driver, fault, dialect, number, ca_file)
            for number, fault in enumerate((None, *faults))
            for dialect in every_dialect()
            if fault is None or dialect.name not in fault.spares
        ]
        exposition = Watched()
        collector = Collector([place.settings for place in places], exposition, clock)
        stack.push_async_callback(collector.stop)
        await collector.start()
        return await _Run(loop, collector, exposition, places, logged).go()


class _Run:
    """One run of a family."""

    def __init__(
        self,
        loop: TimeLoop,
        collector: Collector,
        exposition: Watched,
        places: Sequence[_Place],
        logged: list[EventDict],
    ) -> None:
        self._loop = loop
        self._collector = collector
        self._exposition = exposition
        self._places = places
        self._logged = logged
        self._struck = [place for place in places if place.fault is not None]

    async def go(self) -> Outcome:
        await asyncio.sleep(SETTLED_SECONDS)
        self._require_well()
        self._exposition.settle()
        self._logged.clear()
        cells = {
            place.name: Cell(place.fault, place.vendor, {each.name: Seen(each.interval) for each in resources})
            for place, resources in self._health()
            if place.fault is not None
        }
        failed_before = {
            (place.name, each.name): each.failures.copy() for place, found in self._health() for each in found
        }
        memory = Peak()
        await self._begin()
        for _ in range(int(FAULT_SECONDS / _TICK_SECONDS)):
            await asyncio.sleep(_TICK_SECONDS)
            self._look(cells, None)
        for place, resources in self._health():
            for each in resources if place.fault else ():
                cells[place.name].resources[each.name].down = not each.up
                cells[place.name].resources[each.name].reasons = set(
                    each.failures - failed_before[place.name, each.name]
                )
        self._require_pages()
        ended = self._loop.time()
        await self._end()
        for _ in range(int(_AFTERWARDS_SECONDS / _TICK_SECONDS)):
            await asyncio.sleep(_TICK_SECONDS)
            self._look(cells, ended)
        self._require_pages()
        outcome = self._outcome(cells)
        outcome.memory = memory.grown
        return outcome

    def _health(self) -> list[tuple[_Place, list[ResourceHealth]]]:
        health = {each.name: each.resources for each in self._collector.health}
        return [(place, health[place.name]) for place in self._places]

    def _require_well(self) -> None:
        for place, resources in self._health():
            for each in resources:
                assert each.up, f"{place.name} {each.name} is not up to begin with: {each.last_error!r}"

    def _require_pages(self) -> None:
        for form in Format:
            assert read(page_bytes(self._collector, form), form)

    async def _begin(self) -> None:
        for place in self._struck:
            assert place.fault is not None
            await place.fault.begin(place.proxy)
            if place.fault.strike is not None:
                place.proxy.strike = place.fault.strike

    async def _end(self) -> None:
        for place in self._struck:
            assert place.fault is not None
            place.proxy.mend()
            await place.fault.end(place.proxy)

    def _look(self, cells: Mapping[str, Cell], ended: float | None) -> None:
        now = self._loop.time()
        for place, resources in self._health():
            if place.fault is None:
                continue
            for each in resources:
                seen = cells[place.name].resources[each.name]
                if ended is None:
                    seen.polls = each.polls
                elif each.up and seen.recovered_after is None and each.polls > seen.polls:
                    seen.recovered_after = max(0.0, now - (each.duration or 0.0) - ended)
                self._look_at_data(place, each, seen, now)

    def _look_at_data(self, place: _Place, each: ResourceHealth, seen: Seen, now: float) -> None:
        good = self._exposition.last[place.name, each.name]
        poll = place.settings.poll
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
                seen.told.append((line["event"], line["reason"]))
        for place, resources in self._health():
            wrong = self._exposition.wrong[place.name]
            if place.fault is None:
                outcome.bystanders[place.name] = sum((each.failures for each in resources), Counter())
                outcome.bystanders_polls[place.name] = sum(each.polls for each in resources)
                outcome.wrong |= wrong
                continue
            cell = cells[place.name]
            cell.wrong = wrong
            for each in resources:
                cell.resources[each.name].whole = each.series == len(self._exposition.good[place.name, each.name])
            outcome.cells[place.fault.name, place.vendor] = cell
        return outcome
