"""The index page, the scenario switches and the simulated outage."""

from contextlib import AsyncExitStack

import aiohttp
import pytest

from exporter.simulator import Driver, ScenarioName, Server, start
from tests.support.simulation import ManualClock


async def test_index_lists_the_apis_and_scenarios(client: aiohttp.ClientSession) -> None:
    async with client.get("/") as answer:
        text = await answer.text()
    assert answer.content_type == "text/plain"
    assert "/kpn" in text
    assert "/scenarios" in text


async def test_scenarios_are_listed_switched_on_and_off(client: aiohttp.ClientSession, driver: Driver) -> None:
    async with client.get("/scenarios") as answer:
        listed = await answer.json()
    assert list(listed) == ["surge", "understaffed", "trunk-fault", "api-outage"]
    assert all(set(entry) == {"active", "meaning"} and not entry["active"] for entry in listed.values())
    async with client.put("/scenarios/surge") as answer:
        assert (await answer.json())["surge"]["active"]
    assert driver.centre.scenarios[ScenarioName.SURGE].active
    async with client.delete("/scenarios/surge") as answer:
        assert not (await answer.json())["surge"]["active"]
    assert not driver.centre.scenarios[ScenarioName.SURGE].active


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_unknown_scenario_lists_the_known_ones(client: aiohttp.ClientSession, method: str) -> None:
    async with client.request(method, "/scenarios/flood%0A") as answer:
        assert answer.status == 404
        assert "surge, understaffed, trunk-fault, api-outage" in await answer.text()


async def test_outage_fails_apis_but_not_the_switches(client: aiohttp.ClientSession) -> None:
    async with client.put("/scenarios/api-outage"):
        pass
    for _ in range(3):
        async with client.get("/kpn/queues") as answer:
            assert answer.status == 503
    with pytest.raises(TimeoutError):
        await client.get("/kpn/queues", timeout=aiohttp.ClientTimeout(total=0.05))
    async with client.delete("/scenarios/api-outage"):
        pass
    async with client.get("/kpn/queues") as answer:
        assert answer.status == 401


async def test_request_makes_the_centre_catch_up(
    client: aiohttp.ClientSession, driver: Driver, clock: ManualClock
) -> None:
    before = driver.centre.now
    clock.elapsed += 120
    async with client.get("/"):
        pass
    assert driver.centre.now == before + 120


async def test_every_dialect_is_served_by_default_and_a_taken_port_is_an_error(driver: Driver, server: Server) -> None:
    everything = await start("127.0.0.1", 0, driver)
    async with aiohttp.ClientSession(everything.url) as client, client.get("/kpn/agents") as answer:
        assert answer.status == 401
    await everything.stop()
    with pytest.raises(OSError, match="address already in use"):
        await start("127.0.0.1", server.port, driver)


@pytest.mark.parametrize(
    ("host", "url"),
    [("0.0.0.0", "http://127.0.0.1:1"), ("::", "http://[::1]:1"), ("example.org", "http://example.org:1")],  # noqa: S104 - only read
)
def test_url_is_reachable_for_clients(host: str, url: str) -> None:
    assert Server(host, 1, AsyncExitStack()).url == url
