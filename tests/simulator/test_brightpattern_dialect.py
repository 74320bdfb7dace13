"""The Bright Pattern API over real HTTP, as published."""

from collections.abc import AsyncIterator, Iterable
from typing import Any

import aiohttp
import pytest

from exporter.model import AGENT_STATES
from exporter.simulator import Driver, Server, start
from exporter.simulator.dialects.brightpattern import BrightPattern, BrightPatternSettings
from exporter.simulator.dialects.brightpattern.statistics import AGENT_WORDS, AGENTS, SERVICES, TOTALS
from tests.support.simulation import ManualClock

AUTH, TOKEN = "/brightpattern/statsapi/auth", "/brightpattern/configapi/v2/oauth/token"
SUBSCRIPTION = "/brightpattern/statsapi/subscription"
DATA, ACTIVE = f"{SUBSCRIPTION}/data", f"{SUBSCRIPTION}/active"
AVAILABLE = "/brightpattern/statsapi/info/check_available_agents"
WHO = {"tenant_url": "demo", "username": "demo", "password": "demo"}
FORM = {"grant_type": "client_credentials", "client_id": "demo", "client_secret": "demo", "scope": "demo"}
# The example in the documentation.
SUBSCRIBED: dict[str, Any] = {
    "1": {
        "service_grids": [
            {
                "id": "1",
                "columns": [
                    {"id": "1", "statName": "name"},
                    {"id": "2", "statName": "in_ewt"},
                    {"id": "3", "statName": "in_max_wait_time"},
                ],
            }
        ]
    }
}


def settings(**how: Any) -> BrightPatternSettings:  # noqa: ANN401 - any of them
    return BrightPatternSettings(users={"demo": "demo", "other": "demo"}, subscriptions=1, token_lifetime=600, **how)


@pytest.fixture
def brightpattern() -> BrightPattern:
    return BrightPattern(settings())


@pytest.fixture
async def server(driver: Driver, brightpattern: BrightPattern) -> AsyncIterator[Server]:
    running = await start("127.0.0.1", 0, driver, [brightpattern])
    yield running
    await running.stop()


