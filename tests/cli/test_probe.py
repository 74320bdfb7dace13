import asyncio
import base64
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trustme
from aiohttp import web

from exporter.cli import probe

AUTHORIZED = "Basic " + base64.b64encode(b"kubelet:let me in").decode()
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def healthy(_: web.Request) -> web.Response:
    return web.Response(text="healthy\n")


async def guarded(request: web.Request) -> web.Response:
    return web.Response(status=200 if request.headers.get("Authorization") == AUTHORIZED else 401)


async def busy(_: web.Request) -> web.Response:
    return web.Response(status=503)


@asynccontextmanager
async def served(handler: Handler, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """Serve every path with one handler and yield the URL."""
    app = web.Application()
    app.router.add_get("/{path:.*}", handler)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
    await site.start()
    port = runner.addresses[0][1]
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{port}/-/healthy"
    finally:
        await runner.cleanup()


async def probed(*arguments: str) -> int:
    return await asyncio.to_thread(probe.main, arguments)


@pytest.fixture
def credentials(tmp_path: Path) -> Path:
    directory = tmp_path / "credentials"
    directory.mkdir()
    (directory / "username").write_text("kubelet")
    (directory / "password").write_text("let me in\n")
    return directory


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[trustme.CA, Path]:
    authority = trustme.CA()
    issued = authority.issue_cert("kubelet@example.com")
    issued.cert_chain_pems[0].write_to_path(tmp_path / "tls.crt")
    issued.private_key_pem.write_to_path(tmp_path / "tls.key")
    return authority, tmp_path


async def test_status_200_is_healthy() -> None:
    async with served(healthy) as url:
        assert await probed(url) == 0


async def test_any_other_status_is_unhealthy(capsys: pytest.CaptureFixture[str]) -> None:
    async with served(busy) as url:
        assert await probed(url) == 1
        assert capsys.readouterr().err == f"{url}: status 503\n"


async def test_refused_connection_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    async with served(healthy) as url:
        pass
    assert await probed(url) == 1
    assert "Connection refused" in capsys.readouterr().err


async def test_credentials_are_read_from_files(credentials: Path) -> None:
    async with served(guarded) as url:
        assert await probed(url) == 1
        assert await probed(url, f"--credentials={credentials}") == 0


async def test_missing_credentials_are_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with served(guarded) as url:
        assert await probed(url, f"--credentials={tmp_path}") == 1
    assert "username" in capsys.readouterr().err


async def test_invalid_url_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    assert await probed("file:///etc/passwd") == 1
    assert "expected http://HOST:PORT/PATH" in capsys.readouterr().err


async def test_client_certificate_is_sent(certificate: tuple[trustme.CA, Path]) -> None:
    authority, directory = certificate
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    async with served(healthy, context) as url:
        assert await probed(url) == 1
        assert await probed(url, f"--certificate={directory}") == 0
