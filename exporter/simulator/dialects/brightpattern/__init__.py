"""Bright Pattern Realtime Stats, as published: one session a user, one subscription a client, every value a string."""

import secrets
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from aiohttp import web
from aiohttp.typedefs import Handler

from exporter.runtime.clock import Clock
from exporter.simulator.default import DEFAULT
from exporter.simulator.dialects.brightpattern.statistics import AGENTS, SERVICES, TOTALS, Statistics
from exporter.simulator.driver import Driver
from exporter.simulator.ledger import Ledger

_FILTER = ("filter_by", "filter_operation", "filter_value")
_COOKIE = "X-BP-SESSION-ID"
_OPEN_PATHS = ("/statsapi/auth", "/configapi/v2/oauth/token", "/statsapi/info/check_available_agents")

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class BrightPatternSettings:
    """How the API behaves.

    Attributes:
        tenant_url: The tenant it knows.
        users: Passwords and API secrets of the tenant's users, by name.
        sessions: Whether signing in for a session is allowed, as it was before 5.36.
        token_lifetime: Whole seconds a token of OAuth is good for.
        subscriptions: How many the tenant may have at once.
        ready_after: Seconds from subscribing to the first data.
    """

    tenant_url: str = "demo"
    users: Mapping[str, str] = field(default_factory=lambda: {"demo": "demo"})
    sessions: bool = True
    token_lifetime: int = 3600
    subscriptions: int = 10
    ready_after: float = 1.0


class BrightPattern:
    """The dialect; it serves the queues of every channel, and all agents.

    Args:
        settings: How it behaves.
    """

    name = "brightpattern"

    def __init__(self, settings: BrightPatternSettings | None = None) -> None:
        self.settings = settings or BrightPatternSettings()

    def target(self, url: str) -> Mapping[str, object]:
        """Return the configuration of a target that polls this API.

        Args:
            url: Where the API is served.
        """
        [(username, password), *_] = self.settings.users.items()
        return {
            "name": "oakland",
            "url": url,
            "tenant_url": self.settings.tenant_url,
            "username": username,
            "password": password,
            "services": [queue.name for queue in DEFAULT.queues[:4]],
        }

    def application(self, driver: Driver) -> web.Application:
        """Return the API."""
        gate = _Gate(self.settings, driver.clock)
        stats = _Stats(self.settings, driver, gate)
        app = web.Application(middlewares=[gate.check])
        app.router.add_post("/statsapi/auth", gate.open_session)
        app.router.add_post("/configapi/v2/oauth/token", gate.issue_token)
        app.router.add_get("/statsapi/info/check_available_agents", stats.available)
        app.router.add_get("/statsapi/cfg/dispositions", stats.dispositions)
        app.router.add_post("/statsapi/subscription", stats.subscribe)
        app.router.add_delete("/statsapi/subscription/active", stats.unsubscribe)
        app.router.add_get("/statsapi/subscription/data", stats.data)
        return app


@dataclass(frozen=True, slots=True)
class _Grid:
    """A grid as it was asked for.

    Attributes:
        id: Its id.
        columns: The statistic of each column by the column's id.
        only: Values that columns have in its rows, by the column's id.
    """

    id: str
    columns: Mapping[str, str]
    only: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _App:
    """What one application id was subscribed to."""

    totals: Sequence[str]
    services: Sequence[_Grid]
    agents: Sequence[_Grid]


@dataclass(slots=True)
class _Client:
    """Who is signed in as a user: the last one who did.

    Attributes:
        token: The proof of it.
        expiry: When that is good no longer, in seconds of the monotonic clock.
        subscription: What it is subscribed to, None for nothing.
        ready_at: When there is data of that, likewise.
    """

    token: str
    expiry: float
    subscription: Mapping[str, _App] | None = None
    ready_at: float = 0.0


