"""Bright Pattern over HTTP: signing in, sessions ended elsewhere, and the life of a subscription."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
import pytest
import structlog
from aiohttp import web
from aiohttp.test_utils import TestServer

from exporter.errors import PollError, Reason
from exporter.metrics.pages import Exposition
from exporter.polling.collector import Collector
from exporter.simulator.default import working_day
from exporter.simulator.dialects.brightpattern import BrightPattern, BrightPatternSettings
from exporter.simulator.driver import Driver
from exporter.vendors.brightpattern.client import BrightPatternClient
from exporter.vendors.brightpattern.settings import BrightPatternSettings as ExporterSettings
from tests.support.clock import ManualClock
from tests.support.vendors.brightpattern import AUTH, DATA, SIGN_IN, SUBSCRIPTION, TOKEN, client, data_of, settings
from tests.support.vendors.polls import CANARY, Mocked, asking, failure, serving

INTERVAL = 15.0
AUTH_PATH, TOKEN_PATH = "/statsapi/auth", "/configapi/v2/oauth/token"
SUBSCRIBE, READ = ("POST", "/statsapi/subscription"), ("GET", "/statsapi/subscription/data")
UNSUBSCRIBE = ("DELETE", "/statsapi/subscription/active")


@dataclass
class Tenant:
    """A served tenant that records its requests, and other clients of the same user.

    Attributes:
        address: Its URL.
        clock: The clock of the tenant and of every exporter.
        cookie: The cookie of the last request with one.
        asked: The requests in order: time, method, path and status.
    """

    address: str
    clock: ManualClock
    stack: AsyncExitStack
    cookie: str = ""
    asked: list[tuple[float, str, str, int]] = field(default_factory=list)

    async def exporter(self, **more: object) -> BrightPatternClient:
        """Return a client of the tenant."""
        http = await self.stack.enter_async_context(asking(clock=self.clock))
        return BrightPatternClient(self.target(**more), http, self.clock)

    def target(self, **more: object) -> ExporterSettings:
        """Return the target of an exporter."""
        base = {"url": self.address, "tenant_url": "demo", "username": "demo", "poll": {"interval": "15s"}}
        return settings(**{**base, **more})

    async def let_pass(self, seconds: int) -> None:
        """Let seconds pass one by one, with a little real time for the network in each."""
        for _ in range(seconds):
            await self.clock.advance(1)
            await asyncio.sleep(0.02)

    async def elsewhere(self) -> None:
        """Sign in as the same user on a wallboard."""
        who = {"tenant_url": "demo", "username": "demo", "password": CANARY}
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{self.address}{AUTH_PATH}", json=who) as answer,
        ):
            assert answer.status == 200
        self.asked.pop()

    async def lose_subscription(self) -> None:
        """End the subscription of the current session from elsewhere."""
        async with (
            aiohttp.ClientSession(headers={"Cookie": self.cookie}) as session,
            session.delete(f"{self.address}{UNSUBSCRIBE[1]}") as answer,
        ):
            assert answer.status == 200
        self.asked.clear()

    def statuses(self) -> list[tuple[str, str, int]]:
        """Return the requests since the last call."""
        asked, self.asked = self.asked, []
        return [(method, path, status) for _, method, path, status in asked]

    def sign_ins(self) -> list[float]:
        """Return the time of each sign-in request."""
        return [when for when, _, path, _ in self.asked if path in {AUTH_PATH, TOKEN_PATH}]


@asynccontextmanager
async def tenant(**how: object) -> AsyncIterator[Tenant]:
    clock = ManualClock()
    users = {"demo": CANARY, "other": CANARY}
    dialect = BrightPattern(BrightPatternSettings(**{"users": users, **how}))  # type: ignore[arg-type]
    app = dialect.application(Driver(working_day(), clock, speed=0))
    async with AsyncExitStack() as stack:
        server = TestServer(app)
        served = Tenant("", clock, stack)

        async def note(request: web.Request, response: web.StreamResponse) -> None:
            if request.path != "/statsapi/cfg/services":  # tested on its own
                served.asked.append((clock.monotonic(), request.method, request.path, response.status))
            served.cookie = request.headers.get("Cookie", served.cookie)

        app.on_response_prepare.append(note)
        await stack.enter_async_context(server)
        served.address = str(server.make_url("")).rstrip("/")
        yield served


async def outcome(exporter: BrightPatternClient) -> str:
    """Poll once and return the outcome."""
    try:
        return "not ready" if await exporter.statistics() is None else "data"
    except PollError as error:
        return error.reason.value + ("" if error.retry_after is None else f", wait {error.retry_after:g}")


# A whole life


@pytest.mark.parametrize(("auth", "path"), [("session", AUTH_PATH), ("oauth", TOKEN_PATH)])
async def test_a_whole_life_from_sign_in_to_close(auth: str, path: str) -> None:
    async with tenant() as served:
        exporter = await served.exporter(auth=auth)
        assert await exporter.statistics() is None
        assert served.statuses() == [("POST", path, 200), (*SUBSCRIBE, 200), (*READ, 204)]
        for _ in range(3):
            await served.clock.advance(INTERVAL)
            snapshot = await exporter.statistics()
            assert snapshot is not None
            assert (len(snapshot.queues), len(snapshot.agents or ())) == (8, 54)
            assert served.statuses() == [(*READ, 200)]
        await exporter.close()
        assert served.statuses() == [(*UNSUBSCRIBE, 200)]
        await exporter.close()
        assert served.statuses() == []


@pytest.mark.parametrize("elsewhere", [False, True])
async def test_closing_a_lost_subscription_does_not_fail(*, elsewhere: bool) -> None:
    async with tenant() as served:
        exporter = await served.exporter()
        await exporter.statistics()
        if elsewhere:
            await served.elsewhere()
        else:
            await served.lose_subscription()
        served.statuses()
        await exporter.close()
        assert served.statuses() == [(*UNSUBSCRIBE, 401 if elsewhere else 404)]


async def test_a_failed_close_raises_an_error() -> None:
    with Mocked() as vendor:
        vendor.post(SIGN_IN, payload=AUTH)
        vendor.post(SUBSCRIPTION)
        vendor.get(DATA, body=data_of())
        vendor.delete(f"{SUBSCRIPTION}/active", status=500)
        async with client() as brightpattern:
            await brightpattern.statistics()
            error = await failure(brightpattern.close())
    assert str(error) == "DELETE /statsapi/subscription/active returned 500 Internal Server Error"


async def test_a_subscription_whose_creation_timed_out_is_ended_too() -> None:
    with Mocked() as vendor:
        vendor.post(SIGN_IN, payload=AUTH)
        vendor.post(SUBSCRIPTION, exception=TimeoutError())
        vendor.delete(f"{SUBSCRIPTION}/active", status=404)
        async with client() as brightpattern:
            assert (await failure(brightpattern.statistics())).reason is Reason.TIMEOUT
            await brightpattern.close()
        assert [method for method, _ in vendor.requests] == ["POST", "POST", "DELETE"]


# Sessions that end


async def test_a_session_ended_elsewhere_is_recovered_within_the_poll() -> None:
    async with tenant(ready_after=0.0) as served:
        exporter = await served.exporter()
        assert await exporter.statistics() is not None
        await served.clock.advance(INTERVAL)
        await served.elsewhere()
        served.statuses()
        assert await exporter.statistics() is not None
        assert served.statuses() == [(*READ, 401), ("POST", AUTH_PATH, 200), (*SUBSCRIBE, 200), (*READ, 200)]


async def test_a_session_that_keeps_ending_is_recovered_at_most_once_an_interval() -> None:
    async with tenant(ready_after=0.0) as served:
        exporter = await served.exporter()
        outcomes: Counter[str] = Counter()
        with structlog.testing.capture_logs() as logs:
            for _ in range(100):  # one poll every three seconds, regardless of the schedule
                outcomes[await outcome(exporter)] += 1
                await served.elsewhere()
                await served.clock.advance(3)
        sign_ins = served.sign_ins()
    assert outcomes == {"data": 20, "auth, wait 12": 20, "auth, wait 9": 20, "auth, wait 6": 20, "auth, wait 3": 20}
    assert sign_ins == [INTERVAL * count for count in range(20)]
    assert [entry["log_level"] for entry in logs] == ["warning"]
    assert "a separate user" in logs[0]["event"]
    assert logs[0]["target"] == "oakland"


async def test_two_exporters_with_one_user_fail_visibly_without_a_storm() -> None:
    async with tenant() as served:
        # Each records its own last sign-in, as two processes would.
        exporters = [await served.exporter(name=name) for name in ("oakland", "oakland too")]
        outcomes: list[list[str]] = [[], []]
        with structlog.testing.capture_logs() as logs:
            for poll in range(12):
                for exporter, seen in zip(exporters, outcomes, strict=True):
                    seen.append(await outcome(exporter))
                    await served.clock.advance(INTERVAL / 2)
                assert len(served.sign_ins()) == 2 * (poll + 1)
        # Neither ever gets data; the third time in a row counts as a failure.
        assert outcomes == [["not ready", "not ready", *["auth"] * 10]] * 2
        assert len(logs) == 2  # one warning each
        # Once one of them is stopped, the other recovers.
        stopped, left = exporters
        await stopped.close()
        assert await outcome(left) == "data"


async def test_a_reload_waits_for_the_rest_of_the_interval_before_it_signs_in() -> None:
    async with tenant(ready_after=0.0) as served:
        collector = Collector([served.target()], Exposition(lambda _form: b""), served.clock)
        await collector.start()
        await served.let_pass(3)
        [first] = served.sign_ins()
        for timeout in range(3, 9):  # the operator edits the target repeatedly
            await collector.reconfigure([served.target(poll={"interval": "15s", "timeout": f"{timeout}s"})])
            await served.let_pass(1)
        [statistics] = collector.health[0].resources
        assert (served.sign_ins(), statistics.polls) == ([first], 0)
        await served.let_pass(15)
        [statistics] = collector.health[0].resources
        await collector.stop()
        assert served.sign_ins() == [first, first + INTERVAL]
        # The resource waited without a failure.
        assert statistics.up
        assert not statistics.failures


async def test_other_targets_and_users_do_not_wait() -> None:
    async with tenant() as served:
        await (await served.exporter()).statistics()
        for more in ({"name": "fremont"}, {"username": "other"}):
            assert await (await served.exporter(**more)).statistics() is None
        error = await failure((await served.exporter()).statistics())
    assert (error.reason, error.retry_after) == (Reason.AUTH, INTERVAL)
    assert "before a reload" in str(error)


async def test_a_session_refused_at_once_fails_as_auth() -> None:
    with Mocked() as vendor:
        vendor.post(SIGN_IN, payload=AUTH)
        vendor.post(SUBSCRIPTION, status=401)
        async with client() as brightpattern:
            error = await failure(brightpattern.statistics())
    assert error.reason is Reason.AUTH
    assert error.retry_after == INTERVAL


@pytest.mark.parametrize(
    ("lifetime", "sign_ins"),
    [("3600", 2), (3600, 2), ("600", 7), ("100000", 1), (None, 1), ("", 1), ("soon", 1), ("0", 1), ({}, 1)],
)
async def test_a_token_is_renewed_before_it_expires(lifetime: object, sign_ins: int) -> None:
    clock = ManualClock()
    with Mocked() as vendor:
        vendor.post(TOKEN, payload={"access_token": "t", "expires_in": lifetime}, repeat=True)
        vendor.post(SUBSCRIPTION, repeat=True)
        vendor.get(DATA, body=data_of(), repeat=True)
        async with client(settings(auth="oauth"), clock) as brightpattern:
            for _ in range(60):
                assert await brightpattern.statistics() is not None
                await clock.advance(60)
        asked = {(method, str(url)): len(calls) for (method, url), calls in vendor.requests.items()}
    assert asked[("POST", TOKEN)] == sign_ins
    assert asked[("POST", SUBSCRIPTION)] == 1


async def test_an_expired_token_is_replaced_and_the_subscription_made_again() -> None:
    async with tenant(ready_after=0.0, token_lifetime=600) as served:
        exporter = await served.exporter(auth="oauth")
        await exporter.statistics()
        await served.clock.advance(595)
        served.statuses()
        assert await exporter.statistics() is not None
        assert served.statuses() == [
            ("POST", TOKEN_PATH, 200),
            (*READ, 404),
            (*SUBSCRIBE, 200),
            (*READ, 200),
        ]


async def test_a_token_shorter_than_an_interval_is_used_until_it_expires() -> None:
    async with tenant(ready_after=0.0, token_lifetime=10) as served:
        exporter = await served.exporter(auth="oauth")
        for _ in range(10):
            assert await exporter.statistics() is not None
            await served.clock.advance(9.5)
            assert await exporter.statistics() is not None
            await served.clock.advance(5.5)
        assert served.sign_ins() == [INTERVAL * count for count in range(10)]


# Signing in


async def test_the_sign_in_is_as_published() -> None:
    with Mocked() as vendor:
        vendor.post(SIGN_IN, payload=AUTH)
        vendor.post(SUBSCRIPTION)
        vendor.get(DATA, body=data_of())
        async with client() as brightpattern:
            await brightpattern.statistics()
        (_, [sign_in]), (_, [subscribe]), (_, [read]) = vendor.requests.items()
    assert sign_in.kwargs["json"] == {
        "tenant_url": "kelly.bugfocus.example",
        "username": "statsapi",
        "password": CANARY,
    }
    for asked in (subscribe, read):
        assert asked.kwargs["headers"]["Cookie"] == "X-BP-SESSION-ID=552B7CF9-B2D7-4966-A446-CEAFB1028AD8"


async def test_cookies_with_other_names_are_returned_too() -> None:
    cookies = [("Set-Cookie", "X-STATSAPI-TOKEN=88d41319; Path=/"), ("Set-Cookie", "X-STATSAPI-LOGIN=john.smith")]
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.headers.get("Cookie", ""))
        response = web.json_response({"token": "88d41319"} if request.path.endswith("auth") else None)
        for name, value in cookies:
            response.headers.add(name, value)
        return response if request.method == "POST" else web.Response(body=data_of())

    async with AsyncExitStack() as stack:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", answer)
        server = await stack.enter_async_context(TestServer(app))
        async with client(settings(url=str(server.make_url("")))) as brightpattern:
            await brightpattern.statistics()
    given = "X-STATSAPI-TOKEN=88d41319; X-STATSAPI-LOGIN=john.smith; X-BP-SESSION-ID=88d41319"
    assert asked == ["", given, given]


async def test_a_version_that_requires_oauth_is_named_in_the_error() -> None:
    async with tenant(sessions=False) as served:
        error = await failure((await served.exporter()).statistics())
        assert error.reason is Reason.AUTH
        assert "illegal login attempt" in str(error)
        assert "`auth: oauth`" in str(error)
        assert await (await served.exporter(name="newer", auth="oauth")).statistics() is None


async def test_a_failed_sign_in_is_retried_after_an_interval_and_keeps_its_reason() -> None:
    clock = ManualClock()
    with Mocked() as vendor:
        vendor.post(SIGN_IN, status=503)
        vendor.post(SIGN_IN, payload=AUTH)
        vendor.post(SUBSCRIPTION)
        vendor.get(DATA, body=data_of())
        async with client(clock=clock) as brightpattern:
            first = await failure(brightpattern.statistics())
            await clock.advance(5)
            second = await failure(brightpattern.statistics())
            assert (second.reason, str(second), second.retry_after) == (Reason.HTTP, str(first), 10)
            await clock.advance(10)
            assert await brightpattern.statistics() is not None


async def test_a_cancelled_sign_in_counts_as_one() -> None:
    clock = ManualClock()
    with Mocked() as vendor:
        vendor.post(SIGN_IN, exception=TimeoutError())
        async with client(clock=clock) as brightpattern:
            for _ in range(5):
                assert (await failure(brightpattern.statistics())).reason is Reason.TIMEOUT
        [calls] = vendor.requests.values()
    assert len(calls) == 1


# Subscriptions


async def test_a_lost_subscription_is_made_again() -> None:
    async with tenant(ready_after=0.0) as served:
        exporter = await served.exporter()
        await exporter.statistics()
        await served.lose_subscription()
        assert await exporter.statistics() is not None
        assert served.statuses() == [(*READ, 404), (*SUBSCRIBE, 200), (*READ, 200)]


async def test_a_subscription_that_keeps_getting_lost_is_not_recreated_for_ever() -> None:
    with Mocked() as vendor:
        vendor.post(SIGN_IN, payload=AUTH)
        vendor.post(SUBSCRIPTION, repeat=True)
        vendor.get(DATA, status=404, repeat=True)
        async with client() as brightpattern:
            error = await failure(brightpattern.statistics())
        assert [len(calls) for calls in vendor.requests.values()] == [1, 3, 3]
    assert (error.reason, str(error)) == (Reason.HTTP, "GET /statsapi/subscription/data returned 404 Not Found")


async def test_the_subscription_limit_of_the_tenant_is_throttling() -> None:
    async with tenant(subscriptions=1, ready_after=0.0) as served:
        other, exporter = await served.exporter(username="other"), await served.exporter()
        assert await other.statistics() is not None
        for _ in range(3):
            error = await failure(exporter.statistics())
            assert error.reason is Reason.THROTTLED
            assert "409" in str(error)
            await served.clock.advance(INTERVAL)
        assert len(served.sign_ins()) == 2
        await other.close()
        assert await exporter.statistics() is not None


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"error_code": 7, "error_message": "unknown statistic in_ewt"}', ": unknown statistic in_ewt"),
        (b'{"error_code": 7}', ""),
        (b"<html>", ""),
        (b'{"error_message": {}}', ""),
    ],
)
async def test_the_error_of_a_refused_subscription_has_the_vendors_message(body: bytes, message: str) -> None:
    with Mocked() as vendor:
        vendor.post(SIGN_IN, payload=AUTH)
        vendor.post(SUBSCRIPTION, status=400, body=body, repeat=True)
        async with client() as brightpattern:
            error = await failure(brightpattern.statistics())
    assert error.reason is Reason.INVALID
    assert str(error).startswith(f"POST /statsapi/subscription returned 400{message} (use `omit`")


class Picky:
    """A tenant that refuses some statistics and filters.

    Attributes:
        refuses: The places and names of statistics and filters.
        message: Its message; None names what it refuses.
        asked: What each subscription was asked for.
    """

    def __init__(self, *refuses: str, message: str | None = "") -> None:
        self.refuses = set(refuses)
        self.message = message
        self.asked: list[set[str]] = []
        self.sessions = 0
        self.ended = False

    async def handle(self, request: web.Request) -> web.StreamResponse:
        if request.path == AUTH_PATH:
            self.sessions += 1
            self.ended = False
            return web.json_response({"token": f"{CANARY}-{self.sessions}"})
        if self.ended:
            return web.Response(status=401)
        if request.path == READ[1]:
            return web.Response(body=data_of([{"name": "Sales"}]))
        if request.path == "/statsapi/cfg/services":
            return web.Response(status=404)
        app = (await request.json())["1"]
        asked = {f"stats_totals.{name}" for name in app.get("stats_totals", ())}
        for place in ("service_grids", "agent_grids"):
            [grid] = app[place]
            asked |= {f"{place}.{column['id']}" for column in grid["columns"]}
            asked |= {f"{place}.name (filter)"} if "filter_by" in grid else set()
        self.asked.append(asked)
        refused = sorted(asked & self.refuses)
        if not refused:
            return web.json_response({})
        words = (
            f"unknown: {', '.join(name.partition('.')[2] for name in refused)}"
            if self.message is None
            else self.message
        )
        return web.json_response({"error_code": 400, "error_message": words}, status=400)


@asynccontextmanager
async def picky(vendor: Picky, clock: ManualClock, **more: object) -> AsyncIterator[BrightPatternClient]:
    async with serving(vendor.handle) as server:
        target = settings(url=str(server.make_url("")).rstrip("/"), poll={"interval": "15s"}, **more)
        async with client(target, clock) as brightpattern:
            yield brightpattern


@pytest.mark.parametrize("message", ["", "bad request", None])
@pytest.mark.parametrize(
    ("refuses", "most"),
    [
        (["service_grids.in_calls_handled_per_day"], 9),
        (["service_grids.in_average_speed_of_answer", "service_grids.in_calls_handled_per_day"], 11),
        (["service_grids.in_ewt"], 16),
        (["agent_grids.reason"], 16),
        (["agent_grids.agent_total_ACW_time", "service_grids.in_ewt", "service_grids.name (filter)"], 34),
    ],
)
async def test_a_refused_subscription_loses_only_what_is_refused(
    refuses: list[str], most: int, message: str | None
) -> None:
    vendor, clock = Picky(*refuses, message=message), ManualClock()
    with structlog.testing.capture_logs() as logs:
        async with picky(vendor, clock, select={"queues": {"include": ["Sales"]}}) as brightpattern:
            assert await brightpattern.statistics() is not None
            first = len(vendor.asked)
            assert await brightpattern.statistics() is not None
    assert vendor.asked[0] - vendor.asked[-1] == set(refuses)
    assert len(vendor.asked) == first <= most
    [line] = [line for line in logs if line["log_level"] == "warning"]
    assert sorted(line["parts"].split(", ")) == refuses
    bare = ", ".join(name.partition(".")[2] for name in refuses)
    assert line["error"] == (message if message is not None else f"unknown: {bare}")


async def test_everything_is_tried_again_at_each_new_session() -> None:
    vendor, clock = Picky("service_grids.in_ewt", message="unknown in_ewt"), ManualClock()
    with structlog.testing.capture_logs() as logs:
        async with picky(vendor, clock) as brightpattern:
            for still_refused in (True, True, False):
                if not still_refused:
                    vendor.refuses.clear()
                vendor.asked.clear()
                assert await brightpattern.statistics() is not None
                assert "service_grids.in_ewt" in vendor.asked[0]
                assert ("service_grids.in_ewt" in vendor.asked[-1]) is not still_refused
                vendor.ended = True
                await clock.advance(INTERVAL)
    events = [line["event"] for line in logs if "subscription" in line["event"]]
    assert events == [
        "the vendor refuses parts of the subscription; they are left out",
        "the vendor accepts the whole subscription again",
    ]


async def test_a_subscription_refused_for_another_reason_is_not_searched() -> None:
    vendor = Picky("service_grids.name", message="tenant suspended")
    async with picky(vendor, ManualClock()) as brightpattern:
        for _ in range(3):
            error = await failure(brightpattern.statistics())
            assert "tenant suspended (use `omit`" in str(error)
    assert len(vendor.asked) == 6


async def test_a_vendor_that_refuses_nearly_everything_is_not_asked_for_ever() -> None:
    vendor = Picky()
    async with picky(vendor, ManualClock()) as brightpattern:
        await brightpattern.statistics()
        everything = vendor.asked.pop()
    required = {"service_grids.name", "agent_grids.login_id"}
    vendor.refuses = everything - required
    async with picky(vendor, ManualClock()) as brightpattern:
        assert await brightpattern.statistics() is not None
    assert len(vendor.asked) <= 42
    assert vendor.asked[-1] == required


# Data that does not come, and sessions that end otherwise


async def test_a_subscription_without_data_fails_after_four_intervals_and_is_made_again() -> None:
    clock = ManualClock()
    with Mocked() as vendor:
        vendor.post(SIGN_IN, payload=AUTH)
        vendor.post(SUBSCRIPTION, repeat=True)
        vendor.get(DATA, status=204, repeat=True)
        async with client(settings(poll={"interval": "15s"}), clock) as brightpattern:
            for _ in range(4):
                assert await brightpattern.statistics() is None
                await clock.advance(INTERVAL)
            error = await failure(brightpattern.statistics())
            assert (error.reason, "no data (204) for 60 s" in str(error)) == (Reason.INVALID, True)
            await failure(brightpattern.statistics())
        [_, subscribed, _] = vendor.requests.values()
    assert len(subscribed) == 2


@pytest.mark.parametrize("auth", ["session", "oauth"])
@pytest.mark.parametrize(
    "ended",
    [
        lambda: web.Response(status=403),
        lambda: web.Response(text="<html><title>Sign in</title></html>", content_type="text/html"),
        lambda: web.Response(status=302, headers={"Location": "/login"}),
        lambda: web.Response(status=302, headers={"Location": "https://login.example/"}),
    ],
)
async def test_a_session_that_ends_with_another_refusal_is_renewed_once_an_interval(
    auth: str, ended: Callable[[], web.Response]
) -> None:
    clock, sign_ins, good = ManualClock(), 0, True

    async def handle(request: web.Request) -> web.StreamResponse:
        nonlocal sign_ins, good
        if request.path in {AUTH_PATH, TOKEN_PATH}:
            sign_ins, good = sign_ins + 1, True
            return web.json_response({"token": "t" * 20, "access_token": "t" * 20})
        if request.path == "/login":
            return web.Response(text=" <html>")
        if not good:
            return ended()
        return web.Response(body=data_of([{"name": "Sales"}]))

    async with serving(handle) as server:
        target = settings(url=str(server.make_url("")).rstrip("/"), auth=auth, poll={"interval": "15s"})
        async with client(target, clock) as brightpattern:
            assert await brightpattern.statistics() is not None
            good = False
            await clock.advance(5)
            await failure(brightpattern.statistics())
            assert sign_ins == 1
            await clock.advance(INTERVAL)
            assert await brightpattern.statistics() is not None
            assert sign_ins == 2


async def test_a_right_that_is_missing_does_not_cost_a_sign_in_each_interval() -> None:
    clock, sign_ins = ManualClock(), 0

    async def handle(request: web.Request) -> web.StreamResponse:
        nonlocal sign_ins
        if request.path == AUTH_PATH:
            sign_ins += 1
            return web.json_response({"token": "t" * 20})
        return web.Response(status=403 if request.path == READ[1] else 200)

    async with serving(handle) as server:
        target = settings(url=str(server.make_url("")).rstrip("/"), poll={"interval": "15s"})
        async with client(target, clock) as brightpattern:
            for _ in range(60):
                assert (await failure(brightpattern.statistics())).reason is Reason.AUTH
                await clock.advance(INTERVAL)
    assert sign_ins <= 8


@pytest.mark.parametrize("auth", ["session", "oauth"])
@pytest.mark.parametrize("status", [400, 401, 403, 409])
async def test_a_refused_sign_in_is_marked_as_one(auth: str, status: int) -> None:
    with Mocked() as vendor:
        vendor.post(SIGN_IN if auth == "session" else TOKEN, status=status)
        async with client(settings(auth=auth)) as brightpattern:
            for _ in range(2):
                error = await failure(brightpattern.statistics())
                assert (error.reason, error.sign_in) == (Reason.AUTH, True)


async def test_a_changed_password_is_tried_at_once() -> None:
    async with tenant(ready_after=0.0) as served:
        await failure((await served.exporter(password=f"not-{CANARY}")).statistics())
        assert await (await served.exporter()).statistics() is not None


@pytest.mark.parametrize(
    ("status", "reason"), [(403, Reason.AUTH), (429, Reason.THROTTLED), (500, Reason.HTTP), (302, Reason.HTTP)]
)
async def test_a_failed_subscription_has_its_reason(status: int, reason: Reason) -> None:
    with Mocked() as vendor:
        vendor.post(SIGN_IN, payload=AUTH)
        vendor.post(SUBSCRIPTION, status=status)
        vendor.post(SUBSCRIPTION)
        vendor.get(DATA, body=data_of())
        async with client() as brightpattern:
            assert (await failure(brightpattern.statistics())).reason is reason
            # The session is still good: only what failed is tried again.
            assert await brightpattern.statistics() is not None
