"""A target at Bright Pattern, and a mocked tenant."""

import json
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from exporter.model import Snapshot
from exporter.vendors.brightpattern.client import BrightPatternClient
from exporter.vendors.brightpattern.settings import BrightPatternSettings
from tests.support.clock import ManualClock
from tests.support.paths import VENDOR_FIXTURES
from tests.support.vendors.polls import CANARY, Mocked, Shown, asking

FIXTURES = VENDOR_FIXTURES / "brightpattern"
URL = "https://kelly.bugfocus.example"
SIGN_IN = f"{URL}/statsapi/auth"
TOKEN = f"{URL}/configapi/v2/oauth/token"
SUBSCRIPTION = f"{URL}/statsapi/subscription"
DATA = f"{SUBSCRIPTION}/data"
AVAILABILITY = f"{URL}/statsapi/info/check_available_agents"
AUTH = json.loads((FIXTURES / "auth.json").read_text())
SHOWN = Shown("oakland", FIXTURES)
page, samples = SHOWN.page, SHOWN.samples


def settings(**more: object) -> BrightPatternSettings:
    login = {"tenant_url": "kelly.bugfocus.example", "username": "statsapi", "password": CANARY}
    return BrightPatternSettings.model_validate(
        {"name": "oakland", "vendor": "brightpattern", "url": URL, **login, **more}
    )


@asynccontextmanager
async def client(
    target: BrightPatternSettings | None = None, clock: ManualClock | None = None
) -> AsyncIterator[BrightPatternClient]:
    clock = clock or ManualClock()
    async with asking(clock=clock) as http:
        yield BrightPatternClient(target or settings(), http, clock)


def fixture(name: str) -> Any:  # noqa: ANN401 - a document
    return json.loads((FIXTURES / f"{name}.json").read_text())


def data_of(
    services: Iterable[object] = (), agents: Iterable[object] = (), totals: Mapping[str, object] | None = None
) -> bytes:
    """Return the data of a subscription with these rows as JSON."""
    grids: dict[str, object] = {
        "service_grids": [{"id": "1", "values": list(services)}],
        "agent_grids": [{"id": "1", "values": list(agents)}],
    }
    return json.dumps({"1": grids if totals is None else {**grids, "stats_totals": totals}}).encode()


async def poll(body: bytes, **more: object) -> Snapshot:
    """Return the snapshot of a poll whose subscription returns this body."""
    with Mocked() as vendor:
        vendor.post(SIGN_IN, payload=AUTH)
        vendor.post(SUBSCRIPTION)
        vendor.get(DATA, body=body)
        async with client(settings(**more)) as brightpattern:
            snapshot = await brightpattern.statistics()
            assert snapshot is not None
            return snapshot
