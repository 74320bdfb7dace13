"""APIO with 500 agents over HTTP through the whole collector: some fail, many fail, the token expires."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler

from exporter.metrics.pages import Exposition, Format
from exporter.polling.collector import Collector
from exporter.runtime.clock import SystemClock
from exporter.simulator import Centre, Driver, http_server
from exporter.simulator.dialects.apio import Apio
from exporter.simulator.profile import AgentProfile, Profile, QueueProfile
from exporter.simulator.randomness import Exponential
from exporter.vendors.apio.settings import ApioSettings
from tests.support.exposition import page_bytes, read
from tests.support.vendors.polls import CANARY

AGENTS = 500
IDS = [str(40_000 + number) for number in range(AGENTS)]


class Watched(Apio):
    """The dialect, which counts its requests and can revoke its tokens during a poll.

    Attributes:
        asked: The number of requests other than sign-ins.
        refused: The number of requests whose token was refused.
        forgets_at: The number of the request before which every token expires; 0 for never.
    """

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        self.refused = 0
        self.forgets_at = 0

    def application(self, driver: Driver) -> web.Application:
        app = super().application(driver)

        @web.middleware
        async def watch(request: web.Request, handler: Handler) -> web.StreamResponse:
            if request.method == "GET":
                self.asked += 1
                if self.asked == self.forgets_at:
                    self.tokens.revoke()
            answer = await handler(request)
            self.refused += answer.status == 401
            return answer

        app.middlewares.insert(0, watch)
        return app


@pytest.fixture
def driver() -> Driver:
    """Return 500 agents around the clock, all with the one skill."""
    queue = QueueProfile(id="1001", name="Sales", skill="1", contacts_per_hour=600, talk=Exponential(120))
    agents = tuple(AgentProfile(id=number, name=f"Agent {number}", group="Sales", skills={"1": 1}) for number in IDS)
    centre = Centre(Profile(queues=(queue,), agents=agents))
    centre.advance(3600)
    return Driver(centre, SystemClock(), speed=0)


@asynccontextmanager
async def polling(apio: Apio, driver: Driver) -> AsyncIterator[Collector]:
    """Yield a collector that has polled the API once."""
    simulated = await http_server.start("127.0.0.1", 0, driver, [apio])
    target = ApioSettings.model_validate(
        {
            "name": "brussels",
            "vendor": "apio",
            "url": f"{simulated.url}/apio",
            "tenant": "demo",
            "group": "demo",
            "username": "demo",
            "password": "demo",
            "supervisors": ["supervisor@sip.example"],
            "call_centers": ["1001"],
            "agents": {"detail": "id"},
            # One agent may take a quarter of the timeout, and the machine may be slow.
            "poll": {"interval": "120s", "timeout": "120s"},
        }
    )
    collector = Collector([target], Exposition(lambda _form: b""), SystemClock())
    try:
        await collector.start()
        async with asyncio.timeout(90):
            while not collector.ready:  # noqa: ASYNC110 - readiness is asked for, as a probe does
                await asyncio.sleep(0.02)
        yield collector
    finally:
        await collector.stop()
        await simulated.stop()


def total(collector: Collector, name: str, **labels: str) -> float | None:
    """Return the sum of the series of a name and labels, None if there are none."""
    values = [
        sample.value
        for family in read(page_bytes(collector, Format.TEXT), Format.TEXT)
        for sample in family.samples
        if sample.name == f"contactcenter_{name}" and labels.items() <= sample.labels.items()
    ]
    return sum(values) if values else None


@pytest.mark.slow
async def test_three_percent_of_failures_cost_the_states_of_fifteen_agents(driver: Driver) -> None:
    apio = Watched()
    apio.failing = frozenset(IDS[::34][:15])
    async with polling(apio, driver) as collector:
        assert total(collector, "up", resource="agents") == 1
        assert total(collector, "agents") == 500
        assert total(collector, "agents", state="unknown") == 15
        assert total(collector, "agent_state", state="unknown") == 15
        # The failing agents may have joined it.
        assert total(collector, "queue_staffed_agents", queue_id="1001") is None
        assert total(collector, "queue_agents", queue_id="1001") is None
        assert not total(collector, "unmapped_values_total")
    assert (apio.asked, apio.sign_ins) == (501, 1)


async def test_a_server_that_fails_for_everyone_is_asked_less(driver: Driver) -> None:
    apio = Watched()
    apio.failing = frozenset(IDS)
    async with polling(apio, driver) as collector:
        assert total(collector, "up", resource="agents") == 0
        assert total(collector, "poll_failures_total", resource="agents", reason="http") == 1
        assert total(collector, "poll_failures_total", resource="agents") == 1
        assert total(collector, "agents") is None
        error = collector.health[0].resources[0].last_error
    assert "returned 500 Internal Server Error: code 5003 BroadWorks did not answer for …" in str(error)
    assert CANARY not in str(error)
    assert apio.asked < 80


async def test_a_token_that_expires_during_a_poll_is_renewed_once(driver: Driver) -> None:
    apio = Watched()
    apio.forgets_at = 250
    async with polling(apio, driver) as collector:
        assert total(collector, "up", resource="agents") == 1
        assert total(collector, "agents") == 500
        assert total(collector, "api_requests_total", code="401") == apio.refused
    assert apio.sign_ins == 2
    # The requests in flight at that moment were refused once each, and repeated.
    assert 1 <= apio.refused <= 8
    assert apio.asked == 501 + apio.refused


async def test_a_refused_password_is_sent_once(driver: Driver) -> None:
    apio = Watched()
    apio.settings = type(apio.settings)(password="other")  # noqa: S106 - an example
    async with polling(apio, driver) as collector:
        assert total(collector, "up", resource="agents") == 0
        assert total(collector, "poll_failures_total", resource="agents", reason="auth") == 1
    assert (apio.sign_ins, apio.asked) == (0, 0)
