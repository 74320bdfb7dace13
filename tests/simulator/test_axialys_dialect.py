"""The Axialys API over real HTTP, as published."""

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from exporter.model import AGENT_STATES
from exporter.simulator import Driver, Server, start
from exporter.simulator.dialects.axialys import RECEIVED_GROUPS_PATH, RECEIVED_NUMBERS_PATH, Axialys, AxialysSettings
from exporter.simulator.dialects.axialys_operators import ETAT_WORDS
from tests.support.simulation import ManualClock

DEMO = aiohttp.encode_basic_auth("demo", "demo")
DETAIL_FIELDS = [
    "id",
    "id",
    "state",
    "break",
    "vars",
    "service_number",
    "caller_number",
    "ui_login",
    "ui_logout",
    "ui_pause",
    "ui_unpause",
    "dt_answer",
    "id_appel",
    "groups",
    "id_group",
]
STATS_FIELDS = [
    "nbr_global",
    "nbr_global_reel",
    "nbr_escalades",
    "pourc_decroche",
    "nbr_comm",
    "nbr_attente",
    "nbr_perdus",
    "nbr_perdus_reel",
    "tps_max_attente",
    "tps_moyen_attente",
    "tps_moyen_comm",
    "tps_moyen_abandon",
    "nbr_appels_attente_moins1m",
    "nbr_appels_attente_1a3m",
    "nbr_appels_attente_3mplus",
    "nbr_abandonne",
    "nbr_repondu",
    "tps_moyen_catchup",
]


@pytest.fixture
def axialys() -> Axialys:
    return Axialys()


@pytest.fixture
async def server(driver: Driver, axialys: Axialys) -> AsyncIterator[Server]:
    running = await start("127.0.0.1", 0, driver, [axialys])
    yield running
    await running.stop()


async def get(client: aiohttp.ClientSession, path: str, **more: Any) -> Any:  # noqa: ANN401
    headers = {"Authorization": DEMO}
    async with client.get(f"/axialys{path}", headers=headers, **more) as answer:
        assert answer.status == 200
        return await answer.json()


@pytest.mark.parametrize(
    ("query", "header", "status"),
    [
        ("", DEMO, 200),
        ("?user=demo&password=demo", None, 200),
        ("", "APIKey demo", 200),
        ("", None, 401),
        ("?user=demo&password=no", None, 401),
        ("", "APIKey no", 401),
        ("", aiohttp.encode_basic_auth("demo", "no"), 401),
    ],
)
async def test_accepted_and_rejected_credentials(
    client: aiohttp.ClientSession, query: str, header: str | None, status: int
) -> None:
    headers = {"Authorization": header} if header else {}
    async with client.get(f"/axialys/vm/groups{query}", headers=headers) as answer:
        assert answer.status == status
        assert ("error" in await answer.json()) == (status == 401)


async def test_browser_gets_html_unless_it_requests_json(client: aiohttp.ClientSession) -> None:
    headers = {"Authorization": DEMO, "Accept": "text/html,*/*"}
    async with client.get("/axialys/vm/groups", headers=headers) as answer:
        assert answer.content_type == "text/html"
    async with client.get("/axialys/vm/groups?accept=application/json", headers=headers) as answer:
        assert answer.content_type == "application/json"


async def test_groups_are_the_voice_queues(client: aiohttp.ClientSession, driver: Driver) -> None:
    body = await get(client, "/vm/groups")
    phone = [queue for queue in driver.centre.ledger.queues() if queue.channel == "voice"]
    assert body == {"data": [{"id": queue.id, "name": queue.name} for queue in phone]}
    assert await get(client, "/vm/groups/1001") == {"id": "1001", "name": "Billing"}


async def test_operators_are_all_the_agents(client: aiohttp.ClientSession, driver: Driver) -> None:
    truth = driver.centre.ledger.agents()
    rows = await get(client, "/vm/operators_init")
    fields = ["id", "etat", "ui_login", "ui_logout", "ui_pause", "ui_unpause", "pause", "groups"]
    assert [list(row) for row in rows] == [fields] * len(truth)
    for row, agent in zip(rows, truth, strict=True):
        assert str(row["id"]) == agent.id
        assert row["etat"] in {ETAT_WORDS[agent.state], "calling"}
        assert row["pause"] == (agent.reason if agent.state == "paused" else "")
        assert bool(row["ui_logout"] and row["ui_logout"] > row["ui_login"]) == (agent.state == "logged_out")
        assert set(row["groups"]) <= {1001, 1002, 1003, 1004, 1005, 1006}
    # It is 09:00 in Paris, and an agent logged in before.
    assert all(row["ui_login"] < "2027-01-15 09:00:00" for row in rows)
    assert await get(client, "/vm/operators_init/40001") == rows[0]
    assert (await get(client, "/vm/operators/40001"))["name"] == truth[0].name
    assert len(await get(client, "/vm/operators/")) == len(truth)


async def test_details_repeat_the_id_field_as_published(client: aiohttp.ClientSession, driver: Driver) -> None:
    busy = driver.centre.floor.agents[0]
    async with client.get(f"/axialys/vm/op_details/{busy.profile.id}", headers={"Authorization": DEMO}) as answer:
        pairs = json.loads(await answer.text(), object_pairs_hook=list)
    assert [name for name, _ in pairs] == DETAIL_FIELDS
    assert [value for name, value in pairs if name == "id"] == [7001, int(busy.profile.id)]


