"""The demo, scraped and queried with a real Prometheus."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio

from tests.support.programs import EXPORTER, eventually, prometheus_running, running

# One demo for the tests with Prometheus.
pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

DEMO = (*EXPORTER, "demo", "--web.listen-address=127.0.0.1:0", "--speed=5")
LISTENING = r"msg=listening .*\bport=(\d+)"
CONFIG = """
global: {{scrape_interval: 1s}}
scrape_configs:
  - job_name: contactcenter
    honor_labels: true
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
"""
QUERIES = {
    "a queue": 'contactcenter_queue_waiting_contacts{target="amsterdam", queue="Billing", channel="voice"}',
    "an agent state": 'sum by (state) (contactcenter_agents{target="amsterdam", state="available"})',
    "one agent's state": 'contactcenter_agent_state{target="amsterdam", agent_id="40001"} == 1',
    "a trunk": 'contactcenter_trunk_usage_ratio{target="amsterdam", trunk_id="1"}',
    "a trunk's port states": 'contactcenter_trunk_ports{target="amsterdam", trunk_id="1", state="idle"}',
    "a running total": 'contactcenter_queue_contacts_offered_total{target="amsterdam", queue="Billing"}',
    "a resource that is up": 'contactcenter_up{target="amsterdam", resource="trunks"} == 1',
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def prometheus(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    config = tmp_path_factory.mktemp("prometheus") / "prometheus.yml"
    async with running(DEMO, LISTENING) as exporter:
        config.write_text(CONFIG.format(port=exporter.port))
        async with prometheus_running(config) as address:
            yield address


async def test_prometheus_answers_for_a_queue_an_agent_state_and_a_trunk(prometheus: str) -> None:
    async with aiohttp.ClientSession(prometheus) as session:

        async def ask(query: str) -> list[dict[str, object]] | None:
            async with session.get("/api/v1/query", params={"query": query}) as response:
                answer = await response.json()
            assert answer["status"] == "success", answer
            return answer["data"]["result"] or None

        for what, query in QUERIES.items():
            assert await eventually(lambda query=query: ask(query)), what  # type: ignore[misc]


async def test_prometheus_finds_the_target_healthy_and_drops_nothing(prometheus: str) -> None:
    async with aiohttp.ClientSession(prometheus) as session:

        async def scraped() -> dict[str, object] | None:
            async with session.get("/api/v1/targets") as response:
                found = (await response.json())["data"]["activeTargets"]
            return next((one for one in found if one["health"] != "unknown"), None)

        target = await eventually(scraped)
        assert (target["health"], target["lastError"]) == ("up", "")


async def test_the_demo_is_ready_within_seconds_and_stops_cleanly() -> None:
    async with (
        running(DEMO, LISTENING) as exporter,
        aiohttp.ClientSession(f"http://127.0.0.1:{exporter.port}") as session,
    ):

        async def ready() -> bool | None:
            async with session.get("/-/ready") as response:
                return response.status == 200 or None

        assert await eventually(ready, seconds=5)
        assert await exporter.stop() == 0
    assert not [line for line in exporter.lines if "level=warn" in line or "Traceback" in line]
