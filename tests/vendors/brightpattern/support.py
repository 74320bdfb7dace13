"""What tests of Bright Pattern need: a target, and a tenant that answers as told."""

import json
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from exporter.exposition import Exposition, Format, render
from exporter.mapping import Detail, entities
from exporter.model import Snapshot
from exporter.vendors.brightpattern import BrightPatternClient, BrightPatternSettings
from tests.support import ManualClock
from tests.vendors.support import CANARY, Mocked, asking

FIXTURES = Path(__file__).parent
URL = "https://kelly.bugfocus.example"
SIGN_IN = f"{URL}/statsapi/auth"
TOKEN = f"{URL}/configapi/v2/oauth/token"
SUBSCRIPTION = f"{URL}/statsapi/subscription"
DATA = f"{SUBSCRIPTION}/data"
AVAILABILITY = f"{URL}/statsapi/info/check_available_agents"
AUTH = json.loads((FIXTURES / "auth.json").read_text())
AGGREGATE = Detail()
NAMES = Detail(agents="name")


def settings(**more: object) -> BrightPatternSettings:
    who = {"tenant_url": "kelly.bugfocus.example", "username": "statsapi", "password": CANARY}
    return BrightPatternSettings.model_validate(
        {"name": "oakland", "vendor": "brightpattern", "url": URL, **who, **more}
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


def said(
    services: Iterable[object] = (), agents: Iterable[object] = (), totals: Mapping[str, object] | None = None
) -> bytes:
    """Return the data of a subscription with these rows."""
    grids: dict[str, object] = {
        "service_grids": [{"id": "1", "values": list(services)}],
        "agent_grids": [{"id": "1", "values": list(agents)}],
    }
    return json.dumps({"1": grids if totals is None else {**grids, "stats_totals": totals}}).encode()


async def poll(body: bytes, **more: object) -> Snapshot:
    """Let the vendor answer the subscription with this body, and return what the poll says."""
    with Mocked() as vendor:
        vendor.post(SIGN_IN, payload=AUTH)
        vendor.post(SUBSCRIPTION)
        vendor.get(DATA, body=body)
        async with client(settings(**more)) as brightpattern:
            snapshot = await brightpattern.statistics()
            assert snapshot is not None
            return snapshot


def page(snapshot: Snapshot, detail: Detail = AGGREGATE, form: Format = Format.TEXT) -> str:
    exposition = Exposition(lambda _form: b"")
    exposition.put("oakland", "resource", render(entities("oakland", snapshot, detail)))
    return exposition.page(form).decode()


def samples(snapshot: Snapshot, detail: Detail = AGGREGATE) -> dict[tuple[str, ...], float]:
    """Return every series by its name and its labels' values but the target, read back by both parsers alike."""

    def read(parse: Callable[[str], Iterable[Any]], form: Format) -> dict[tuple[str, ...], float]:
        found = [sample for family in parse(page(snapshot, detail, form)) for sample in family.samples]
        series = {(sample.name, *list(sample.labels.values())[1:]): sample.value for sample in found}
        assert len(series) == len(found)
        return {(name.removeprefix("contactcenter_"), *labels): value for (name, *labels), value in series.items()}

    text, openmetrics = read(parse_text, Format.TEXT), read(parse_openmetrics, Format.OPENMETRICS)
    assert text == openmetrics
    assert all(value >= 0 for value in text.values())
    return text
