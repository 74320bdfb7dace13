"""A configurable Axialys server, and a client of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.utils import formatdate
from typing import NamedTuple

from aiohttp import web

from exporter.model import Snapshot
from exporter.vendors.axialys.client import AxialysClient
from exporter.vendors.axialys.settings import AxialysSettings
from tests.support.clock import ManualClock
from tests.support.paths import VENDOR_FIXTURES
from tests.support.vendors.polls import CANARY, asking, serving

FIXTURES = VENDOR_FIXTURES / "axialys"
PATHS = {
    "/vm/operators/": "operators",
    "/vm/operators_init": "operators_init",
    "/vm/groups": "groups",
    "/vm/group_stats/12": "group_stats",
    "/vm/group_stats/13": "group_stats",
    "/received/groups": "received_groups",
    "/received/numbers": "received_numbers",
    # One operator is on a call and one on a break; the details of the break apply to no other operator.
    **{f"/vm/op_details/{number}": "op_details_break" for number in range(101, 108)},
    "/vm/op_details/105": "op_details",
}
RECEIVED: dict[str, object] = {
    "received_groups_path": "/received/groups",
    "received_numbers_path": "/received/numbers",
    "numbers": {"Hotline": ["33145420000", "33145420001"]},
}


class Asked(NamedTuple):
    """A request."""

    path: str
    query: list[tuple[str, str]]
    authorization: str | None
    body: str


class Vendor:
    """Responds to each path with its fixture, or with the body or status that a test puts in its place."""

    def __init__(self, **instead: bytes | int) -> None:
        self.responses: dict[str, web.Response | bytes | int] = {
            path: (FIXTURES / f"{name}.json").read_bytes() for path, name in PATHS.items()
        }
        self.responses.update({path: instead[name] for path, name in PATHS.items() if name in instead})
        self.headers: dict[str, str] = {}
        self.clock: ManualClock | None = None
        self.asked: list[Asked] = []

    async def answer(self, request: web.Request) -> web.Response:
        authorization = request.headers.get("Authorization")
        self.asked.append(Asked(request.path, list(request.query.items()), authorization, await request.text()))
        response = self.responses.get(request.path, 404)
        if isinstance(response, int):
            return web.Response(status=response, text=f"{CANARY} is wrong", headers=self.headers)
        date = {} if self.clock is None else {"Date": formatdate(self.clock.time(), usegmt=True)}
        return web.Response(body=response, content_type="application/json", headers=date | self.headers)

    def times(self, path: str) -> int:
        """Return the number of requests for a path."""
        return sum(asked.path == path for asked in self.asked)


def settings(url: str = "https://api.example", /, **more: object) -> AxialysSettings:
    given = {"name": "paris", "vendor": "axialys", "url": url, "username": "exporter", "password": CANARY}
    return AxialysSettings.model_validate(given | more)


@asynccontextmanager
async def client(vendor: Vendor, clock: ManualClock | None = None, /, **more: object) -> AsyncIterator[AxialysClient]:
    """Yield a client of a vendor that is served over HTTP."""
    clock = clock or ManualClock()
    vendor.clock = vendor.clock or clock
    async with serving(vendor.answer) as server, asking(clock=clock) as http:
        yield AxialysClient(settings(str(server.make_url("")).rstrip("/"), **more), http, clock)


async def poll(name: str, vendor: Vendor | None = None, /, **more: object) -> Snapshot:
    """Return the snapshot of one poll of a resource."""
    async with client(vendor or Vendor(), **(RECEIVED | more)) as axialys:
        snapshot = await next(resource for resource in axialys.resources if resource.name == name).fetch()
        assert snapshot is not None
        return snapshot
