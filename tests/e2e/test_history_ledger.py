"""A day of Axialys' status history: each agent's totals equal the ledger for the time observed, each status once.

The API fails twice, and the exporter restarts in the middle of the day: what ended between the last request before the
restart and the first one after it is not observed. The id of a call is added to its row later.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple

import pytest

from exporter.errors import PollError
from exporter.simulator import DEFAULT, Centre, Driver, ScenarioName, http_server
from exporter.simulator.daytime import DAY, HOUR
from exporter.simulator.dialects.axialys import Axialys, AxialysSettings
from exporter.simulator.dialects.axialys_history import PeriodOf
from exporter.simulator.status_log import Period
from exporter.vendors.axialys.client import AxialysClient
from exporter.vendors.base import Resource
from tests.support.paths import VENDOR_FIXTURES
from tests.support.recorded import PausedClock
from tests.support.vendors.axialys import settings
from tests.support.vendors.polls import NAMES, Shown, asking

INTERVAL = 300
BEGINS = 10.5 * HOUR
OUTAGES = ((13 * HOUR, 13.5 * HOUR), (15 * HOUR, 18.5 * HOUR))
STOPS, STARTS_AGAIN = 20 * HOUR, 20.75 * HOUR
ENDS = BEGINS + DAY
SHOWN = Shown("paris", VENDOR_FIXTURES / "axialys")
FAMILIES = ("agent_state_seconds_total", "agent_contacts_handled_total")

Totals = Mapping[tuple[str, ...], float]


class Run(NamedTuple):
    """What one run of the exporter observed.

    Attributes:
        since: The simulated time of the first request: what had ended before is not observed.
        until: The simulated time of the last one.
        totals: The exported totals.
        page: The whole page.
    """

    since: float
    until: float
    totals: Totals
    page: str


class Day(NamedTuple):
    """A day with a restart.

    Attributes:
        periods: What the agents did.
        runs: The runs of the exporter.
        failures: The number of failed requests.
    """

    periods: Sequence[Period]
    runs: Sequence[Run]
    failures: int


async def observe(period_of: PeriodOf) -> Day:
    clock = PausedClock()
    centre = Centre(DEFAULT, seed=6)
    centre.advance(BEGINS)
    driver = Driver(centre, clock)
    server = await http_server.start("127.0.0.1", 0, driver, [Axialys(AxialysSettings(history_of=period_of))])
    exporter = Exporter(driver, clock, f"{server.url}/axialys")
    try:
        first = await exporter.run(until=STOPS)
        await clock.advance(STARTS_AGAIN - driver.centre.now)
        second = await exporter.run(until=ENDS)
    finally:
        await server.stop()
    return Day(list(centre.floor.statuses), [first, second], exporter.failures)


class Exporter:
    """Requests the history of a centre."""

    def __init__(self, driver: Driver, clock: PausedClock, url: str) -> None:
        self.failures = 0
        self._driver = driver
        self._clock = clock
        self._url = url

    async def run(self, until: float) -> Run:
        """Start, request the history until a simulated time, and stop."""
        async with self._started() as (client, history):
            await history.fetch()
            since = self._driver.centre.now
            while self._driver.centre.now < until:
                await self._clock.advance(INTERVAL)
                self._switch_outage()
                try:
                    await history.fetch()
                except PollError:
                    self.failures += 1
            snapshot = await client.operators()
            assert snapshot is not None
            totals = {key: value for key, value in SHOWN.samples(snapshot, NAMES).items() if key[0] in FAMILIES}
            return Run(since, self._driver.centre.now, totals, SHOWN.page(snapshot, NAMES))

    @asynccontextmanager
    async def _started(self) -> AsyncIterator[tuple[AxialysClient, Resource]]:
        target = settings(
            self._url,
            username="demo",
            password="demo",  # noqa: S106 - grants access to the simulation only
            agents={"detail": "id"},
            contacts={"enabled": True},
        )
        async with asking(clock=self._clock, body_bytes=1 << 24) as http:
            client = AxialysClient(target, http, self._clock)
            [history] = [each for each in client.resources if each.name == "status_history"]
            yield client, history
            await client.close()

    def _switch_outage(self) -> None:
        now, outage = self._driver.catch_up().now, self._driver.centre.scenarios[ScenarioName.API_OUTAGE]
        (outage.on if any(begin <= now < end for begin, end in OUTAGES) else outage.off)()


def truth(periods: Sequence[Period], since: float, until: float) -> Totals:
    """Return what the agents did in voice queues, of what ended after one time and up to another."""
    found: dict[tuple[str, ...], float] = {}
    for agent in DEFAULT.agents:
        for state in ("busy", "wrap_up", "paused"):
            found["agent_state_seconds_total", agent.id, "", state] = 0
        for direction in ("in", "out"):
            found["agent_contacts_handled_total", agent.id, "", "voice", direction] = 0
    for period in periods:
        is_voice = period.record is None or period.record.channel == "voice"
        if period.activity in {"busy", "wrap_up", "paused"} and is_voice and since < period.ended <= until:
            number = period.agent.id
            found["agent_state_seconds_total", number, "", period.activity] += period.ended - period.began
            if period.activity == "busy" and period.record is not None:
                found["agent_contacts_handled_total", number, "", "voice", period.record.direction] += 1
    return found


@pytest.fixture(scope="module", params=["start", "end"])
def day(request: pytest.FixtureRequest) -> Day:
    return asyncio.run(observe(request.param))


@pytest.mark.slow
class TestDay:
    """A day with both meanings that the period of a request may have."""

    def test_the_day_has_failures_and_a_restart(self, day: Day) -> None:
        first, second = day.runs
        assert day.failures >= 6 + 42
        assert (first.since, first.until) == (BEGINS, STOPS)
        assert (second.since, second.until) == (STARTS_AGAIN, ENDS)

    def test_the_totals_of_each_agent_equal_the_ledger(self, day: Day) -> None:
        for run in day.runs:
            assert run.totals == truth(day.periods, run.since, run.until)
            assert sum(run.totals.values()) > 50_000

    def test_only_what_ended_during_the_restart_is_missing(self, day: Day) -> None:
        first, second = day.runs
        gap, whole = (truth(day.periods, first.until, second.since), truth(day.periods, first.since, second.until))
        assert any(gap.values())
        assert {key: first.totals[key] + second.totals[key] + gap[key] for key in whole} == whole

    def test_nothing_about_calls_is_exported(self, day: Day) -> None:
        # The caller that the simulated API returns as additional information.
        assert not any("33199001234" in run.page for run in day.runs)
