"""Fifty reloads, each changing a tenth of 200 targets, during a thousand scrapes: the other targets are unaffected."""

import asyncio
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.support.programs import EXPORTER, Program, eventually, running

pytestmark = pytest.mark.slow

INTERVAL = 5.0
TARGETS, CHANGED = 200, 20
RELOADS, SCRAPES, AT_ONCE = 50, 1000, 10
KEPT = [f"kept-{index:03}" for index in range(TARGETS // 2)]

# The series of an unchanged target in every scrape.
UP = re.compile(rb'^contactcenter_up\{target="(kept-\d+)",resource="\w+"\} [01]$', re.MULTILINE)
WAITING = re.compile(rb'^contactcenter_queue_waiting_contacts\{target="(kept-\d+)",.*\} 3$', re.MULTILINE)
AVAILABLE = re.compile(rb'^contactcenter_agents\{target="(kept-\d+)",.*state="available".*\} 1$', re.MULTILINE)
PATTERNS = {"up": UP, "waiting": WAITING, "available": AVAILABLE}

ROWS: dict[str, list[dict[str, str]]] = {
    "queues": [{"Number": "1000", "Name": "Sales", "InQueueCalls": "3"}],
    "agents": [{"Logid": "1", "Agent": "Ann", "Status": "AVAIL", "Dep": "139"}],
    "trunks": [],
}


class Vendor:
    """A KPN server for any number of targets, which records the requests for each resource.

    Attributes:
        asked: The times of the requests by path.
        overlaps: Paths that were requested during another request for the same path.
    """

    def __init__(self) -> None:
        self.asked: defaultdict[str, list[float]] = defaultdict(list)
        self.overlaps: set[str] = set()
        self._answering: set[str] = set()

    def application(self) -> web.Application:
        application = web.Application()
        application.add_routes([web.post("/{name}/token", self.token), web.get("/{name}/{what}", self.rows)])
        return application

    async def token(self, _request: web.Request) -> web.Response:
        return web.json_response({"access_token": "t", "expires_in": "3599"})

    async def rows(self, request: web.Request) -> web.Response:
        path = request.path
        self.asked[path].append(asyncio.get_running_loop().time())
        if path in self._answering:
            self.overlaps.add(path)
        self._answering.add(path)
        await asyncio.sleep(0.005)
        self._answering.discard(path)
        what = request.match_info["what"]
        return web.json_response({"Error": None, "DataSet": {what: ROWS[what]}})


def configurations(url: str) -> Iterator[str]:
    """Yield configurations for ever, each with a tenth of the targets changed.

    Half of the changed targets get other settings, the others are replaced by targets with other names.
    """
    others = [(f"other-{index:03}", 0) for index in range(TARGETS - len(KEPT))]
    generation = 0
    while True:
        targets = sorted([*((name, 0) for name in KEPT), *others])
        rows = (
            f'  - {{name: {name}, url: "{url}/{name}", client_id: me-{generation}, <<: *kpn}}\n'
            for name, generation in targets
        )
        shared = f'&kpn {{vendor: kpn, token_url: "{url}/any/token", client_secret: s}}'
        yield f"poll: {{interval: {INTERVAL:g}s}}\nx-kpn: {shared}\ntargets:\n{''.join(rows)}"
        generation += 1
        for step in range(CHANGED):
            at = (generation * CHANGED + step) % len(others)
            name = others[at][0] if step % 2 else f"other-{at:03}-{generation}"
            others[at] = name, generation


@pytest.fixture
async def vendor() -> Vendor:
    return Vendor()


@pytest.fixture
async def written(vendor: Vendor) -> AsyncIterator[Iterator[str]]:
    async with TestServer(vendor.application()) as server:
        yield configurations(f"http://127.0.0.1:{server.port}")


@pytest.fixture
def config(written: Iterator[str], tmp_path: Path) -> Path:
    path = tmp_path / "contactcenter.yml"
    path.write_text(next(written))
    return path


@pytest.fixture
async def program(config: Path) -> AsyncIterator[Program]:
    command = [*EXPORTER, f"--config.file={config}", "--web.listen-address=127.0.0.1:0", "--web.enable-lifecycle"]
    async with running(command, r"msg=listening .*\bport=(\d+)") as program:
        yield program


def change(config: Path, text: str) -> None:
    config.write_text(text)


def missing(page: bytes, targets: Sequence[str]) -> list[str]:
    """Return the series that a page lacks of targets that must be complete."""
    found = {name: [match.decode() for match in pattern.findall(page)] for name, pattern in PATTERNS.items()}
    return [
        f"{target} {name}"
        for name, seen in found.items()
        for target in targets
        if seen.count(target) != (len(ROWS) if name == "up" else 1)
    ]


async def test_a_thousand_scrapes_and_fifty_reloads_at_once(
    program: Program, config: Path, vendor: Vendor, written: Iterator[str]
) -> None:
    loop = asyncio.get_running_loop()
    async with aiohttp.ClientSession(f"http://127.0.0.1:{program.port}") as session:

        async def get(path: str) -> tuple[int, bytes]:
            async with session.get(path) as answer:
                return answer.status, await answer.read()

        async def whole() -> bool | None:
            return not missing((await get("/metrics"))[1], KEPT) or None

        await eventually(whole, seconds=60)
        vendor.asked.clear()
        began = loop.time()
        numbers = iter(range(SCRAPES))

        async def scrape() -> None:
            for number in numbers:
                whole = number % 10 == 0
                some = KEPT if whole else KEPT[number % 90 :][:4]
                query = "" if whole else "?" + "&".join(f"target={name}" for name in some)
                status, page = await get(f"/metrics{query}")
                assert status == 200
                assert missing(page, some) == []

        async def reload() -> None:
            for _ in range(RELOADS):
                change(config, next(written))
                async with session.post("/-/reload") as answer:
                    assert (answer.status, await answer.text()) == (200, "configuration reloaded\n")

        async with asyncio.TaskGroup() as work:
            work.create_task(reload())
            for _ in range(AT_ONCE):
                work.create_task(scrape())
        lasted = loop.time() - began

    kept = {path: times for path, times in vendor.asked.items() if path.split("/")[1] in KEPT}
    assert vendor.overlaps & kept.keys() == set()
    assert {path: len(times) for path, times in kept.items() if len(times) > lasted / INTERVAL + 1} == {}
    close = {path: times for path, times in kept.items() for one, two in pairwise(times) if two - one < INTERVAL / 4}
    assert close == {}
    assert not [line for line in program.lines if "level=error" in line or "Traceback" in line]
