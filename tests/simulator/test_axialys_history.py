"""Axialys' history of the operators' status (3.4) over real HTTP, as published."""

import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
import pytest

from exporter.simulator import Driver, start
from exporter.simulator.daytime import HOUR
from exporter.simulator.dialects.axialys import Axialys, AxialysSettings
from tests.support.simulation import EPOCH, ManualClock

PARIS = ZoneInfo("Europe/Paris")
CREDENTIALS = aiohttp.encode_basic_auth("demo", "demo")
FIELDS = {"id_op", "duration", "date", "id_call", "infos", "type"}
TYPES = {"call_in", "call_out", "break", "login", "catchup"}

Rows = list[dict[str, Any]]


@asynccontextmanager
async def connected(driver: Driver, settings: AxialysSettings | None = None) -> AsyncIterator[aiohttp.ClientSession]:
    running = await start("127.0.0.1", 0, driver, [Axialys(settings)])
    async with aiohttp.ClientSession(running.url, headers={"Authorization": CREDENTIALS}) as session:
        yield session
    await running.stop()


@pytest.fixture
async def client(driver: Driver) -> AsyncIterator[aiohttp.ClientSession]:
    driver.centre.advance(17 * HOUR)
    async with connected(driver) as session:
        yield session


async def read(
    client: aiohttp.ClientSession, since: float = EPOCH - 20 * HOUR, to: float = EPOCH, operator: str = ""
) -> Rows:
    body = {"date": local(since), "date_end": local(to), **({"id_op": operator} if operator else {})}
    # As in the guide's example, the parameters are JSON whatever the content type.
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    async with client.post("/axialys/vm/calls/status", data=json.dumps(body), headers=form) as answer:
        assert answer.status == 200, await answer.text()
        rows: Rows = await answer.json()
        return rows


def local(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, PARIS):%Y-%m-%d %H:%M:%S}"


def began(row: dict[str, Any]) -> float:
    return datetime.fromisoformat(row["date"]).replace(tzinfo=PARIS).timestamp()


async def test_a_row_has_the_published_fields_and_types(client: aiohttp.ClientSession) -> None:
    rows = await read(client)
    assert len(rows) > 1000
    assert all(set(row) == FIELDS for row in rows)
    assert {row["type"] for row in rows} == TYPES
    assert all(isinstance(row["duration"], int) and isinstance(row["id_op"], int) for row in rows)


async def test_statuses_add_up_to_the_time_of_the_agents(client: aiohttp.ClientSession, driver: Driver) -> None:
    rows = await read(client)
    breaks = Counter[str]()
    for row in rows:
        if row["type"] == "break":
            breaks[str(row["id_op"])] += row["duration"]
    for agent, live in zip(driver.centre.ledger.agents(), driver.centre.floor.agents, strict=True):
        current = driver.centre.now - live.since if agent.state == "paused" else 0
        assert breaks[agent.id] + current == agent.state_totals["paused"]


async def test_calls_are_those_that_agents_of_voice_queues_handled(
    client: aiohttp.ClientSession, driver: Driver
) -> None:
    types = Counter(row["type"] for row in await read(client))
    voice = [line.totals.handled for line in driver.centre.lines.values() if line.profile.channel == "voice"]
    handled = [part for agent in driver.centre.ledger.agents() for part in agent.handled]
    assert types["call_in"] == sum(voice)
    assert types["call_out"] == sum(part.contacts for part in handled if part.direction == "out") > 0
    assert types["catchup"] <= types["call_in"] + types["call_out"]


async def test_a_current_status_is_not_in_the_history_until_it_ends(
    client: aiohttp.ClientSession, driver: Driver
) -> None:
    talking = next(
        agent
        for agent in driver.centre.floor.agents
        if agent.state == "busy" and agent.contact is not None and agent.contact.channel == "voice"
    )
    since = EPOCH - (driver.centre.now - talking.since)
    before = await read(client, operator=talking.profile.id)
    assert {str(row["id_op"]) for row in before} == {talking.profile.id}
    assert all(began(row) + row["duration"] <= since for row in before)
    driver.centre.advance(driver.centre.now + HOUR)
    after = await read(client, operator=talking.profile.id)
    # The centre was advanced by hand, so that its past is an hour earlier.
    [call] = [row for row in after if began(row) == since - HOUR]
    assert call["type"] == "call_in"


