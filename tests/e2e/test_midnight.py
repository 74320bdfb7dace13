"""The increase over a day that spans midnight equals the ledger, at the four vendors with totals.

A real Prometheus computes it. The window begins and ends with a scrape, so that it extrapolates by no more than a
millisecond. What happens between the last poll and midnight is lost at a vendor whose totals restart then: no later
response contains it. It is not lost at Sinch, whose quarter hours can be read later. The increase therefore equals the
whole ledger at every vendor if nothing happens after the last poll of the day, and without what happened otherwise.

The ledger counts a contact that is unanswered at midnight as offered on both days; Sinch counts it where it arrived.
"""

import asyncio
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest

from exporter.metrics.catalog import PREFIX
from exporter.metrics.pages import Exposition, Format
from exporter.polling.pipeline import Pipeline
from exporter.settings import TargetSettings
from exporter.simulator import DEFAULT, Centre
from exporter.simulator.daytime import DAY, HOUR
from exporter.simulator.driver import Driver
from exporter.simulator.queue_totals import QueueTotals
from exporter.vendors.base import Resource
from tests.support.exposition import page_bytes
from tests.support.pipelines import pipeline_of
from tests.support.recorded import PausedClock, connected, evaluated, lines

pytestmark = pytest.mark.slow

SCRAPE = 600
FIRST = {"with a poll in the last second of the day": 12 * HOUR - 1, "without a poll near midnight": 12 * HOUR + 157}
TODAY = 1_800_000_000 // DAY * DAY
NO_LIMIT = 1_000_000
BACKGROUND = 20
FAMILIES = [f"{PREFIX}queue_contacts_{name}_total" for name in ("offered", "answered", "abandoned")]
VOICE = {queue.name for queue in DEFAULT.queues if queue.channel == "voice"}
ALL = {queue.name for queue in DEFAULT.queues}
QUEUES = {"amsterdam": VOICE, "helsinki": ALL, "oakland": ALL, "paris": VOICE}

Totals = Mapping[str, QueueTotals]


class Recorded(NamedTuple):
    """Two half days.

    Attributes:
        first: The ledger at the first scrape, by queue.
        last_before: The ledger at the last scrape before midnight.
        midnight: The ledger at the end of the day.
        last: The ledger at the last scrape.
        increases: The increase of each total in that time, by metric, target and queue.
    """

    first: Totals
    last_before: Totals
    midnight: Totals
    last: Totals
    increases: Mapping[tuple[str, str, str], float]


def centre() -> Centre:
    """Return a centre whose e-mails are answered in the daytime only, and that is called at night as well."""
    more = {"E-mail": 30.0, "Outages": 120.0}
    queues = tuple(
        replace(queue, contacts_per_hour=more.get(queue.name, queue.contacts_per_hour)) for queue in DEFAULT.queues
    )
    agents = tuple(
        replace(agent, skills={"4": 1}) if agent.group == "Night desk" else agent for agent in DEFAULT.agents
    )
    return Centre(replace(DEFAULT, queues=queues, agents=agents), seed=4)


def totals(driver: Driver) -> Totals:
    return {line.profile.name: copy(line.totals) for line in driver.centre.lines.values()}


async def record(folder: Path, first: float) -> Recorded:
    """Simulate a day from noon to noon, polled and scraped every ten minutes.

    Args:
        folder: Where the samples are written.
        first: The time of the first scrape, in seconds since midnight.
    """
    clock = PausedClock(TODAY + first - SCRAPE)
    day = centre()
    day.advance(first - SCRAPE)
    driver = Driver(day, clock)
    samples = folder / "samples.om"
    ledger: list[Totals] = []
    async with connected(driver, clock) as resources:
        polls = Polls(resources, clock)
        # Bright Pattern returns nothing at first.
        await polls.poll()
        await clock.advance(SCRAPE)
        with samples.open("w", encoding="utf-8") as file:
            for _ in range(int(DAY // SCRAPE)):
                driver.catch_up()
                ledger.append(totals(driver))
                file.writelines(await polls.poll())
                if day.now < DAY <= day.now + SCRAPE:
                    before_midnight = DAY - 1 - day.now
                    await clock.advance(before_midnight)
                    driver.catch_up()
                    midnight = len(ledger), totals(driver)
                    await clock.advance(SCRAPE - before_midnight)
                else:
                    await clock.advance(SCRAPE)
            driver.catch_up()
            # Sinch's older quarter hours are read in the background, every quarter of an hour.
            for _ in range(BACKGROUND):
                last = await polls.poll()
                await asyncio.sleep(0.02)
            file.writelines([*last, "# EOF\n"])
    window = f"{int(DAY) * 1000 + 1}ms"
    expressions = {family.removeprefix(PREFIX): f"increase({family}[{window}])" for family in FAMILIES}
    increases = await evaluated(expressions, samples, folder / "data", clock.time())
    scrapes, end_of_day = midnight
    return Recorded(ledger[0], ledger[scrapes - 1], end_of_day, totals(driver), increases)


class Polls:
    """Polls every resource, and returns the samples of a scrape."""

    def __init__(self, resources: Sequence[tuple[TargetSettings, Resource]], clock: PausedClock) -> None:
        self._clock = clock
        self._exposition = Exposition(lambda _form: b"")
        self._ways = [(target, resource, pipeline(target, resource)) for target, resource in resources]

    async def poll(self) -> list[str]:
        clock = self._clock
        for target, resource, way in self._ways:
            snapshot = await resource.fetch()
            if snapshot is not None:
                block = way.process(snapshot, clock.monotonic(), clock.time(), NO_LIMIT).block
                self._exposition.put(target.name, resource.name, block)
        return list(lines(page_bytes(self._exposition, Format.TEXT).decode(), FAMILIES, clock.time()))


def pipeline(target: TargetSettings, resource: Resource) -> Pipeline:
    """Return the way of a resource's snapshots; the day of vendors other than Sinch is configured."""
    days = {} if target.vendor == "sinch" else {"timezone": "UTC", "day_starts": "00:00"}
    return pipeline_of(target.model_copy(update=days), carries_thresholds=resource.carries_thresholds)


@pytest.fixture(scope="module", params=[*FIRST.values()], ids=[*FIRST])
def recorded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    return asyncio.run(record(tmp_path_factory.mktemp("midnight"), request.param))


def test_contacts_pass_midnight(recorded: Recorded) -> None:
    """Otherwise the other tests would show nothing."""
    assert recorded.last["E-mail"].carried > 5
    assert recorded.last["Outages"].answered


def test_the_day_ends_after_the_last_poll_in_one_case_only(request: pytest.FixtureRequest, recorded: Recorded) -> None:
    nothing_after = recorded.last_before == recorded.midnight
    assert nothing_after == ("in the last second" in request.node.name)


@pytest.mark.parametrize("family", ["offered", "answered", "abandoned"])
@pytest.mark.parametrize("target", QUEUES)
def test_the_increase_equals_the_ledger(recorded: Recorded, target: str, family: str) -> None:
    own = {
        queue: round(value, 3)
        for (name, at, queue), value in recorded.increases.items()
        if (name, at) == (f"queue_contacts_{family}_total", target)
    }
    if target == "amsterdam" and family == "abandoned":
        assert not own  # KPN does not report it
        return
    restart = recorded.midnight if target == "helsinki" else recorded.last_before
    truth = {
        queue: getattr(restart[queue], family)
        - getattr(recorded.first[queue], family)
        + getattr(recorded.last[queue], family)
        - (recorded.last[queue].carried if target == "helsinki" and family == "offered" else 0)
        for queue in QUEUES[target]
    }
    assert own == truth
