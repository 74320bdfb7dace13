"""A million series under attack: a real Prometheus keeps scraping, and memory stays bounded."""

import asyncio
import resource
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import aiohttp
import pytest

from tests.support.programs import Program, eventually, prometheus_running, running

pytestmark = pytest.mark.slow

AGENTS = 111_111  # a million series
LARGE = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"
PACKED = b"GET /metrics HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n"
CONFIG = """
global: {{scrape_interval: 2s, scrape_timeout: 2s}}
scrape_configs:
  - job_name: contactcenter
    params: {{target: [amsterdam-110000]}}
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
"""
GOOD_SCRAPES = 5
# The share of good scrapes during the attack; it and other tests keep the machine busy.
GOOD_SHARE = 0.5
MOST_FILES = 8192
MOST_MEMORY_BYTES = 128 << 20  # the page alone is 116 MiB, and 60 clients ask for it at once


@pytest.fixture
async def exporter() -> AsyncIterator[Program]:
    command = [sys.executable, "-m", "tests.bench.serve_exporter", AGENTS, "same"]
    async with running([str(each) for each in command], r"^(\d+)$") as program:
        yield program


@pytest.fixture
async def prometheus(exporter: Program, tmp_path: Path) -> AsyncIterator[str]:
    config = tmp_path / "prometheus.yml"
    config.write_text(CONFIG.format(port=exporter.port))
    async with prometheus_running(config) as address:
        yield address


def memory(program: Program, what: str) -> int:
    lines = Path(f"/proc/{program.process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{what}:"))


async def scrapes(prometheus: str) -> tuple[float, float]:
    """Return the number of scrapes and of good scrapes."""
    all_of_them, good = ({"query": f"sum({what}(up[1h]))"} for what in ("count_over_time", "sum_over_time"))
    return await number(prometheus, all_of_them), await number(prometheus, good)


async def number(prometheus: str, query: Mapping[str, str]) -> float:
    async with aiohttp.ClientSession() as session, session.get(f"{prometheus}/api/v1/query", params=query) as answer:
        found = (await answer.json())["data"]["result"]
    return float(found[0]["value"][1]) if found else 0.0


async def more_good_scrapes(prometheus: str, than: float) -> bool | None:
    return (await scrapes(prometheus))[1] >= than + GOOD_SCRAPES or None


Attack = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def again_and_again(port: int, attack: Attack, done: Counter[Attack]) -> None:
    """Connect, run the attack, and repeat when it is over."""
    while True:
        with suppress(OSError, asyncio.IncompleteReadError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            done[attack] += 1
            try:
                await attack(reader, writer)
            finally:
                writer.transport.abort()
        await asyncio.sleep(1)


def asks(request: bytes, *, rests: float) -> Attack:
    """Return an attack that requests a page and reads it slowly."""

    async def attack(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(request)
        while await reader.read(1 << 16):  # noqa: ASYNC110 - it reads slowly on purpose
            await asyncio.sleep(rests)

    return attack


def sends(sent: bytes, *, byte_by_byte: bool = False) -> Attack:
    """Return an attack that sends bytes and waits until the server closes the connection."""

    async def attack(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for piece in (sent[at : at + 1] for at in range(len(sent))) if byte_by_byte else (sent,):
            writer.write(piece)
            await writer.drain()
            if byte_by_byte:
                await asyncio.sleep(1)
        await reader.read()

    return attack


ATTACKS: tuple[tuple[int, Attack], ...] = (
    (5, asks(LARGE, rests=0)),
    (5, asks(PACKED, rests=0)),
    (50, asks(LARGE, rests=1)),
    (2_000, sends(b"")),
    (50, sends(b"GET /metrics HTTP/1.1\r\nHost: x\r\nX-Slow: " + b"a" * 4000, byte_by_byte=True)),
    (5, sends(b"GET /metrics HTTP/1.1\r\nHost: x\r\nX-Giant: " + b"a" * (1 << 20) + b"\r\n\r\n")),
    (5, sends(b"GET /metrics?" + b"target=a&" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n")),
    (5, sends(b"GET /../../../etc/passwd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")),
    (5, sends(b"GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n" * 1_000)),
    (5, sends(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)) * 4)),
)


@asynccontextmanager
async def under_attack(port: int) -> AsyncIterator[Counter[Attack]]:
    """Run every attack at once; yield how often each has begun."""
    done: Counter[Attack] = Counter()
    tasks = [asyncio.create_task(again_and_again(port, attack, done)) for many, attack in ATTACKS for _ in range(many)]
    try:
        yield done
    finally:
        assert not any(task.done() for task in tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
def many_files() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, MOST_FILES), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("many_files")
async def test_prometheus_keeps_scraping_under_attack(exporter: Program, prometheus: str) -> None:
    await eventually(lambda: more_good_scrapes(prometheus, 0), 60)
    before = memory(exporter, "VmRSS")
    async with under_attack(exporter.port) as done:
        await asyncio.sleep(2)
        had, had_good = await scrapes(prometheus)
        await eventually(lambda: more_good_scrapes(prometheus, had_good), 120)
        now, now_good = await scrapes(prometheus)
    assert all(done[attack] >= many for many, attack in ATTACKS)
    assert now_good - had_good >= GOOD_SHARE * (now - had)
    assert memory(exporter, "VmHWM") - before < MOST_MEMORY_BYTES
    assert await exporter.stop() == 0
    assert exporter.lines[1:] == []
