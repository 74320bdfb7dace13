"""`/metrics` as Prometheus asks for it."""

import gzip

import pytest

from exporter.metrics.pages import Format
from tests.support.web_standin import Client, StandIn
from tests.web.test_negotiation import PROMETHEUS_3

PLAIN = {"Accept-Encoding": "identity"}


async def test_text_unless_asked_otherwise(client: Client) -> None:
    async with client.get("/metrics", headers=PLAIN) as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        assert answer.headers["Vary"] == "Accept, Accept-Encoding"
        assert "Content-Encoding" not in answer.headers
        assert await answer.read() == b"# TEXT\nnorth 1\nsouth 1\n"


async def test_openmetrics_for_prometheus(client: Client) -> None:
    async with client.get("/metrics", headers={**PLAIN, "Accept": PROMETHEUS_3}) as answer:
        assert answer.headers["Content-Type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8"
        assert await answer.read() == b"# OPENMETRICS\nnorth 1\nsouth 1\n"


async def test_accept_headers_may_be_several(client: Client) -> None:
    headers = [("Accept", "text/plain;q=0.5"), ("Accept", "application/openmetrics-text")]
    async with client.get("/metrics", headers=headers) as answer:
        assert answer.headers["Content-Type"] == Format.OPENMETRICS.value


@pytest.mark.parametrize("accept", [";;;", "application/openmetrics-text;version=1.0.abc", "\u00fc/\u00fc;q=abc"])
async def test_a_malformed_accept_is_answered_with_text(client: Client, accept: str) -> None:
    async with client.get("/metrics", headers={"Accept": accept}) as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"] == Format.TEXT.value


@pytest.mark.parametrize("size", [10, 3_000_000], ids=["small", "large"])
async def test_gzip_comes_back_as_it_was(client: Client, exporter: StandIn, size: int) -> None:
    exporter.pages = {"north": b"series " * (size // 7) + "é\n".encode()}
    async with client.get("/metrics", headers={"Accept-Encoding": "gzip"}) as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
        assert answer.headers["Content-Type"] == Format.TEXT.value
        body = await answer.read()
    assert int(answer.headers["Content-Length"]) == len(body)
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
async def test_narrowed_to_targets(client: Client, query: str, page: bytes) -> None:
    async with client.get(f"/metrics?{query}", headers=PLAIN) as answer:
        assert await answer.read() == page


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
async def test_an_unknown_target_is_named(client: Client, query: str, named: str) -> None:
    async with client.get(f"/metrics?{query}") as answer:
        assert answer.status == 404
        assert answer.content_type == "text/plain"
        assert await answer.text() == f"no target is named {named}\n"


async def test_head_has_the_headers_and_no_body(client: Client) -> None:
    async with client.head("/metrics", headers=PLAIN) as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"] == Format.TEXT.value
        assert answer.headers["Content-Length"] == str(len(b"# TEXT\nnorth 1\nsouth 1\n"))
        assert await answer.read() == b""
