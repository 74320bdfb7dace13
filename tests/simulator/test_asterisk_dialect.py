"""The simulated Asterisk: signing in, the end of a session, rights, and lists that announce their length."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from exporter.cli.demo import demo_targets
from exporter.simulator.default import working_day
from exporter.simulator.dialects.asterisk import Asterisk, AsteriskSettings
from exporter.simulator.driver import Driver
from exporter.simulator.http_server import start
from tests.support.clock import ManualClock

PATH = "/asterisk/rawman"
LOGIN = {"action": "Login", "username": "demo", "secret": "demo"}


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def client(clock: ManualClock) -> AsyncIterator[aiohttp.ClientSession]:
    dialect = Asterisk(AsteriskSettings(write=frozenset({"reporting"})))
    server = await start("127.0.0.1", 0, Driver(working_day(), clock), [dialect])
    async with aiohttp.ClientSession(server.url, cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield session
    await server.stop()


async def ask(client: aiohttp.ClientSession, action: str, session: str = "") -> str:
    """Return the answer to an action; every status is 200."""
    headers = {"Cookie": f"mansession_id={session}"} if session else {}
    async with client.get(PATH, params={"action": action}, headers=headers) as answer:
        assert answer.status == 200
        return await answer.text()


async def sign_in(client: aiohttp.ClientSession, secret: str = LOGIN["secret"]) -> tuple[str, str]:
    """Return the session and the answer."""
    async with client.post(PATH, data={**LOGIN, "secret": secret}) as answer:
        return answer.cookies["mansession_id"].value.strip('"'), await answer.text()


async def test_a_wrong_secret_is_refused_with_status_200(client: aiohttp.ClientSession) -> None:
    session, answer = await sign_in(client, "wrong")
    assert answer == "Response: Error\r\nMessage: Authentication failed\r\n\r\n"
    assert await ask(client, "QueueStatus", session) == "Response: Error\r\nMessage: Permission denied\r\n\r\n"


async def test_a_list_announces_its_length(client: aiohttp.ClientSession) -> None:
    session, answer = await sign_in(client)
    assert answer == "Response: Success\r\nMessage: Authentication accepted\r\n\r\n"
    messages = (await ask(client, "QueueStatus", session)).split("\r\n\r\n")
    events = [message for message in messages if message.startswith("Event: Queue")]
    assert events[-1] == f"Event: QueueStatusComplete\r\nEventList: Complete\r\nListItems: {len(events) - 1}"
    summaries = (await ask(client, "QueueSummary", session)).count("Event: QueueSummary\r\n")
    assert summaries == sum(event.startswith("Event: QueueParams") for event in events) == 6


async def test_a_session_that_is_not_used_for_a_minute_ends(client: aiohttp.ClientSession, clock: ManualClock) -> None:
    session, _ = await sign_in(client)
    for _ in range(3):
        await clock.advance(59)
        assert "Response: Success" in await ask(client, "CoreStatus", session)
    await clock.advance(60)
    assert "Permission denied" in await ask(client, "CoreStatus", session)


async def test_a_user_without_the_right_is_denied_an_action(client: aiohttp.ClientSession) -> None:
    session, _ = await sign_in(client)
    assert "Permission denied" in await ask(client, "PJSIPShowEndpoints", session)
    assert "Status: Registered" in await ask(client, "PJSIPShowRegistrationsOutbound", session)
    assert "Invalid/unknown command: Reload." in await ask(client, "Reload", session)


async def test_a_session_ends_with_its_logoff(client: aiohttp.ClientSession) -> None:
    session, _ = await sign_in(client)
    assert "Goodbye" in await ask(client, "Logoff", session)
    assert "Permission denied" in await ask(client, "QueueStatus", session)


def test_the_demo_polls_five_vendors_unless_all_are_asked_for() -> None:
    url = "http://127.0.0.1:10118"
    five, every = demo_targets(url), demo_targets(url, every=True)
    assert [target.vendor for target in five] == ["kpn", "sinch", "brightpattern", "axialys", "apio"]
    assert [target.vendor for target in every[5:]] == ["asterisk"]
    assert every[:5] == five
