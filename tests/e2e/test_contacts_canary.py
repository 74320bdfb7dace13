"""Personal data of single contacts in the running program: none is served or logged, whatever the vendor returns."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml
from aiohttp import web

from tests.support.programs import EXPORTER, Program, eventually, running
from tests.support.vendors.polls import serving
from tests.support.vendors.sinch_contacts import QUEUE, answered, contact, utc

CANARIES = ("+31612345678", "jane.doe@customer.example", "Complaint about my knee", "Fox, John", "Doe, Jane")
SOURCE, DESTINATION, SUBJECT, AGENT, CUSTOMER = CANARIES
PERSONAL = {
    "source": SOURCE,
    "destination": DESTINATION,
    "subject": SUBJECT,
    "agentName": AGENT,
    "customerName": CUSTOMER,
    "applicationName": CUSTOMER,
    "outboundCampaignName": CUSTOMER,
    "reportingGroupName": CUSTOMER,
    "origQueueName": CUSTOMER,
}
ALL = " ".join(CANARIES)
_requests: defaultdict[str, Iterator[int]] = defaultdict(count)


def rows() -> list[dict[str, Any]]:
    """Return contacts that end, and some that are invalid in every part."""
    now = utc(2_000_000_000)
    return [
        answered(1, 1_999_999_900) | PERSONAL,
        contact(2, arrivalTime=now) | PERSONAL,
        {**PERSONAL, "arrivalTime": now},
        contact(3, arrivalTime=None, queuingDuration=-1, answeredOnTimeThreshold={}) | PERSONAL,
        contact(4, arrivalTime=[ALL], disconnectTime={"a": ALL}) | PERSONAL,
    ]


# Responses of an installation that repeats personal data in its errors.
FAILURES: Mapping[str, Mapping[str, Any]] = {
    "text": {"status": 400, "text": f"Invalid search: '{ALL}'"},
    "page": {"status": 500, "text": f"<html>{ALL}</html>"},
    "error": {"text": json.dumps({"success": False, "error": ALL, "message": ALL})},
    "broken": {"text": json.dumps([{"id": "1", "source": ALL}])[:-9]},
    "object": {"text": json.dumps({"customers": [ALL]})},
    "list": {"text": json.dumps([ALL, [ALL], 7])},
    "redirect": {"status": 302, "headers": {"Location": f"http://127.0.0.2:9/{SOURCE}?q={DESTINATION}"}},
}


async def handle(request: web.Request) -> web.Response:
    """Serve contacts for two polls, after which none is listed, and then fail in every way."""
    kind, _, path = request.path.lstrip("/").partition("/")
    collection = path.removeprefix("RI/rmi/")
    if collection.startswith("contacts/"):
        return web.Response(**FAILURES[kind])
    if collection != "contacts" or request.query["offset"] != "0":
        return web.json_response([])
    number = next(_requests[kind])
    return web.Response(**FAILURES[kind]) if number > 2 else web.json_response(rows() if number < 2 else [])


async def texts(program: Program) -> Mapping[str, str]:
    """Return what the program serves once every target has failed."""
    async with aiohttp.ClientSession(f"http://127.0.0.1:{program.port}") as session:

        async def page(path: str) -> str:
            async with session.get(path) as answer:
                return await answer.text()

        async def failed() -> bool | None:
            found = await page("/metrics")
            lines = [line for line in found.splitlines() if line.startswith("contactcenter_up{")]
            down = sum('resource="contacts"' in line and line.endswith(" 0") for line in lines)
            return down == len(FAILURES) or None

        await eventually(failed, 60)
        return {path: await page(path) for path in ("/metrics", "/", "/sd")}


@pytest.mark.slow
async def test_nothing_personal_of_a_contact_is_served_or_logged(tmp_path: Path) -> None:
    config = tmp_path / "contactcenter.yml"
    async with serving(handle) as server:
        listed = [
            {"name": kind, "vendor": "sinch", "url": str(server.make_url(f"/{kind}/RI/rmi")), "auth": "none"}
            | {"contacts": {"enabled": True, "interval": "1s"}, "poll": {"interval": "1s", "timeout": "1s"}}
            for kind in FAILURES
        ]
        config.write_text(yaml.safe_dump({"targets": listed}))
        command = [*EXPORTER, f"--config.file={config}", "--web.listen-address=127.0.0.1:0", "--log.level=debug"]
        async with running(command, r"msg=listening .*\bport=(\d+)") as program:
            found = {**await texts(program), "log": "\n".join(program.lines)}
    assert {(name, canary) for name, text in found.items() for canary in CANARIES if canary in text} == set()
    # The contacts were read, and the failures reported.
    assert QUEUE[1] in found["/metrics"]
    assert all(f"target={kind} resource=contacts" in found["log"] for kind in FAILURES)
