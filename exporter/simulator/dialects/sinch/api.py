"""The interface over HTTP: two ways to sign in, paginated collections and single rows by id."""

import base64
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from aiohttp import web
from aiohttp.typedefs import Handler

from exporter.simulator.date_header import dated
from exporter.simulator.dialects.sinch.contact_filters import LISTS
from exporter.simulator.dialects.sinch.contacts import Contents, contacts
from exporter.simulator.dialects.sinch.quarters import summaries
from exporter.simulator.dialects.sinch.statuses import Row, agents, queue_groups, queue_statuses, user_statuses
from exporter.simulator.driver import Driver
from exporter.simulator.tokens_and_quota import Tokens

_RMI = "/RI/rmi"
_ECF = "/ecfs"
_SIGN_IN = f"{_ECF}/authentication"
_COOKIE = "ECFSESSION"
_DEFAULT_LIMIT = 100
_LANGUAGE = re.compile(r"[A-Za-z]{2}")

Query = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SinchSettings:
    """How the interface behaves.

    Attributes:
        username: The accepted user name.
        password: The accepted password.
        api_key: The key the cloud gateway requires in `x-api-key`; None without a gateway.
        session_lifetime: Seconds an ECF session is valid.
        most_rows: The most rows of a page, whatever `limit` is requested.
        contacts: What `/contacts` returns.
    """

    username: str = "demo"
    password: str = "demo"  # noqa: S105 - grants access to the simulation only
    api_key: str | None = None
    session_lifetime: float = 3600.0
    most_rows: int = 10_000
    contacts: Contents = field(default_factory=Contents)


