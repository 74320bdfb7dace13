"""Signing in to Asterisk: the cookie, its end, refusals with status 200, and values that could add a header."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from pydantic import ValidationError

from exporter.errors import Reason
from exporter.vendors.asterisk.client import AsteriskClient
from exporter.vendors.asterisk.settings import AsteriskSettings
from tests.support.clock import ManualClock
from tests.support.vendors.asterisk import DENIED, IN_USE, REFUSED, Ami
from tests.support.vendors.polls import CANARY, asking, failure, serving

USER = {"name": "utrecht", "vendor": "asterisk", "username": "exporter", "secret": CANARY}


def settings(url: str, **more: object) -> AsteriskSettings:
    return AsteriskSettings.model_validate({"url": url, **USER, **more})


@asynccontextmanager
async def client(ami: Ami, clock: ManualClock, prefix: str = "", **more: object) -> AsyncIterator[AsteriskClient]:
    async with serving(ami.handle) as server, asking(clock=clock) as http:
        yield AsteriskClient(settings(str(server.make_url(prefix)), **more), http, clock)


async def test_the_secret_is_sent_in_the_body_and_no_events_are_requested() -> None:
    ami = Ami()
    async with client(ami, ManualClock()) as asterisk:
        await asterisk.queues()
        await asterisk.trunks()
    assert ami.sign_ins == [{"action": "Login", "username": "exporter", "secret": CANARY, "events": "off"}]
    assert ami.requests == [
        "CoreStatus",
        "QueueStatus",
        "PJSIPShowRegistrationsOutbound",
        "PJSIPShowEndpoints",
    ]


@pytest.mark.parametrize("prefix", ["", "/", "/asterisk", "/asterisk/", "/rawman", "/asterisk/rawman"])
async def test_the_url_may_have_the_prefix_of_the_http_server(prefix: str) -> None:
    async with client(Ami(), ManualClock(), prefix) as asterisk:
        assert (await asterisk.queues()).queues


@pytest.mark.parametrize(("interval", "sign_ins"), [("15s", 1), ("50s", 1), ("54s", 6), ("60s", 6), ("120s", 6)])
async def test_a_session_that_was_not_used_for_a_minute_is_not_used_again(interval: str, sign_ins: int) -> None:
    clock = ManualClock()
    ami = Ami()
    ami.one_session = True
    async with client(ami, clock, poll={"interval": interval}) as asterisk:
        for _ in range(6):
            await asterisk.queues()
            await clock.advance(float(interval.removesuffix("s")))
    assert len(ami.sign_ins) == sign_ins
    assert not ami.refused


async def test_an_ended_session_is_renewed_once_and_the_request_is_repeated() -> None:
    clock = ManualClock()
    ami = Ami()
    async with client(ami, clock) as asterisk:
        await asterisk.queues()
        await clock.advance(15)
        ami.end_sessions()
        assert (await asterisk.queues()).queues
    assert ami.refused == ["CoreStatus"]
    assert len(ami.sign_ins) == 2


async def test_a_missing_right_is_missed_again_only_after_a_quarter_of_an_hour() -> None:
    """Each refusal is a security event in Asterisk's log, and a session has the rights of its sign-in."""
    clock = ManualClock()
    ami = Ami()
    ami.denied = {"PJSIPShowRegistrationsOutbound"}
    ami.one_session = True
    async with client(ami, clock) as asterisk:
        for _ in range(60):
            error = await failure(asterisk.trunks())
            assert "PJSIPShowRegistrationsOutbound: Permission denied" in str(error)
            await asterisk.queues()
            await clock.advance(15)
        assert (len(ami.sign_ins), ami.requests.count("PJSIPShowRegistrationsOutbound")) == (1, 1)
        ami.denied = set()
        assert (await asterisk.trunks()).trunks
    assert len(ami.sign_ins) == 2
    assert not ami.refused


async def test_queues_are_back_with_the_first_poll_after_asterisk_has_loaded_its_modules() -> None:
    """Asterisk accepts requests before it has loaded `app_queue` and PJSIP."""
    clock = ManualClock()
    ami = Ami()
    async with client(ami, clock) as asterisk:
        await asterisk.queues()
        trunks = (await asterisk.trunks()).trunks
        loaded = {action: ami.answers.pop(action) for action in ("QueueStatus", "PJSIPShowRegistrationsOutbound")}
        ami.end_sessions()
        await clock.advance(15)
        for poll in (asterisk.queues, asterisk.trunks):
            error = await failure(poll())
            assert error.reason is Reason.INVALID
            assert "Invalid/unknown command" in str(error)
        ami.answers |= loaded
        await clock.advance(15)
        assert (await asterisk.queues()).queues
        await clock.advance(45)
        assert (await asterisk.trunks()).trunks == trunks
    assert len(ami.sign_ins) == 2


