"""Token, pause and quota belong to an application, however many targets use it."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from email.utils import formatdate
from itertools import pairwise

import pytest
from aiohttp import web

from exporter.metrics.pages import Exposition, Format
from exporter.polling.collector import Collector
from exporter.vendors.kpn import KpnSettings
from tests.support.clock import ManualClock
from tests.support.exposition import page_bytes
from tests.support.vendors.polls import passing, serving

ROWS = {"agents": "Logid", "queues": "Number", "trunks": "Number"}
MINUTE = 60.0


class Gateway:
    """A stand-in with the quota headers of the gateway, for one application.

    Attributes:
        sign_ins: How many tokens were issued.
        asked: The path and the moment of each request.
        refused: How many requests were answered 429.
    """

    def __init__(self, clock: ManualClock, limit: int, behind: float = 0.0) -> None:
        self.sign_ins = 0
        self.asked: list[tuple[str, float]] = []
        self.refused = 0
        self.limit = limit
        self.used = 0
        self._window = 0
        self._clock = clock
        self._behind = behind

    async def answer(self, request: web.Request) -> web.Response:
        if request.path == "/token":
            self.sign_ins += 1
            return web.json_response({"access_token": "token", "expires_in": "3599"})
        now = self._clock.time()
        if int(now // MINUTE) != self._window:
            self._window, self.used = int(now // MINUTE), 0
        self.used += 1
        self.asked.append((request.path, self._clock.monotonic()))
        headers = {
            "Date": formatdate(now, usegmt=True),
            "quota-limit": str(self.limit),
            "quota-used": str(self.used),
            "quota-reset-UTC": str(int(((self._window + 1) * MINUTE - self._behind) * 1000)),
        }
        if self.used > self.limit:
            self.refused += 1
            return web.Response(status=429, headers=headers)
        name = request.path.rpartition("/")[2]
        rows = [{ROWS[name]: "1", "Name": "Sales", "Status": "ACD"}]
        return web.json_response({"Error": None, "DataSet": {name: rows}}, headers=headers)


def targets(url: str, count: int) -> Sequence[KpnSettings]:
    fixed = {"vendor": "kpn", "token_url": f"{url}/token", "client_id": "exporter", "client_secret": "a secret key"}
    return [
        KpnSettings.model_validate({"name": f"site{number}", "url": f"{url}/{number}", **fixed})
        for number in range(count)
    ]


@asynccontextmanager
async def polled(gateway: Gateway, clock: ManualClock, count: int) -> AsyncIterator[Collector]:
    async with serving(gateway.answer) as server:
        collector = Collector(
            targets(str(server.make_url("")).rstrip("/"), count), Exposition(lambda _form: b""), clock
        )
        await collector.start()
        yield collector
        await collector.stop()


async def let_pass(clock: ManualClock, seconds: int) -> None:
    for _ in range(seconds):
        await passing(clock, clock.sleep(1))


async def test_targets_of_one_application_share_a_token() -> None:
    clock = ManualClock()
    gateway = Gateway(clock, limit=6000)
    async with polled(gateway, clock, 3) as collector:
        await let_pass(clock, 20)
        up = [resource.up for target in collector.health for resource in target.resources]
        page = page_bytes(collector, Format.TEXT).decode()
    assert up == [True] * 9
    assert gateway.sign_ins == 1
    assert 'contactcenter_vendor_quota{target="site0",kind="limit"} 6000' in page
    assert 'contactcenter_vendor_quota{target="site0",kind="used"} ' in page


@pytest.mark.slow
async def test_a_nearly_used_quota_slows_all_down_before_it_is_exceeded_and_takes_fair_turns() -> None:
    clock = ManualClock()
    gateway = Gateway(clock, limit=20)
    async with polled(gateway, clock, 3) as collector:
        intervals: set[float] = set()
        for _ in range(60):
            await let_pass(clock, 10)
            health = [resource for target in collector.health for resource in target.resources]
            intervals |= {resource.interval for resource in health}
            assert not [resource.name for resource in health if resource.stale]
    # 36 requests a minute would be due.
    assert gateway.refused <= 1
    assert not any(resource.failures.total() for resource in health) or gateway.refused == 1
    count = Counter(path for path, _ in gateway.asked)
    assert len(count) == 9
    assert min(count.values()) >= 0.5 * max(count.values())
    assert 20 < max(intervals) < 60


async def test_a_429_pauses_every_target_of_the_application() -> None:
    clock = ManualClock()
    gateway = Gateway(clock, limit=0)
    async with polled(gateway, clock, 3):
        await let_pass(clock, 130)
    moments = [moment for _, moment in gateway.asked]
    windows = Counter(int((moment + 1_800_000_000) // MINUTE) for moment in moments)
    assert all(later >= earlier for earlier, later in pairwise(moments))
    assert max(windows.values()) <= 3


async def test_a_429_with_a_passed_reset_pauses_every_target_for_an_interval() -> None:
    clock = ManualClock()
    gateway = Gateway(clock, limit=0, behind=3600.0)
    async with polled(gateway, clock, 3):
        await let_pass(clock, 70)
    moments = [moment for _, moment in gateway.asked]
    assert 3 <= len(moments) <= 6
    assert all(later - earlier >= 14.9 for earlier, later in pairwise(moments))
