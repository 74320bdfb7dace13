"""Sinch over HTTP: paging, and each way to sign in."""

import asyncio
import base64
import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from pydantic import ValidationError

from exporter.errors import Reason
from exporter.simulator import Centre, Driver, start
from exporter.simulator.dialects.sinch import Sinch
from exporter.simulator.dialects.sinch import SinchSettings as Installed
from exporter.simulator.profile import AgentProfile, Profile, QueueProfile
from exporter.simulator.randomness import Exponential
from exporter.vendors.sinch import SinchClient
from tests.support.clock import ManualClock
from tests.support.vendors.polls import CANARY, asking, failure, serving
from tests.support.vendors.sinch import Installation, client, settings

BASIC = f"Basic {base64.b64encode(f'exporter:{CANARY}'.encode()).decode()}"


def queues(count: int, first: int = 0) -> list[dict[str, object]]:
    return [{"id": f"{number:032X}", "inQueueCurrent": 1} for number in range(first, first + count)]


# Pages


def centre(queues: int) -> Centre:
    """Return a centre with many queues and few contacts, at ten in the morning."""
    profiles = tuple(
        QueueProfile(
            id=f"{number:032X}", name=f"Queue {number}", skill="s", contacts_per_hour=0.2, talk=Exponential(60)
        )
        for number in range(queues)
    )
    found = Centre(Profile(queues=profiles, agents=(AgentProfile(id="1", skills={"s": 1}),)))
    found.advance(36_000)
    return found


@pytest.mark.slow
async def test_2500_queues_are_read_from_25_pages() -> None:
    driver = Driver(centre(2500), ManualClock(), speed=0)
    truth = driver.centre.ledger.queues()
    server = await start("127.0.0.1", 0, driver, [Sinch()])
    codes: list[int] = []
    try:
        async with asking(clock=driver.clock, codes=codes) as http:
            more = {"url": f"{server.url}/sinch/RI/rmi", "username": "demo", "password": "demo"}
            snapshot = await SinchClient(settings(**more, page_size=100), http, driver.clock).queues()
            # Only an empty page shows that the 25th, which was full, was the last.
            assert codes == [200] * 26
            day = await SinchClient(settings(**more, page_size=1000), http, driver.clock).contact_summaries()
            # A queue to which no contact has come has no quarter hours.
            silent = {queue.id: queue for queue in truth if not queue.contacts_offered}
            totals = silent | {queue.id: queue for queue in day.queues}
    finally:
        await server.stop()
    assert not snapshot.unmapped
    assert [queue.id for queue in snapshot.queues] == [queue.id for queue in truth]
    for queue, true in zip(snapshot.queues, truth, strict=True):
        assert queue.waiting_contacts == true.waiting_contacts
        assert queue.oldest_wait_seconds == true.oldest_wait_seconds
        assert totals[queue.id].contacts_offered == true.contacts_offered
        assert totals[queue.id].handle_seconds == true.handle_seconds
    assert sum(queue.contacts_offered or 0 for queue in truth) > 1000


@pytest.mark.parametrize(
    ("size", "pages", "offsets"),
    [
        (500, [499], [0]),
        (500, [500, 0], [0, 500]),
        (500, [500, 500, 3], [0, 500, 1000]),
        (500, [0], [0]),
        # A server may cap the limit at its default of 100, so such a page may not be the last.
        (500, [100, 100, 99], [0, 100, 200]),
        (500, [100, 0], [0, 100]),
        (100, [100, 100, 0], [0, 100, 200]),
        (1, [1, 1, 0], [0, 1, 2]),
        # A page longer than requested is accepted.
        (100, [150, 20], [0, 150]),
    ],
)
async def test_pages_are_read_until_a_short_one(size: int, pages: Sequence[int], offsets: list[int]) -> None:
    answers = iter([queues(count, first) for count, first in zip(pages, offsets, strict=True)])
    installation = Installation(queueStatuses=answers)
    async with client(installation, page_size=size) as sinch:
        snapshot = await sinch.queues()
    assert len(snapshot.queues) == sum(pages)
    assert not snapshot.unmapped
    assert installation.offsets == offsets
    assert {asked.query["limit"] for asked in installation.asked} == {str(size)}


async def test_a_queue_that_moves_to_the_next_page_is_exported_once() -> None:
    answers = iter([queues(2), queues(2, first=1), []])
    async with client(Installation(queueStatuses=answers), page_size=2) as sinch:
        snapshot = await sinch.queues()
    assert len(snapshot.queues) == 3
    assert snapshot.unmapped == (("queueStatuses.id", "duplicate id"),)


@pytest.mark.parametrize("answer", [b"<html>", b"{}", lambda: web.Response(status=500)])
async def test_a_bad_page_fails_the_poll(answer: object) -> None:
    async with client(Installation(queueStatuses=iter([queues(2), answer])), page_size=2) as sinch:
        await failure(sinch.queues())


async def test_endless_pages_exceed_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exporter.vendors.sinch.api._MOST_PAGES", 20)
    installation = Installation(queueStatuses=(queues(2, first) for first in itertools.count(step=2)))
    async with client(installation, page_size=2) as sinch:
        error = await failure(sinch.queues())
    assert (error.reason, str(error)) == (Reason.LIMIT, "GET /queueStatuses: more than 20 pages")
    assert len(installation.asked) == 20


