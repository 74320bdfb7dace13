"""`/metrics`: format, compression and target selection."""

import gzip

import pytest

from exporter.metrics.pages import Format
from tests.support.web_standin import Client, StandIn
from tests.web.test_negotiation import PROMETHEUS_3

PLAIN = {"Accept-Encoding": "identity"}


async def test_the_default_format_is_text(client: Client) -> None:
    async with client.get("/metrics", headers=PLAIN) as response:
        assert response.status == 200
        assert response.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        assert response.headers["Vary"] == "Accept, Accept-Encoding"
        assert "Content-Encoding" not in response.headers
        assert await response.read() == b"# TEXT\nnorth 1\nsouth 1\n"


async def test_openmetrics_for_prometheus(client: Client) -> None:
    async with client.get("/metrics", headers={**PLAIN, "Accept": PROMETHEUS_3}) as response:
        assert response.headers["Content-Type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8"
        assert await response.read() == b"# OPENMETRICS\nnorth 1\nsouth 1\n"


async def test_several_accept_headers_are_supported(client: Client) -> None:
    headers = [("Accept", "text/plain;q=0.5"), ("Accept", "application/openmetrics-text")]
    async with client.get("/metrics", headers=headers) as response:
        assert response.headers["Content-Type"] == Format.OPENMETRICS.value


@pytest.mark.parametrize("accept", [";;;", "application/openmetrics-text;version=1.0.abc", "\u00fc/\u00fc;q=abc"])
async def test_a_malformed_accept_is_answered_with_text(client: Client, accept: str) -> None:
    async with client.get("/metrics", headers={"Accept": accept}) as response:
        assert response.status == 200
        assert response.headers["Content-Type"] == Format.TEXT.value


@pytest.mark.parametrize("size", [10, 3_000_000], ids=["small", "large"])
async def test_gzip_decompresses_to_the_page(client: Client, exporter: StandIn, size: int) -> None:
    exporter.pages = {"north": b"series " * (size // 7) + "é\n".encode()}
    async with client.get("/metrics", headers={"Accept-Encoding": "gzip"}) as response:
        assert response.headers["Content-Encoding"] == "gzip"
        assert response.headers["Content-Type"] == Format.TEXT.value
        body = await response.read()
    assert int(response.headers["Content-Length"]) == len(body)
    assert gzip.decompress(body) == b"# TEXT\n" + exporter.pages["north"]


@pytest.mark.parametrize(
    ("query", "page"),
    [
        ("target=south", b"# TEXT\nsouth 1\n"),
        ("target=south&target=north", b"# TEXT\nsouth 1\nnorth 1\n"),
        ("", b"# TEXT\nnorth 1\nsouth 1\n"),
        ("other=1", b"# TEXT\nnorth 1\nsouth 1\n"),
    ],
)
async def test_targets_can_be_selected(client: Client, query: str, page: bytes) -> None:
    async with client.get(f"/metrics?{query}", headers=PLAIN) as response:
        assert await response.read() == page


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("target=west", "'west'"),
        ("target=north&target=west", "'west'"),
        ("target=", "''"),
        ("target=a%0Ab", r"'a\nb'"),
        ("target=%3Cscript%3E", "'<script>'"),
    ],
)
async def test_an_unknown_target_is_not_found(client: Client, query: str, named: str) -> None:
    async with client.get(f"/metrics?{query}") as response:
        assert response.status == 404
        assert response.content_type == "text/plain"
        assert await response.text() == f"unknown target {named}\n"


async def test_head_has_the_headers_and_no_body(client: Client) -> None:
    async with client.head("/metrics", headers=PLAIN) as response:
        assert response.status == 200
        assert response.headers["Content-Type"] == Format.TEXT.value
        assert response.headers["Content-Length"] == str(len(b"# TEXT\nnorth 1\nsouth 1\n"))
        assert await response.read() == b""
