"""Users, headers and the rate limit of a web configuration file."""

import asyncio
import io
import logging
import threading
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import bcrypt
import pytest
import structlog
from pydantic import SecretStr

from exporter.metrics.pages import Page
from exporter.runtime import logging_setup
from exporter.web.authentication import BasicAuthenticator, Credentials, read_credentials
from tests.support.clock import ManualClock
from tests.support.web_secured import PASSWORD, guarded, hashed, status
from tests.support.web_standin import StandIn

ROUTES = ("/", "/metrics", "/sd", "/-/healthy", "/-/ready", "/nowhere")
HASH = hashed()
USERS = f"basic_auth_users:\n  alice: {HASH}\n  böb: {hashed('zwölf')}\n"
HEADERS = """\
http_server_config:
  headers:
    X-Frame-Options: deny
    X-Content-Type-Options: nosniff
    X-XSS-Protection: 1; mode=block
    Strict-Transport-Security: max-age=31536000
    Content-Security-Policy: ""
"""
WANTED = {
    "X-Frame-Options": "deny",
    "X-Content-Type-Options": "nosniff",
    "X-XSS-Protection": "1; mode=block",
    "Strict-Transport-Security": "max-age=31536000",
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "web.yml"
    path.write_text(USERS + HEADERS)
    return path


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """What is checked by bcrypt, as whether it is checked beside the event loop."""
    made: list[bool] = []
    check = bcrypt.checkpw

    def checkpw(password: bytes, hashed_password: bytes) -> bool:
        made.append(threading.current_thread() is not threading.main_thread())
        return check(password, hashed_password)

    monkeypatch.setattr(bcrypt, "checkpw", checkpw)
    return made


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Log everything to a string, and leave logging as it was."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    stream = io.StringIO()
    logging_setup.configure("debug", "logfmt", stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def basic(text: str) -> str:
    return "Basic " + b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("authorization", "let_in"),
    [
        (basic(f"alice:{PASSWORD}"), True),
        (basic("böb:zwölf"), True),
        ("basic " + basic(f"alice:{PASSWORD}").partition(" ")[2], True),
        (basic("alice:wrong"), False),
        (basic("alice:"), False),
        (basic(f"Alice:{PASSWORD}"), False),
        (basic(f"carol:{PASSWORD}"), False),
        (basic(f":{PASSWORD}"), False),
        (basic(f"alice:{HASH}"), False),
        (basic(f"alice:{PASSWORD}\0"), False),
        (basic("alice:" + "x" * 5000), False),
        (basic(f"alice {PASSWORD}"), False),
        (None, False),
        ("", False),
        ("Basic", False),
        ("Basic ", False),
        ("Basic !!!", False),
        ("Basic /////w==", False),
        ("Bearer " + basic(f"alice:{PASSWORD}").partition(" ")[2], False),
        ("Basic " * 1000, False),
    ],
)
async def test_who_comes_in(file: Path, authorization: str | None, *, let_in: bool) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    async with guarded(file) as url, aiohttp.ClientSession(url, headers=headers) as session:
        for path in ROUTES:
            async with session.get(path) as answer:
                right = 404 if path == "/nowhere" else 200
                assert answer.status == (right if let_in else 401), path
                if not let_in:
                    assert answer.headers["WWW-Authenticate"] == 'Basic realm="contactcenter-exporter", charset="UTF-8"'
                    assert await answer.text() == "unauthorized\n"


async def test_nobody_reloads_or_asks_for_a_head_without_a_password(file: Path) -> None:
    async with guarded(file) as url, aiohttp.ClientSession(url) as session:
        async with session.post("/-/reload", data=b"x" * 100_000) as answer:
            assert answer.status == 401
        async with session.head("/metrics") as answer:
            assert answer.status == 401
            assert "WWW-Authenticate" in answer.headers
            assert await answer.read() == b""


async def test_without_users_everybody_comes_in(tmp_path: Path) -> None:
    file = tmp_path / "web.yml"
    file.write_text("basic_auth_users:\n")
    async with guarded(file) as url:
        assert await status(f"{url}/metrics") == 200
        assert await status(f"{url}/metrics", auth=("who", "ever")) == 200


async def test_a_password_longer_than_bcrypt_reads_counts_with_what_it_reads(tmp_path: Path) -> None:
    file = tmp_path / "web.yml"
    file.write_text(f"basic_auth_users: {{alice: {hashed('p' * 72)}}}")
    async with guarded(file) as url:
        assert await status(f"{url}/metrics", auth=("alice", "p" * 80)) == 200
        assert await status(f"{url}/metrics", auth=("alice", "p" * 71)) == 401


async def test_each_password_is_checked_once_beside_the_event_loop(file: Path, checks: list[bool]) -> None:
    async with guarded(file) as url:
        for _ in range(3):
            assert await status(f"{url}/metrics", auth=("alice", PASSWORD)) == 200
            assert await status(f"{url}/metrics", auth=("alice", "wrong")) == 401
    assert checks == [True, True]


async def test_the_same_password_asked_at_once_is_checked_once(file: Path, checks: list[bool]) -> None:
    async with guarded(file) as url:
        found = await asyncio.gather(*(status(f"{url}/metrics", auth=("alice", PASSWORD)) for _ in range(5)))
    assert found == [200] * 5
    assert checks == [True]


async def test_an_unknown_user_costs_a_check_as_costly_as_a_known_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    costs: list[bytes] = []

    def checkpw(_password: bytes, hashed_password: bytes) -> bool:
        costs.append(hashed_password.split(b"$")[2])
        return True

    monkeypatch.setattr(bcrypt, "checkpw", checkpw)
    file = tmp_path / "web.yml"
    file.write_text(f"basic_auth_users: {{alice: {hashed(cost=4)}, bob: {hashed(cost=5)}}}")
    async with guarded(file) as url:
        assert await status(f"{url}/metrics", auth=("nobody", "x")) == 401
    assert costs == [b"05"]


async def test_guesses_do_not_drive_out_who_may_come_in(checks: list[bool]) -> None:
    doorkeeper, users = BasicAuthenticator(), {"alice": SecretStr(HASH)}
    right = Credentials("alice", PASSWORD)
    assert await doorkeeper.lets_in(right, users)
    for number in range(150):
        assert not await doorkeeper.lets_in(Credentials("alice", str(number)), users)
    made = len(checks)
    assert await doorkeeper.lets_in(right, users)
    assert len(checks) == made
    assert not await doorkeeper.lets_in(Credentials("alice", "0"), users)
    assert len(checks) == made + 1, "what was guessed long ago is forgotten"


async def test_another_hash_makes_a_remembered_password_wrong() -> None:
    doorkeeper = BasicAuthenticator()
    right = Credentials("alice", PASSWORD)
    assert await doorkeeper.lets_in(right, {"alice": SecretStr(HASH)})
    assert not await doorkeeper.lets_in(right, {"alice": SecretStr(hashed("another"))})
    assert not await doorkeeper.lets_in(right, {"bob": SecretStr(HASH)})


def test_a_password_may_hold_colons() -> None:
    assert read_credentials(basic("alice:a:b")) == Credentials("alice", "a:b")


async def test_every_answer_has_the_headers(file: Path) -> None:
    auth = {"Authorization": basic(f"alice:{PASSWORD}")}
    asked = [("GET", path, headers) for path in ROUTES for headers in ({}, auth)]
    asked += [("POST", "/metrics", auth), ("POST", "/-/reload", auth), ("HEAD", "/metrics", auth)]
    seen = set()
    async with guarded(file) as url, aiohttp.ClientSession(url) as session:
        for method, path, headers in asked:
            async with session.request(method, path, headers=headers) as answer:
                seen.add(answer.status)
                assert {name: answer.headers.get(name) for name in WANTED} == WANTED, (method, path)
    assert seen == {200, 401, 403, 404, 405}


async def test_an_answer_that_broke_has_them_too(file: Path) -> None:
    class Broken(StandIn):
        def page(self, *_: object) -> Page:
            raise ZeroDivisionError

    auth = ("alice", PASSWORD)
    async with (
        guarded(file, exporter=Broken()) as url,
        aiohttp.ClientSession(headers={"Authorization": aiohttp.encode_basic_auth(*auth)}) as session,
        session.get(f"{url}/metrics") as answer,
    ):
        assert answer.status == 500
        assert answer.headers["X-Frame-Options"] == "deny"


async def test_more_requests_than_the_limit_are_refused_until_time_has_passed(tmp_path: Path) -> None:
    file = tmp_path / "web.yml"
    file.write_text("rate_limit: {interval: 2s, burst: 2}\n" + HEADERS)
    clock = ManualClock()
    async with guarded(file, clock) as url:

        async def ask(times: int) -> list[int]:
            return [await status(f"{url}/-/healthy") for _ in range(times)]

        assert await ask(3) == [200, 200, 429]
        await clock.advance(1.9)
        assert await ask(1) == [429]
        await clock.advance(0.2)
        assert await ask(2) == [200, 429]
        await clock.advance(100)
        assert await ask(3) == [200, 200, 429]


async def test_passwords_and_users_are_not_logged(log: io.StringIO, file: Path) -> None:
    async with guarded(file) as url:
        assert await status(f"{url}/metrics", auth=("mallory-canary", "canary-password")) == 401
        reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
        writer.write(b"GET /metrics HTTP/1.1\r\nAuthorization: Basic canary\r\nBroken canary header\r\n\r\n")
        assert b" 400 " in await reader.readline()
        writer.close()
        await writer.wait_closed()
    assert "canary" not in log.getvalue()
    assert "$2b$" not in log.getvalue()
