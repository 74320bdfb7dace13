"""Sinch's monitoring interface over real HTTP, as published."""

import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from exporter.model import AGENT_STATES
from exporter.simulator import DEFAULT, Centre, Driver, ScenarioName, start, working_day
from exporter.simulator.daytime import DAY, HOUR
from exporter.simulator.dialects.sinch import Sinch, SinchSettings
from exporter.simulator.dialects.sinch.statuses import AVAILABILITY_WORDS, CHANNEL_WORDS, USER_WORDS, queue_statuses
from tests.support.simulation import EPOCH, ManualClock

PUBLISHED = Path(__file__).parent.parent / "vendors" / "sinch"
RMI = "/sinch/RI/rmi"
ECF = "/sinch/ecfs"
JSON = {"Accept": "application/json"}
GOOD = aiohttp.encode_basic_auth("demo", "demo")
EVERYTHING = {"limit": "1000"}
SINCE = {"startTime": "2027-01-15T00:00:00.000Z"}
HANDLING_WORDS = {
    "Talking_Inbound",
    "Talking_Outbound",
    "Chatting_Inbound",
    "Emailing_Inbound",
    "Dialing_Outbound",
    "Waiting",
}


@pytest.fixture
def sinch() -> Sinch:
    return Sinch(SinchSettings(session_lifetime=600))


@pytest.fixture
async def client(driver: Driver, sinch: Sinch) -> AsyncIterator[aiohttp.ClientSession]:
    running = await start("127.0.0.1", 0, driver, [sinch])
    async with aiohttp.ClientSession(running.url, headers={**JSON, "Authorization": GOOD}) as session:
        yield session
    await running.stop()


async def get(client: aiohttp.ClientSession, path: str, **query: str) -> Any:  # noqa: ANN401 - a document
    async with client.get(f"{RMI}/{path}", params=query) as answer:
        assert answer.status == 200, await answer.text()
        return await answer.json()


