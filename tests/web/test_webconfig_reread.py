"""Changes to the web configuration file while the server runs."""

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
from tests.support.web_secured import Authority, hashed, refused, secured, status

ALICE = f"basic_auth_users: {{alice: {hashed('a')}}}\n"
BOB = f"basic_auth_users: {{bob: {hashed('b')}}}\n"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


async def certificate(url: str, tls: ssl.SSLContext) -> bytes:
    """Return the server certificate of a new connection."""
    _, writer = await asyncio.open_connection("127.0.0.1", URL(url).port, ssl=tls)
    presented: bytes = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    await writer.wait_closed()
    return presented


def errors(logged: list[EventDict]) -> list[str]:
    return [line["error"] for line in logged if line["log_level"] == "error"]


async def test_new_connections_get_a_renewed_certificate_and_open_ones_continue(authority: Authority) -> None:
    clock, tls = ManualClock(), authority.client()
    async with secured(authority.tls(), clock) as url, aiohttp.ClientSession(url) as session:
        async with session.get("/-/healthy", ssl=tls) as response:
            await response.read()
        first = await certificate(url, tls)
        authority.renew()
        assert await certificate(url, tls) == first, "checked only once a second"
        await clock.advance(1)
        second = await certificate(url, tls)
        assert second != first
        assert await certificate(url, tls) == second
        async with session.get("/-/healthy", ssl=tls) as response:
            assert response.status == 200


async def test_users_and_headers_change_at_the_next_check(authority: Authority) -> None:
    clock = ManualClock()
    headers = "http_server_config: {headers: {X-Frame-Options: deny}}"
    async with secured(authority.write(ALICE), clock) as url, aiohttp.ClientSession(url) as session:
        assert await status(f"{url}/metrics", auth=("alice", "a")) == 200
        authority.write(BOB + headers)
        await clock.advance(1)
        assert await status(f"{url}/metrics", auth=("alice", "a")) == 401
        assert await status(f"{url}/metrics", auth=("bob", "b")) == 200
        async with session.get("/metrics") as response:
            assert response.headers["X-Frame-Options"] == "deny"


async def test_the_client_ca_changes_for_new_connections(authority: Authority) -> None:
    clock, other_ca = ManualClock(), trustme.CA()
    other_ca.cert_pem.write_to_path(authority.directory / "other.pem")
    more = "  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: {}\n"
    clients = authority.client("a.example"), authority.client("a.example", by=other_ca)
    async with secured(authority.tls(more.format("ca.pem")), clock) as url:
        assert [await refused(url, each) for each in clients] == [False, True]
        authority.tls(more.format("other.pem"))
        await clock.advance(1)
        assert [await refused(url, each) for each in clients] == [True, False]


async def test_an_invalid_file_keeps_the_current_one_and_is_logged_once_until_fixed(authority: Authority) -> None:
    clock = ManualClock()
    with capture_logs() as logged:
        async with secured(authority.write(ALICE), clock) as url:
            authority.write("basic_auth_users: {bob: s3cret-canary}")
            for _ in range(3):
                await clock.advance(1)
                assert await status(f"{url}/metrics", auth=("alice", "a")) == 200
            place = f"{authority.file}:1: basic_auth_users.bob"
            assert errors(logged) == [f"{place}: not a bcrypt hash; create one with htpasswd -nBC 10 USER"]
            authority.write("basic_auth_user: {}")
            await clock.advance(1)
            assert await status(f"{url}/metrics", auth=("alice", "a")) == 200
            assert len(errors(logged)) == 2
            authority.write(BOB)
            await clock.advance(1)
            assert await status(f"{url}/metrics", auth=("bob", "b")) == 200
    assert [line["event"] for line in logged][-1] == "web configuration reloaded"
    assert "canary" not in str(logged)


async def test_a_new_certificate_is_used_once_its_key_is_there(authority: Authority) -> None:
    clock, tls = ManualClock(), authority.client()
    key = authority.directory / "server.key"
    with capture_logs() as logged:
        async with secured(authority.tls(), clock) as url:
            first, old_key = await certificate(url, tls), key.read_bytes()
            authority.renew()
            new_key = key.read_bytes()
            key.write_bytes(old_key)
            await clock.advance(1)
            assert await certificate(url, tls) == first
            key.write_bytes(new_key)
            await clock.advance(1)
            assert await certificate(url, tls) != first
    place = f"{authority.file}:3: tls_server_config.key_file"
    assert errors(logged) == [f"{place}: private key does not match the certificate"]


async def test_a_referenced_file_created_later_is_detected(authority: Authority) -> None:
    clock, tls = ManualClock(), authority.client()
    text = authority.tls().read_text()
    async with secured(authority.file, clock) as url:
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
async def test_enabling_or_disabling_tls_requires_a_restart(authority: Authority, change: str) -> None:
    clock = ManualClock()
    authority.tls() if change == "off" else authority.write(ALICE)
    tls = authority.client() if change == "off" else None
    with capture_logs() as logged:
        async with secured(authority.file, clock) as url:
            authority.write(BOB) if change == "off" else authority.tls()
            await clock.advance(1)
            assert await status(f"{url}/metrics", tls) == (200 if change == "off" else 401)
    assert errors(logged) == [f"{authority.file}: enabling or disabling TLS requires a restart"]


async def test_a_deleted_file_keeps_the_current_configuration(authority: Authority) -> None:
    clock = ManualClock()
    with capture_logs() as logged:
        async with secured(authority.write(ALICE), clock) as url:
            authority.file.unlink()
            await clock.advance(1)
            assert await status(f"{url}/metrics", auth=("alice", "a")) == 200
            assert await status(f"{url}/metrics") == 401
    assert errors(logged) == [f"{authority.file}: cannot be read: No such file or directory"]


def test_an_explicit_reload_reads_at_once_and_raises_errors(authority: Authority) -> None:
    access = AccessMiddleware(authority.write(ALICE), ManualClock())
    authority.write(BOB)
    access.reload()
    assert access.current().config.basic_auth_users.keys() == {"bob"}
    authority.write("junk")
    with pytest.raises(ConfigError, match="expected a mapping with"):
        access.reload()
    assert access.current().config.basic_auth_users.keys() == {"bob"}


async def test_an_unchanged_rate_limit_keeps_its_state_on_reload(authority: Authority) -> None:
    clock = ManualClock()
    limit = "rate_limit: {interval: 1h, burst: 2}\n"
    async with secured(authority.write(limit), clock) as url:
        assert await status(f"{url}/metrics") == 200
        authority.write(limit + "http_server_config: {headers: {X-Frame-Options: deny}}")
        await clock.advance(1)
        assert await status(f"{url}/metrics") == 200
        assert await status(f"{url}/metrics") == 429
        authority.write("")
        await clock.advance(1)
        assert await status(f"{url}/metrics") == 200
