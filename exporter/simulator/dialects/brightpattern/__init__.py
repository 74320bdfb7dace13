"""Bright Pattern Realtime Stats, as published: one session per user, one subscription per client, string values."""

import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.typedefs import Handler

from exporter.runtime.clock import Clock
from exporter.simulator.default import DEFAULT
from exporter.simulator.dialects.brightpattern.subscriptions import App, data_of, read_app
from exporter.simulator.dispositions import DISPOSITIONS
from exporter.simulator.driver import Driver

_COOKIE = "X-BP-SESSION-ID"
_OPEN_PATHS = ("/statsapi/auth", "/configapi/v2/oauth/token", "/statsapi/info/check_available_agents")


@dataclass(frozen=True, slots=True, kw_only=True)
class BrightPatternSettings:
    """How the API behaves.

    Attributes:
        tenant_url: The accepted tenant.
        users: Passwords and API secrets of the tenant's users, by name.
        sessions: Whether session sign-in is allowed, as before 5.36.
        token_lifetime: Whole seconds an OAuth token is valid.
        subscriptions: Maximum number of concurrent subscriptions of the tenant.
        ready_after: Seconds from subscribing to the first data.
        service_ids: Whether the ids of services are listed, as by later versions.
    """

    tenant_url: str = "demo"
    users: Mapping[str, str] = field(default_factory=lambda: {"demo": "demo"})
    sessions: bool = True
    token_lifetime: int = 3600
    subscriptions: int = 10
    ready_after: float = 1.0
    service_ids: bool = True


