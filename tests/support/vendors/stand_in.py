"""A stand-in for any vendor: it accepts one way of signing in and serves the published responses."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import NamedTuple

from aiohttp import web

from tests.support.vendors.asterisk import Ami
from tests.support.vendors.polls import serving
from tests.support.vendors.ways import API_KEY, BASIC, CORE, PASSWORD, TOKEN, published, vendor_of


class Access(NamedTuple):
    """How one way of signing in works.

    Attributes:
        proof: The headers or query parameters that each request carries; `{session}` stands for the session.
        path: Where to sign in; empty if each request carries the credentials themselves.
        credentials: The query, form or document of the sign-in request.
    """

    proof: Mapping[str, str]
    path: str = ""
    credentials: Mapping[str, str] = {}


_BEARER = {"Authorization": "Bearer {session}"}
_LOGIN = {"username": "exporter", "password": PASSWORD}
_CLIENT = {"grant_type": "client_credentials", "client_id": "exporter", "client_secret": PASSWORD}
ACCESS: Mapping[str, Access] = {
    "kpn": Access(_BEARER, "/sign-in", _CLIENT),
    "sinch basic": Access({"Authorization": f"Basic {BASIC}", "x-api-key": API_KEY}),
    "sinch ecfauth": Access(
        {"Cookie": "session={session}", "x-api-key": API_KEY},
        "/ecfs/authentication",
        {"Authorization": f"Basic {BASIC}"},
    ),
    "brightpattern session": Access(
        {"Cookie": "X-BP-SESSION-ID={session}"}, "/statsapi/auth", {"tenant_url": "x.example", **_LOGIN}
    ),
    "brightpattern oauth": Access(_BEARER, "/configapi/v2/oauth/token", {**_CLIENT, "scope": "x.example"}),
    "asterisk": Access(
        {"Cookie": 'mansession_id="{session}"'},
        "/rawman?action=Login",
        {"action": "Login", "username": "exporter", "secret": PASSWORD, "events": "off"},
    ),
    "axialys basic": Access({"Authorization": f"Basic {BASIC}"}),
    "axialys query": Access({"user": "exporter", "password": PASSWORD}),
    "axialys apikey": Access({"Authorization": f"APIKey {API_KEY}"}),
    "apio login": Access(_BEARER, "/api/v01/auth/login", _LOGIN),
    "apio token": Access({"Authorization": f"Bearer {TOKEN}"}),
}


class Request(NamedTuple):
    """A request other than a sign-in.

    Attributes:
        method: Its method.
        path: Its path.
        query: Its query.
        body: Its body.
        status: The status of the response.
    """

    method: str
    path: str
    query: Mapping[str, str]
    body: bytes
    status: int


class StandIn:
    """A vendor that accepts one session at a time.

    Attributes:
        requests: The requests other than sign-ins, in order.
        sign_ins: What each sign-in request contained.
        sign_in_response: Makes the response to a sign-in; None for a new session.
        refuses: Whether every session and every credential is refused.
    """

    def __init__(self, way: str) -> None:
        self.requests: list[Request] = []
        self.sign_ins: list[Mapping[str, object]] = []
        self.sign_in_response: Callable[[], web.Response] | None = None
        self.refuses = False
        self._vendor = vendor_of(way)
        self._access = ACCESS[way]
        self._session = ""

    async def handle(self, request: web.Request) -> web.Response:
        """Respond as the vendor would."""
        if request.path == self._access.path:
            return await self._sign_in(request)
        response = self._respond(request)
        self.requests.append(
            Request(request.method, request.path, dict(request.query), await request.read(), response.status)
        )
        return response

    def forget(self) -> None:
        """End the current session."""
        self._session = ""

    def statuses(self) -> set[int]:
        """Return the statuses of all responses other than to sign-ins."""
        return {request.status for request in self.requests}

    async def _sign_in(self, request: web.Request) -> web.Response:
        document = await request.json() if request.content_type == "application/json" else {}
        self.sign_ins.append({**request.query, **await request.post(), **document})
        if self.sign_in_response is not None:
            return self.sign_in_response()
        self._session = f"session-{len(self.sign_ins)}-{CORE}"
        response = web.json_response({"access_token": self._session, "token": self._session, "expires_in": 86_400})
        if "Cookie" in self._access.proof:
            response.set_cookie(self._access.proof["Cookie"].partition("=")[0], self._session)
        return response

    def _respond(self, request: web.Request) -> web.Response:
        # The one request of Bright Pattern that needs no session.
        if not request.path.endswith("/check_available_agents") and not self._accepts(request):
            return web.Response(status=401)
        if request.method in {"POST", "DELETE"} and self._vendor == "brightpattern":
            return web.Response()
        body = published(self._vendor, request.path)
        return web.Response(status=404) if body is None else web.Response(body=body, content_type="application/json")

    def _accepts(self, request: web.Request) -> bool:
        if self.refuses or (self._access.path and not self._session):
            return False
        carried = {name: request.headers.get(name, request.query.get(name)) for name in self._access.proof}
        return carried == {
            name: value.replace("{session}", self._session) for name, value in self._access.proof.items()
        }


class AmiStandIn(StandIn):
    """A stand-in for Asterisk, whose actions share one path, and whose refusals have status 200.

    A request is recorded under the name of its action, and a refused one with the status 401 that it stands for.
    """

    def __init__(self, way: str) -> None:
        super().__init__(way)
        self._ami = Ami()
        # Longer than the interval of the contract, so that a session ends only if the test ends it.
        self._ami.max_age = 600

    async def handle(self, request: web.Request) -> web.Response:
        """Respond as Asterisk would."""
        action = str({**request.query, **await request.post()}["action"])
        if action == "Login" and self.sign_in_response is not None:
            self.sign_ins.append({**await request.post()})
            return self.sign_in_response()
        if self.refuses:
            self._ami.end_sessions()
        refused = len(self._ami.refused)
        response = await self._ami.handle(request)
        if action == "Login":
            self.sign_ins.append(self._ami.sign_ins[-1])
        else:
            status = 401 if len(self._ami.refused) > refused else 200
            self.requests.append(Request(request.method, f"/rawman/{action}", {}, b"", status))
        return response

    def forget(self) -> None:
        """End the current session."""
        self._ami.end_sessions()


@asynccontextmanager
async def standing_in(way: str) -> AsyncIterator[tuple[StandIn, str]]:
    """Yield a stand-in for a vendor and its address."""
    stand_in = AmiStandIn(way) if way == "asterisk" else StandIn(way)
    async with serving(stand_in.handle) as server:
        yield stand_in, str(server.make_url("")).rstrip("/")
