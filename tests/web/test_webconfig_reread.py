"""A web configuration file that changes while it is in force."""

import asyncio
import ssl
from pathlib import Path

import aiohttp
import pytest
import trustme
from structlog.testing import capture_logs
from structlog.typing import EventDict
from yarl import URL

from exporter.errors import ConfigError
from exporter.web.access import AccessMiddleware
from tests.support.clock import ManualClock
from tests.support.web_secured import Authority, guarded, hashed, refused, status

ALICE = f"basic_auth_users: {{alice: {hashed('a')}}}\n"
BOB = f"basic_auth_users: {{bob: {hashed('b')}}}\n"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


async def certificate(url: str, tls: ssl.SSLContext) -> bytes:
    """Return the certificate a new connection is shown."""
    _, writer = await asyncio.open_connection("127.0.0.1", URL(url).port, ssl=tls)
    shown: bytes = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    await writer.wait_closed()
    return shown


def errors(logged: list[EventDict]) -> list[str]:
    return [line["error"] for line in logged if line["log_level"] == "error"]


async def test_a_renewed_certificate_is_shown_to_new_connections_while_open_ones_go_on(authority: Authority) -> None:
    clock, tls = ManualClock(), authority.client()
    async with guarded(authority.tls(), clock) as url, aiohttp.ClientSession(url) as session:
        async with session.get("/-/healthy", ssl=tls) as answer:
            await answer.read()
        first = await certificate(url, tls)
        authority.renew()
        assert await certificate(url, tls) == first, "looked at only once a second"
        await clock.advance(1)
        second = await certificate(url, tls)
        assert second != first
        assert await certificate(url, tls) == second
        async with session.get("/-/healthy", ssl=tls) as answer:
            assert answer.status == 200


async def test_users_and_headers_change_at_the_next_look(authority: Authority) -> None:
    clock = ManualClock()
    headers = "http_server_config: {headers: {X-Frame-Options: deny}}"
    async with guarded(authority.write(ALICE), clock) as url, aiohttp.ClientSession(url) as session:
        assert await status(f"{url}/metrics", auth=("alice", "a")) == 200
        authority.write(BOB + headers)
        await clock.advance(1)
        assert await status(f"{url}/metrics", auth=("alice", "a")) == 401
        assert await status(f"{url}/metrics", auth=("bob", "b")) == 200
        async with session.get("/metrics") as answer:
            assert answer.headers["X-Frame-Options"] == "deny"


async def test_whom_to_trust_changes_for_new_connections(authority: Authority) -> None:
    clock, stranger = ManualClock(), trustme.CA()
    stranger.cert_pem.write_to_path(authority.directory / "stranger.pem")
    more = "  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: {}\n"
    ours, theirs = authority.client("a.example"), authority.client("a.example", by=stranger)
    async with guarded(authority.tls(more.format("ca.pem")), clock) as url:
        assert [await refused(url, each) for each in (ours, theirs)] == [False, True]
        authority.tls(more.format("stranger.pem"))
        await clock.advance(1)
        assert [await refused(url, each) for each in (ours, theirs)] == [True, False]


async def test_a_bad_file_leaves_the_one_in_force_and_is_logged_once_until_it_is_mended(authority: Authority) -> None:
    clock = ManualClock()
    with capture_logs() as logged:
        async with guarded(authority.write(ALICE), clock) as url:
            authority.write("basic_auth_users: {bob: s3cret-canary}")
            for _ in range(3):
                await clock.advance(1)
                assert await status(f"{url}/metrics", auth=("alice", "a")) == 200
            place = f"{authority.file}:1: basic_auth_users.bob"
            assert errors(logged) == [f"{place}: not a bcrypt hash: make one with htpasswd -nBC 10 USER"]
            authority.write("basic_auth_user: {}")
            await clock.advance(1)
            assert await status(f"{url}/metrics", auth=("alice", "a")) == 200
            assert len(errors(logged)) == 2
            authority.write(BOB)
            await clock.advance(1)
            assert await status(f"{url}/metrics", auth=("bob", "b")) == 200
    assert [line["event"] for line in logged][-1] == "web configuration reloaded"
    assert "canary" not in str(logged)


