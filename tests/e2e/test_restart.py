"""Running totals over a restart of the program: with a state directory they continue as if it had not stopped."""

import asyncio
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest
from aiohttp import web

from exporter.metrics.pages import Format
from exporter.service import Service
from exporter.settings import Settings, State, TargetSettings, Web
from exporter.vendors.kpn import KpnSettings
from tests.support.exposition import page_bytes, read
from tests.support.timeloop import LoopClock, TimeLoop, run
from tests.support.vendors.axialys import settings as axialys_settings
from tests.support.vendors.polls import CANARY, serving
from tests.support.vendors.sinch import Installation, fixture
from tests.support.vendors.sinch import settings as sinch_settings

# 2019-08-30 23:59:00 UTC
LATE = 1_567_209_540.0
ROW = fixture("contactSummary")[0]
QUEUE = ROW["queueId"]
YESTERDAY, TODAY = "2019-08-30T23:45:00.00Z", "2019-08-31T00:00:00.00Z"
MORNING = "2019-08-30T09:00:00.00Z"
HOUR = 3600.0


class Run(NamedTuple):
    """One run of the program.

    Attributes:
        seconds: How long it runs.
        rows: What the vendor returns meanwhile: when each quarter hour began, and the contacts answered of it.
        pause: How long it does not run afterwards.
    """

    seconds: float
    rows: dict[str, int]
    pause: float = 30.0


def bucket(began: str, answered: int) -> dict[str, object]:
    changed = {"changeTimeStamp": "2019-08-30T23:50:00.000Z"}
    return {**ROW, "id": f"{QUEUE} {began}", "hourTime": began, "inArrivedActive": 0, "inHandled": answered, **changed}


async def totals(loop: TimeLoop, runs: Sequence[Run], directory: Path | None) -> list[float]:
    """Return the answered contacts at the end of each run of the program."""
    installation = Installation(queueStatuses=[], agents=[], queueGroups=[])
    shown = []
    async with serving(installation.handle) as server:
        target = sinch_settings(url=str(server.make_url("/RI/rmi")))
        for each in runs:
            installation.answers["contactSummaries"] = [bucket(*row) for row in each.rows.items()]
            shown.append(await total(loop, target, directory, each.seconds, "queue_contacts_answered_total"))
            await asyncio.sleep(each.pause)
    return shown


async def total(loop: TimeLoop, target: TargetSettings, directory: Path | None, seconds: float, family: str) -> float:
    """Run the program; return a total of its only queue at the end."""
    settings = Settings(targets=(target,), web=Web(listen_address="127.0.0.1:0"), state=State(dir=directory))
    service = Service(settings, LoopClock(loop))
    await service.start()
    await asyncio.sleep(seconds)
    page = read(page_bytes(service.replica, Format.TEXT), Format.TEXT)
    await service.stop()
    samples = [sample for each in page for sample in each.samples if sample.name == f"contactcenter_{family}"]
    [sample] = samples
    return sample.value


async def requests_of_axialys(loop: TimeLoop, directory: Path | None, period: float) -> list[float]:
    """Return when all operators were requested in ten minutes of a crash loop; a run lasts that many seconds."""
    asked: list[float] = []

    async def answer(request: web.Request) -> web.Response:
        if request.path == "/vm/operators_init":
            asked.append(loop.time())
            return web.json_response([{"id": 1, "etat": "available"}])
        return web.json_response([])

    async with serving(answer) as server:
        target = axialys_settings(url=str(server.make_url("")).rstrip("/"))
        settings = Settings(targets=(target,), web=Web(listen_address="127.0.0.1:0"), state=State(dir=directory))
        while loop.time() < 600:
            service = Service(settings, LoopClock(loop))
            await service.start()
            await asyncio.sleep(period)
            await service.stop()
    return asked


