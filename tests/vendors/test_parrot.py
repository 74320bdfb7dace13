"""A vendor that repeats secrets in errors, values and names: none is logged, shown or exported as a label."""

import asyncio
import io
import itertools
import json
import logging
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
import structlog
from aiohttp import web

from exporter.cli.check import Checked, report, try_targets
from exporter.metrics.pages import Exposition, Format
from exporter.polling.collector import Collector
from exporter.redaction import REDACTED
from exporter.runtime import logging_setup
from exporter.settings import TargetSettings
from exporter.web.status import About, render_status
from tests.support.clock import ManualClock
from tests.support.exposition import page_bytes
from tests.support.vendors.asterisk import ACCEPTED, ANSWERS
from tests.support.vendors.polls import serving
from tests.support.vendors.ways import BASIC, COOKIE, CORE, TOKEN, WAYS, leaks, published, target_of, vendor_of

EVERYTHING = {"agents": {"detail": "name"}, "trunks": {"detail": "ports"}}

# The secrets that are derived from the settings, or issued by the vendor.
MADE = {
    "kpn": (TOKEN,),
    "sinch basic": (BASIC,),
    "sinch ecfauth": (BASIC, COOKIE),
    "brightpattern session": (TOKEN, COOKIE),
    "brightpattern oauth": (TOKEN,),
    "asterisk": (),
    "axialys basic": (BASIC,),
    "apio login": (TOKEN,),
}


