"""Sinch over HTTP: paging, and each way to sign in."""

import asyncio
import base64
import itertools
import threading
from collections.abc import AsyncIterator, Callable, Sequence
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
from exporter.vendors.sinch.client import SinchClient
from exporter.vendors.toolkit.json_document import decode_json
from tests.support.clock import ManualClock
from tests.support.vendors.polls import CANARY, asking, failure, passing, serving
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
async def test_2500_queues_are_read_from_many_pages() -> None:
    clock = ManualClock()
    driver = Driver(centre(2500), clock, speed=0)
    truth = driver.centre.ledger.queues()
    server = await start("127.0.0.1", 0, driver, [Sinch()])
    codes: list[int] = []
    try:
        async with asking(clock=driver.clock, codes=codes) as http:
            more = {"url": f"{server.url}/sinch/RI/rmi", "username": "demo", "password": "demo"}
            snapshot = await SinchClient(settings(**more, page_size=100), http, driver.clock).queues()
            # Pages overlap by a row, and the last one is confirmed; a few are requested beyond the end.
            assert 27 <= len(codes) <= 33
            sinch = SinchClient(settings(**more, page_size=250), http, driver.clock)
            day = await passing(clock, sinch.contact_summaries())
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


Move = Callable[[list[dict[str, object]]], None]


class Paged:
    """A collection of rows that is served in pages of at most `cap` rows; `moves` change the rows after a request."""

    def __init__(
        self, cap: int, count: int, *, moves: Sequence[Callable[[list[dict[str, object]]], None]] = ()
    ) -> None:
        self.cap = cap
        self.rows = queues(count)
        self.asked: list[tuple[int, int]] = []
        self._moves = list(moves)

    async def handle(self, request: web.Request) -> web.Response:
        assert request.query["sort"] == "id"
        limit, offset = int(request.query["limit"]), int(request.query["offset"])
        self.asked.append((offset, limit))
        page = self.rows[offset : offset + min(limit, self.cap)]
        if self._moves:
            self._moves.pop(0)(self.rows)
        return web.json_response(page)

    @property
    def offsets(self) -> list[int]:
        """The offsets requested since the last look, in order."""
        asked, self.asked = self.asked, []
        return sorted(offset for offset, _ in asked)


@asynccontextmanager
async def paged(server: Paged, clock: ManualClock | None = None, **more: object) -> AsyncIterator[SinchClient]:
    clock = clock or ManualClock()
    async with serving(server.handle) as running, asking(clock=clock) as http:
        yield SinchClient(settings(**{"url": str(running.make_url("/RI/rmi")), **more}), http, clock)


@pytest.mark.parametrize(
    ("size", "cap", "count"),
    [(500, 200, 450), (500, 50, 243), (500, 100, 300), (500, 7, 8), (3, 500, 10), (1, 500, 4), (500, 1, 3), (9, 2, 0)],
)
async def test_every_queue_is_read_whatever_the_servers_page_size(size: int, cap: int, count: int) -> None:
    server = Paged(cap, count)
    async with paged(server, page_size=size) as sinch:
        for _ in range(2):
            snapshot = await sinch.queues()
            assert [queue.id for queue in snapshot.queues] == [row["id"] for row in server.rows]
            assert not snapshot.unmapped
    assert {limit for _, limit in server.asked} == {size}


@pytest.mark.parametrize("caps", [(100, 7, 50, 13), (50, 47, 52), (3, 60, 2)])
async def test_every_queue_is_read_if_the_lengths_of_pages_vary(caps: tuple[int, ...]) -> None:
    server = Paged(500, 230)
    cycle = itertools.cycle(caps)

    async def handle(request: web.Request) -> web.Response:
        server.cap = next(cycle)
        return await server.handle(request)

    async with serving(handle) as running, asking(clock=ManualClock()) as http:
        sinch = SinchClient(settings(url=str(running.make_url("/RI/rmi"))), http, ManualClock())
        for count in (230, 230, 245, 260):
            server.rows = queues(count)
            assert len((await sinch.queues()).queues) == count


