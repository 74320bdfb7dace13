"""Several polls of one target: lists, the reporting day, limits of the vendor and the end of a session."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime

import pytest
from aiohttp import web

from exporter.errors import Reason
from exporter.model import Snapshot
from exporter.vendors.base import Client
from tests.support.clock import ManualClock
from tests.support.definitions import vendor
from tests.support.vendors.polls import asking, failure, passing, serving

LISTED = """
settings: {key: secret}
login: {header: {name: X-Key, value: "{key}"}}
lists: {names: {get: /names, every: 10m, id: id}}
resources:
  queues: {for_each: {list: names, batch: 10}, get: "/live/{ids}", queue: {id: id, waiting_contacts: waiting}}
"""
DAY = """
day: {zone: Europe/Paris}
settings: {queue_ids: list}
resources:
  totals:
    for_each: {setting: queue_ids}
    paced: true
    get: "/totals/{id}"
    query: {since: "{today}"}
    queue: {id: "@id", contacts_offered: offered}
"""


def wall(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


class Scene:
    """A vendor, a target of it, and the requests that were received."""

    def __init__(self, keys: str, answer: Callable[[web.Request], web.Response], clock: ManualClock) -> None:
        self.vendor = vendor(keys)
        self.asked: list[str] = []
        self.clock = clock
        self._answer = answer

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(f"{request.method} {request.path_qs}")
        return self._answer(request)

    async def during(self, act: Callable[[Client], object], **settings: object) -> None:
        """Connect, await what a function does with the client, and disconnect."""
        async with serving(self.answer) as server, asking(clock=self.clock) as http:
            url = str(server.make_url("")).rstrip("/")
            values = {"name": "here", "vendor": "acme", "url": url, **settings}
            client = self.vendor.connect(self.vendor.settings.model_validate(values), http, self.clock)
            await act(client)  # type: ignore[misc]
            await client.close()


async def fetched(client: Client, clock: ManualClock) -> Snapshot:
    snapshot = await passing(clock, client.resources[0].fetch())
    assert snapshot is not None
    return snapshot


async def test_a_list_is_requested_at_its_own_interval_and_kept_if_that_fails() -> None:
    names: Mapping[str, object] = {"status": 200}

    def answer(request: web.Request) -> web.Response:
        if request.path == "/names":
            return web.json_response([{"id": 1}, {"id": 2}], status=int(str(names["status"])))
        return web.json_response([{"id": 1, "waiting": 3}])

    clock = ManualClock()
    scene = Scene(LISTED, answer, clock)

    async def act(client: Client) -> None:
        nonlocal names
        for _ in range(3):
            await fetched(client, clock)
            await clock.advance(60)
        assert scene.asked.count("GET /names") == 1
        # One request for the queues every 15 seconds, and one for their names every ten minutes.
        [resource] = client.resources
        assert resource.requests_a_minute is not None
        assert resource.requests_a_minute() == pytest.approx(4.1)
        names = {"status": 500}
        await clock.advance(600)
        assert (await fetched(client, clock)).queues
        assert scene.asked.count("GET /names") == 2
        await clock.advance(1200)
        error = await failure(client.resources[0].fetch())
        assert str(error) == "GET /names returned 500 Internal Server Error"

    await scene.during(act, key="a-secret-key")


async def test_totals_of_a_day_restart_with_it_whatever_was_answered_before() -> None:
    def answer(request: web.Request) -> web.Response:
        if request.path == "/totals/b" and request.query["since"] == "2026-07-01T22:00:00Z":
            return web.Response(status=503)
        return web.json_response({"offered": 5 if request.query["since"] == "2026-06-30T22:00:00Z" else 1})

    clock = ManualClock(wall=wall("2026-07-01T21:59:00Z"))
    scene = Scene(DAY, answer, clock)

    async def act(client: Client) -> None:
        before = await fetched(client, clock)
        assert {queue.id: queue.contacts_offered for queue in before.queues} == {"a": 5, "b": 5}
        assert before.period is not None
        assert (before.period.name, before.period.settled) == ("2026-07-01", True)
        await clock.advance(60)
        after = await fetched(client, clock)
        assert {queue.id: queue.contacts_offered for queue in after.queues} == {"a": 1}
        assert after.period is not None
        assert (after.period.name, after.period.began) == ("2026-07-02", wall("2026-07-01T22:00:00Z"))

    await scene.during(act, queue_ids=["a", "b"])


async def test_requests_of_two_days_are_repeated() -> None:
    clock = ManualClock(wall=wall("2026-07-01T21:59:59Z"))

    def answer(request: web.Request) -> web.Response:
        if len(scene.asked) == 1:
            clock.jump(5)
        return web.json_response({"offered": 5 if request.query["since"] == "2026-06-30T22:00:00Z" else 1})

    scene = Scene(DAY.replace("    paced: true\n", ""), answer, clock)

    async def act(client: Client) -> None:
        snapshot = await fetched(client, clock)
        assert {queue.id: queue.contacts_offered for queue in snapshot.queues} == {"a": 1, "b": 1}
        assert snapshot.period is not None
        assert snapshot.period.name == "2026-07-02"

    await scene.during(act, queue_ids=["a", "b"])


@pytest.mark.parametrize(("day_starts", "name"), [("", "2026-07-01"), ("04:00", "2026-06-30")])
async def test_a_period_may_be_named_without_being_requested(day_starts: str, name: str) -> None:
    keys = "resources: {queues: {get: /queues, period: day, queue: {id: id, contacts_offered: offered}}}"
    clock = ManualClock(wall=wall("2026-07-01T00:01:00+02:00"))
    scene = Scene(keys, lambda _request: web.json_response([{"id": 1, "offered": 1}]), clock)

    async def act(client: Client) -> None:
        period = (await fetched(client, clock)).period
        assert period is not None
        assert (period.name, period.settled) == (name, bool(day_starts))

    more = {"day_starts": day_starts} if day_starts else {}
    await scene.during(act, timezone="Europe/Paris", **more)


async def test_requests_keep_the_rate_of_the_vendor() -> None:
    keys = """
    limits: {per_second: 2, per_minute: 7}
    settings: {queue_ids: list}
    resources: {queues: {for_each: {setting: queue_ids}, get: "/q/{id}", queue: {id: "@id", waiting_contacts: n}}}
    """
    times: list[float] = []
    clock = ManualClock()

    def answer(_request: web.Request) -> web.Response:
        times.append(clock.monotonic())
        return web.json_response({"n": 1})

    scene = Scene(keys, answer, clock)

    async def act(client: Client) -> None:
        await fetched(client, clock)

    await scene.during(act, queue_ids=[str(number) for number in range(10)])
    assert len(times) == 10
    assert all(later - earlier >= 0.9 for earlier, later in zip(times, times[2:], strict=False))
    assert all(later - earlier >= 59.9 for earlier, later in zip(times, times[7:], strict=False))


async def test_a_429_pauses_the_account() -> None:
    clock = ManualClock()
    headers = {"Retry-After": "30"}
    scene = Scene(LISTED, lambda _request: web.Response(status=429, headers=headers), clock)

    async def act(client: Client) -> None:
        resource = client.resources[0]
        error = await failure(resource.fetch())
        assert (error.reason, error.retry_after) == (Reason.THROTTLED, 30)
        assert 29 < resource.remaining_pause() <= 30
        await failure(resource.fetch())
        assert len(scene.asked) == 1

    await scene.during(act, key="a-secret-key")


async def test_a_floor_outlives_the_client() -> None:
    keys = "limits: {floor: 40s}\nsettings: {key: secret}\nresources: {queues: {get: /queues, queue: {id: id}}}\n"
    clock = ManualClock()
    scene = Scene(keys, lambda _request: web.json_response([]), clock)

    async def act(client: Client) -> None:
        [resource] = client.resources
        assert resource.floor == 40
        pauses.append(resource.remaining_pause())
        if not pauses[0]:
            await resource.fetch()
            assert resource.remaining_pause() == 40

    pauses: list[float] = []
    async with asyncio.timeout(20):
        await scene.during(act, key="one")
    assert pauses == [0]


async def test_a_session_ends_with_the_client_and_an_ended_one_is_renewed() -> None:
    keys = """
    settings: {user: text, password: secret}
    login:
      session:
        post: /login
        form: {user: "{user}", password: "{password}"}
        token: token
        header: {name: X-Session, value: "{token}"}
        logout: {delete: "/sessions/{user}"}
    resources: {queues: {get: /queues, queue: {id: id, waiting_contacts: waiting}}}
    """
    sessions: list[str] = []

    def answer(request: web.Request) -> web.Response:
        if request.path == "/login":
            sessions.append(f"session-number-{len(sessions)}")
            return web.json_response({"token": sessions[-1]})
        if request.headers.get("X-Session") != sessions[-1] or len(sessions) == 1:
            return web.Response(status=401)
        return web.json_response([{"id": 1, "waiting": 1}])

    clock = ManualClock()
    scene = Scene(keys, answer, clock)

    async def act(client: Client) -> None:
        assert (await fetched(client, clock)).queues

    await scene.during(act, user="u", password="a-long-password")  # noqa: S106 - not a secret
    assert scene.asked == ["POST /login", "GET /queues", "POST /login", "GET /queues", "DELETE /sessions/u"]
