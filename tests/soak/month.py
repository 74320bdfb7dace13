"""Simulate days of the real service with simulated vendors and record its resource usage.

Every midnight the vendors restart with different agents; every day the configuration is reloaded with one target
renamed. At 03:00 of each day nothing of the previous day may remain.
"""

import asyncio
import gc
import io
import logging
import random
import resource
import sys
import tracemalloc
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import aiohttp
import yaml
from aiohttp import web
from aiohttp.web_app import _cached_build_middleware

from exporter.metrics.pages import Format
from exporter.redaction import MOST_RECEIVED, remember
from exporter.runtime import logging_setup
from exporter.runtime.memory import GarbageFreezer
from exporter.service import Service
from exporter.settings import Settings
from exporter.settings.loading.load import load_file
from exporter.simulator.centre import Centre
from exporter.simulator.dialects import every_dialect
from exporter.simulator.driver import Driver
from exporter.simulator.http_server import application
from tests.soak.daily_profiles import names_of, profile_of, queues_of
from tests.soak.disturbances import Disturbances
from tests.soak.skipping import LoopClock
from tests.support.exposition import read

DAY = 86_400.0
# 2027-03-01 00:00 UTC: summer time starts within the month.
_START = 1_803_859_200.0
_CHECK_AT = 3 * 3600.0
_SCRAPE_SECONDS = 900.0


class DayEnd(NamedTuple):
    """The state at 03:00 after a day.

    Attributes:
        day: Number of completed days.
        rss_kib: Resident memory of the process.
        blocks: Memory blocks allocated by Python.
        traced_kib: Memory of Python objects by tracemalloc; 0 if it is disabled.
        descriptors: Open files.
        tasks: Tasks of the event loop.
        polls: Polls completed by the current targets.
        failures: Failed polls of the current targets.
        series: Series on the page.
        log_lines: Lines logged so far.
        wrong: Errors.
    """

    day: int
    rss_kib: int
    blocks: int
    traced_kib: int
    descriptors: int
    tasks: int
    polls: int
    failures: int
    series: int
    log_lines: int
    wrong: tuple[str, ...]


async def live(
    days: int, folder: Path, report: Callable[[DayEnd], None], *, interval: str = "10m", seed: int = 1
) -> Counter[str]:
    """Simulate days; must run in a `SkippingLoop`.

    Args:
        days: Number of days.
        folder: The folder of the configuration file.
        report: Called with the state after each day.
        interval: The poll interval.
        seed: The random seed.

    Returns:
        The number of injected failures by kind.
    """
    _fill()
    counting = _Lines()
    logging_setup.configure("info", "logfmt", counting)
    clock = LoopClock(_START)
    disturbances = Disturbances(clock, seed)
    vendors = _Vendors(clock, disturbances)
    await vendors.restart(0)
    config = folder / "contactcenter.yml"
    _configure(config, vendors.url, 0, interval)

    def load() -> Settings:
        return load_file(config, {})

    service = Service(load(), clock, load, GarbageFreezer())
    async with _running(service, vendors) as url, aiohttp.ClientSession() as prometheus:
        for day in range(days):
            await _until(clock, day * DAY + _CHECK_AT, prometheus, url)
            _configure(config, vendors.url, day, interval)
            problem = await service.reload()
            await _until(clock, (day + 1) * DAY, prometheus, url)
            await vendors.restart(day + 1)
            await _until(clock, (day + 1) * DAY + _CHECK_AT, prometheus, url)
            page = await _scrape(prometheus, url)
            wrong = [*([problem] if problem else []), *_outlived(page, day + 1), *_died(service)]
            report(_day_end(day + 1, service, page, counting, wrong))
    assert not _polling(), "tasks still running after the stop"
    return disturbances.injected


def _fill() -> None:
    """Fill the bounded cache of received tokens, which would otherwise take a month to fill."""
    chance = random.Random(0)  # noqa: S311 - not real tokens
    for _ in range(MOST_RECEIVED):
        remember(chance.randbytes(20).hex())