class Sinch:
    """The dialect of Sinch; it serves all queues and agents, including logged-out ones, under the centre's own ids.

    Args:
        settings: The settings of the interface.

    Attributes:
        settings: The settings of the interface.
        sessions: The ECF sessions; set by `application`.
        sign_ins: Number of opened sessions.
    """

    name = "sinch"
    sessions: Tokens

    def __init__(self, settings: SinchSettings | None = None) -> None:
        self.settings = settings or SinchSettings()
        self.sign_ins = 0

    def target(self, url: str) -> Mapping[str, object]:
        """Return the configuration of a target that polls this API.

        Args:
            url: The API's URL.
        """
        settings = self.settings
        return {
            "name": "helsinki",
            "url": f"{url}/RI/rmi",
            "username": settings.username,
            "password": settings.password,
        }

    def application(self, driver: Driver) -> web.Application:
        """Return the interface."""
        self.sessions = Tokens(driver.clock, self.settings.session_lifetime)
        app = web.Application(middlewares=[self._check])
        app.on_response_prepare.append(dated(driver))
        app.router.add_post(_SIGN_IN, self._sign_in)
        for name, rows in _collections(driver, self.settings.contacts).items():
            collection = _Collection(name, rows, self.settings.most_rows)
            for base in (_RMI, f"{_ECF}{_RMI}"):
                app.router.add_get(f"{base}/{name}", collection.page)
                app.router.add_get(f"{base}/{name}/{{id}}", collection.single)
        return app

    @web.middleware
    async def _check(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Allow a request with valid credentials."""
        headers, key = request.headers, self.settings.api_key
        if key is not None and headers.get("x-api-key") != key:
            raise web.HTTPForbidden(text="Forbidden")
        path = request.path
        if f"{_ECF}{_RMI}/" in path:
            authenticated = self.sessions.accepts(request.cookies.get(_COOKIE, ""))
        else:
            authenticated = path.endswith(_SIGN_IN) or headers.get("Authorization") == self._basic()
        if not authenticated:
            raise web.HTTPUnauthorized(text="HTTP 401 Unauthorized", headers={"WWW-Authenticate": 'Basic realm="RI"'})
        return await handler(request)

    async def _sign_in(self, request: web.Request) -> web.Response:
        form = await request.post()
        signing_in = request.headers.get("Authorization") == "ECFAUTH"
        if not signing_in or form.get("Authorization") != self._basic():
            raise web.HTTPUnauthorized(text="HTTP 401 Unauthorized")
        self.sign_ins += 1
        response = web.Response(text="")
        response.set_cookie("route", "node1", path="/")
        response.set_cookie(_COOKIE, self.sessions.issue(), path="/", httponly=True)
        return response

    def _basic(self) -> str:
        pair = f"{self.settings.username}:{self.settings.password}"
        return f"Basic {base64.b64encode(pair.encode()).decode()}"


class _Collection:
    """One collection, served as pages of rows or the row with an id."""

    def __init__(self, name: str, rows: Callable[[Query], list[Row]], most_rows: int) -> None:
        self._name = name
        self._rows = rows
        self._most_rows = most_rows
        # `queueId` is not a field of an agent: it selects agents by the queues they serve.
        self._filters = {"contactSummaries": ("id", "queueId"), "contacts": LISTS}.get(name, ("id",))

    async def page(self, request: web.Request) -> web.Response:
        """Return a page of rows."""
        _require_language(request.query)
        rows = self._rows(request.query)
        for name in self._filters:
            requested = request.query.get(name)
            if requested is not None:
                rows = [row for row in rows if row.get(name) in requested.split(",")]
        field = request.query.get("sort", "name").partition(",")[0]
        rows.sort(key=lambda row: str(row.get(field.removeprefix("-"), "")), reverse=field.startswith("-"))
        offset, limit = _count(request.query, "offset", 0), _count(request.query, "limit", _DEFAULT_LIMIT)
        return self._answer(request, rows[offset : offset + min(limit, self._most_rows)])

    async def single(self, request: web.Request) -> web.Response:
        """Return the row with an id."""
        requested = request.match_info["id"]
        rows = [row for row in self._rows({**request.query, "id": requested}) if row["id"] == requested]
        if not rows:
            raise web.HTTPNotFound(text="HTTP 404 Not Found")
        return self._answer(request, rows[0])

    def _answer(self, request: web.Request, content: object) -> web.Response:
        # The default format is XML; the documentation has no example of it.
        if "application/json" not in request.headers.get("Accept", ""):
            return web.Response(text=f"<{self._name}/>", content_type="application/xml")
        return web.json_response(content)


def _collections(driver: Driver, contents: Contents) -> dict[str, Callable[[Query], list[Row]]]:
    centre, clock = driver.centre, driver.clock

    def of_agents(query: Query) -> list[Row]:
        if "startTime" not in query:
            raise web.HTTPBadRequest(text="Missing startTime")
        _moment(query, "startTime", clock.time())  # validated only: the totals cover the day whatever the start time
        requested = query.get("queueId")
        return agents(centre, query.get("showQueueInfo", "1"), None if requested is None else requested.split(","))

    def of_contacts(query: Query) -> list[Row]:
        window = _moment(query, "startTime", 0.0), _moment(query, "endTime", math.inf)
        return contacts(driver, query, window, contents)

    return {
        "contacts": of_contacts,
        "queueStatuses": lambda _query: queue_statuses(centre),
        "agents": of_agents,
        "userStatuses": lambda _query: user_statuses(centre),
        "contactSummaries": lambda query: summaries(driver, _moment(query, "startTime", 0.0)),
        "queueGroups": lambda query: queue_groups(centre, thresholds=query.get("showThresholds") == "1"),
    }


def _require_language(query: Query) -> None:
    """Require a two-character code if a language is requested; nothing of the simulation is translated."""
    language = query.get("language")
    if language is not None and not _LANGUAGE.fullmatch(language):
        raise web.HTTPBadRequest(text=f"Invalid language: '{language}'")


def _count(query: Query, name: str, default: int) -> int:
    text = query.get(name, str(default))
    if not (text.isascii() and text.isdigit()):
        raise web.HTTPBadRequest(text=f"Invalid {name}: '{text}'")
    return int(text)


def _moment(query: Query, name: str, default: float) -> float:
    text = query.get(name)
    if text is None:
        return default
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise web.HTTPBadRequest(text=f"Invalid {name}: '{text}'") from error
    if moment.tzinfo is None:
        raise web.HTTPBadRequest(text=f"Invalid {name}: '{text}'")
    return moment.timestamp()