async def test_a_server_without_paging_is_requested_once_more() -> None:
    installation = Installation(queueStatuses=queues(4))
    async with client(installation, page_size=3) as sinch:
        snapshot = await sinch.queues()
    assert (len(snapshot.queues), snapshot.unmapped) == (4, ())
    assert installation.offsets == [0, 4]


async def test_a_server_that_repeats_its_first_page_fails_the_poll() -> None:
    installation = Installation(queueStatuses=queues(3))
    async with client(installation, page_size=3) as sinch:
        error = await failure(sinch.queues())
    assert error.reason is Reason.INVALID
    assert str(error) == "GET /queueStatuses: the second page repeats the first"
    assert installation.offsets == [0, 3]


# Signing in


@pytest.mark.parametrize(
    ("more", "headers"),
    [
        ({}, {"Authorization": BASIC}),
        ({"api_key": CANARY}, {"Authorization": BASIC, "x-api-key": CANARY}),
        ({"auth": "none", "username": None, "password": None}, {}),
        ({"auth": "none", "username": None, "password": None, "api_key": "k"}, {"x-api-key": "k"}),
    ],
)
async def test_every_request_carries_the_credentials(more: dict[str, Any], headers: dict[str, str]) -> None:
    installation = Installation(queueStatuses=[])
    async with client(installation, **more) as sinch:
        await sinch.queues()
    [asked] = installation.asked
    assert {name: asked.headers[name] for name in ("Authorization", "x-api-key") if name in asked.headers} == headers
    assert asked.headers["Accept"] == "application/json"
    assert asked.headers["User-Agent"].startswith("contactcenter-exporter/")


@pytest.mark.parametrize("auth", ["basic", "ecfauth"])
@pytest.mark.parametrize("missing", ["username", "password"])
def test_signing_in_requires_a_user_and_a_password(auth: str, missing: str) -> None:
    with pytest.raises(ValidationError, match=f"auth: {auth} requires username and password"):
        settings(**{"auth": auth, missing: None})


@pytest.mark.parametrize("zone", ["Europe/Atlantis", "", "../etc/passwd", "Europe"])
def test_an_invalid_time_zone_is_rejected(zone: str) -> None:
    with pytest.raises(ValidationError, match="not a time zone"):
        settings(timezone=zone)


# Signing in by ECF


class Ecf:
    """An installation behind ECF that knows a session by two cookies."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []
        self.forms: list[dict[str, object]] = []
        self.headers: list[str] = []

    async def handle(self, request: web.Request) -> web.Response:
        if request.path == "/ecfs/authentication":
            self.forms.append(dict(await request.post()))
            self.headers.append(request.headers["Authorization"])
            response = web.Response(text="")
            response.set_cookie("route", "node1", path="/")
            response.set_cookie("session", CANARY, path="/", httponly=True)
            return response
        known = request.cookies == {"route": "node1", "session": CANARY}
        self.asked.append((request.path, 200 if known else 401))
        return web.json_response(queues(1)) if known else web.Response(status=401)


@asynccontextmanager
async def behind(ecf: Ecf, path: str = "/RI/rmi") -> AsyncIterator[SinchClient]:
    async with serving(ecf.handle) as server, asking() as http:
        target = settings(url=str(server.make_url(path)), auth="ecfauth")
        yield SinchClient(target, http, ManualClock())


@pytest.mark.parametrize("path", ["/RI/rmi", "/ecfs/RI/rmi", "/"])
async def test_a_session_is_opened_once_for_all_requests(path: str) -> None:
    ecf = Ecf()
    async with behind(ecf, path) as sinch:
        await asyncio.gather(sinch.queues(), sinch.queues())
        await sinch.queues()
    assert (ecf.forms, ecf.headers) == ([{"Authorization": BASIC}], ["ECFAUTH"])
    assert ecf.asked == [("/ecfs/RI/rmi/queueStatuses", 200)] * 3


async def test_a_session_that_expires_between_pages_is_renewed() -> None:
    """The poll continues with a new session and loses no page."""
    clock = ManualClock()
    driver = Driver(centre(5), clock, speed=0)
    dialect = Sinch(Installed(session_lifetime=600, api_key="k"))
    server = await start("127.0.0.1", 0, driver, [dialect])
    try:
        async with asking(clock=clock) as http:
            more = {"auth": "ecfauth", "username": "demo", "password": "demo", "api_key": "k", "page_size": 2}
            sinch = SinchClient(settings(url=f"{server.url}/sinch/RI/rmi", **more), http, clock)
            pages = sinch._api.pages("queueStatuses", [])  # noqa: SLF001 - to stop between two pages
            await anext(pages)
            await clock.advance(601)
            assert len([page async for page in pages]) == 2
            assert len((await sinch.queues()).queues) == 5
    finally:
        await server.stop()
    assert dialect.sign_ins == 2


@pytest.mark.parametrize("auth", ["basic", "ecfauth"])
def test_a_user_name_with_a_colon_is_rejected(auth: str) -> None:
    with pytest.raises(ValidationError, match="does not allow a colon in username"):
        settings(auth=auth, username="a:b", password=CANARY)