@pytest.mark.parametrize(
    ("kept", "period", "least", "most"),
    [
        pytest.param(False, 7, 0, 0, id="never"),
        pytest.param(False, 40, 14, 15, id="once in each run"),
        pytest.param(False, 100, 12, 18, id="some in each run"),
        pytest.param(True, 7, 15, 20, id="every 30 seconds"),
        pytest.param(True, 40, 13, 20, id="every 30 seconds or once in a run"),
    ],
)
def test_a_crash_loop_does_not_break_the_minimum_interval(
    tmp_path: Path, *, kept: bool, period: float, least: int, most: int
) -> None:
    asked = run(lambda loop: requests_of_axialys(loop, tmp_path if kept else None, period))
    assert least <= len(asked) <= most
    assert all(later - earlier >= 29.99 for earlier, later in pairwise(asked))


OVER_MIDNIGHT = [
    Run(40, {MORNING: 90, YESTERDAY: 4}),
    # Midnight has passed: one more contact of yesterday was answered.
    Run(70, {MORNING: 90, YESTERDAY: 5}),
    Run(70, {MORNING: 90, YESTERDAY: 5, TODAY: 2}),
    # The vendor keeps quarter hours for 36 hours; that of yesterday's morning is gone.
    Run(70, {YESTERDAY: 6, TODAY: 2}),
]


@pytest.mark.parametrize("pause", [30.0, 600.0])
def test_the_growth_of_yesterday_is_exact_after_restarts(tmp_path: Path, pause: float) -> None:
    runs = [each._replace(pause=pause) for each in OVER_MIDNIGHT]
    assert run(lambda loop: totals(loop, runs, tmp_path), wall=LATE) == [94, 1, 3, 4]


def test_without_a_state_directory_it_counts_from_the_first_read() -> None:
    assert run(lambda loop: totals(loop, OVER_MIDNIGHT, None), wall=LATE) == [94, 0, 2, 2]


async def corrected(loop: TimeLoop, directory: Path | None, day_starts: str | None, pause: float) -> list[float]:
    """Return a total of KPN that was 1000 before a restart, and that the vendor corrected to 997 meanwhile."""
    offered = 1000

    async def answer(request: web.Request) -> web.Response:
        if request.path == "/token":
            return web.json_response({"access_token": "token", "expires_in": "3599"})
        name = request.path.rpartition("/")[2]
        rows = [{"Number": "1", "Name": "Sales", "OfferedCalls": offered}] if name == "queues" else []
        return web.json_response({"Error": None, "DataSet": {name: rows}})

    async with serving(answer) as server:
        url = str(server.make_url("")).rstrip("/")
        client = {"token_url": f"{url}/token", "client_id": "exporter", "client_secret": CANARY}
        site = {"name": "amsterdam", "vendor": "kpn", "url": url, "day_starts": day_starts}
        target = KpnSettings.model_validate({**site, **client})
        before = await total(loop, target, directory, 20, "queue_contacts_offered_total")
        await asyncio.sleep(pause)
        offered = 997
        after = await total(loop, target, directory, 20, "queue_contacts_offered_total")
        later = await total(loop, target, directory, 20, "queue_contacts_offered_total")
    return [before, after, later]


@pytest.mark.parametrize(
    ("kept", "day_starts", "pause", "exported"),
    [
        pytest.param(True, None, 60, [1000, 1000, 1000], id="held"),
        pytest.param(False, None, 60, [1000, 997, 997], id="no state directory"),
        pytest.param(True, None, 2 * HOUR, [1000, 997, 997], id="too long ago, if the day is unknown"),
        pytest.param(True, "00:00", 2 * HOUR, [1000, 1000, 1000], id="the same day"),
        pytest.param(True, "00:00", 24 * HOUR, [1000, 997, 997], id="another day"),
    ],
)
def test_a_correction_during_a_restart_is_no_counter_reset(
    tmp_path: Path, *, kept: bool, day_starts: str | None, pause: float, exported: list[float]
) -> None:
    directory = tmp_path if kept else None
    assert run(lambda loop: corrected(loop, directory, day_starts, pause)) == exported
