"""HTTP clients and servers for tests of vendors, and the pages of their snapshots.

A golden text is the page of a fixture and stands beside it. `GOLDEN=write` in the environment rewrites the golden
texts.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar
from unittest.mock import Mock

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from aioresponses import aioresponses
from yarl import URL

from exporter.errors import PollError
from exporter.metrics.mapping import Detail, entities
from exporter.metrics.pages import Exposition, Format
from exporter.metrics.render import render
from exporter.model import Snapshot
from exporter.runtime.clock import Clock
from exporter.settings import TargetSettings, TlsConfig
from exporter.vendors.toolkit.http import Http, open_session
from exporter.vendors.toolkit.permission import always
from tests.support.clock import ManualClock
from tests.support.exposition import no_process, page_bytes, read, require_golden

T = TypeVar("T")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

# Stands for every secret: it may appear in requests only.
CANARY = "c4n4ry-s3cr3t"
BODY_BYTES = 1 << 20
AGGREGATE = Detail()
NAMES = Detail(agents="name")
GOLDEN_SUFFIX = ".prom"


class Shown:
    """Renders the snapshots of a target."""

    def __init__(self, target: str, fixtures: Path) -> None:
        """Render them under the target's name; the golden texts stand beside the vendor's fixtures."""
        self._target = target
        self._fixtures = fixtures

    def page(self, snapshot: Snapshot, detail: Detail = AGGREGATE, form: Format = Format.TEXT) -> str:
        """Return the page of one snapshot."""
        exposition = Exposition(no_process)
        exposition.put(self._target, "resource", render(entities(self._target, snapshot, detail)))
        return page_bytes(exposition, form).decode()

    def samples(self, snapshot: Snapshot, detail: Detail = AGGREGATE) -> dict[tuple[str, ...], float]:
        """Return every series by its name and label values, without the target; both parsers must agree."""
        text, openmetrics = (self._read(self.page(snapshot, detail, form), form) for form in Format)
        assert text == openmetrics
        return text

    def require_golden(self, name: str, snapshot: Snapshot, detail: Detail) -> None:
        """Require that a snapshot matches its golden text, and that both formats carry the same samples.

        The OpenMetrics metadata has a golden text of its own: tests/metrics/test_openmetrics_golden.py.
        """
        # The catalogue owns the HELP texts.
        text = [line for line in self._lines(snapshot, detail, Format.TEXT) if not line.startswith("# HELP")]
        require_golden(self._fixtures / f"{name}{GOLDEN_SUFFIX}", "".join(text))
        samples = [line for line in text if not line.startswith("#")]
        openmetrics = self._lines(snapshot, detail, Format.OPENMETRICS)
        assert [line for line in openmetrics if not line.startswith("#")] == samples
        assert len(self.samples(snapshot, detail)) == len(samples)

    def _lines(self, snapshot: Snapshot, detail: Detail, form: Format) -> list[str]:
        return self.page(snapshot, detail, form).splitlines(keepends=True)

    def _read(self, page: str, form: Format) -> dict[tuple[str, ...], float]:
        found = [sample for family in read(page, form) for sample in family.samples]
        assert {sample.labels["target"] for sample in found} <= {self._target}
        assert all(sample.value >= 0 for sample in found)
        series = {(sample.name, *list(sample.labels.values())[1:]): sample.value for sample in found}
        assert len(series) == len(found)
        return {(name.removeprefix("contactcenter_"), *labels): value for (name, *labels), value in series.items()}


class MockedResponse(aiohttp.ClientResponse):
    """The response of aioresponses 0.7.9, with the additional argument that aiohttp 3.14 requires."""

    def __init__(self, method: str, url: URL, **kwargs: Any) -> None:  # noqa: ANN401 - passed on
        super().__init__(method, url, stream_writer=Mock(output_size=0), **kwargs)


class Mocked(aioresponses):
    """Replaces the network: `with Mocked() as vendor: vendor.get(url, body=…)`."""

    def add(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - passed on
        """Configure the response to a request, once unless `repeat` is given."""
        super().add(*args, **{"response_class": MockedResponse, **kwargs})


@asynccontextmanager
async def asking(
    *,
    clock: Clock | None = None,
    body_bytes: int = BODY_BYTES,
    codes: list[int] | None = None,
    may_send: Callable[[], bool] = always,
    **tls: Path | bool,
) -> AsyncIterator[Http]:
    """Yield the HTTP client of a target with these TLS settings; the received status codes are appended to `codes`."""
    target = TargetSettings(name="t", vendor="v", url="http://127.0.0.1", tls_config=TlsConfig.model_validate(tls))
    answered = (codes if codes is not None else []).append
    async with open_session(target, may_send) as session:
        yield Http(session, clock or ManualClock(), body_bytes=body_bytes, answered=answered)


@asynccontextmanager
async def serving(handler: Handler, tls: ssl.SSLContext | None = None) -> AsyncIterator[TestServer]:
    """Yield a server on 127.0.0.1 that passes every request to this handler."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    server = TestServer(app, scheme="https" if tls else "http")
    await server.start_server(ssl=tls)
    try:
        yield server
    finally:
        await server.close()


@asynccontextmanager
async def raw_server(answer: bytes) -> AsyncIterator[str]:
    """Yield the address of a server that responds to any request with these bytes and closes the connection."""

    async def respond(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(respond, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def failure(poll: Awaitable[object]) -> PollError:
    """Return the error of a poll; its message must not contain a secret."""
    with pytest.raises(PollError) as caught:
        await poll
    assert CANARY not in str(caught.value)
    return caught.value


async def passing(clock: ManualClock, poll: Awaitable[T]) -> T:
    """Return the result of a poll that spreads its requests, letting time pass until it is done."""
    task = asyncio.ensure_future(poll)
    async with asyncio.timeout(20):
        while not task.done():
            await asyncio.sleep(0.001)
            await clock.advance(0.1)
    return await task
