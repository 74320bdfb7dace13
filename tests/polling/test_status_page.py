"""The status page of a vendor: what it reports becomes `contactcenter_vendor_status`, and nothing else changes."""

import asyncio
import json

import pytest
from aiohttp import web

from exporter.cli.check import try_targets
from exporter.metrics.pages import Exposition, Format
from exporter.model import Failure, Queue, Snapshot, VendorStatus
from exporter.polling.collector import Collector
from exporter.polling.status_page import StatusPage
from exporter.settings import TargetSettings
from tests.support.clock import ManualClock
from tests.support.exposition import no_process, page_bytes
from tests.support.fake_vendor import answering, install
from tests.support.vendors.polls import serving

PATH = "/api/v2/status.json"


def target(url: str) -> TargetSettings:
    settings = {"name": "a", "vendor": "fake", "url": "http://127.0.0.1:9", "status_page_url": f"{url}{PATH}"}
    return TargetSettings.model_validate(settings)


async def poll(answer: web.Response) -> tuple[Snapshot, web.Request]:
    """Return what a poll of a page with this answer returns, and the request."""
    requests: list[web.Request] = []

    async def respond(request: web.Request) -> web.Response:
        requests.append(request)
        return answer

    async with serving(respond) as server:
        settings = target(str(server.make_url("")).rstrip("/"))
        page = StatusPage(settings, str(settings.status_page_url), ManualClock())
        snapshot = await page.resource.fetch()
        await page.close()
    assert snapshot is not None
    return snapshot, requests[0]


def page(indicator: str) -> web.Response:
    """Return the answer of a page in the format of Statuspage."""
    body = {"page": {"id": "x", "name": "Acme"}, "status": {"indicator": indicator, "description": "Some words"}}
    return web.json_response(body)


@pytest.mark.parametrize(
    ("indicator", "status"),
    [
        ("none", "operational"),
        ("minor", "minor"),
        ("major", "major"),
        ("critical", "critical"),
        ("maintenance", "maintenance"),
    ],
)
async def test_each_indicator_is_a_status(indicator: str, status: VendorStatus) -> None:
    snapshot, request = await poll(page(indicator))
    assert snapshot == Snapshot(vendor_status=status)
    assert request.path == PATH
    assert "Authorization" not in request.headers


async def test_an_unknown_indicator_is_unknown_and_noted() -> None:
    snapshot, _ = await poll(page("purple"))
    assert snapshot == Snapshot(vendor_status="unknown", unmapped=(("vendor_status.indicator", "purple"),))
    snapshot, _ = await poll(page("purple" * 1000))
    assert len(snapshot.unmapped[0][1]) == 80


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        pytest.param((503, "down"), "http: GET of the status page returned 503 Service Unavailable", id="not found"),
        pytest.param((200, "<html>"), "decode: status page: a web page or XML, not JSON", id="a web page"),
        pytest.param((200, json.dumps({"status": "up"})), "invalid: status page: Expected `object`", id="other JSON"),
    ],
)
async def test_a_page_that_cannot_be_read_is_unknown_and_no_failure(answer: tuple[int, str], why: str) -> None:
    status, text = answer
    snapshot, _ = await poll(web.Response(status=status, text=text))
    ((field, noted),) = snapshot.unmapped
    assert (snapshot.vendor_status, field) == ("unknown", "vendor_status")
    assert isinstance(noted, Failure)
    assert noted.startswith(why)


async def test_an_unreachable_page_affects_neither_up_nor_the_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, {"queues": answering(Queue("1", waiting_contacts=3))})
    exposition = Exposition(no_process)
    clock = ManualClock()
    collector = Collector([target("http://127.0.0.1:9")], exposition, clock)
    await collector.start()
    while not collector.ready:
        await clock.advance(1)
        await asyncio.sleep(0.01)  # the refused connection takes real time
    text = page_bytes(exposition, Format.TEXT).decode()
    await collector.stop()
    assert 'contactcenter_vendor_status{target="a",state="unknown"} 1\n' in text
    assert 'contactcenter_queue_waiting_contacts{target="a",queue_id="1",queue="",channel=""} 3\n' in text
    assert 'contactcenter_up{target="a",resource="queues"} 1\n' in text
    assert 'contactcenter_up{target="a",resource="vendor_status"} 1\n' in text
    assert "contactcenter_api_requests_total" not in text


async def test_check_connect_reports_a_page_that_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, {"queues": answering(Queue("1"))})
    checked = await try_targets([target("http://127.0.0.1:9")], ManualClock())
    assert [(each.resource, each.failure.partition(":")[0]) for each in checked.attempts] == [
        ("queues", ""),
        ("vendor_status", "connection"),
    ]
