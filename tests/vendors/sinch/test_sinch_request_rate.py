"""Requests per minute of a large installation: 500 queues and 2,000 agents, from its first minute on.

Rows, page sizes and the pace are a fiftieth, so that the number of pages is that of the large installation.
"""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web

from exporter.errors import PollError
from exporter.vendors.base import Resource
from exporter.vendors.sinch import summaries
from exporter.vendors.sinch.client import SinchClient
from tests.support.clock import ManualClock
from tests.support.vendors.polls import asking, serving
from tests.support.vendors.sinch import PUBLISHED, fixture, settings

_SCALE = 50
_QUEUES, _AGENTS, _GROUPS = 500 // _SCALE, 2000 // _SCALE, 1
_PAGE_SIZE = 2500 // _SCALE
_QUARTER_HOUR = timedelta(minutes=15)
_QUARTER_HOURS_KEPT = 36 * 4


class LargeInstallation:
    """Counts requests by minute; responds after a number of seconds, with at most `cap` rows."""

    def __init__(self, clock: ManualClock, *, seconds: float = 0.0, cap: int = 100_000) -> None:
        self.minutes: dict[int, int] = {}
        self._clock = clock
        self._seconds = seconds
        self._cap = cap
        row = fixture("contactSummary")[0]
        end = datetime.fromtimestamp(clock.time(), UTC)
        self._summaries = [
            {
                **row,
                "id": f"{queue}-{number}",
                "queueId": f"{queue:032X}",
                "hourTime": _text(end - number * _QUARTER_HOUR),
            }
            for number in range(1, _QUARTER_HOURS_KEPT + 1)
            for queue in range(_QUEUES)
        ]

    async def handle(self, request: web.Request) -> web.Response:
        minute = int((self._clock.time() - PUBLISHED) // 60)
        self.minutes[minute] = self.minutes.get(minute, 0) + 1
        await self._clock.sleep(self._seconds)
        rows = self._rows(request)
        limit, offset = int(request.query["limit"]), int(request.query["offset"])
        return web.json_response(rows[offset : offset + min(limit, self._cap)])

    def _rows(self, request: web.Request) -> list[dict[str, object]]:
        name = request.path.rpartition("/")[2]
        if name == "contactSummaries":
            return [row for row in self._summaries if row["hourTime"] > request.query["startTime"]]
        count = {"queueStatuses": _QUEUES, "agents": _AGENTS, "queueGroups": _GROUPS}[name]
        return [{"id": f"{number:032X}", "name": f"{number}"} for number in range(count)]


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.000Z"


async def _poll(resource: Resource, clock: ManualClock, complete: list[float]) -> None:
    """Poll a resource for ten minutes at its interval, and record when the totals are complete."""
    while clock.time() < PUBLISHED + 600:
        began = clock.time()
        try:
            snapshot = await resource.fetch()
        except PollError:
            snapshot = None
        if resource.name == "contact_summaries" and snapshot is not None:
            complete.append(clock.time() - PUBLISHED)
        every = max(resource.every, 15.0)
        await clock.sleep(every - (clock.time() - began) % every)


async def _observe(*, seconds: float = 0.0, cap: int = 100_000) -> tuple[LargeInstallation, float]:
    """Poll an installation for ten minutes; return it, and the seconds after which totals exist."""
    clock = ManualClock(PUBLISHED)
    installation = LargeInstallation(clock, seconds=seconds, cap=cap)
    complete: list[float] = []
    async with serving(installation.handle) as server, asking(clock=clock) as http:
        url = str(server.make_url("/RI/rmi"))
        sinch = SinchClient(settings(url=url, page_size=_PAGE_SIZE), http, clock)
        polls = [asyncio.create_task(_poll(each, clock, complete)) for each in sinch.resources]
        while not all(poll.done() for poll in polls):
            await clock.advance(1)
            # The answers arrive over a real connection.
            await asyncio.sleep(0.002)
        await asyncio.gather(*polls)
        await sinch.close()
    return installation, complete[0]


@pytest.fixture(autouse=True)
def _rows_per_second(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(summaries, "_FIRST_ROWS_PER_SECOND", 800 / _SCALE)


@pytest.mark.parametrize(("seconds", "totals_by"), [(0.0, 120), (3.0, 180)])
async def test_no_minute_has_more_than_25_requests(seconds: float, totals_by: float) -> None:
    installation, totals_after = await _observe(seconds=seconds)
    assert max(installation.minutes.values()) <= 25, installation.minutes
    assert totals_after < totals_by


async def test_a_server_with_smaller_pages_delays_the_totals_no_longer() -> None:
    installation, totals_after = await _observe(cap=2500 // _SCALE)
    assert max(installation.minutes.values()) <= 45, installation.minutes
    assert totals_after < 120