def published(name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads((PUBLISHED / f"{name}.json").read_text())
    return rows


def of_state(centre: Centre, *states: str) -> set[str]:
    return {agent.id for agent in centre.ledger.agents() if agent.state in states}


# The shape of the rows


@pytest.mark.parametrize("collection", ["queueStatuses", "userStatuses", "contactSummaries"])
async def test_a_row_has_the_published_fields(client: aiohttp.ClientSession, collection: str) -> None:
    fields = set(published(collection)[0])
    rows = await get(client, collection)
    assert rows
    assert all(set(row) == fields for row in rows)


async def test_an_agent_has_the_published_fields_and_a_logged_out_one_few(
    client: aiohttp.ClientSession, driver: Driver
) -> None:
    whole, few = (set(row) for row in published("agents"))
    # The documentation spells one field differently in its list and its example.
    whole = whole - {"handledContactsEmailIn"} | {"handledContactseEmailIn"}
    rows = await get(client, "agents", **SINCE)
    logged_out = of_state(driver.centre, "logged_out")
    assert logged_out
    assert {row["id"] for row in rows if set(row) == few} == logged_out
    assert all(set(row) in (whole, few) for row in rows)


async def test_groups_are_as_published_and_include_all_queues(client: aiohttp.ClientSession) -> None:
    rows = await get(client, "queueGroups", showThresholds="1")
    [whole] = [row for row in rows if row["id"] == "ALL_QUEUES"]
    assert len(whole["queues"]["queue"]) == len(DEFAULT.queues)
    assert sum(len(row["queues"]["queue"]) for row in rows) == 2 * len(DEFAULT.queues)
    levels = set(published("queueGroups")[0]["queues"]["queue"][0])
    assert all(set(queue) <= levels for queue in whole["queues"]["queue"])
    [billing] = [queue for queue in whole["queues"]["queue"] if queue["name"] == "Billing"]
    assert (billing["maxWaitTimeWarningLevel"], billing["serviceLevelCriticalLevel"]) == (90_000, 50)
    # One of the thresholds is not set.
    assert "freeAgentCriticalLevel" not in billing


async def test_thresholds_only_on_request(client: aiohttp.ClientSession) -> None:
    rows = await get(client, "queueGroups")
    assert all(set(queue) == {"id", "name", "type"} for row in rows for queue in row["queues"]["queue"])


async def test_queues_of_agents_can_be_omitted(client: aiohttp.ClientSession) -> None:
    for code, fields in (("0", None), ("1", {"id", "name", "type"}), ("3", {"serving", "id", "name", "type"})):
        rows = [row for row in await get(client, "agents", **SINCE, showQueueInfo=code) if "profile" in row]
        for row in rows:
            assert ("queues" in row) == (fields is not None)
            assert fields is None or all(fields <= set(queue) for queue in row["queues"]["queue"])


async def test_quarter_hours_and_agents_are_filtered_by_queue(client: aiohttp.ClientSession) -> None:
    ids = {queue.id for queue in DEFAULT.queues[:2]}
    every = await get(client, "contactSummaries")
    some = await get(client, "contactSummaries", queueId=",".join(ids))
    assert some == [row for row in every if row["queueId"] in ids] != every
    agents = await get(client, "agents", **SINCE, queueId=DEFAULT.queues[0].id)
    assert 0 < len(agents) < len(await get(client, "agents", **SINCE))
    for agent in agents:
        served = [queue["id"] for queue in agent.get("queues", {}).get("queue", ())]
        assert agent["userStatus"] == "LoggedOut" or DEFAULT.queues[0].id in served


async def test_single_row_equals_that_of_the_list(client: aiohttp.ClientSession) -> None:
    for collection, query in (("queueStatuses", {}), ("agents", SINCE), ("userStatuses", {}), ("queueGroups", {})):
        rows = await get(client, collection, **query)
        assert await get(client, f"{collection}/{rows[-1]['id']}", **query) == rows[-1]
        assert await get(client, collection, id=f"{rows[-1]['id']},x", **query) == rows[-1:]
    async with client.get(f"{RMI}/queueStatuses/missing") as answer:
        assert (answer.status, await answer.text()) == (404, "HTTP 404 Not Found")


# Content of the rows


async def test_queues_equal_the_ledger(client: aiohttp.ClientSession, driver: Driver) -> None:
    rows = {row["id"]: row for row in await get(client, "queueStatuses")}
    truth = driver.centre.ledger.queues()
    assert len(rows) == len(truth)
    for queue in truth:
        row = rows[queue.id]
        assert (row["name"], row["type"]) == (queue.name, CHANNEL_WORDS[queue.channel or "voice"])
        assert (row["inQueueCurrent"], row["agentsServing"]) == (queue.waiting_contacts, queue.staffed_agents)
        assert row["waitingDurationCurrentMax"] == (queue.oldest_wait_seconds or 0) * 1000
        assert row["agentsPause"] == queue.agents["paused"]


def test_contact_counts_in_its_current_and_its_first_queue() -> None:
    centre = working_day()
    centre.scenarios[ScenarioName.SURGE].on()
    differing = 0
    for moment in range(40_000, 60_000, 400):
        centre.advance(moment)
        rows: list[Any] = queue_statuses(centre)
        assert sum(row["inQueue"] for row in rows) == sum(row["inQueueCurrent"] for row in rows)
        differing += any(row["inQueue"] != row["inQueueCurrent"] for row in rows)
    assert differing


async def test_agents_equal_the_ledger(client: aiohttp.ClientSession, driver: Driver) -> None:
    rows = {row["id"]: row for row in await get(client, "agents", **SINCE)}
    assert len(rows) == len(DEFAULT.agents)
    for agent in driver.centre.ledger.agents():
        row = rows[agent.id]
        assert (row["name"], row["userStatus"]) == (agent.name, USER_WORDS[agent.state])
        assert row["userStatusDuration"] >= (agent.time_in_state_seconds or 0) * 1000
        assert row["availability"] == AVAILABILITY_WORDS[agent.state]
        if agent.state != "logged_out":
            assert row["contactHandlingStatus"] in HANDLING_WORDS
            assert (row["contactHandlingStatus"] != "Waiting") == (agent.state in {"busy", "wrap_up"})
            assert row["handledContactsTotal"] == sum(part.contacts for part in agent.handled)
            assert row["totalHandlingDuration"] == agent.state_totals["busy"] * 1000


async def test_active_contacts_agree_in_both_collections(client: aiohttp.ClientSession) -> None:
    agents = {row["id"]: row for row in await get(client, "agents", **SINCE)}
    for user in await get(client, "userStatuses"):
        agent = agents[user["id"]]
        assert user["status"] == agent["userStatus"]
        assert user["activeIbCallCnt"] + user["activeObCallCnt"] == agent.get("activePhoneContacts", 0)
        assert user["activeIbEmailCnt"] == agent.get("activeEmailContacts", 0)


async def test_the_quarter_hours_of_a_queue_add_up_to_the_ledger(client: aiohttp.ClientSession, driver: Driver) -> None:
    rows = await get(client, "contactSummaries", **EVERYTHING)
    assert len({row["id"] for row in rows}) == len(rows)
    for queue in driver.centre.ledger.queues():
        own = [row for row in rows if row["queueId"] == queue.id]
        assert len(own) > 10
        assert sum(row["inArrivedHandled"] + row["inArrivedActive"] for row in own) == queue.contacts_offered
        assert sum(row["inHandled"] for row in own) == queue.contacts_answered
        assert sum(row["inHandleTimeTotal"] for row in own) == (queue.handle_seconds or 0) * 1000
        assert max(row["inQueueTimeMax"] for row in own) == (queue.max_wait_seconds or 0) * 1000
        active = sum(row["inArrivedActive"] for row in own)
        waiting, talking = queue.waiting_contacts or 0, queue.active_contacts or 0
        assert waiting + talking <= active <= waiting + talking + queue.agents["ringing"]


async def test_quarter_hours_are_of_the_current_utc_day(client: aiohttp.ClientSession, driver: Driver) -> None:
    rows = await get(client, "contactSummaries", **EVERYTHING)
    began = [datetime.fromisoformat(row["hourTime"]) for row in rows]
    midnight = datetime.fromtimestamp(EPOCH, began[0].tzinfo).replace(hour=0)
    assert min(began) >= midnight
    assert max(began) <= midnight + timedelta(seconds=driver.centre.now)
    assert all(moment.minute % 15 == 0 for moment in began)
    assert all(row["id"] == f"{row['queueId']}{when:%Y%m%dT%H%M%S}Z" for row, when in zip(rows, began, strict=True))


async def test_quarter_hours_can_be_filtered_by_start_time(client: aiohttp.ClientSession) -> None:
    rows = await get(client, "contactSummaries", **EVERYTHING)
    after = "2027-01-15T08:45:00.00Z"
    later = await get(client, "contactSummaries", **EVERYTHING, startTime=after)
    assert later == [row for row in rows if row["hourTime"] > after]
    assert 0 < len(later) < len(rows)


async def test_present_quarter_hours_are_returned_if_the_simulated_day_is_earlier_than_the_clock(sinch: Sinch) -> None:
    clock, centre = ManualClock(), working_day(1)
    centre.advance(11 * HOUR)
    clock.elapsed = 9 * HOUR  # 17:00
    running = await start("127.0.0.1", 0, Driver(centre, clock, speed=60), [sinch])
    clock.elapsed += 60
    async with aiohttp.ClientSession(running.url, headers={**JSON, "Authorization": GOOD}) as session:
        later = await get(session, "contactSummaries", **EVERYTHING, startTime="2027-01-15T15:01:00.00Z")
    await running.stop()
    assert {"2027-01-15T11:15:00.00Z", "2027-01-15T11:30:00.00Z"} <= {row["hourTime"] for row in later}


async def test_quarter_hours_are_kept_for_36_hours(driver: Driver, client: aiohttp.ClientSession) -> None:
    driver.centre.advance(DAY - 1)
    first_day = len(await get(client, "contactSummaries", **EVERYTHING))
    driver.centre.advance(DAY)
    assert len(await get(client, "contactSummaries", **EVERYTHING)) == first_day > 200
    driver.centre.advance(2 * DAY)
    began = [datetime.fromisoformat(row["hourTime"]) for row in await get(client, "contactSummaries", **EVERYTHING)]
    assert timedelta(hours=35) < max(began) - min(began) <= timedelta(hours=36)


async def test_a_contact_counts_where_it_arrived(driver: Driver, client: aiohttp.ClientSession) -> None:
    rows = await get(client, "contactSummaries", **EVERYTHING)
    waiting = [row for row in rows if row["inArrivedActive"]]
    assert waiting
    driver.centre.advance(driver.centre.now + 4 * HOUR)
    later = {row["id"]: row for row in await get(client, "contactSummaries", **EVERYTHING)}
    for row in waiting:
        arrived = row["inArrivedActive"] + row["inArrivedHandled"]
        assert later[row["id"]]["inArrivedActive"] + later[row["id"]]["inArrivedHandled"] >= arrived
    assert sum(later[row["id"]]["inHandleTimeTotal"] - row["inHandleTimeTotal"] for row in waiting) > 0


# Pages, order and invalid requests


async def test_page_has_100_rows_by_default(client: aiohttp.ClientSession) -> None:
    every = await get(client, "contactSummaries", limit="5000", sort="id")
    assert len(await get(client, "contactSummaries")) == 100
    assert await get(client, "contactSummaries", sort="id", limit="7", offset="3") == every[3:10]
    assert await get(client, "contactSummaries", offset="5000") == []


async def test_pages_may_be_smaller_than_requested(driver: Driver) -> None:
    running = await start("127.0.0.1", 0, driver, [Sinch(SinchSettings(most_rows=3))])
    async with aiohttp.ClientSession(running.url, headers={**JSON, "Authorization": GOOD}) as session:
        assert len(await get(session, "queueStatuses", limit="100", language="FI")) == 3
    await running.stop()


async def test_rows_are_sorted_by_name_or_as_requested(client: aiohttp.ClientSession) -> None:
    names = [row["name"] for row in await get(client, "queueStatuses")]
    assert names == sorted(names)
    assert [row["name"] for row in await get(client, "queueStatuses", sort="-name,LOCALE-en")] == names[::-1]
    ids = [row["id"] for row in await get(client, "queueStatuses", sort="id")]
    assert ids == sorted(ids)


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("agents", {}),
        ("agents", {"startTime": "yesterday"}),
        ("contactSummaries", {"startTime": "2027-01-15T08:45:00"}),
        ("queueStatuses", {"limit": "-1"}),
        ("queueStatuses", {"offset": "all"}),
        ("queueStatuses", {"language": "FIN"}),
    ],
)
async def test_invalid_parameters_are_a_bad_request(
    client: aiohttp.ClientSession, path: str, query: dict[str, str]
) -> None:
    async with client.get(f"{RMI}/{path}", params=query) as answer:
        assert (answer.status, answer.content_type) == (400, "text/plain")


