"""The KPN API over real HTTP, as published."""

from typing import Any

import aiohttp
import pytest

from exporter.model import AGENT_STATES, PORT_STATES
from exporter.simulator import Driver
from exporter.simulator.dialects.kpn import AGENT_WORDS, PORT_WORDS, Kpn, _percentage
from tests.support.simulation import EPOCH, ManualClock

TOKEN = "/kpn/oauth/client_credential/accesstoken?grant_type=client_credentials"  # noqa: S105
QUEUE_FIELDS = [
    "Name",
    "Number",
    "InQueueCalls",
    "OfferedCalls",
    "AnsweredCalls",
    "InServiceLevelCalls",
    "TransferredCalls",
    "HoldCalls",
    "RONACalls",
    "RingTime",
    "Answertime",
    "ACDtime",
    "Abandontime",
    "Flowout",
    "LongestWaitingCall",
    "Staffed",
    "Available",
    "InACD",
    "InAUX",
    "InACW",
    "ServiceLevel",
]
AGENT_FIELDS = ["Logid", "Agent", "Status", "Reason", "Direction", "Skill", "Lvl", "Time", "VDN", "Dep"]
TRUNK_FIELDS = ["Name", "Number", "TotalPorts", "PortsInUse", "PortsIdle", "Usage", "Ports"]
ERROR_FIELDS = {"transactionId", "status", "name", "message", "info"}
GOOD = {"client_id": "demo", "client_secret": "demo"}


@pytest.fixture
async def bearer(client: aiohttp.ClientSession) -> dict[str, str]:
    async with client.post(TOKEN, data=GOOD) as answer:
        assert answer.status == 200
        return {"Authorization": f"Bearer {(await answer.json())['access_token']}"}


async def get(client: aiohttp.ClientSession, path: str, bearer: dict[str, str]) -> Any:  # noqa: ANN401
    async with client.get(f"/kpn/{path}", headers=bearer) as answer:
        assert answer.status == 200
        body = await answer.json()
    assert list(body) == ["Error", "DataSet"]
    assert body["Error"] is None
    return body["DataSet"]


async def test_token_response_is_as_published(client: aiohttp.ClientSession) -> None:
    async with client.post(TOKEN, data=GOOD) as answer:
        token = await answer.json()
    assert list(token) == [
        "refresh_token_expires_in",
        "api_product_list",
        "api_product_list_json",
        "organization_name",
        "developer_email",
        "token_type",
        "issued_at",
        "client_id",
        "access_token",
        "application_name",
        "scope",
        "expires_in",
        "refresh_count",
        "status",
    ]
    assert token["expires_in"] == "600"
    assert token["issued_at"] == str(int(EPOCH * 1000))


@pytest.mark.parametrize(
    ("path", "form", "status"),
    [
        (TOKEN, {"client_id": "demo", "client_secret": "wrong"}, 401),
        (TOKEN, {}, 401),
        (TOKEN.partition("?")[0], GOOD, 400),
    ],
)
async def test_wrong_credentials_get_no_token(
    client: aiohttp.ClientSession, path: str, form: dict[str, str], status: int
) -> None:
    async with client.post(path, data=form) as answer:
        assert answer.status == status
        body = await answer.json()
    assert set(body) == ERROR_FIELDS
    assert body["status"] == str(status)


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer no"}, {"Authorization": "Basic ZGVtbzpkZW1v"}])
async def test_request_needs_a_valid_token(client: aiohttp.ClientSession, header: dict[str, str]) -> None:
    async with client.get("/kpn/queues", headers=header) as answer:
        assert answer.status == 401
        assert set(await answer.json()) == ERROR_FIELDS


async def test_token_expires(client: aiohttp.ClientSession, bearer: dict[str, str], clock: ManualClock) -> None:
    clock.elapsed += 599
    async with client.get("/kpn/queues", headers=bearer) as answer:
        assert answer.status == 200
    clock.elapsed += 1
    async with client.get("/kpn/queues", headers=bearer) as answer:
        assert answer.status == 401


async def test_quota_is_reported_and_enforced(
    client: aiohttp.ClientSession, bearer: dict[str, str], clock: ManualClock
) -> None:
    for used in range(1, 6):
        async with client.get("/kpn/queues", headers=bearer) as answer:
            assert answer.status == 200
            assert answer.headers["quota-used"] == str(used)
    async with client.get("/kpn/queues", headers=bearer) as answer:
        assert answer.status == 429
        assert set(await answer.json()) == ERROR_FIELDS
        assert answer.headers["quota-limit"] == "5"
        assert (answer.headers["quota-interval"], answer.headers["quota-time-unit"]) == ("1", "minute")
        reset = int(answer.headers["quota-reset-UTC"]) / 1000
    clock.elapsed += reset - EPOCH
    async with client.get("/kpn/queues", headers=bearer) as answer:
        assert (answer.status, answer.headers["quota-used"]) == (200, "1")


