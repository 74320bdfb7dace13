"""A misbehaving vendor: each failure has its reason, good data is kept, and the page stays valid."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import structlog
from aiohttp import web
from aiohttp.test_utils import TestServer
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from exporter.metrics.pages import Exposition, Format
from exporter.polling.collector import Collector
from exporter.runtime.clock import SystemClock
from exporter.vendors.kpn import KpnSettings
from tests.support.exposition import page_bytes

Row = dict[str, Any]

GOOD: Row = {"Number": "1000", "Name": "Sales", "InQueueCalls": "3", "LongestWaitingCall": "16"}
HOSTILE = 'quote " backslash \\ newline \n tab \t "} 1\n# EOF\n'


def document(*rows: object) -> bytes:
    return json.dumps({"Error": None, "DataSet": {"queues": list(rows)}}).encode()


class Vendor:
    """A KPN server whose response for queues the test sets."""

    def __init__(self) -> None:
        self.body = document(GOOD)
        self.status = 200
        self.headers: dict[str, str] = {}

    def application(self) -> web.Application:
        application = web.Application()
        application.add_routes(
            [web.post("/token", self.token), web.get("/queues", self.queues), web.get("/{other}", self.empty)]
        )
        return application

    async def token(self, _request: web.Request) -> web.Response:
        return web.json_response({"access_token": "canary-token", "expires_in": "3599"})

    async def queues(self, _request: web.Request) -> web.Response:
        return web.Response(body=self.body, status=self.status, headers=self.headers)

    async def empty(self, request: web.Request) -> web.Response:
        return web.json_response({"Error": None, "DataSet": {request.match_info["other"]: []}})


@pytest.fixture
async def vendor() -> Vendor:
    return Vendor()


@pytest.fixture
async def collector(vendor: Vendor) -> AsyncIterator[Collector]:
    async with TestServer(vendor.application()) as server:
        url = f"http://127.0.0.1:{server.port}"
        target = KpnSettings.model_validate(
            {
                "name": "amsterdam",
                "vendor": "kpn",
                "url": url,
                "token_url": f"{url}/token",
                "client_id": "me",
                "client_secret": "canary-secret",
                "poll": {"interval": "200ms", "stale_after": "60s"},
                "limits": {"body_bytes": "100KiB"},
            }
        )
        collector = Collector([target], Exposition(lambda _form: b""), SystemClock())
        await collector.start()
        yield collector
        await collector.stop()


def series(collector: Collector) -> dict[str, dict[tuple[tuple[str, str], ...], float]]:
    """Return every series of the page by name; both formats must be valid and equal."""
    text, openmetrics = (
        {
            (sample.name, tuple(sorted(sample.labels.items()))): sample.value
            for family in parse(page_bytes(collector, form).decode())
            for sample in family.samples
        }
        for parse, form in ((parse_text, Format.TEXT), (parse_openmetrics, Format.OPENMETRICS))
    )
    assert text == openmetrics
    found: dict[str, dict[tuple[tuple[str, str], ...], float]] = {}
    for (name, labels), value in text.items():
        found.setdefault(name.removeprefix("contactcenter_"), {})[labels] = value
    return found


def value(collector: Collector, name: str, **labels: str) -> float:
    return sum(
        value for found, value in series(collector).get(name, {}).items() if labels.items() <= dict(found).items()
    )


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - a page sets no event
            await asyncio.sleep(0.02)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("reason", "body", "status", "headers"),
    [
        ("decode", document(GOOD)[:-20], 200, {}),
        ("decode", b"<html><body>Sign in</body></html>", 200, {"Content-Type": "text/html"}),
        ("decode", b"", 200, {}),
        ("decode", b"\x00\x01\x02", 200, {}),
        ("decode", b'{"DataSet": {"queues": ' + b"[" * 90_000, 200, {}),
        ("decode", document(GOOD).replace(b'"3"', b"nan"), 200, {}),
        ("decode", document(GOOD), 200, {"Content-Encoding": "gzip"}),
        ("invalid", b"[]", 200, {}),
        ("invalid", b"null", 200, {}),
        ("invalid", b'{"Error": null, "DataSet": null}', 200, {}),
        ("invalid", b'{"Error": null, "DataSet": {"queues": {"a": 1}}}', 200, {}),
        ("invalid", b'{"Error": {"code": 7, "text": "collector down"}, "DataSet": {"queues": []}}', 200, {}),
        ("invalid", document(1, "two", None, [3]), 200, {}),
        ("limit", document({"Number": "1", "Name": "x" * 200_000}), 200, {}),
        ("auth", b"{}", 401, {}),
        ("auth", b"{}", 403, {}),
        ("http", b"{}", 500, {}),
        ("http", b"{}", 302, {"Location": "http://127.0.0.2:9/queues"}),
        ("throttled", b"{}", 429, {"Retry-After": "0"}),
    ],
)
async def test_a_bad_response_has_its_reason_and_keeps_the_last_good_data(  # noqa: PLR0913, PLR0917 - a table has its columns
    vendor: Vendor, collector: Collector, reason: str, body: bytes, status: int, headers: dict[str, str]
) -> None:
    await until(lambda: collector.ready)
    with structlog.testing.capture_logs() as logged:
        vendor.body, vendor.status, vendor.headers = body, status, headers
        await until(lambda: value(collector, "poll_failures_total", resource="queues", reason=reason) >= 2)
        failures = [line for line in logged if line["event"] == "poll failed"]
        assert [line["reason"] for line in failures] == [reason]
        assert "canary" not in str(logged)
        assert value(collector, "up", resource="queues") == 0
        assert value(collector, "up", resource="agents") == 1
        assert value(collector, "queue_waiting_contacts", queue="Sales") == 3
        vendor.body, vendor.status, vendor.headers = document(GOOD | {"InQueueCalls": "4"}), 200, {}
        await until(lambda: value(collector, "queue_waiting_contacts", queue="Sales") == 4)
        assert [line["event"] for line in logged if line["log_level"] == "info"] == ["poll recovered"]


@pytest.mark.parametrize(
    ("field", "bad"),
    [
        ("queues.InQueueCalls", GOOD | {"Number": "2", "Name": "Other", "InQueueCalls": "many"}),
        ("queues.InQueueCalls", GOOD | {"Number": "2", "Name": "Other", "InQueueCalls": {"a": [1]}}),
        ("queues.InQueueCalls", GOOD | {"Number": "2", "Name": "Other", "InQueueCalls": True}),
        ("queues.InQueueCalls", GOOD | {"Number": "2", "Name": "Other", "InQueueCalls": "-1"}),
        ("queues.InQueueCalls", GOOD | {"Number": "2", "Name": "Other", "InQueueCalls": "Infinity"}),
        ("queues.ServiceLevel", GOOD | {"Number": "2", "Name": "Other", "ServiceLevel": "120"}),
        ("queues.Number", GOOD | {"Number": "1000", "Name": "Second"}),
        ("queues.Number", {"InQueueCalls": "9"}),
        ("queues", "no row at all"),
        ("queues.Name", GOOD | {"Number": "2", "Name": "x" * 4000}),
    ],
)
async def test_a_bad_value_or_row_is_skipped_and_counted(
    vendor: Vendor, collector: Collector, field: str, bad: object
) -> None:
    vendor.body = document(GOOD, bad)
    await until(lambda: value(collector, "unmapped_values_total", field=field) >= 1)
    assert value(collector, "up", resource="queues") == 1
    assert value(collector, "queue_waiting_contacts", queue="Sales") == 3
    assert value(collector, "queue_oldest_wait_seconds", queue="Sales") == 16


@pytest.mark.parametrize("name", [HOSTILE, "\u2028 \u202e עברית 🎧", "\x00\x01", "x" * 4000, 'a="b",c="d"'])
async def test_hostile_names_affect_only_their_label(vendor: Vendor, collector: Collector, name: str) -> None:
    vendor.body = document(GOOD, GOOD | {"Number": "2", "Name": name, "InQueueCalls": "7"})
    await until(lambda: value(collector, "queue_waiting_contacts", queue_id="2") == 7)
    names = {dict(labels)["queue"] for labels in series(collector)["queue_waiting_contacts"]}
    assert names == {"Sales", name.strip()} if len(name) < 256 else all(len(each) <= 256 for each in names)


async def test_invalid_utf8_loses_only_its_characters(vendor: Vendor, collector: Collector) -> None:
    vendor.body = document(GOOD, GOOD | {"Number": "2", "Name": "Caf@"}).replace(b"@", b"\xe9")
    await until(lambda: value(collector, "unmapped_values_total", field="queues.encoding") >= 1)
    assert value(collector, "queue_waiting_contacts", queue="Caf\ufffd") == 3
    assert value(collector, "queue_waiting_contacts", queue="Sales") == 3