async def test_details_contain_breaks_and_the_current_call(client: aiohttp.ClientSession, driver: Driver) -> None:
    driver.centre.advance(12 * 3600)
    current = {row["id"]: row for row in await get(client, "/vm/operators_init")}
    calls = breaks = 0
    for truth in driver.centre.ledger.agents():
        row = await get(client, f"/vm/op_details/{truth.id}")
        assert row["state"] == current[row["id"]]["etat"]
        assert row["ui_pause"] == current[row["id"]]["ui_pause"]
        assert row["break"] == (truth.reason if truth.state == "paused" else "")
        assert (row["id_appel"] is None) == (row["dt_answer"] is None) == (row["caller_number"] is None)
        assert row["dt_answer"] is None or truth.state == "busy"
        calls += row["dt_answer"] is not None
        breaks += bool(row["break"])
    assert calls
    assert breaks


async def test_break_can_be_given_as_a_date(driver: Driver) -> None:
    driver.centre.advance(12 * 3600)
    running = await start("127.0.0.1", 0, driver, [Axialys(AxialysSettings(names_breaks=False))])
    async with aiohttp.ClientSession(running.url) as client:
        rows = await get(client, "/vm/operators_init")
    await running.stop()
    assert {row["pause"] == row["ui_pause"] for row in rows} == {True}
    assert any(row["pause"] for row in rows)


async def test_supervision_equals_the_ledger(client: aiohttp.ClientSession, driver: Driver) -> None:
    queue = driver.centre.ledger.queues()[0]
    row = await get(client, "/vm/group_stats/1001", json={"nbr_abandonne": 5, "nbr_repondu": 20})
    assert list(row) == ["group_id", "group_name", *STATS_FIELDS]
    assert row["nbr_attente"] == str(queue.waiting_contacts)
    assert row["nbr_repondu"] == queue.contacts_answered_in_service_level
    assert queue.answered_ratio == float(f"{row['pourc_decroche']}e-2")
    ages = (row["nbr_appels_attente_moins1m"], row["nbr_appels_attente_1a3m"], row["nbr_appels_attente_3mplus"])
    assert sum(ages) == queue.waiting_contacts
    assert await get(client, "/vm/stats/group_stats?group_id=1001", json={"nbr_repondu": 20}) == row


async def test_other_limits_give_empty_values(client: aiohttp.ClientSession) -> None:
    row = await get(client, "/vm/group_stats/1001", json={"nbr_abandonne": 7})
    assert (row["nbr_abandonne"], row["nbr_repondu"]) == ("", "")


@pytest.mark.parametrize("body", ["{", "[]", '{"nbr_repondu": "soon"}', '{"nbr_repondu": null}'])
async def test_invalid_limits_are_rejected(client: aiohttp.ClientSession, body: str) -> None:
    headers = {"Authorization": DEMO}
    async with client.get("/axialys/vm/group_stats/1001", data=body, headers=headers) as answer:
        assert answer.status == 400


async def test_realtime_fields_only_on_request(client: aiohttp.ClientSession, driver: Driver) -> None:
    truth = {queue.id: queue for queue in driver.centre.ledger.queues()}
    for path, key, value in (
        (RECEIVED_GROUPS_PATH, "group_id", "1003"),
        (RECEIVED_NUMBERS_PATH, "dest_number", "KPN 3"),
    ):
        plain = (await get(client, path, params={key: value}))["data"]
        assert list(plain) == ["total_duration", "calls_count", "agent_connected_calls_count"]
        assert plain["calls_count"] == truth["1003"].contacts_offered
        whole = (await get(client, path, params={key: value, "include_realtime": "1"}))["data"]
        assert "active_calls" in whole
    everything = (await get(client, RECEIVED_GROUPS_PATH))["data"]
    phone = [queue for queue in truth.values() if queue.channel == "voice"]
    assert everything["agent_connected_calls_count"] == sum(queue.contacts_answered or 0 for queue in phone)


@pytest.mark.parametrize(
    "path",
    [
        "/vm/groups/2001",
        "/vm/operators/1",
        "/vm/op_details/1",
        "/vm/group_stats/2001",
        "/vm/stats/group_stats",
        "/nothing",
    ],
)
async def test_unknown_path_is_not_found(client: aiohttp.ClientSession, path: str) -> None:
    async with client.get(f"/axialys{path}", headers={"Authorization": DEMO}) as answer:
        assert answer.status == 404
        assert "error" in await answer.json()


async def test_too_frequent_requests_are_audited(
    client: aiohttp.ClientSession, axialys: Axialys, clock: ManualClock
) -> None:
    for elapsed in (0, 29, 30, 30):
        clock.elapsed += elapsed
        await get(client, "/vm/operators_init")
    assert axialys.asked == [0, 29, 59, 89]
    assert axialys.audit == [29]


def test_every_state_is_mapped() -> None:
    assert set(ETAT_WORDS) == set(AGENT_STATES) - {"unknown"}