@pytest.fixture
async def client(server: Server) -> AsyncIterator[aiohttp.ClientSession]:
    # Cookies are sent manually, which the documentation allows.
    async with aiohttp.ClientSession(server.url, cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield session


async def sign_in(client: aiohttp.ClientSession, **who: str) -> dict[str, str]:
    async with client.post(AUTH, json=WHO | who) as answer:
        assert answer.status == 200
        token = (await answer.json())["token"]
        assert answer.cookies["X-BP-SESSION-ID"].value == token
    return {"Cookie": f"X-BP-SESSION-ID={token}"}


@pytest.fixture
async def session(client: aiohttp.ClientSession) -> dict[str, str]:
    return await sign_in(client)


async def status(
    client: aiohttp.ClientSession, method: str, path: str, headers: dict[str, str] | None = None, **more: object
) -> int:
    async with client.request(method, path, headers=headers or {}, **more) as answer:  # type: ignore[arg-type]
        return answer.status


async def subscribed_data(
    client: aiohttp.ClientSession, session: dict[str, str], clock: ManualClock, subscription: object
) -> dict[str, Any]:
    """Subscribe and return the data a second later."""
    assert await status(client, "POST", SUBSCRIPTION, session, json=subscription) == 200
    clock.elapsed += 1
    async with client.get(DATA, headers=session) as answer:
        assert answer.status == 200
        body: dict[str, Any] = await answer.json()
        return body


def grid(statistics: Iterable[str], spelling: str) -> list[dict[str, object]]:
    return [{"id": "7", "columns": [{"id": name, spelling: name} for name in statistics]}]


# Signing in


async def test_session_response_is_as_published(client: aiohttp.ClientSession) -> None:
    async with client.post(AUTH, json=WHO) as answer:
        body = await answer.json()
    assert list(body) == ["token", "privileges", "user_id"]
    assert (len(body["token"]), body["token"]) == (36, body["token"].upper())
    assert body["privileges"] == []


@pytest.mark.parametrize("wrong", [{"password": "no"}, {"username": "no"}, {"tenant_url": "no"}])
async def test_wrong_credentials_get_no_session(client: aiohttp.ClientSession, wrong: dict[str, str]) -> None:
    assert await status(client, "POST", AUTH, json=WHO | wrong) == 401


async def test_oauth_token_is_issued_for_credentials(client: aiohttp.ClientSession) -> None:
    async with client.post(TOKEN, data=FORM) as answer:
        assert answer.status == 200
        token = await answer.json()
    assert token["expires_in"] == "600"
    bearer = {"Authorization": f"Bearer {token['access_token']}"}
    assert await status(client, "POST", SUBSCRIPTION, bearer, json=SUBSCRIBED) == 200


@pytest.mark.parametrize(
    ("wrong", "code"), [({"client_secret": "no"}, 401), ({"client_id": "no"}, 401), ({"scope": "no"}, 400)]
)
async def test_wrong_credentials_get_no_token(client: aiohttp.ClientSession, wrong: dict[str, str], code: int) -> None:
    assert await status(client, "POST", TOKEN, data=FORM | wrong) == code


async def test_token_expires(client: aiohttp.ClientSession, clock: ManualClock) -> None:
    async with client.post(TOKEN, data=FORM) as answer:
        bearer = {"Authorization": f"Bearer {(await answer.json())['access_token']}"}
    clock.elapsed += 599
    assert await status(client, "GET", DATA, bearer) == 404
    clock.elapsed += 1
    assert await status(client, "GET", DATA, bearer) == 401


async def test_later_versions_reject_session_sign_in(driver: Driver) -> None:
    running = await start("127.0.0.1", 0, driver, [BrightPattern(settings(sessions=False))])
    async with aiohttp.ClientSession(running.url) as client, client.post(AUTH, json=WHO) as answer:
        assert answer.status == 403
        assert await answer.json() == {"error": "illegal login attempt"}
    await running.stop()


@pytest.mark.parametrize("headers", [{}, {"Cookie": "X-BP-SESSION-ID=no"}, {"Authorization": "Bearer no"}])
@pytest.mark.parametrize(("method", "path"), [("GET", DATA), ("POST", SUBSCRIPTION), ("DELETE", ACTIVE)])
async def test_a_request_needs_a_session(
    client: aiohttp.ClientSession, method: str, path: str, headers: dict[str, str]
) -> None:
    assert await status(client, method, path, headers) == 401


async def test_a_user_has_one_session(
    client: aiohttp.ClientSession, session: dict[str, str], clock: ManualClock
) -> None:
    await subscribed_data(client, session, clock, SUBSCRIBED)
    again = await sign_in(client)
    assert await status(client, "GET", DATA, session) == 401
    assert await status(client, "GET", DATA, again) == 404
    other = await sign_in(client, username="other")
    assert await status(client, "GET", DATA, again) == 404
    assert await status(client, "GET", DATA, other) == 404


# Subscriptions


async def test_the_published_example(
    client: aiohttp.ClientSession, session: dict[str, str], clock: ManualClock, driver: Driver
) -> None:
    body = await subscribed_data(client, session, clock, SUBSCRIBED)
    rows = [
        {"1": queue.name, "2": queue.estimated_wait_seconds, "3": queue.oldest_wait_seconds}
        for queue in driver.centre.ledger.queues()
    ]
    written = [
        {key: value if value is None or key == "1" else f"{value:g}" for key, value in row.items()} for row in rows
    ]
    assert body == {"1": {"service_grids": [{"id": "1", "values": written}]}}


async def test_data_is_not_ready_at_once(
    client: aiohttp.ClientSession, session: dict[str, str], clock: ManualClock
) -> None:
    assert await status(client, "GET", DATA, session) == 404
    assert await status(client, "POST", SUBSCRIPTION, session, json=SUBSCRIBED) == 200
    clock.elapsed += 0.9
    async with client.get(DATA, headers=session) as answer:
        assert (answer.status, await answer.read()) == (204, b"")
    clock.elapsed += 0.1
    assert await status(client, "GET", DATA, session) == 200


async def test_a_client_has_one_subscription(
    client: aiohttp.ClientSession, session: dict[str, str], clock: ManualClock
) -> None:
    await subscribed_data(client, session, clock, SUBSCRIBED)
    body = await subscribed_data(client, session, clock, {"2": {"stats_totals": ["agents_logged"]}})
    assert list(body) == ["2"]


async def test_a_subscription_can_be_ended(
    client: aiohttp.ClientSession, session: dict[str, str], clock: ManualClock
) -> None:
    await subscribed_data(client, session, clock, SUBSCRIBED)
    assert await status(client, "DELETE", ACTIVE, session) == 200
    assert await status(client, "GET", DATA, session) == 404
    assert await status(client, "DELETE", ACTIVE, session) == 404


async def test_subscriptions_per_tenant_are_limited(client: aiohttp.ClientSession, session: dict[str, str]) -> None:
    other = await sign_in(client, username="other")
    assert await status(client, "POST", SUBSCRIPTION, session, json=SUBSCRIBED) == 200
    assert await status(client, "POST", SUBSCRIPTION, session, json=SUBSCRIBED) == 200
    assert await status(client, "POST", SUBSCRIPTION, other, json=SUBSCRIBED) == 409
    await sign_in(client)
    assert await status(client, "POST", SUBSCRIPTION, other, json=SUBSCRIBED) == 200


NAMES = {"id": "1", "columns": [{"id": "1", "statName": "name"}]}


@pytest.mark.parametrize(
    "subscription",
    [
        {"1": []},
        {"1": {"stats_totals": ["no_such"]}},
        {"1": {"service_grids": [{"id": "1"}]}},
        {"1": {"service_grids": [{"id": "1", "columns": [{"id": "1"}]}]}},
        {"1": {"service_grids": [{"id": "1", "columns": [{"id": "1", "statName": "login_id"}]}]}},
        {"1": {"agent_grids": [{"id": "1", "columns": [], "limit": "5"}]}},
        {"1": {"agent_grids": [7]}},
        {"1": {"agent_grids": [{"id": "1", "columns": [{"id": "1", "statName": "calls_dispositions_per_day"}]}]}},
        {
            "1": {
                "agent_grids": [
                    {
                        "id": "1",
                        "columns": [{"id": "1", "statName": "calls_dispositions_per_day", "dispositions": ["no"]}],
                    }
                ]
            }
        },
        {"1": {"service_grids": [{**NAMES, "filter_by": "1", "filter_operation": "EQ"}]}},
        {"1": {"service_grids": [{**NAMES, "filter_by": "1", "filter_operation": "GT", "filter_value": "x"}]}},
        {"1": {"service_grids": [{**NAMES, "filter_by": "2", "filter_operation": "EQ", "filter_value": "x"}]}},
    ],
)
async def test_unsupported_subscription_is_rejected(
    client: aiohttp.ClientSession, session: dict[str, str], subscription: object
) -> None:
    async with client.post(SUBSCRIPTION, headers=session, json=subscription) as answer:
        assert answer.status == 400
        assert list(await answer.json()) == ["error_code", "error_message"]


@pytest.mark.parametrize("body", ["", "no", "[]"])
async def test_body_that_is_not_an_object_is_rejected(
    client: aiohttp.ClientSession, session: dict[str, str], body: str
) -> None:
    assert await status(client, "POST", SUBSCRIPTION, session, data=body) == 400


# Data


async def test_every_statistic_equals_the_ledger(
    client: aiohttp.ClientSession, session: dict[str, str], clock: ManualClock, driver: Driver
) -> None:
    subscription = {
        "stats_totals": list(TOTALS),
        "service_grids": grid(SERVICES, "statName"),
        "agent_grids": grid(AGENTS, "stat_name"),
    }
    body = (await subscribed_data(client, session, clock, {"1": subscription}))["1"]
    ledger = driver.centre.ledger
    [services], [agents] = body["service_grids"], body["agent_grids"]
    assert (services["id"], agents["id"]) == ("7", "7")
    cells = [cell for row in (*services["values"], *agents["values"], body["stats_totals"]) for cell in row.values()]
    assert all(cell is None or isinstance(cell, str) for cell in cells)
    assert {None, ""} < set(cells)

    for row, queue in zip(services["values"], ledger.queues(), strict=True):
        assert row["name"] == queue.name
        assert int(row["in_calls_waiting"]) == queue.waiting_contacts
        assert float(f"{row['service_level_target']}e-2") == queue.service_level_target_ratio
        assert int(row["in_calls_received_per_day"]) == queue.contacts_offered
        assert int(row["in_calls_short_abandoned_in_queue_per_day"]) == queue.contacts_abandoned_short
    for row, agent in zip(agents["values"], ledger.agents(), strict=True):
        assert (row["login_id"], f"{row['firstname']} {row['lastname']}") == (agent.id, agent.name)
        assert (row["team_name"], row["acd_state"]) == (agent.group, AGENT_WORDS[agent.state])
        assert float(row["state_duration"]) == agent.time_in_state_seconds
        assert row["active_item_media_type"] in ({"voice", "chat", "email"} if agent.state == "busy" else {""})
    totals = body["stats_totals"]
    assert int(totals["agents_logged"]) == sum(agent.state != "logged_out" for agent in ledger.agents())
    assert int(totals["agents_ready"]) == sum(agent.state == "available" for agent in ledger.agents())


async def test_availability_needs_no_session(client: aiohttp.ClientSession, driver: Driver) -> None:
    for queue in driver.centre.ledger.queues():
        async with client.get(AVAILABLE, params={"service": queue.name}) as answer:
            assert answer.status == 200
            assert await answer.json() == {"availability": queue.agents["available"] > 0}
    assert await status(client, "GET", AVAILABLE, params={"service": "no such"}) == 404


async def test_a_column_counts_the_calls_with_its_dispositions(
    client: aiohttp.ClientSession, session: dict[str, str], clock: ManualClock, driver: Driver
) -> None:
    async with client.get("/brightpattern/statsapi/cfg/dispositions", headers=session) as answer:
        names = (await answer.json())["dispositions"]
    statistic = "calls_dispositions_per_day"
    columns: list[dict[str, object]] = [{"id": "1", "stat_name": "login_id"}]
    columns += [{"id": name, "stat_name": statistic, "dispositions": [name]} for name in names]
    columns += [{"id": "all", "stat_name": statistic, "dispositions": names}]
    body = await subscribed_data(client, session, clock, {"1": {"agent_grids": [{"id": "1", "columns": columns}]}})
    [grid] = body["1"]["agent_grids"]
    for row, agent in zip(grid["values"], driver.centre.ledger.agents(), strict=True):
        assert {name: int(row[name]) for name in names} == agent.dispositions
        calls = sum(each.contacts for each in agent.handled if each.channel == "voice")
        assert int(row["all"]) == sum(agent.dispositions.values()) == calls
    assert any(row["Sale"] != "0" for row in grid["values"])


def test_every_state_is_mapped() -> None:
    assert set(AGENT_WORDS) == set(AGENT_STATES) - {"unknown"}