async def test_a_short_page_is_confirmed_unless_the_server_has_delivered_a_longer_one() -> None:
    server = Paged(500, 5)
    async with paged(server) as sinch:
        await sinch.queues()
        assert server.offsets == [0, 4]
        # The server may deliver five rows at most.
        await sinch.queues()
        assert server.offsets == [0, 4]
        # Rows are missing: the server's page size may have become smaller.
        server.rows = server.rows[:4]
        await sinch.queues()
        assert server.offsets == [0, 3]
        # The page is shorter than one that was delivered, and nothing is missing.
        for _ in range(3):
            await sinch.queues()
            assert server.offsets == [0]


async def test_a_page_size_that_becomes_smaller_is_noticed() -> None:
    server = Paged(500, 450)
    async with paged(server) as sinch:
        assert len((await sinch.queues()).queues) == 450
        server.cap = 200
        assert len((await sinch.queues()).queues) == 450


async def test_what_was_proven_is_confirmed_again_after_ten_minutes() -> None:
    clock = ManualClock()
    server = Paged(500, 5)
    async with paged(server, clock) as sinch:
        await sinch.queues()
        server.rows = server.rows[:4]
        await sinch.queues()
        await sinch.queues()
        assert server.offsets == [0, 0, 0, 3, 4]
        await clock.advance(601)
        await sinch.queues()
    assert server.offsets == [0, 3]


async def test_a_page_is_decoded_outside_the_event_loop_if_it_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[str] = []

    def recording(*args: Any) -> Any:  # noqa: ANN401 - passed on
        threads.append(threading.current_thread().name)
        return decode_json(*args)

    monkeypatch.setattr("exporter.vendors.sinch.api.decode_json", recording)
    async with paged(Paged(10_000, 2000)) as sinch:
        assert len((await sinch.queues()).queues) == 2000
    large, small = threads
    assert large.startswith("worker")
    assert small == threading.main_thread().name


async def test_pages_after_the_first_are_requested_ahead_as_far_as_rows_are_known() -> None:
    server = Paged(100, 1000)
    async with paged(server) as sinch:
        await sinch.queues()
        assert len(server.offsets) <= 11 + 7
        await sinch.queues()
    # The last page is shorter than the others, and nothing is missing.
    assert server.offsets == [0, 99, 198, 297, 396, 495, 594, 693, 792, 891, 990]


@pytest.mark.parametrize("gone", [1, 2, 5, 30])
async def test_rows_that_move_up_between_pages_are_not_missed(gone: int) -> None:
    def remove(rows: list[dict[str, object]]) -> None:
        del rows[:gone]

    server = Paged(100, 150, moves=[remove])
    async with paged(server) as sinch:
        found = {queue.id for queue in (await sinch.queues()).queues}
    assert found == {row["id"] for row in queues(150)}


async def test_rows_that_move_down_between_pages_are_exported_once() -> None:
    server = Paged(10, 15, moves=[lambda rows: rows.insert(0, *queues(1, first=900))])
    async with paged(server) as sinch:
        snapshot = await sinch.queues()
    assert len(snapshot.queues) == 15
    assert not snapshot.unmapped


async def test_rows_without_ids_are_recorded_and_do_not_repeat_the_pages() -> None:
    server = Paged(3, 4)
    server.rows[1:3] = [{"inQueueCurrent": 1}, {"inQueueCurrent": 1}]
    async with paged(server) as sinch:
        snapshot = await sinch.queues()
    assert len(snapshot.queues) == 2
    assert snapshot.unmapped == (("queueStatuses.id", "no id"),) * 2
    assert len(server.offsets) <= 4


async def test_rows_without_ids_that_change_with_every_request_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exporter.vendors.sinch.paging._MOST_PAGES", 20)
    numbers = itertools.count()

    def fresh() -> web.Response:
        return web.json_response([{"name": f"{next(numbers)}", "queues": [{"id": f"F{number}"} for number in (1, 2)]}])

    installation = Installation(queueGroups=fresh)
    async with client(installation) as sinch:
        assert (await failure(sinch.queue_groups())).reason is Reason.LIMIT
    assert len(installation.asked) == 20


