"""What tests of vendors need: a target's HTTP, servers good and bad to ask with it, and what its snapshots show.

A golden text is what Prometheus gets of a fixture; it lies beside it. `GOLDEN=write` in the environment writes the
golden texts anew.
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
from tests.support.clock import ManualClock
from tests.support.exposition import no_process, page_bytes, read, require_golden

T = TypeVar("T")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

# Stands for every secret: wherever it turns up but in a request, something leaks.
CANARY = "c4n4ry-s3cr3t"
BODY_BYTES = 1 << 20
AGGREGATE = Detail()
NAMES = Detail(agents="name")
GOLDEN_SUFFIX = ".prom"


class Shown:
    """What a target's snapshots show."""

    def __init__(self, target: str, fixtures: Path) -> None:
        """Show them under the target's name; the golden texts lie where the vendor's fixtures do."""
        self._target = target
        self._fixtures = fixtures

    def page(self, snapshot: Snapshot, detail: Detail = AGGREGATE, form: Format = Format.TEXT) -> str:
        """Return the page that shows a snapshot and nothing else."""
        exposition = Exposition(no_process)
        exposition.put(self._target, "resource", render(entities(self._target, snapshot, detail)))
        return page_bytes(exposition, form).decode()

    def samples(self, snapshot: Snapshot, detail: Detail = AGGREGATE) -> dict[tuple[str, ...], float]:
        """Return every series by its name and its labels' values but the target, read back by both parsers alike."""
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
    """What aioresponses 0.7.9 builds, with the argument that aiohttp 3.14 asks for besides."""

    def __init__(self, method: str, url: URL, **kwargs: Any) -> None:  # noqa: ANN401 - as it comes
        super().__init__(method, url, stream_writer=Mock(output_size=0), **kwargs)


class Mocked(aioresponses):
    """Answers in the place of the network: `with Mocked() as vendor: vendor.get(url, body=…)`."""

    def add(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as it comes
        """Say how a request is answered, once unless `repeat` is given."""
        super().add(*args, **{"response_class": MockedResponse, **kwargs})


@asynccontextmanager
async def asking(
    *, clock: Clock | None = None, body_bytes: int = BODY_BYTES, codes: list[int] | None = None, **tls: Path | bool
) -> AsyncIterator[Http]:
    """Yield the HTTP of a target with these TLS settings; status codes it sees are appended to `codes`."""
    target = TargetSettings(name="t", vendor="v", url="http://127.0.0.1", tls_config=TlsConfig.model_validate(tls))
    answered = (codes if codes is not None else []).append
    async with open_session(target) as session:
        yield Http(session, clock or ManualClock(), body_bytes=body_bytes, answered=answered)


@asynccontextmanager
async def serving(handler: Handler, tls: ssl.SSLContext | None = None) -> AsyncIterator[TestServer]:
    """Yield a server on 127.0.0.1 that answers every request with this handler."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    server = TestServer(app, scheme="https" if tls else "http")
    await server.start_server(ssl=tls)
    try:
        yield server
    finally:
        await server.close()


@asynccontextmanager
async def saying(answer: bytes) -> AsyncIterator[str]:
    """Yield the address of a server that says these bytes, whatever it is asked, and hangs up."""

    async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(say, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def failure(poll: Awaitable[object]) -> PollError:
    """Return how it failed; its message may hold no secret."""
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