class _Vendors:
    """The simulated vendors, which restart on the same port."""

    def __init__(self, clock: LoopClock, disturbances: Disturbances) -> None:
        self._clock = clock
        self._disturbances = disturbances
        self._runner: web.AppRunner | None = None
        self._port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    async def restart(self, day: int) -> None:
        """Start a day with different agents and without sessions or subscriptions."""
        await self.stop()
        app = application(Driver(Centre(profile_of(day), seed=day + 1), self._clock))
        app.middlewares.insert(0, self._disturbances.intercept)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port, reuse_address=True).start()
        self._port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
            # The cache would keep handlers of stopped servers and their contact centres alive.
            _cached_build_middleware.cache_clear()


class _Lines(io.StringIO):
    """Counts lines without storing them."""

    count = 0

    def write(self, text: str) -> int:
        self.count += text.count("\n")
        return len(text)


@asynccontextmanager
async def _running(service: Service, vendors: _Vendors) -> AsyncIterator[str]:
    url = await service.start()
    try:
        yield url.replace("localhost", "127.0.0.1")
    finally:
        await service.stop()
        await vendors.stop()
        logging.getLogger().handlers.clear()
        gc.unfreeze()


def _configure(path: Path, url: str, day: int, interval: str) -> None:
    """Write the configuration of a day: all vendors, with one target renamed since the previous day."""
    dialects = every_dialect()
    targets = []
    for index, dialect in enumerate(dialects):
        target = {**dialect.target(f"{url}/{dialect.name}"), "vendor": dialect.name}
        if dialect.name == "apio":
            target["call_centers"] = ["1001", "1002"]
        if dialect.name == "brightpattern":
            target.pop("services")
        if index == day % len(dialects):
            target["name"] = f"{target['name']}-{day}"
        targets.append(target)
    document = {
        "poll": {"interval": interval, "timeout": "30s"},
        "agents": {"detail": "name"},
        "trunks": {"detail": "ports"},
        "web": {"listen_address": "127.0.0.1:0", "max_requests": 40 + day % 2},
        "targets": targets,
    }
    path.write_text(yaml.safe_dump(document), encoding="utf-8")


async def _until(clock: LoopClock, moment: float, prometheus: aiohttp.ClientSession, url: str) -> None:
    """Advance to a time, scraping at intervals."""
    while clock.monotonic() < moment:
        await clock.sleep(min(_SCRAPE_SECONDS, moment - clock.monotonic()))
        await _scrape(prometheus, url)


async def _scrape(prometheus: aiohttp.ClientSession, url: str) -> str:
    async with prometheus.get(f"{url}/metrics") as response:
        assert response.status == web.HTTPOk.status_code, response.status
        return await response.text()


def _outlived(page: str, day: int) -> list[str]:
    """Return an error for each exported agent or queue that no longer exists."""
    samples = [sample for family in read(page, Format.TEXT) for sample in family.samples]
    exported = {
        (name, sample.labels[name]) for sample in samples for name in ("agent", "queue") if name in sample.labels
    }
    current = {("agent", name) for name in names_of(day)} | {("queue", name) for name in queues_of(day)}
    return [f"{kind} {name} is still exported" for kind, name in sorted(exported - current) if name]


def _died(service: Service) -> list[str]:
    """Return an error for each resource without exactly one task."""
    running = _polling()
    expected = Counter(f"poll {each.name} {one.name}" for each in service.replica.health for one in each.resources)
    return [f"{name}: {running[name]} tasks" for name in running | expected if running[name] != expected[name]]


def _polling() -> Counter[str]:
    return Counter(name for task in asyncio.all_tasks() if (name := task.get_name()).startswith("poll "))


def _day_end(day: int, service: Service, page: str, lines: _Lines, wrong: list[str]) -> DayEnd:
    gc.collect()
    resources = [one for each in service.replica.health for one in each.resources]
    return DayEnd(
        day=day,
        rss_kib=_rss(),
        blocks=sys.getallocatedblocks(),
        traced_kib=tracemalloc.get_traced_memory()[0] >> 10,
        descriptors=sum(1 for _ in Path("/proc/self/fd").iterdir()),
        tasks=len(asyncio.all_tasks()),
        polls=sum(one.polls for one in resources),
        failures=sum(one.failures.total() for one in resources),
        series=sum(not line.startswith("#") for line in page.splitlines()),
        log_lines=lines.count,
        wrong=tuple(wrong),
    )


def _rss() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() >> 10
