"""A day of single contacts at Sinch: each bucket equals the ledger for the time observed, each contact counted once.

The API fails twice, and the exporter restarts in the middle of the day. An outage loses nothing, because the window
follows the contacts. The restart does: what ended between the last poll before it and the first poll after it is not
observed. While contacts are read the centre continues, so that pages move, except in the first and the last reading of
each run of the exporter: these define the time observed.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import NamedTuple

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler
from prometheus_client.parser import text_string_to_metric_families

from exporter.errors import PollError
from exporter.metrics.catalog import PREFIX
from exporter.metrics.mapping import Detail, entities
from exporter.metrics.pages import Exposition, Format
from exporter.metrics.render import render
from exporter.model import Snapshot
from exporter.simulator import DEFAULT, Centre, Driver, ScenarioName, http_server
from exporter.simulator.contact_log import ContactRecord
from exporter.simulator.daytime import DAY, HOUR
from exporter.simulator.dialects.sinch import Contents, Sinch, SinchSettings
from exporter.vendors.base import Resource
from exporter.vendors.sinch.client import SinchClient
from tests.support.exposition import no_process, page_bytes
from tests.support.recorded import PausedClock
from tests.support.vendors.polls import asking
from tests.support.vendors.sinch import settings

INTERVAL = 300
BEGINS = 10.5 * HOUR
OUTAGES = ((13 * HOUR, 13.5 * HOUR), (17 * HOUR, 19 * HOUR))
STOPS, STARTS_AGAIN = 22 * HOUR, 22.75 * HOUR
ENDS = BEGINS + DAY
DURATIONS = ("wait", "service_level_wait", "handle", "wrap_up")

# Metric, queue, and outcome, direction or origin of the contacts.
Key = tuple[str, ...]
Observations = Mapping[Key, Sequence[float]]


class Run(NamedTuple):
    """What one run of the exporter observed.

    Attributes:
        since: The simulated time of the first reading: what had ended before is not observed.
        until: The simulated time of the last reading.
        page: The page after the last reading.
    """

    since: float
    until: float
    page: str


class Day(NamedTuple):
    """A day with a restart.

    Attributes:
        records: Every contact of the ledger.
        runs: The runs of the exporter.
        failures: The errors of polls, as text.
        texts: Everything else that the exporter returned.
    """

    records: Sequence[ContactRecord]
    runs: Sequence[Run]
    failures: Sequence[str]
    texts: Sequence[str]


class MovingSinch(Sinch):
    """The interface of a centre in which time passes between two requests."""

    def __init__(self, settings: SinchSettings, clock: PausedClock) -> None:
        super().__init__(settings)
        self.moves = False
        self._clock = clock

    def application(self, driver: Driver) -> web.Application:
        @web.middleware
        async def move(request: web.Request, handler: Handler) -> web.StreamResponse:
            response = await handler(request)
            if self.moves:
                await self._clock.advance(2)
            return response

        app = super().application(driver)
        app.middlewares.append(move)
        return app


def centre() -> Centre:
    """Return a centre with open e-mails at night, and with more calls in the afternoon than it can take."""
    agents = tuple(replace(each, skills={"4": 1}) if each.group == "Night desk" else each for each in DEFAULT.agents)
    return Centre(replace(DEFAULT, agents=agents), seed=5)


async def observe(window_of: Contents) -> Day:
    clock = PausedClock()
    driver = Driver(centre(), clock)
    driver.centre.advance(BEGINS)
    driver = Driver(driver.centre, clock)
    sinch = MovingSinch(SinchSettings(most_rows=80, contacts=window_of), clock)
    server = await http_server.start("127.0.0.1", 0, driver, [sinch])
    exporter = Exporter(driver, clock, sinch, f"{server.url}/sinch")
    try:
        first = await exporter.run(until=STOPS)
        await clock.advance(STARTS_AGAIN - driver.centre.now)
        second = await exporter.run(until=ENDS)
    finally:
        await server.stop()
    records = list(driver.centre.ledger.contacts())
    return Day(records, [first, second], exporter.failures, exporter.texts)


class Exporter:
    """Polls the single contacts of a centre."""

    def __init__(self, driver: Driver, clock: PausedClock, sinch: MovingSinch, url: str) -> None:
        self.failures: list[str] = []
        self.texts: list[str] = []
        self._driver = driver
        self._clock = clock
        self._sinch = sinch
        self._url = url

    async def run(self, until: float) -> Run:
        """Start, poll until a simulated time, and stop."""
        async with self._started() as contacts:
            await self._poll(contacts)
            since = self._driver.centre.now
            self._sinch.moves = True
            while self._driver.centre.now < until - INTERVAL:
                await self._clock.advance(INTERVAL)
                self._switch_scenarios()
                try:
                    await self._poll(contacts)
                except PollError as error:
                    self.failures.append(str(error))
            self._sinch.moves = False
            await self._clock.advance(max(0.0, until - self._driver.catch_up().now))
            page = self._page(await self._poll(contacts))
            self.texts.append(page)
            return Run(since, self._driver.centre.now, page)

    @asynccontextmanager
    async def _started(self) -> AsyncIterator[Resource]:
        observing = {"enabled": True, "interval": INTERVAL}
        target = settings(**self._sinch.target(self._url), contacts=observing)
        async with asking(clock=self._clock) as http:
            client = SinchClient(target, http, self._clock)
            resources = {each.name: each for each in client.resources}
            await resources["queues"].fetch()
            yield resources["contacts"]
            await client.close()

    async def _poll(self, contacts: Resource) -> Snapshot:
        snapshot = await contacts.fetch()
        assert snapshot is not None
        self.texts.append(repr((snapshot.unmapped, snapshot.findings)))
        return snapshot

    def _switch_scenarios(self) -> None:
        now, scenarios = self._driver.catch_up().now, self._driver.centre.scenarios
        failing = any(begin <= now < end for begin, end in OUTAGES)
        (scenarios[ScenarioName.API_OUTAGE].on if failing else scenarios[ScenarioName.API_OUTAGE].off)()
        surging = 14 * HOUR <= now < 16 * HOUR
        (scenarios[ScenarioName.SURGE].on if surging else scenarios[ScenarioName.SURGE].off)()

    @staticmethod
    def _page(snapshot: Snapshot) -> str:
        exposition = Exposition(no_process)
        exposition.put("helsinki", "contacts", render(entities("helsinki", snapshot, Detail())))
        return page_bytes(exposition, Format.TEXT).decode()


# What the ledger expects


def durations(records: Sequence[ContactRecord], since: float, until: float) -> Observations:
    """Return the durations whose end was observed, by metric, queue and outcome."""
    found: dict[Key, list[float]] = {}
    for record in records:
        for name, at, seconds in _phases(record, until):
            if at is not None and since < at <= until:
                found.setdefault(name, []).append(seconds)
    return found


def _phases(record: ContactRecord, now: float) -> Iterator[tuple[Key, float | None, float]]:
    """Yield each duration with its metric, queue and outcome, and the time of its end."""
    if record.queue is None or record.outcome in {None, "rejected_closed"}:
        return
    queue, answered = record.queue.id, record.outcome == "answered"
    wait_ended = record.connected if answered else record.disconnected
    yield ("wait", queue, str(record.outcome)), wait_ended, record.queuing_seconds(now)
    if answered:
        yield ("service_level_wait", queue), wait_ended, record.waiting_seconds(now)
        yield ("handle", queue), record.disconnected, record.handling_seconds(now)
        yield ("wrap_up", queue), record.wrap_up_ended, record.wrap_up_seconds(now)


def finished(records: Sequence[ContactRecord], since: float, until: float) -> Counter[Key]:
    """Return the contacts whose end was observed, by metric, queue, outcome and direction or origin."""
    found: Counter[Key] = Counter()
    for record in records:
        queue, origin = record.queue, record.origin
        if queue is None or origin is None or not record.finished:
            continue
        at = record.wrap_up_ended if record.wrap_up_ended is not None else record.disconnected
        if at is not None and since < at <= until:
            found["finished", queue.id, str(record.outcome), record.direction] += 1
            found["moved_in", queue.id, origin.id] += origin is not queue
    return +found


# What the page shows


def buckets(page: str) -> dict[Key, dict[str, float]]:
    """Return the buckets, the sum and the count of each histogram, by metric, queue and outcome."""
    found: dict[Key, dict[str, float]] = {}
    for family in text_string_to_metric_families(page):
        name = family.name.removeprefix(f"{PREFIX}queue_contact_").removesuffix("_seconds")
        if family.type == "histogram":
            for sample in family.samples:
                labels = sample.labels
                key = (name, labels["queue_id"], *([labels["outcome"]] if "outcome" in labels else []))
                part = labels.get("le") or sample.name.rpartition("_")[2]
                assert part not in found.setdefault(key, {})
                found[key][part] = sample.value
    return found


def counts(page: str) -> Counter[Key]:
    """Return the counters of contacts that are not 0."""
    found: Counter[Key] = Counter()
    for family in text_string_to_metric_families(page):
        name = family.name.removeprefix(f"{PREFIX}queue_contacts_")
        for sample in family.samples:
            labels = sample.labels
            if name == "finished":
                found[name, labels["queue_id"], labels["outcome"], labels["direction"]] += int(sample.value)
            elif name == "moved_in":
                found[name, labels["queue_id"], labels["origin_queue_id"]] += int(sample.value)
    return +found


@pytest.fixture(scope="module", params=["arrival", "change"])
def day(request: pytest.FixtureRequest) -> Day:
    return asyncio.run(observe(Contents(window_of=request.param)))


@pytest.mark.slow
class TestDay:
    """A day with both meanings that the window of a request may have."""

    @pytest.fixture(autouse=True)
    def _of(self, day: Day) -> None:
        self.day = day

    def test_the_day_has_failures_and_a_restart(self) -> None:
        first, second = self.day.runs
        assert len(self.day.failures) >= 6 + 24 - 2
        assert (first.since, first.until) == (BEGINS, STOPS)
        assert (second.since, second.until) == (STARTS_AGAIN, ENDS)

    def test_every_bucket_equals_the_ledger(self) -> None:
        for run in self.day.runs:
            expected = durations(self.day.records, run.since, run.until)
            shown = buckets(run.page)
            assert expected.keys() <= shown.keys()
            assert {name for name, *_ in shown} == set(DURATIONS)
            for key, parts in shown.items():
                seconds = expected.get(key, [])
                for part, value in parts.items():
                    truth = {"sum": sum(seconds), "count": len(seconds)}
                    assert value == (truth[part] if part in truth else sum(each <= float(part) for each in seconds)), (
                        key
                    )

    def test_every_contact_is_counted_once(self) -> None:
        for run in self.day.runs:
            assert counts(run.page) == finished(self.day.records, run.since, run.until)

    def test_every_kind_of_contact_occurs(self) -> None:
        first, second = (finished(self.day.records, run.since, run.until) for run in self.day.runs)
        outcomes = {outcome for name, _, outcome, *_ in first if name == "finished"}
        assert outcomes == {"answered", "abandoned", "abandoned_short", "rejected_closed"}
        assert any(name == "moved_in" for name, *_ in first)
        # E-mails that arrived before the restart, and were answered after midnight.
        late = [
            each
            for each in self.day.records
            if each.channel == "email" and each.arrived < STOPS < DAY < (each.connected or 0)
        ]
        assert late
        [email] = [queue.id for queue in DEFAULT.queues if queue.channel == "email"]
        assert second["finished", email, "answered", "in"] >= len(late)

    def test_service_level_is_exact_at_the_threshold_of_a_queue(self) -> None:
        run = self.day.runs[0]
        shown = buckets(run.page)
        for queue in DEFAULT.queues:
            parts = shown["service_level_wait", queue.id]
            assert float(queue.target_seconds) in {float(part) for part in parts if part not in {"sum", "count"}}

    def test_only_what_ended_during_the_restart_is_missing(self) -> None:
        first, second = self.day.runs
        observed = sum((counts(run.page) for run in self.day.runs), Counter[Key]())
        gap = finished(self.day.records, first.until, second.since)
        assert gap
        assert observed + gap == finished(self.day.records, first.since, second.until)

    def test_nothing_personal_is_returned(self) -> None:
        # The customers' addresses and subjects, and the agents' names, as the simulated interface returns them.
        canaries = ["+1202555", "@example.com", "Invented request", *(agent.name for agent in DEFAULT.agents)]
        for text in (*self.day.texts, *self.day.failures):
            assert not [canary for canary in canaries if canary in text]
