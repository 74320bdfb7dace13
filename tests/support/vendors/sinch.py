"""A target at Sinch, and a configurable installation that records its requests."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, NamedTuple

from aiohttp import web

from exporter.model import Snapshot
from exporter.vendors.sinch import SinchSettings
from exporter.vendors.sinch.client import SinchClient
from tests.support.clock import ManualClock
from tests.support.paths import VENDOR_FIXTURES
from tests.support.vendors.polls import CANARY, Shown, asking, serving

FIXTURES = VENDOR_FIXTURES / "sinch"
# 2019-08-30 09:00 UTC, a quarter of an hour after the published quarter of an hour began.
PUBLISHED = 1_567_155_600.0
SHOWN = Shown("helsinki", FIXTURES)
page, samples = SHOWN.page, SHOWN.samples
# The resource that polls each collection.
RESOURCES = {
    "queueStatuses": "queues",
    "agents": "agents",
    "contactSummaries": "contact_summaries",
    "queueGroups": "queue_groups",
}


class Asked(NamedTuple):
    """A request."""

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]


class Installation:
    """Responds to each collection with a body, a page of rows or a response; an iterator provides one per request."""

    def __init__(self, **answers: object) -> None:
        self.answers = answers
        self.asked: list[Asked] = []
        self.clock = ManualClock(PUBLISHED)

    async def handle(self, request: web.Request) -> web.Response:
        self.asked.append(Asked(request.path, dict(request.query), dict(request.headers)))
        answer = self.answers[request.path.rpartition("/")[2]]
        if hasattr(answer, "__next__"):
            answer = next(answer)
        if callable(answer):
            answer = answer()
        if not isinstance(answer, web.Response):
            answer = web.Response(
                body=answer if isinstance(answer, bytes) else json.dumps(answer, ensure_ascii=False).encode()
            )
        answer.headers.setdefault("Date", format_datetime(datetime.fromtimestamp(self.clock.time(), UTC), usegmt=True))
        return answer

    @property
    def offsets(self) -> list[int]:
        """The offset of each requested page."""
        return [int(asked.query["offset"]) for asked in self.asked]


def settings(**more: object) -> SinchSettings:
    login = {"name": "helsinki", "vendor": "sinch", "username": "exporter", "password": CANARY}
    return SinchSettings.model_validate({"url": "https://cc.example/RI/rmi", **login, **more})


@asynccontextmanager
async def client(
    installation: Installation, clock: ManualClock | None = None, **more: object
) -> AsyncIterator[SinchClient]:
    """Yield a client of an installation that is served over HTTP."""
    clock = clock or ManualClock(PUBLISHED)
    installation.clock = clock
    async with serving(installation.handle) as server, asking(clock=clock) as http:
        sinch = SinchClient(settings(**{"url": str(server.make_url("/RI/rmi")), **more}), http, clock)
        try:
            yield sinch
        finally:
            await sinch.close()


async def fetch(sinch: SinchClient, collection: str) -> Snapshot:
    """Return the snapshot of the resource that polls a collection."""
    [resource] = [each for each in sinch.resources if each.name == RESOURCES[collection]]
    snapshot = await resource.fetch()
    assert snapshot is not None
    return snapshot


async def poll(collection: str, body: object, clock: ManualClock | None = None, **more: object) -> Snapshot:
    """Return the snapshot of a poll whose collection has this body."""
    async with client(Installation(**{collection: body}), clock, **more) as sinch:
        return await fetch(sinch, collection)


def fixture(name: str) -> Any:  # noqa: ANN401 - a document
    return json.loads((FIXTURES / f"{name}.json").read_text())