class Parrot:
    """A vendor that accepts every sign-in and repeats the secrets in everything it returns.

    Attributes:
        fails: The status of its errors, None if it returns data.
        everywhere: Whether all its data contains secrets, or only names.
        refuses: Whether it refuses every sign-in.
    """

    def __init__(self, way: str, fails: int | None = None, *, everywhere: bool = True, refuses: bool = False) -> None:
        self.fails = fails
        self.everywhere = everywhere
        self.refuses = refuses
        self._vendor = vendor_of(way)
        given = {value for value in WAYS[way].values() if CORE in str(value)}
        known = sorted(map(str, given.union(() if refuses else MADE.get(way, ()))))
        forms = [form for each in known for form in (each, quote(each, safe=""), quote_plus(each), json.dumps(each))]
        self._words = itertools.cycle([*forms, " ".join(forms)])

    async def handle(self, request: web.Request) -> web.Response:
        if self._vendor == "asterisk":
            return self._over_ami({**request.query, **await request.post()})
        if request.method == "POST":
            return self._signed_in()
        body = published(self._vendor, request.path)
        if self.fails is not None or body is None:
            return self._error(self.fails or 404)
        if request.query.get("offset", "0") != "0":  # the ids with secrets are new in each response
            return web.json_response([])
        return web.json_response(self._with_secrets(json.loads(body)))

    def _over_ami(self, parameters: Mapping[str, object]) -> web.Response:
        """Return an answer of Asterisk, whose errors have status 200, with secrets in its values."""
        action = str(parameters["action"])
        answer = web.Response(body=ANSWERS.get(action, ACCEPTED))
        if self.refuses or (self.fails is not None and action != "Login"):
            answer.body = f"Response: Error\r\nMessage: down {next(self._words)}\r\n\r\n".encode()
        elif action != "Login":
            answer.body = b"\r\n".join(map(self._line_with_secrets, ANSWERS[action].split(b"\r\n")))
        answer.set_cookie("mansession_id", COOKIE)
        return answer

    def _line_with_secrets(self, line: bytes) -> bytes:
        """Return a line of an answer with a secret in its value; only some of them if only names have secrets."""
        header = line.partition(b":")[0]
        spared = not line or header in {b"Response", b"Event", b"EventList", b"ListItems"}
        spared = spared or not (self.everywhere or header in {b"Name", b"Queue", b"PausedReason", b"ObjectName"})
        # An unencoded line break would end the header.
        return line if spared else line + b" " + next(self._words).encode()

    def _signed_in(self) -> web.Response:
        if self.refuses:
            return self._error(400)
        answer = web.json_response({"access_token": TOKEN, "token": TOKEN, "expires_in": 3600})
        answer.set_cookie("X-BP-SESSION-ID", COOKIE)
        return answer

    def _error(self, status: int) -> web.Response:
        """Return an error in the format of each vendor, with secrets in its message."""
        messages = {
            name: f"down {next(self._words)} {next(self._words)}" for name in ("Error", "details", "error_message")
        }
        return web.json_response({**messages, "Error": {"text": messages["Error"]}, "error_code": 1}, status=status)

    def _with_secrets(self, document: Any, name: str = "") -> Any:  # noqa: ANN401 - any document
        if isinstance(document, dict):
            return {key: self._with_secrets(value, key) for key, value in document.items()}
        if isinstance(document, list):
            return [self._with_secrets(value, name) for value in document]
        # The id of a grid of Bright Pattern is chosen by the exporter.
        chosen = self._vendor == "brightpattern" and name == "id"
        spared = document is None or chosen or not (self.everywhere or name.lower().endswith("name"))
        return document if spared else f"{document} {next(self._words)}"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Log everything to a string, and restore logging afterwards."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    stream = io.StringIO()
    logging_setup.configure("debug", "logfmt", stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


async def shown_of(target: TargetSettings) -> dict[str, str]:
    """Return the output about a target: the status page, the metrics, and the table of `check --connect`."""
    clock = ManualClock()
    collector = Collector([target], Exposition(lambda _form: b""), clock)
    await collector.start()
    try:
        async with asyncio.timeout(20):
            while not all(resource.polls > 1 for health in collector.health for resource in health.resources):
                await clock.advance(5)
                await asyncio.sleep(0.001)
        pages = {
            "status": render_status(collector.health, clock, About("1", "3", 0.0)),
            "metrics": page_bytes(collector, Format.TEXT).decode(),
        }
    finally:
        await collector.stop()
    return pages | {"connect": report(await checked(target))}


async def checked(target: TargetSettings) -> Checked:
    """Return the result of `check --connect`, without waiting for the floors of the vendor."""
    clock = ManualClock()
    task = asyncio.create_task(try_targets([target], clock))
    while not task.done():
        await clock.advance(1)
        await asyncio.sleep(0.001)
    return await task


@pytest.mark.slow
@pytest.mark.parametrize("everywhere", [True, False])
@pytest.mark.parametrize("way", WAYS)
async def test_values_and_names_that_repeat_secrets(way: str, log: io.StringIO, *, everywhere: bool) -> None:
    async with serving(Parrot(way, everywhere=everywhere).handle) as server:
        shown = await shown_of(target_of(way, str(server.make_url("")).rstrip("/"), **EVERYTHING))
    shown["log"] = log.getvalue()
    assert {name: found for name, text in shown.items() if (found := leaks(text))} == {}
    assert REDACTED in shown["log" if everywhere else "metrics"]


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize("way", WAYS)
async def test_errors_that_repeat_secrets(way: str, status: int, log: io.StringIO) -> None:
    vendor = vendor_of(way)
    async with serving(Parrot(way, status).handle) as server:
        shown = await shown_of(target_of(way, str(server.make_url("")).rstrip("/"), **EVERYTHING))
    shown["log"] = log.getvalue()
    assert {name: found for name, text in shown.items() if (found := leaks(text))} == {}
    if (vendor, status) in {("kpn", 200), ("apio", 400)}:
        assert all(REDACTED in shown[name] for name in ("status", "log", "connect"))


@pytest.mark.parametrize(
    "way", [way for way in WAYS if way.startswith(("kpn", "brightp", "apio login", "asterisk", "sinch ecf"))]
)
async def test_a_sign_in_that_is_refused_with_the_secret(way: str, log: io.StringIO) -> None:
    async with serving(Parrot(way, refuses=True).handle) as server:
        shown = await shown_of(target_of(way, str(server.make_url("")).rstrip("/"), **EVERYTHING))
    shown["log"] = log.getvalue()
    assert {name: found for name, text in shown.items() if (found := leaks(text))} == {}
    assert "poll failed" in shown["log"]