async def test_call_id_and_information_are_added_later(driver: Driver, clock: ManualClock) -> None:
    async with connected(driver, AxialysSettings(call_details_after=60)) as client:
        clock.elapsed += 10
        rows = {(row["id_op"], row["date"], row["type"]): row for row in await read(client, to=clock.time())}
        bare = [key for key, row in rows.items() if row["type"] == "call_in" and row["id_call"] is None]
        assert bare
        assert all(rows[key]["infos"] == "" for key in bare)
        clock.elapsed += 60
        later = {(row["id_op"], row["date"], row["type"]): row for row in await read(client, to=clock.time())}
    assert all(later[key]["id_call"] for key in bare)
    assert [later[key]["duration"] for key in bare] == [rows[key]["duration"] for key in bare]


async def test_a_catchup_is_of_the_call_before_it(client: aiohttp.ClientSession) -> None:
    rows = [row for row in await read(client) if row["id_call"] is not None]
    calls = {(row["id_op"], row["id_call"]): row for row in rows if row["type"] in {"call_in", "call_out"}}
    catchups = [row for row in rows if row["type"] == "catchup"]
    assert catchups
    for row in catchups:
        call = calls[row["id_op"], row["id_call"]]
        assert began(row) == began(call) + call["duration"]


async def test_period_is_compared_with_the_start_of_a_status(driver: Driver) -> None:
    since, to = EPOCH - HOUR, EPOCH - HOUR / 2
    async with connected(driver) as client:
        every, some = await read(client), await read(client, since, to)
    assert some == [row for row in every if since <= began(row) < to] != []


async def test_period_can_be_compared_with_the_end_of_a_status(driver: Driver) -> None:
    since, to = EPOCH - HOUR, EPOCH - HOUR / 2
    async with connected(driver, AxialysSettings(history_of="end")) as client:
        every, some = await read(client), await read(client, since, to)
    assert some == [row for row in every if since <= began(row) + row["duration"] < to] != []


async def test_dates_keep_their_value(driver: Driver, clock: ManualClock) -> None:
    async with connected(driver) as client:
        before = await read(client)
        clock.elapsed += 7.4
        after = await read(client)
    keys = [[(row["id_op"], row["date"], row["type"]) for row in rows] for rows in (before, after)]
    assert keys[1][: len(before)] == keys[0]


async def test_common_date_formats_are_accepted(client: aiohttp.ClientSession) -> None:
    day = datetime.fromtimestamp(EPOCH, PARIS)
    for begin, end in (
        (f"{day:%Y-%m-%d}", f"{day + timedelta(days=1):%Y-%m-%d}"),
        (f"{day:%Y-%m-%d} 00:00", f"{day:%Y-%m-%dT}23:59:00"),
        (f"{day:%Y-%m-%dT}00:00:00+01:00", f"{day:%Y-%m-%d} 23:59"),
    ):
        body = {"date": begin, "date_end": end}
        async with client.post("/axialys/vm/calls/status", json=body) as answer:
            assert len(await answer.json()) > 100


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "{",
        '{"date": "2027-01-15"}',
        '{"date_end": "2027-01-15"}',
        '{"date": "today", "date_end": "2027-01-15"}',
    ],
)
async def test_a_request_without_valid_dates_is_rejected(client: aiohttp.ClientSession, body: str) -> None:
    async with client.post("/axialys/vm/calls/status", data=body) as answer:
        assert answer.status == 400
        assert "error" in await answer.json()


async def test_the_history_is_requested_by_post(client: aiohttp.ClientSession) -> None:
    async with client.get("/axialys/vm/calls/status") as answer:
        assert answer.status == 405


async def test_callers_are_fictitious(client: aiohttp.ClientSession) -> None:
    infos = {row["infos"] for row in await read(client) if row["type"].startswith("call_")}
    # 01 99 00 xx xx is reserved for fiction.
    assert infos <= {"33199001234", ""}
