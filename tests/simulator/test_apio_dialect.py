"""The APIO API over real HTTP, as published."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from exporter.model import AGENT_STATES
from exporter.simulator import Driver, start
from exporter.simulator.dialects.apio import AGENT_WORDS, Apio, ApioSettings
from tests.support.simulation import ManualClock

LOGIN = "/apio/api/v01/auth/login"
USERS = "/apio/api/v1/tenants/demo/groups/demo/users"
GOOD = {"username": "demo", "password": "demo"}
PROFILE_FIELDS = [
    "agentACDState",
    "agentThresholdProfileName",
    "agentUnavailableCode",
    "useDefaultGuardTimer",
    "enableGuardTimer",
    "guardTimerSeconds",
    "useSystemDefaultUnavailableSettings",
    "forceAgentUnavailableOnDNDActivation",
    "forceAgentUnavailableOnBouncedCallLimit",
    "numberConsecutiveBouncedCallsToForceAgentUnavailable",
    "forceAgentUnavailableOnNotReachable",
    "call_centers",
]
CALL_CENTER_FIELDS = ["serviceUserId", "available", "priority", "phoneNumber", "extension", "type", "logOffAllowed"]
PERSON_FIELDS = [
    "userId",
    "lastName",
    "firstName",
    "phoneNumber",
    "extension",
    "department",
    "emailAddress",
    "impId",
    "locationCode",
]


@pytest.fixture
def apio() -> Apio:
    return Apio(ApioSettings(token_lifetime=600, quota=60))


@pytest.fixture
async def client(driver: Driver, apio: Apio) -> AsyncIterator[aiohttp.ClientSession]:
    running = await start("127.0.0.1", 0, driver, [apio])
    async with aiohttp.ClientSession(running.url) as session:
        yield session
    await running.stop()


@pytest.fixture
async def bearer(client: aiohttp.ClientSession) -> dict[str, str]:
    async with client.post(LOGIN, json=GOOD) as answer:
        assert answer.status == 200
        body = await answer.json()
    assert list(body) == ["access_token", "refresh_token"]
    return {"Authorization": f"Bearer {body['access_token']}"}


async def get(
    client: aiohttp.ClientSession, path: str, bearer: dict[str, str], body: object = None, status: int = 200
) -> Any:  # noqa: ANN401 - a document
    async with client.get(f"{USERS}/{path}", headers=bearer, json=body) as answer:
        assert answer.status == status
        return await answer.json()


@pytest.mark.parametrize("body", [{"username": "demo", "password": "wrong"}, {}])
async def test_wrong_credentials_get_no_token(client: aiohttp.ClientSession, body: object) -> None:
    async with client.post(LOGIN, json=body) as answer:
        assert answer.status == 401
        assert await answer.json() == {"details": "Invalid credentials"}


@pytest.mark.parametrize("body", [b"{", b"[]", b"7"])
async def test_body_that_is_not_an_object_is_a_bad_request(client: aiohttp.ClientSession, body: bytes) -> None:
    async with client.post(LOGIN, data=body) as answer:
        assert answer.status == 400
        assert set(await answer.json()) == {"details"}


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer no"}, {"Authorization": "Basic ZGVtbzpkZW1v"}])
async def test_request_needs_a_valid_token(client: aiohttp.ClientSession, header: dict[str, str]) -> None:
    body = await get(client, "40001@sip.example/services/call_centers/", header, status=401)
    assert body == {"details": "Token is invalid or expired"}


async def test_token_expires(client: aiohttp.ClientSession, bearer: dict[str, str], clock: ManualClock) -> None:
    clock.elapsed += 599
    await get(client, "40001@sip.example/services/call_centers/", bearer)
    clock.elapsed += 1
    await get(client, "40001@sip.example/services/call_centers/", bearer, status=401)


async def test_quota_is_enforced(client: aiohttp.ClientSession, bearer: dict[str, str]) -> None:
    for _ in range(60):
        await get(client, "40001@sip.example/services/call_centers/", bearer)
    body = await get(client, "40001@sip.example/services/call_centers/", bearer, status=429)
    assert body == {"details": "Too many requests"}


async def test_agents_equal_the_ledger(client: aiohttp.ClientSession, bearer: dict[str, str], driver: Driver) -> None:
    for agent in driver.centre.ledger.agents():
        body = await get(client, f"{agent.id}@sip.example/services/call_centers/", bearer)
        assert list(body) == PROFILE_FIELDS
        assert body["agentACDState"] == AGENT_WORDS[agent.state]
        assert body["agentUnavailableCode"] == agent.reason
        assert all(list(row) == CALL_CENTER_FIELDS for row in body["call_centers"])


async def test_joined_call_centres_match_the_agents_skills(
    client: aiohttp.ClientSession, bearer: dict[str, str]
) -> None:
    body = await get(client, "40001@sip.example/services/call_centers/", bearer)
    assert {row["serviceUserId"]: row["available"] for row in body["call_centers"]} == {"1001": True, "1003": True}
    body = await get(client, "40009@sip.example/services/call_centers/", bearer)
    assert {row["serviceUserId"]: row["available"] for row in body["call_centers"]} == {"1001": True, "1003": False}


async def test_get_body_requests_names_and_filters_call_centres(
    client: aiohttp.ClientSession, bearer: dict[str, str]
) -> None:
    path = "40001@sip.example/services/call_centers/"
    body = await get(client, path, bearer, {"enrichCcInfo": True})
    assert [row["name"] for row in body["call_centers"]] == ["Billing", "Sales"]
    body = await get(client, path, bearer, {"enrichCcInfo": True, "sensitiveServiceUserIdEquals": "1003"})
    assert [row["name"] for row in body["call_centers"]] == ["Sales"]
    body = await get(client, path, bearer, {"sensitiveServiceUserIdEquals": "1003"})
    assert [list(row) for row in body["call_centers"]] == [CALL_CENTER_FIELDS]


async def test_supervised_agents_have_the_skill(
    client: aiohttp.ClientSession, bearer: dict[str, str], driver: Driver
) -> None:
    path = "supervisor@sip.example/services/call_centers/1006/supervised_agents/"
    rows = (await get(client, path, bearer))["supervised_agents"]
    truth = [agent for agent in driver.centre.floor.agents if "6" in agent.profile.skills]
    assert [row["userId"] for row in rows] == [f"{agent.profile.id}@sip.example" for agent in truth]
    assert [f"{row['firstName']} {row['lastName']}" for row in rows] == [agent.profile.name for agent in truth]
    assert [list(row) for row in rows] == [PERSON_FIELDS] * len(truth)
    assert {row["department"]["departmentName"] for row in rows} == {"Sales"}


@pytest.mark.parametrize(
    "path",
    [
        "40001/services/call_centers/",
        "missing@sip.example/services/call_centers/",
        "supervisor@sip.example/services/call_centers/2001/supervised_agents/",
        "40001@sip.example/services/call_centers/1001/supervised_agents/",
        "../../other/users/40001@sip.example/services/call_centers/",
    ],
)
async def test_unknown_path_is_not_found(client: aiohttp.ClientSession, bearer: dict[str, str], path: str) -> None:
    assert set(await get(client, path, bearer, status=404)) == {"details"}


async def test_failing_agents_return_server_errors(
    client: aiohttp.ClientSession, bearer: dict[str, str], apio: Apio
) -> None:
    apio.failing = frozenset({"40002"})
    await get(client, "40001@sip.example/services/call_centers/", bearer)
    [error] = await get(client, "40002@sip.example/services/call_centers/", bearer, status=500)
    assert list(error) == ["code", "details"]


def test_every_state_is_mapped() -> None:
    assert set(AGENT_WORDS) == set(AGENT_STATES) - {"unknown"}