async def test_a_single_row_may_be_sent_without_its_array() -> None:
    answers = iter([{"id": "F8", "inQueueCurrent": 3}, []])
    async with client(Installation(queueStatuses=answers)) as sinch:
        assert [queue.id for queue in (await sinch.queues()).queues] == ["F8"]


@pytest.mark.parametrize("answer", [b"<html>", b"{}", lambda: web.Response(status=500)])
async def test_a_bad_page_fails_the_poll(answer: object) -> None:
    async with client(Installation(queueStatuses=iter([queues(2), answer])), page_size=2) as sinch:
        error = await failure(sinch.queues())
    assert str(error).endswith(" after 1 pages with 2 rows")


async def test_endless_pages_exceed_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exporter.vendors.sinch.paging._MOST_PAGES", 20)
    server = Paged(2, 100_000)
    async with paged(server, page_size=2) as sinch:
        error = await failure(sinch.queues())
    assert error.reason is Reason.LIMIT
    assert str(error).startswith("GET /queueStatuses: more than 20 pages after ")
    assert len(server.asked) == 20


async def test_a_cancelled_reading_reports_how_far_it_came() -> None:
    reached = asyncio.Event()

    async def handle(request: web.Request) -> web.Response:
        if request.query["offset"] != "0":
            reached.set()
            await asyncio.Event().wait()
        return web.json_response(queues(2))

    async with serving(handle) as running, asking() as http:
        sinch = SinchClient(settings(url=str(running.make_url("/RI/rmi"))), http, ManualClock())
        poll = asyncio.create_task(sinch.queues())
        await reached.wait()
        poll.cancel()
        with pytest.raises(asyncio.CancelledError) as cancelled:
            await poll
    assert cancelled.value.__notes__ == ["after 1 pages with 2 rows"]


@pytest.mark.parametrize("count", [1, 2, 4, 99, 101, 600])
async def test_a_server_that_ignores_the_offset_sends_everything_at_once(count: int) -> None:
    installation = Installation(queueStatuses=queues(count))
    async with client(installation, page_size=500) as sinch:
        snapshot = await sinch.queues()
    assert (len(snapshot.queues), snapshot.unmapped) == (count, ())
    assert len(installation.asked) == 3


@pytest.mark.parametrize("count", [100, 500])
async def test_a_server_that_ignores_the_offset_fails_the_poll_if_rows_may_be_missing(count: int) -> None:
    installation = Installation(queueStatuses=queues(count))
    async with client(installation, page_size=500) as sinch:
        error = await failure(sinch.queues())
    assert error.reason is Reason.INVALID
    expected = f"GET /queueStatuses: all pages are equal: the server ignores `offset` after 1 pages with {count} rows"
    assert str(error) == expected


async def test_a_server_that_sends_rows_only_without_an_offset_is_read() -> None:
    server = Paged(500, 40)
    whole = server.rows

    async def handle(request: web.Request) -> web.Response:
        return web.json_response(whole if request.query["offset"] == "0" else [])

    async with serving(handle) as running, asking() as http:
        sinch = SinchClient(settings(url=str(running.make_url("/RI/rmi"))), http, ManualClock())
        assert len((await sinch.queues()).queues) == 40


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
    assert set(ecf.asked) == {("/ecfs/RI/rmi/queueStatuses", 200)}


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
            assert len([page async for page in pages]) == 3
            assert len((await sinch.queues()).queues) == 5
    finally:
        await server.stop()
    assert dialect.sign_ins == 2


@pytest.mark.parametrize("auth", ["basic", "ecfauth"])
def test_a_user_name_with_a_colon_is_rejected(auth: str) -> None:
    with pytest.raises(ValidationError, match="does not allow a colon in username"):
        settings(auth=auth, username="a:b", password=CANARY)