async def test_default_format_is_xml(client: aiohttp.ClientSession) -> None:
    async with client.get(f"{RMI}/queueStatuses", headers={"Accept": "*/*"}) as answer:
        assert answer.content_type == "application/xml"


# Credentials


async def test_request_needs_valid_credentials(client: aiohttp.ClientSession) -> None:
    for header in (aiohttp.encode_basic_auth("demo", "wrong"), "", "Bearer demo"):
        async with client.get(f"{RMI}/queueStatuses", headers={"Authorization": header}) as answer:
            assert answer.status == 401


async def test_gateway_requires_its_key(driver: Driver) -> None:
    running = await start("127.0.0.1", 0, driver, [Sinch(SinchSettings(api_key="key"))])
    async with aiohttp.ClientSession(running.url, headers={**JSON, "Authorization": GOOD}) as session:
        for key, status in (("", 403), ("wrong", 403), ("key", 200)):
            async with session.get(f"{RMI}/queueStatuses", headers={"x-api-key": key}) as answer:
                assert answer.status == status
    await running.stop()


async def test_ecf_session_is_valid_for_its_path_until_it_expires(
    driver: Driver, clock: ManualClock, sinch: Sinch
) -> None:
    running = await start("127.0.0.1", 0, driver, [sinch])
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(running.url, headers=JSON, cookie_jar=jar) as session:

        async def status(path: str) -> int:
            async with session.get(path) as answer:
                return answer.status

        assert await status(f"{ECF}/RI/rmi/queueStatuses") == 401
        form = {"Authorization": GOOD}
        async with session.post(f"{ECF}/authentication", data=form, headers={"authorization": "ECFAUTH"}) as answer:
            assert answer.status == 200
        assert await status(f"{ECF}/RI/rmi/queueStatuses") == 200
        assert await status(f"{RMI}/queueStatuses") == 401
        clock.elapsed += 600
        assert await status(f"{ECF}/RI/rmi/queueStatuses") == 401
    assert sinch.sign_ins == 1
    await running.stop()


@pytest.mark.parametrize(
    ("header", "form"),
    [
        ("ECFAUTH", {}),
        ("ECFAUTH", {"Authorization": aiohttp.encode_basic_auth("demo", "wrong")}),
        ("Basic", {"Authorization": GOOD}),
    ],
)
async def test_ecf_requires_its_header_and_valid_credentials(driver: Driver, header: str, form: dict[str, str]) -> None:
    running = await start("127.0.0.1", 0, driver, [Sinch()])
    async with (
        aiohttp.ClientSession(running.url) as session,
        session.post(f"{ECF}/authentication", data=form, headers={"Authorization": header}) as answer,
    ):
        assert answer.status == 401
        assert "Set-Cookie" not in answer.headers
    await running.stop()


def test_every_state_and_channel_is_mapped() -> None:
    assert set(USER_WORDS) == set(AVAILABILITY_WORDS) == set(AGENT_STATES) - {"unknown"}
    assert set(CHANNEL_WORDS) == {"voice", "chat", "email"}