class _Gate:
    """Credentials, and the one session that each user has."""

    def __init__(self, settings: BrightPatternSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._clients: dict[str, _Client] = {}

    @property
    def subscriptions(self) -> int:
        """How many subscriptions the tenant has."""
        return sum(client.subscription is not None for client in self._clients.values())

    async def open_session(self, request: web.Request) -> web.Response:
        """Give a session for the right credentials."""
        if not self._settings.sessions:
            return web.json_response({"error": "illegal login attempt"}, status=403)
        said = await _object(request)
        if said.get("tenant_url") != self._settings.tenant_url:
            raise web.HTTPUnauthorized
        user = self._known(said.get("username"), said.get("password"))
        token = str(uuid.uuid4()).upper()
        self._clients[user] = _Client(token, float("inf"))
        response = web.json_response({"token": token, "privileges": [], "user_id": str(uuid.uuid4()).upper()})
        response.set_cookie(_COOKIE, token, httponly=True)
        return response

    async def issue_token(self, request: web.Request) -> web.Response:
        """Give a token of OAuth for the right credentials."""
        form = await request.post()
        if form.get("grant_type") != "client_credentials" or form.get("scope") != self._settings.tenant_url:
            raise web.HTTPBadRequest
        user = self._known(form.get("client_id"), form.get("client_secret"))
        token, lifetime = secrets.token_hex(32).upper(), self._settings.token_lifetime
        self._clients[user] = _Client(token, self._clock.monotonic() + lifetime)
        return web.json_response({"access_token": token, "token_type": "bearer", "expires_in": str(lifetime)})

    @web.middleware
    async def check(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let a request through that needs no session or has one."""
        if not request.path.endswith(_OPEN_PATHS):
            self.client(request)
        return await handler(request)

    def client(self, request: web.Request) -> _Client:
        """Return who sends a request."""
        scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
        token = bearer if scheme.lower() == "bearer" else request.cookies.get(_COOKIE)
        now = self._clock.monotonic()
        for client in self._clients.values():
            if client.token == token and now < client.expiry:
                return client
        raise web.HTTPUnauthorized

    def _known(self, user: object, password: object) -> str:
        if not isinstance(user, str) or user not in self._settings.users or password != self._settings.users[user]:
            raise web.HTTPUnauthorized
        return user


class _Stats:
    """Subscriptions, and what they say."""

    def __init__(self, settings: BrightPatternSettings, driver: Driver, gate: _Gate) -> None:
        self._settings = settings
        self._driver = driver
        self._gate = gate

    async def subscribe(self, request: web.Request) -> web.Response:
        """Take the place of the client's subscription with another."""
        client = self._gate.client(request)
        try:
            wanted = {app: _app(said) for app, said in (await _object(request)).items()}
        except (TypeError, KeyError, AttributeError, ValueError) as error:
            return web.json_response({"error_code": 400, "error_message": f"bad subscription: {error}"}, status=400)
        if client.subscription is None and self._gate.subscriptions >= self._settings.subscriptions:
            raise web.HTTPConflict
        client.subscription = wanted
        client.ready_at = self._driver.clock.monotonic() + self._settings.ready_after
        return web.Response()

    async def unsubscribe(self, request: web.Request) -> web.Response:
        """End the client's subscription."""
        client = self._gate.client(request)
        if client.subscription is None:
            raise web.HTTPNotFound
        client.subscription = None
        return web.Response()

    async def data(self, request: web.Request) -> web.Response:
        """Answer with what the client is subscribed to."""
        client = self._gate.client(request)
        if client.subscription is None:
            raise web.HTTPNotFound
        if self._driver.clock.monotonic() < client.ready_at:
            return web.Response(status=204)
        ledger = self._driver.centre.ledger
        return web.json_response({app: _said(wanted, ledger) for app, wanted in client.subscription.items()})

    async def available(self, request: web.Request) -> web.Response:
        """Tell whether anybody is ready for a service."""
        name = request.query.get("service")
        for queue in self._driver.centre.ledger.queues():
            if queue.name == name:
                return web.json_response({"availability": queue.agents["available"] > 0})
        raise web.HTTPNotFound

    async def dispositions(self, _request: web.Request) -> web.Response:
        """Answer that calls are given no dispositions."""
        return web.json_response({"dispositions": []})


async def _object(request: web.Request) -> dict[str, object]:
    try:
        said = await request.json()
    except ValueError:
        raise web.HTTPBadRequest from None
    if not isinstance(said, dict):
        raise web.HTTPBadRequest
    return said


def _app(said: object) -> _App:
    """Read what is asked for; raises ValueError and the like where it cannot be had."""
    if not isinstance(said, dict):
        raise TypeError("no object")
    totals = list(said.get("stats_totals", ()))
    _require_known(totals, TOTALS)
    services = [_grid(grid, SERVICES) for grid in said.get("service_grids", ())]
    return _App(totals, services, [_grid(grid, AGENTS) for grid in said.get("agent_grids", ())])


def _grid(said: Mapping[str, object], known: Mapping[str, object]) -> _Grid:
    columns = said["columns"]
    if not isinstance(columns, list) or said.keys() - {"id", "columns", *_FILTER}:
        raise ValueError("grids are not sorted here")
    # Service grids are published with one spelling, agent grids with the other; each is taken in both.
    statistics = {str(column["id"]): column.get("stat_name") or column["statName"] for column in columns}
    _require_known(statistics.values(), known)
    return _Grid(str(said["id"]), statistics, _filter(said, statistics))


def _filter(said: Mapping[str, object], columns: Mapping[str, str]) -> Mapping[str, str]:
    """Read which rows are wanted; of the published operations only that of equality is known here."""
    if said.keys().isdisjoint(_FILTER):
        return {}
    by, operation, value = (str(said[name]) for name in _FILTER)
    if by not in columns or operation != "EQ":
        raise ValueError("grids are filtered by a column of theirs and EQ only")
    return {by: value}


def _require_known(statistics: Iterable[str], known: Mapping[str, object]) -> None:
    for name in statistics:
        if name not in known:
            raise ValueError(f"unknown statistic {name}")


def _said(wanted: _App, ledger: Ledger) -> dict[str, object]:
    said: dict[str, object] = {}
    if wanted.totals:
        said["stats_totals"] = {name: TOTALS[name](ledger) for name in wanted.totals}
    if wanted.services:
        said["service_grids"] = [_filled(grid, SERVICES, ledger.queues()) for grid in wanted.services]
    if wanted.agents:
        said["agent_grids"] = [_filled(grid, AGENTS, ledger.agents()) for grid in wanted.agents]
    return said


def _filled(grid: _Grid, statistics: Statistics[T], things: Iterable[T]) -> dict[str, object]:
    rows = [{column: statistics[name](thing) for column, name in grid.columns.items()} for thing in things]
    wanted = [row for row in rows if all(row[column] == value for column, value in grid.only.items())]
    return {"id": grid.id, "values": wanted}