async def test_a_certificate_without_its_key_waits_for_the_key(authority: Authority) -> None:
    clock, tls = ManualClock(), authority.client()
    key = authority.directory / "server.key"
    with capture_logs() as logged:
        async with guarded(authority.tls(), clock) as url:
            first, old_key = await certificate(url, tls), key.read_bytes()
            authority.renew()
            new_key = key.read_bytes()
            key.write_bytes(old_key)
            await clock.advance(1)
            assert await certificate(url, tls) == first
            key.write_bytes(new_key)
            await clock.advance(1)
            assert await certificate(url, tls) != first
    assert errors(logged) == [f"{authority.file}:3: tls_server_config.key_file: not the key of the certificate"]


async def test_a_file_that_comes_late_is_noticed(authority: Authority) -> None:
    clock, tls = ManualClock(), authority.client()
    text = authority.tls().read_text()
    async with guarded(authority.file, clock) as url:
        first = await certificate(url, tls)
        authority.write(text.replace("server.pem", "next.pem").replace("server.key", "next.key"))
        await clock.advance(1)
        assert await certificate(url, tls) == first
        authority.renew()
        for kind in ("pem", "key"):
            (authority.directory / f"server.{kind}").rename(authority.directory / f"next.{kind}")
        await clock.advance(1)
        assert await certificate(url, tls) != first


@pytest.mark.parametrize("change", ["on", "off"])
async def test_tls_is_neither_turned_on_nor_off(authority: Authority, change: str) -> None:
    clock = ManualClock()
    authority.tls() if change == "off" else authority.write(ALICE)
    tls = authority.client() if change == "off" else None
    with capture_logs() as logged:
        async with guarded(authority.file, clock) as url:
            authority.write(BOB) if change == "off" else authority.tls()
            await clock.advance(1)
            assert await status(f"{url}/metrics", tls) == (200 if change == "off" else 401)
    assert errors(logged) == [f"{authority.file}: TLS is turned {change} by a restart only"]


async def test_a_file_that_is_gone_leaves_the_one_in_force(authority: Authority) -> None:
    clock = ManualClock()
    with capture_logs() as logged:
        async with guarded(authority.write(ALICE), clock) as url:
            authority.file.unlink()
            await clock.advance(1)
            assert await status(f"{url}/metrics", auth=("alice", "a")) == 200
            assert await status(f"{url}/metrics") == 401
    assert errors(logged) == [f"{authority.file}: cannot be read: No such file or directory"]


def test_asked_to_it_reads_at_once_and_says_what_is_wrong(authority: Authority) -> None:
    guard = AccessMiddleware(authority.write(ALICE), ManualClock())
    authority.write(BOB)
    guard.reload()
    assert guard.in_force().config.basic_auth_users.keys() == {"bob"}
    authority.write("junk")
    with pytest.raises(ConfigError, match="expected a mapping with"):
        guard.reload()
    assert guard.in_force().config.basic_auth_users.keys() == {"bob"}


async def test_a_rate_limit_goes_on_counting_while_other_things_change(authority: Authority) -> None:
    clock = ManualClock()
    limit = "rate_limit: {interval: 1h, burst: 2}\n"
    async with guarded(authority.write(limit), clock) as url:
        assert await status(f"{url}/metrics") == 200
        authority.write(limit + "http_server_config: {headers: {X-Frame-Options: deny}}")
        await clock.advance(1)
        assert await status(f"{url}/metrics") == 200
        assert await status(f"{url}/metrics") == 429
        authority.write("")
        await clock.advance(1)
        assert await status(f"{url}/metrics") == 200
