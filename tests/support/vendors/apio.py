"""A configurable APIO server, and polls of it."""

import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from exporter.model import Snapshot
from exporter.vendors.apio.client import ApioClient
from exporter.vendors.apio.settings import ApioSettings
from tests.support.clock import ManualClock
from tests.support.paths import VENDOR_FIXTURES
from tests.support.vendors.polls import CANARY, Shown, asking, serving

FIXTURES = VENDOR_FIXTURES / "apio"
LOGIN = "/api/v01/auth/login"
USERS = "/api/v1/tenants/acme/groups/sales/users"
SERVICE = "services/call_centers/"
SHOWN = Shown("brussels", FIXTURES)
page, samples = SHOWN.page, SHOWN.samples


def fixture(name: str) -> Any:  # noqa: ANN401 - a document
    return json.loads((FIXTURES / f"{name}.json").read_text())


def profile(state: str | None = "Available", *joined: str, code: str = "", **more: object) -> dict[str, object]:
    """Return the profile of an agent who has joined these call centres."""
    rows = [{"serviceUserId": name, "available": True, "name": f"Centre {name}"} for name in joined]
    return {"agentACDState": state, "agentUnavailableCode": code, "call_centers": rows, **more}


def person(user: str, department: str = "") -> dict[str, object]:
    """Return a row of the supervised agents."""
    return {"userId": user, "firstName": "A.", "lastName": user.title(), "department": {"departmentName": department}}


class Server:
    """An APIO server.

    Attributes:
        users: The response for each user: a document, bytes, a response, or a function that returns one of them.
        supervised: The response for each supervisor and call centre, of the same kinds.
        elsewhere: The response for each other path.
        login: Makes the response to a sign-in; None for a new token.
        sign_ins: The documents of the sign-in requests.
        asked: The number of requests per path.
        bodies: The documents in the requests.
        tokens: The valid tokens.
    """

    def __init__(self, users: Mapping[str, object] | None = None) -> None:
        self.users = dict(users or {})
        self.supervised: dict[tuple[str, str], object] = {}
        self.elsewhere: dict[str, object] = {}
        self.login: Callable[[], web.Response] | None = None
        self.sign_ins: list[object] = []
        self.asked: Counter[str] = Counter()
        self.bodies: list[object] = []
        self.tokens: set[str] = set()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        if request.path == LOGIN:
            self.sign_ins.append(await request.json())
            if self.login is not None:
                return self.login()
            token = f"token-{len(self.sign_ins)}-{CANARY}"
            self.tokens = {token}
            return web.json_response({"access_token": token, "refresh_token": "r"})
        self.asked[request.path] += 1
        if request.headers.get("Authorization", "").removeprefix("Bearer ") not in self.tokens:
            return web.json_response({"details": "Token expired"}, status=401)
        self.bodies.append(json.loads(await request.read() or b"null"))
        found = self._configured(request.path)
        return _response(await found() if callable(found) else found)

    def _configured(self, path: str) -> object:
        if path in self.elsewhere:
            return self.elsewhere[path]
        user, _, rest = path.removeprefix(f"{USERS}/").partition(f"/{SERVICE}")
        if rest:
            return self.supervised.get((user, rest.removesuffix("/supervised_agents/")))
        return self.users.get(user)


def _response(content: object) -> web.StreamResponse:
    if isinstance(content, web.StreamResponse):
        return content
    if isinstance(content, bytes):
        return web.Response(body=content, content_type="application/json")
    if content is None:
        return web.json_response({"details": "User not found"}, status=404)
    return web.json_response(content)


def answer(status: int, content: object = None, **headers: str) -> Callable[[], Awaitable[web.Response]]:
    """Return a function that makes a response with this status."""

    async def make() -> web.Response:
        return web.json_response(content, status=status, headers={n.replace("_", "-"): v for n, v in headers.items()})

    return make


def settings(**more: object) -> ApioSettings:
    base = {"name": "brussels", "vendor": "apio", "url": "http://127.0.0.1", "tenant": "acme", "group": "sales"}
    credentials = {} if "token" in more else {"username": "exporter", "password": CANARY}
    return ApioSettings.model_validate(base | credentials | more)


@asynccontextmanager
async def connected(server: Server, clock: ManualClock | None = None, **more: object) -> AsyncIterator[ApioClient]:
    """Yield a client of the server; by default it polls the users that the server knows."""
    clock = clock or ManualClock()
    if not more.keys() & {"users", "supervisors"}:
        more["users"] = list(server.users)
    async with serving(server.handle) as running, asking(clock=clock) as http:
        yield ApioClient(settings(url=str(running.make_url("")).rstrip("/"), **more), http, clock)


async def poll(server: Server, clock: ManualClock | None = None, **more: object) -> Snapshot:
    """Return the snapshot of one poll of the server."""
    async with connected(server, clock, **more) as client:
        return await client.agents()