async def test_a_module_that_is_loaded_later_is_found_within_a_minute() -> None:
    clock = ManualClock()
    ami = Ami()
    registrations = ami.answers.pop("PJSIPShowRegistrationsOutbound")
    async with client(ami, clock) as asterisk:
        assert not (await asterisk.trunks()).trunks
        ami.answers["PJSIPShowRegistrationsOutbound"] = registrations
        for _ in range(4):
            await clock.advance(15)
            await asterisk.queues()
        assert (await asterisk.trunks()).trunks
    assert len(ami.sign_ins) == 1


@pytest.mark.parametrize(
    ("answer", "reason", "is_refusal"),
    [
        (REFUSED, Reason.AUTH, True),
        (DENIED, Reason.AUTH, True),
        (IN_USE, Reason.AUTH, True),
        (b"Response: Error\r\nMessage: Asterisk is shutting down\r\n\r\n", Reason.INVALID, False),
        (b"<html>", Reason.DECODE, False),
    ],
)
async def test_a_refused_sign_in_with_status_200_fails_as_auth(
    answer: bytes, reason: Reason, *, is_refusal: bool
) -> None:
    ami = Ami()
    ami.sign_in = answer
    async with client(ami, ManualClock()) as asterisk:
        error = await failure(asterisk.queues())
        again = await failure(asterisk.trunks())
    assert (error.reason, error.sign_in) == (reason, is_refusal)
    assert again.reason is reason
    # A sign-in without a session is not repeated at once: it may have been refused, and repeated ones lock accounts.
    assert len(ami.sign_ins) == 1


async def test_an_error_repeats_no_secret() -> None:
    ami = Ami()
    ami.sign_in = f"Response: Error\r\nMessage: {CANARY} is wrong\r\n\r\n".encode()
    async with client(ami, ManualClock()) as asterisk:
        assert "[redacted]" in str(await failure(asterisk.queues()))


async def test_an_http_server_without_the_manager_is_an_http_error() -> None:
    async def handle(_request: web.Request) -> web.Response:
        return web.Response(status=404, text="Not Found")

    async with serving(handle) as server, asking() as http:
        asterisk = AsteriskClient(settings(str(server.make_url(""))), http, ManualClock())
        error = await failure(asterisk.queues())
    assert (error.reason, str(error)) == (Reason.HTTP, "sign-in returned 404 Not Found")


async def test_closing_signs_out_once() -> None:
    ami = Ami()
    async with client(ami, ManualClock()) as asterisk:
        await asterisk.close()
        await asterisk.queues()
        await asterisk.close()
        await asterisk.close()
    assert ami.requests == ["CoreStatus", "QueueStatus", "Logoff"]
    assert not ami.sessions


@pytest.mark.parametrize("evil", ["a\r\nAction: QueueReset", "a\nb", "a\rb", "a\0b", "a\x7fb"])
@pytest.mark.parametrize("key", ["username", "secret"])
def test_no_setting_can_add_a_header(key: str, evil: str) -> None:
    with pytest.raises(ValidationError, match="must not contain line breaks or control characters"):
        settings("http://127.0.0.1:8088", **{key: evil})


async def test_no_setting_can_add_a_parameter() -> None:
    """Values are encoded, so that `&` and `=` in them do not begin another parameter."""
    ami = Ami()
    async with client(
        ami, ManualClock(), username="a&action=QueueReset", secret=f"{CANARY}&action=QueueReset"
    ) as asterisk:
        await asterisk.queues()
    [sign_in] = ami.sign_ins
    assert sign_in["action"] == "Login"
    assert sign_in["username"] == "a&action=QueueReset"


async def test_nothing_but_reading_is_requested() -> None:
    clock = ManualClock()
    ami = Ami()
    async with client(ami, clock, trunk_endpoints=["x\r\nAction: QueueReset"]) as asterisk:
        for _ in range(3):
            await asterisk.queues()
            await asterisk.trunks()
            await clock.advance(15)
        await asterisk.close()
    reading = {"CoreStatus", "QueueStatus", "PJSIPShowEndpoints", "PJSIPShowRegistrationsOutbound", "Logoff"}
    assert set(ami.requests) == reading