class BrightPattern:
    """The dialect of Bright Pattern; it serves the queues of every channel, and all agents.

    Args:
        settings: The settings of the API.
    """

    name = "brightpattern"

    def __init__(self, settings: BrightPatternSettings | None = None) -> None:
        self.settings = settings or BrightPatternSettings()

    def target(self, url: str) -> Mapping[str, object]:
        """Return the configuration of a target that polls this API.

        Args:
            url: The API's URL.
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
        access = _AccessControl(self.settings, driver.clock)
        stats = _Stats(self.settings, driver, access)
        app = web.Application(middlewares=[access.check])
        app.router.add_post("/statsapi/auth", access.open_session)
        app.router.add_post("/configapi/v2/oauth/token", access.issue_token)
        app.router.add_get("/statsapi/info/check_available_agents", stats.available)
        app.router.add_get("/statsapi/cfg/dispositions", stats.dispositions)
        app.router.add_get("/statsapi/cfg/services", stats.services)
        app.router.add_post("/statsapi/subscription", stats.subscribe)
        app.router.add_delete("/statsapi/subscription/active", stats.unsubscribe)
        app.router.add_get("/statsapi/subscription/data", stats.data)
        return app


@dataclass(slots=True)
class _Client:
    """The client of a user: the one that signed in last.

    Attributes:
        token: Its session or OAuth token.
        expiry: Expiry of the token, in seconds of the monotonic clock.
        subscription: Its subscription; None without one.
        ready_at: Time of the subscription's first data, in seconds of the monotonic clock.
    """

    token: str
    expiry: float
    subscription: Mapping[str, App] | None = None
    ready_at: float = 0.0


class _AccessControl:
    """Checks credentials and keeps the one session of each user."""

    def __init__(self, settings: BrightPatternSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._clients: dict[str, _Client] = {}

    @property
    def subscriptions(self) -> int:
        """Number of the tenant's subscriptions."""
        return sum(client.subscription is not None for client in self._clients.values())

    async def open_session(self, request: web.Request) -> web.Response:
        """Open a session for valid credentials."""
        if not self._settings.sessions:
            return web.json_response({"error": "illegal login attempt"}, status=403)
        credentials = await _object(request)
        if credentials.get("tenant_url") != self._settings.tenant_url:
            raise web.HTTPUnauthorized
        user = self._authenticated(credentials.get("username"), credentials.get("password"))
        token = str(uuid.uuid4()).upper()
        self._clients[user] = _Client(token, float("inf"))
        response = web.json_response({"token": token, "privileges": [], "user_id": str(uuid.uuid4()).upper()})
        response.set_cookie(_COOKIE, token, httponly=True)
        return response

    async def issue_token(self, request: web.Request) -> web.Response:
        """Issue an OAuth token for valid credentials."""
        form = await request.post()
        if form.get("grant_type") != "client_credentials" or form.get("scope") != self._settings.tenant_url:
            raise web.HTTPBadRequest
        user = self._authenticated(form.get("client_id"), form.get("client_secret"))
        token, lifetime = secrets.token_hex(32).upper(), self._settings.token_lifetime
        self._clients[user] = _Client(token, self._clock.monotonic() + lifetime)
        return web.json_response({"access_token": token, "token_type": "bearer", "expires_in": str(lifetime)})

    @web.middleware
    async def check(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Allow a request that has a session or needs none."""
        if not request.path.endswith(_OPEN_PATHS):
            self.client(request)
        return await handler(request)

    def client(self, request: web.Request) -> _Client:
        """Return the client that sent a request."""
        scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
        token = bearer if scheme.lower() == "bearer" else request.cookies.get(_COOKIE)
        now = self._clock.monotonic()
        for client in self._clients.values():
            if client.token == token and now < client.expiry:
                return client
        raise web.HTTPUnauthorized

    def _authenticated(self, user: object, password: object) -> str:
        if not isinstance(user, str) or user not in self._settings.users or password != self._settings.users[user]:
            raise web.HTTPUnauthorized
        return user


class _Stats:
    """Serves subscriptions and their data."""

    def __init__(self, settings: BrightPatternSettings, driver: Driver, access: _AccessControl) -> None:
        self._settings = settings
        self._driver = driver
        self._access = access

    async def subscribe(self, request: web.Request) -> web.Response:
        """Replace the client's subscription."""
        client = self._access.client(request)
        try:
            subscription = {app: read_app(requested) for app, requested in (await _object(request)).items()}
        except (TypeError, KeyError, AttributeError, ValueError) as error:
            return web.json_response({"error_code": 400, "error_message": f"bad subscription: {error}"}, status=400)
        if client.subscription is None and self._access.subscriptions >= self._settings.subscriptions:
            raise web.HTTPConflict
        client.subscription = subscription
        client.ready_at = self._driver.clock.monotonic() + self._settings.ready_after
        return web.Response()

    async def unsubscribe(self, request: web.Request) -> web.Response:
        """End the client's subscription."""
        client = self._access.client(request)
        if client.subscription is None:
            raise web.HTTPNotFound
        client.subscription = None
        return web.Response()

    async def data(self, request: web.Request) -> web.Response:
        """Return the data of the client's subscription."""
        client = self._access.client(request)
        if client.subscription is None:
            raise web.HTTPNotFound
        if self._driver.clock.monotonic() < client.ready_at:
            return web.Response(status=204)
        ledger = self._driver.centre.ledger
        return web.json_response(
            {app: data_of(subscription, ledger) for app, subscription in client.subscription.items()}
        )

    async def available(self, request: web.Request) -> web.Response:
        """Return whether an agent is ready for a service."""
        name = request.query.get("service")
        for queue in self._driver.centre.ledger.queues():
            if queue.name == name:
                return web.json_response({"availability": queue.agents["available"] > 0})
        raise web.HTTPNotFound

    async def services(self, _request: web.Request) -> web.Response:
        """Return the ids and names of all services."""
        if not self._settings.service_ids:
            raise web.HTTPNotFound
        queues = self._driver.centre.ledger.queues()
        return web.json_response([{"id": service_id(queue.id), "name": queue.name} for queue in queues])

    async def dispositions(self, _request: web.Request) -> web.Response:
        """Return the names of all dispositions."""
        return web.json_response({"dispositions": DISPOSITIONS})


def service_id(queue_id: str) -> str:
    """Return the id of a queue's service."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, queue_id)).upper()


async def _object(request: web.Request) -> dict[str, object]:
    try:
        body = await request.json()
    except ValueError:
        raise web.HTTPBadRequest from None
    if not isinstance(body, dict):
        raise web.HTTPBadRequest
    return body
