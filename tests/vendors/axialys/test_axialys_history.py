"""The history of the operators' status (3.4): what it adds to the agents' totals, each status once."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from exporter.errors import PollError, Reason
from exporter.metrics.pages import Format
from exporter.model import Agent, Snapshot
from exporter.vendors.axialys.client import AxialysClient
from tests.support.clock import ManualClock
from tests.support.vendors.axialys import FIXTURES, Vendor, client, settings
from tests.support.vendors.polls import CANARY, NAMES, Shown, failure

SHOWN = Shown("paris", FIXTURES)
PATH = "/vm/calls/status"
ON: dict[str, object] = {"contacts": {"enabled": True}, "agents": {"detail": "id"}}
PARIS = ZoneInfo("Europe/Paris")
HOUR = 3600.0

Row = dict[str, object]


class Centre:
    """A contact centre with a history; its operators are those of the fixture.

    Attributes:
        server: Its API.
        clock: Its clock, and that of the exporter.
        rows: The history, whatever period is requested.
    """

    def __init__(self, wall: float = 1_800_000_000.0) -> None:
        self.server = Vendor()
        self.clock = ManualClock(wall)
        self.rows: list[Row] = []

    def add(self, ago: float, event: str = "call_in", seconds: object = 60, **more: object) -> Row:
        """Add a status of operator 101 that began some seconds ago."""
        began = f"{datetime.fromtimestamp(self.clock.time() - ago, PARIS):%Y-%m-%d %H:%M:%S}"
        row: Row = {"id_op": 101, "duration": seconds, "date": began, "id_call": 7, "infos": "", "type": event, **more}
        self.rows.append(row)
        return row

    @asynccontextmanager
    async def observed(self, **more: object) -> AsyncIterator[AxialysClient]:
        """Yield a client that has requested the history once."""
        async with client(self.server, self.clock, **(ON | more)) as axialys:
            await self.request(axialys)
            yield axialys

    async def request(self, axialys: AxialysClient, after: float = 300) -> Snapshot:
        """Return the outcome of the next request for the history."""
        await self.clock.advance(after)
        self.server.responses[PATH] = json.dumps({"data": self.rows}).encode()
        [resource] = [each for each in axialys.resources if each.name == "status_history"]
        snapshot = await resource.fetch()
        assert snapshot is not None
        return snapshot

    async def agent(self, axialys: AxialysClient, number: str = "101") -> Agent:
        """Return an agent at the next request for the operators."""
        return {each.id: each for each in await self.agents(axialys)}[number]

    async def agents(self, axialys: AxialysClient) -> Sequence[Agent]:
        return (await self.operators(axialys)).agents or ()

    async def operators(self, axialys: AxialysClient) -> Snapshot:
        await self.clock.advance(30)
        snapshot = await axialys.operators()
        assert snapshot is not None
        return snapshot

    def periods(self) -> list[Mapping[str, str]]:
        """Return the parameters of each request for the history."""
        return [json.loads(asked.body) for asked in self.server.asked if asked.path == PATH]


@pytest.fixture
def centre() -> Centre:
    return Centre()


def totals(agent: Agent) -> dict[str, float]:
    """Return what an agent did: seconds by state, and calls by direction."""
    found: dict[str, float] = {part.direction: part.contacts for part in agent.handled}
    found.update(agent.state_totals.items())
    return found


NOTHING = {"busy": 0, "paused": 0, "wrap_up": 0, "in": 0, "out": 0}


async def test_each_status_adds_to_the_totals_of_its_operator(centre: Centre) -> None:
    async with centre.observed() as axialys:
        centre.add(290, "call_in", 120)
        centre.add(160, "catchup", 15)
        centre.add(140, "call_out", 40)
        centre.add(90, "break", 60)
        centre.add(290, "call_in", 30, id_op=102)
        await centre.request(axialys, after=10)
        agent, other = [await centre.agent(axialys, number) for number in ("101", "102")]
    assert totals(agent) == {"busy": 160, "paused": 60, "wrap_up": 15, "in": 1, "out": 1}
    assert totals(other) == NOTHING | {"busy": 30, "in": 1}


async def test_totals_are_exported_by_agent(centre: Centre) -> None:
    async with centre.observed() as axialys:
        centre.add(290, "call_in", 120)
        await centre.request(axialys, after=10)
        page = SHOWN.page(await centre.operators(axialys), NAMES, Format.TEXT)
    assert 'contactcenter_agent_state_seconds_total{target="paris",agent_id="101",agent="",state="busy"} 120' in page
    assert (
        'contactcenter_agent_contacts_handled_total{target="paris",agent_id="101",agent="",channel="voice",'
        'direction="in"} 1' in page
    )


async def test_every_operator_starts_at_0_so_that_the_first_status_is_an_increase(centre: Centre) -> None:
    async with client(centre.server, centre.clock, **ON) as axialys:
        assert all(not totals(agent) for agent in await centre.agents(axialys))
        await centre.request(axialys)
        agents = await centre.agents(axialys)
    assert len(agents) > 3
    assert all(totals(agent) == NOTHING for agent in agents)


async def test_what_ended_before_the_first_request_is_not_counted(centre: Centre) -> None:
    centre.add(600)
    async with centre.observed() as axialys:
        assert totals(await centre.agent(axialys)) == NOTHING
        snapshot = await centre.operators(axialys)
    assert snapshot.period is not None
    assert snapshot.period.began == centre.clock.time() - 60


async def test_after_a_quiet_night_the_second_request_completes_the_first(centre: Centre) -> None:
    """The window begins two hours before the latest status, which may be earlier than the first window began."""
    centre.add(3 * HOUR)
    async with centre.observed() as axialys:
        assert not totals(await centre.agent(axialys))
        await centre.request(axialys)
        assert totals(await centre.agent(axialys)) == NOTHING
        centre.add(200)
        await centre.request(axialys, after=10)
        assert totals(await centre.agent(axialys)) == NOTHING | {"busy": 60, "in": 1}


async def test_a_status_that_is_returned_again_counts_once(centre: Centre) -> None:
    async with centre.observed() as axialys:
        row = centre.add(200, "call_in", 120, id_call=None)
        await centre.request(axialys, after=10)
        # "Call information can also be added at a later time."
        row.update(id_call=88001, infos="info")
        centre.rows.append(dict(row))
        for _ in range(30):
            await centre.request(axialys)
        assert totals(await centre.agent(axialys)) == NOTHING | {"busy": 120, "in": 1}


async def test_a_login_includes_the_other_events_and_adds_nothing(centre: Centre) -> None:
    async with centre.observed() as axialys:
        centre.add(8 * HOUR, "login", int(8 * HOUR) - 10)
        snapshot = await centre.request(axialys, after=10)
        assert totals(await centre.agent(axialys)) == NOTHING
    assert not snapshot.unmapped


async def test_an_unknown_type_is_recorded(centre: Centre) -> None:
    async with centre.observed() as axialys:
        centre.add(200, "coffee")
        snapshot = await centre.request(axialys, after=10)
        assert totals(await centre.agent(axialys)) == NOTHING
    assert snapshot.unmapped == (("calls_status.type", "coffee"),)


@pytest.mark.parametrize("missing", ["id_op", "type", "date", "duration"])
async def test_a_row_that_lacks_a_field_is_recorded(centre: Centre, missing: str) -> None:
    async with centre.observed() as axialys:
        centre.add(200, "call_in", 60, **{missing: ""})
        centre.add(100, "call_in", 20)
        snapshot = await centre.request(axialys, after=10)
        assert totals(await centre.agent(axialys)) == NOTHING | {"busy": 20, "in": 1}
    assert ("calls_status", "a row without operator, type, date or duration") in snapshot.unmapped


@pytest.mark.parametrize("duration", [-1, "-1", 4294967295, "soon", 10**12])
async def test_an_invalid_duration_is_not_counted(centre: Centre, duration: object) -> None:
    async with centre.observed() as axialys:
        centre.add(200, "call_in", duration)
        snapshot = await centre.request(axialys, after=10)
        assert totals(await centre.agent(axialys)) == NOTHING
    assert snapshot.unmapped


@pytest.mark.parametrize(("duration", "busy"), [(60, 60), ("60", 60), ("00:01:00", 60), (0, 0)])
async def test_a_duration_in_each_of_its_forms(centre: Centre, duration: object, busy: float) -> None:
    async with centre.observed() as axialys:
        centre.add(200, "call_in", duration)
        await centre.request(axialys, after=10)
        assert totals(await centre.agent(axialys)) == NOTHING | {"busy": busy, "in": 1}


async def test_an_empty_history_is_valid(centre: Centre) -> None:
    async with centre.observed() as axialys:
        centre.add(290, "call_in", 280)
        await centre.request(axialys, after=10)
        assert totals(await centre.agent(axialys)) == NOTHING | {"busy": 280, "in": 1}


# The requested period


async def test_the_period_is_posted_as_json_in_local_time(centre: Centre) -> None:
    async with centre.observed() as axialys:
        centre.add(60, "call_in", 60)
        await centre.request(axialys, after=0)
        await centre.request(axialys, after=300)
    first, _, third = centre.periods()
    # It is 09:05 in Paris. The first request also returns what began a day before the window.
    assert first == {"date": "2027-01-14 05:04:59", "date_end": "2027-01-16 09:05:00"}
    # The window follows the latest end, which was at 09:05.
    assert third == {"date": "2027-01-15 07:04:59", "date_end": "2027-01-16 09:10:00"}
    [asked] = [asked for asked in centre.server.asked if asked.path == PATH][:1]
    assert ("accept", "application/json") in asked.query


async def test_a_day_before_the_window_is_requested_every_half_hour(centre: Centre) -> None:
    async with centre.observed() as axialys:
        for _ in range(12):
            centre.add(60, "call_in", 30)
            await centre.request(axialys)
    lengths = [_hours(period) > 40 for period in centre.periods()]
    assert lengths == [True, *[False] * 5, True, *[False] * 5, True]


def _hours(period: Mapping[str, str]) -> float:
    begin, end = (datetime.fromisoformat(period[name]) for name in ("date", "date_end"))
    return (end - begin).total_seconds() / HOUR


async def test_a_status_longer_than_the_window_counts_at_its_end(centre: Centre) -> None:
    """A period that is compared with the start returns it only if that is requested."""
    async with centre.observed() as axialys:
        await centre.clock.advance(1600)
        centre.add(5 * HOUR, "break", int(5 * HOUR) - 100)
        await centre.request(axialys)
        assert totals(await centre.agent(axialys)) == NOTHING | {"paused": 5 * HOUR - 100}
        assert _hours(centre.periods()[-1]) > 40


async def test_rows_show_that_the_period_is_compared_with_the_end(centre: Centre) -> None:
    async with centre.observed() as axialys:
        centre.add(60, "call_in", 30)
        [unknown] = (await centre.request(axialys)).findings
        centre.add(9 * HOUR, "login", int(9 * HOUR) - 20)
        [known] = (await centre.request(axialys)).findings
        for _ in range(12):
            await centre.request(axialys)
    assert unknown.startswith("not known yet")
    assert known.endswith("is compared with the end of a status")
    assert not any(_hours(period) > 40 for period in centre.periods()[1:])


async def test_polls_that_fail_for_hours_lose_nothing(centre: Centre) -> None:
    async with centre.observed() as axialys:
        centre.add(60, "call_in", 30)
        await centre.request(axialys)
        for _ in range(5):
            await centre.clock.advance(HOUR)
            centre.add(600, "call_in", 50)
            centre.server.responses[PATH] = 503
            [resource] = [each for each in axialys.resources if each.name == "status_history"]
            assert (await failure(resource.fetch())).reason is Reason.HTTP
        await centre.request(axialys)
        assert totals(await centre.agent(axialys)) == NOTHING | {"busy": 280, "in": 6}


async def test_stale_totals_are_absent_and_continue(centre: Centre) -> None:
    async with centre.observed() as axialys:
        centre.add(60, "call_in", 30)
        await centre.request(axialys)
        await centre.clock.advance(700)
        snapshot = await centre.operators(axialys)
        assert snapshot.period is None
        assert all(not totals(agent) for agent in snapshot.agents or ())
        await centre.request(axialys)
        assert totals(await centre.agent(axialys)) == NOTHING | {"busy": 30, "in": 1}


async def test_the_vendors_clock_may_differ(centre: Centre) -> None:
    exporter_clock = ManualClock(centre.clock.time() - 900)
    centre.server.clock = centre.clock
    async with client(centre.server, exporter_clock, **ON) as axialys:
        for _ in range(3):
            await centre.request(axialys)
            await exporter_clock.advance(300)
        centre.add(60, "call_in", 30)
        await centre.request(axialys)
        await exporter_clock.advance(300)
        assert totals(await centre.agent(axialys)) == NOTHING | {"busy": 30, "in": 1}


async def test_the_repeated_hour_of_autumn_counts_once() -> None:
    # At 02:20 summer time; the clock is set back from 03:00 to 02:00 forty minutes later.
    centre = Centre(datetime(2026, 10, 25, 0, 20, tzinfo=UTC).timestamp())
    async with centre.observed() as axialys:
        centre.add(200, "call_in", 30)
        for expected in range(1, 50):
            await centre.request(axialys)
            assert totals(await centre.agent(axialys)) == NOTHING | {"busy": 30 * expected, "in": expected}
            centre.add(200, "call_in", 30)


# Opting in, and personal data


async def test_the_history_is_not_requested_unless_enabled() -> None:
    server = Vendor()
    async with client(server, agents={"detail": "id"}) as axialys:
        assert "status_history" not in {resource.name for resource in axialys.resources}
        snapshot = await axialys.operators()
    assert snapshot is not None
    assert all(not agent.state_totals and not agent.handled for agent in snapshot.agents or ())


def test_it_requires_single_agents() -> None:
    with pytest.raises(ValidationError, match=r"requires agents\.detail"):
        settings(contacts={"enabled": True})


@pytest.mark.parametrize(("interval", "every"), [("5m", 300), ("30s", 30), ("10m", 600)])
async def test_the_interval_is_configured(interval: str, every: float) -> None:
    contacts = {"enabled": True, "interval": interval}
    async with client(Vendor(), contacts=contacts, agents={"detail": "id"}) as axialys:
        [resource] = [each for each in axialys.resources if each.name == "status_history"]
    assert resource.every == every


async def test_information_about_calls_is_never_read(centre: Centre) -> None:
    async with centre.observed() as axialys:
        for event in ("call_in", "unknown", "break"):
            centre.add(200, event, 20, infos=CANARY, id_call=CANARY, caller=CANARY)
        snapshot = await centre.request(axialys, after=10)
        operators = await centre.operators(axialys)
        page = SHOWN.page(operators, NAMES, Format.TEXT)
    assert CANARY not in repr((snapshot, operators, page))


@pytest.mark.parametrize("body", [b"", b"{", b'{"data": 1}', b"<html>"])
async def test_an_unusable_response_fails_this_resource_only(centre: Centre, body: bytes) -> None:
    async with centre.observed() as axialys:
        centre.server.responses[PATH] = body
        [resource] = [each for each in axialys.resources if each.name == "status_history"]
        with pytest.raises(PollError):
            await resource.fetch()
        assert totals(await centre.agent(axialys)) == NOTHING
