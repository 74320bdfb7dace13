"""Users, headers and rate limit of a web configuration file."""

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
from tests.support.web_secured import PASSWORD, hashed, secured, status
from tests.support.web_standin import StandIn

ROUTES = ("/", "/metrics", "/sd", "/-/healthy", "/-/ready", "/nowhere")
CHALLENGE = 'Basic realm="contactcenter-exporter", charset="UTF-8"'
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
EXPECTED = {
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
    """Record for each bcrypt check whether it ran outside the event loop's thread."""
    recorded: list[bool] = []
    check = bcrypt.checkpw

    def checkpw(password: bytes, hashed_password: bytes) -> bool:
        recorded.append(threading.current_thread() is not threading.main_thread())
        return check(password, hashed_password)

    monkeypatch.setattr(bcrypt, "checkpw", checkpw)
    return recorded


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Log everything to a string, and restore the logging configuration afterwards."""
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
    ("authorization", "authorized"),
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
async def test_credentials(file: Path, authorization: str | None, *, authorized: bool) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    async with secured(file) as url, aiohttp.ClientSession(url, headers=headers) as session:
        for path in ROUTES:
            async with session.get(path) as response:
                expected = 404 if path == "/nowhere" else 200
                assert response.status == (expected if authorized else 401), path
                if not authorized:
                    assert response.headers["WWW-Authenticate"] == CHALLENGE
                    assert await response.text() == "unauthorized\n"


async def test_reload_and_head_require_a_password(file: Path) -> None:
    async with secured(file) as url, aiohttp.ClientSession(url) as session:
        async with session.post("/-/reload", data=b"x" * 100_000) as response:
            assert response.status == 401
        async with session.head("/metrics") as response:
            assert response.status == 401
            assert "WWW-Authenticate" in response.headers
            assert await response.read() == b""


async def test_without_users_no_authentication_is_required(tmp_path: Path) -> None:
    file = tmp_path / "web.yml"
    file.write_text("basic_auth_users:\n")
    async with secured(file) as url:
        assert await status(f"{url}/metrics") == 200
        assert await status(f"{url}/metrics", auth=("any", "user")) == 200


async def test_a_password_is_truncated_to_72_bytes(tmp_path: Path) -> None:
    file = tmp_path / "web.yml"
    file.write_text(f"basic_auth_users: {{alice: {hashed('p' * 72)}}}")
    async with secured(file) as url:
        assert await status(f"{url}/metrics", auth=("alice", "p" * 80)) == 200
        assert await status(f"{url}/metrics", auth=("alice", "p" * 71)) == 401


async def test_each_password_is_checked_once_in_a_thread(file: Path, checks: list[bool]) -> None:
    async with secured(file) as url:
        for _ in range(3):
            assert await status(f"{url}/metrics", auth=("alice", PASSWORD)) == 200
            assert await status(f"{url}/metrics", auth=("alice", "wrong")) == 401
    assert checks == [True, True]


async def test_concurrent_requests_with_the_same_password_check_it_once(file: Path, checks: list[bool]) -> None:
    async with secured(file) as url:
        found = await asyncio.gather(*(status(f"{url}/metrics", auth=("alice", PASSWORD)) for _ in range(5)))
    assert found == [200] * 5
    assert checks == [True]


async def test_an_unknown_user_costs_as_much_as_a_known_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    costs: list[bytes] = []

    def checkpw(_password: bytes, hashed_password: bytes) -> bool:
        costs.append(hashed_password.split(b"$")[2])
        return True

    monkeypatch.setattr(bcrypt, "checkpw", checkpw)
    file = tmp_path / "web.yml"
    file.write_text(f"basic_auth_users: {{alice: {hashed(cost=4)}, bob: {hashed(cost=5)}}}")
    async with secured(file) as url:
        assert await status(f"{url}/metrics", auth=("unknown", "x")) == 401
    assert costs == [b"05"]


async def test_guesses_do_not_evict_valid_credentials(checks: list[bool]) -> None:
    authenticator, users = BasicAuthenticator(), {"alice": SecretStr(HASH)}
    valid = Credentials("alice", PASSWORD)
    assert await authenticator.authenticate(valid, users)
    for number in range(150):
        assert not await authenticator.authenticate(Credentials("alice", str(number)), users)
    before = len(checks)
    assert await authenticator.authenticate(valid, users)
    assert len(checks) == before
    assert not await authenticator.authenticate(Credentials("alice", "0"), users)
    assert len(checks) == before + 1, "an old guess is evicted"


async def test_a_changed_hash_invalidates_a_cached_password() -> None:
    authenticator = BasicAuthenticator()
    valid = Credentials("alice", PASSWORD)
    assert await authenticator.authenticate(valid, {"alice": SecretStr(HASH)})
    assert not await authenticator.authenticate(valid, {"alice": SecretStr(hashed("another"))})
    assert not await authenticator.authenticate(valid, {"bob": SecretStr(HASH)})


def test_a_password_may_contain_colons() -> None:
    assert read_credentials(basic("alice:a:b")) == Credentials("alice", "a:b")


async def test_every_response_has_the_headers(file: Path) -> None:
    auth = {"Authorization": basic(f"alice:{PASSWORD}")}
    requests = [("GET", path, headers) for path in ROUTES for headers in ({}, auth)]
    requests += [("POST", "/metrics", auth), ("POST", "/-/reload", auth), ("HEAD", "/metrics", auth)]
    statuses = set()
    async with secured(file) as url, aiohttp.ClientSession(url) as session:
        for method, path, headers in requests:
            async with session.request(method, path, headers=headers) as response:
                statuses.add(response.status)
                assert {name: response.headers.get(name) for name in EXPECTED} == EXPECTED, (method, path)
    assert statuses == {200, 401, 403, 404, 405}


async def test_an_internal_error_has_the_headers(file: Path) -> None:
    class Broken(StandIn):
        def page(self, *_: object) -> Page:
            raise ZeroDivisionError

    auth = ("alice", PASSWORD)
    async with (
        secured(file, exporter=Broken()) as url,
        aiohttp.ClientSession(headers={"Authorization": aiohttp.encode_basic_auth(*auth)}) as session,
        session.get(f"{url}/metrics") as response,
    ):
        assert response.status == 500
        assert response.headers["X-Frame-Options"] == "deny"


async def test_requests_beyond_the_limit_are_rejected_until_tokens_are_refilled(tmp_path: Path) -> None:
    file = tmp_path / "web.yml"
    file.write_text("rate_limit: {interval: 2s, burst: 2}\n" + HEADERS)
    clock = ManualClock()
    async with secured(file, clock) as url:

        async def request(times: int) -> list[int]:
            return [await status(f"{url}/-/healthy") for _ in range(times)]

        assert await request(3) == [200, 200, 429]
        await clock.advance(1.9)
        assert await request(1) == [429]
        await clock.advance(0.2)
        assert await request(2) == [200, 429]
        await clock.advance(100)
        assert await request(3) == [200, 200, 429]


async def test_passwords_and_users_are_not_logged(log: io.StringIO, file: Path) -> None:
    async with secured(file) as url:
        assert await status(f"{url}/metrics", auth=("mallory-canary", "canary-password")) == 401
        reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
        writer.write(b"GET /metrics HTTP/1.1\r\nAuthorization: Basic canary\r\nBroken canary header\r\n\r\n")
        assert b" 400 " in await reader.readline()
        writer.close()
        await writer.wait_closed()
    assert "canary" not in log.getvalue()
    assert "$2b$" not in log.getvalue()