async def test_queues_equal_the_ledgers_voice_queues(
    client: aiohttp.ClientSession, bearer: dict[str, str], driver: Driver
) -> None:
    rows = (await get(client, "queues", bearer))["queues"]
    truth = [queue for queue in driver.centre.ledger.queues() if queue.channel == "voice"]
    assert [list(row) for row in rows] == [QUEUE_FIELDS] * len(truth)
    for row, queue in zip(rows, truth, strict=True):
        assert all(isinstance(value, str) for value in row.values())
        assert (row["Number"], row["Name"]) == (queue.id, queue.name)
        assert float(row["OfferedCalls"]) == queue.contacts_offered
        assert float(row["ACDtime"]) == queue.talk_seconds
        assert int(row["InAUX"]) == queue.agents["not_ready"] + queue.agents["paused"]
        assert float(f"{row['ServiceLevel']}e-2") == queue.service_level_ratio


async def test_agents_equal_the_ledger(client: aiohttp.ClientSession, bearer: dict[str, str], driver: Driver) -> None:
    rows = (await get(client, "agents", bearer))["agents"]
    truth = driver.centre.ledger.agents()
    assert [list(row) for row in rows] == [AGENT_FIELDS] * len(truth)
    for row, agent in zip(rows, truth, strict=True):
        assert (row["Logid"], row["Agent"], row["Dep"]) == (agent.id, agent.name, agent.group)
        assert row["Status"] == AGENT_WORDS[agent.state]
        assert row["Reason"] == (agent.reason or None)
        assert (row["Direction"] in {"IN", "OUT"}) == (row["Status"] == "ACD")
        assert float(row["Time"]) == agent.time_in_state_seconds
        assert int(row["Lvl"]) in {1, 2}
    assert {"UNSTAFF", "AVAIL", "ACD"} <= {row["Status"] for row in rows}


async def test_trunks_equal_the_ledger(client: aiohttp.ClientSession, bearer: dict[str, str], driver: Driver) -> None:
    rows = (await get(client, "trunks", bearer))["trunks"]
    truth = driver.centre.ledger.trunks()
    assert [list(row) for row in rows] == [TRUNK_FIELDS] * len(truth)
    for row, trunk in zip(rows, truth, strict=True):
        assert float(f"{row['Usage']}e-2") == trunk.usage_ratio
        states = [(port["Number"], port["State"]) for port in row["Ports"]]
        assert states == [(port.id, PORT_WORDS[port.state]) for port in trunk.ports or ()]


async def test_single_rows_equal_those_of_the_list(client: aiohttp.ClientSession, bearer: dict[str, str]) -> None:
    for path, kind in (("agent/logid/40001", "agent"), ("queue/number/1002", "queue")):
        single = (await get(client, path, bearer))[kind]
        assert single in (await get(client, f"{kind}s", bearer))[f"{kind}s"]


@pytest.mark.parametrize("path", ["agent/logid/1%0A", "queue/number/2001", "trunk/number/9", "nothing"])
async def test_unknown_path_is_not_found(client: aiohttp.ClientSession, bearer: dict[str, str], path: str) -> None:
    async with client.get(f"/kpn/{path}", headers=bearer) as answer:
        assert answer.status == 404
        assert set(await answer.json()) == ERROR_FIELDS


async def test_another_method_is_not_allowed(client: aiohttp.ClientSession, bearer: dict[str, str]) -> None:
    async with client.post("/kpn/queues", headers=bearer) as answer:
        assert answer.status == 405
        assert set(await answer.json()) == ERROR_FIELDS


async def test_an_error_can_come_with_status_200(
    client: aiohttp.ClientSession, bearer: dict[str, str], kpn: Kpn
) -> None:
    kpn.error = "collector offline"
    async with client.get("/kpn/queues", headers=bearer) as answer:
        assert answer.status == 200
        assert await answer.json() == {"Error": "collector offline", "DataSet": None}


def test_every_state_is_mapped() -> None:
    assert set(AGENT_WORDS) == set(AGENT_STATES) - {"unknown"}
    assert set(PORT_WORDS) == set(PORT_STATES) - {"unknown"}


def test_percentage_parses_as_exactly_the_ratio() -> None:
    for numerator in range(998):
        ratio = numerator / 997
        written = _percentage(ratio)
        assert written is not None
        assert "E" not in written
        assert float(f"{written}e-2") == ratio


def test_missing_values_are_null_and_whole_percentages_are_integers() -> None:
    assert [_percentage(ratio) for ratio in (None, 0, 0.5, 1, 1e-7)] == [None, "0", "50", "100", "0.00001"]
