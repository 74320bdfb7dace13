"""`check --connect` reports the requests a minute of each target; they are those of a run."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest
from aiohttp import web

from exporter.cli.check import Attempt, report, try_targets
from exporter.cli.demo import demo_targets
from exporter.metrics.pages import Exposition
from exporter.model import PollItems, Queue, Snapshot
from exporter.polling.collector import Collector
from exporter.settings import Poll, TargetSettings
from exporter.simulator import http_server
from exporter.simulator.default import busy_half_hour
from exporter.simulator.driver import Driver
from tests.support.clock import ManualClock
from tests.support.exposition import no_process
from tests.support.fake_vendor import install
from tests.support.timeloop import LoopClock, TimeLoop, run
from tests.support.vendors.axialys import settings as axialys_settings
from tests.support.vendors.polls import serving

MINUTES = 10


async def figures(loop: TimeLoop) -> tuple[Mapping[str, float], Mapping[str, float]]:
    """Return the requests a minute of each vendor's target: as reported by `check --connect`, and of a run."""
    clock = LoopClock(loop)
    server = await http_server.start("127.0.0.1", 0, Driver(busy_half_hour(), clock))
    targets = [target.model_copy(update={"poll": Poll()}) for target in demo_targets(server.url)]
    checked = await try_targets(targets, clock)
    await asyncio.sleep(60)
    collector = Collector(targets, Exposition(no_process), clock)
    await collector.start()
    await asyncio.sleep(60)  # the requests of a start are more
    before = {target.name: target.requests.total() for target in collector.health}
    await asyncio.sleep(60 * MINUTES)
    counted = {target.name: (target.requests.total() - before[target.name]) / MINUTES for target in collector.health}
    await collector.stop()
    await server.stop()
    return of_targets(checked.attempts), counted


def of_targets(attempts: Sequence[Attempt]) -> Mapping[str, float]:
    found: dict[str, float] = {}
    for each in attempts:
        assert each.requests_a_minute is not None, each
        found[each.target] = found.get(each.target, 0.0) + each.requests_a_minute
    return found


@pytest.mark.slow
def test_the_figure_is_that_of_a_run_at_every_vendor() -> None:
    checked, counted = run(figures)
    assert checked == pytest.approx(counted, rel=0.1)


async def test_a_target_has_the_sum_of_its_resources(monkeypatch: pytest.MonkeyPatch) -> None:
    items = PollItems(total=40, asked=30, answered=30, kept=0, failed=0, round_seconds=20)

    async def queues() -> Snapshot:
        return Snapshot(queues=(Queue(id="1"),), poll_items=items)

    install(monkeypatch, {"queues": queues, "more": queues})
    target = TargetSettings(name="amsterdam", vendor="fake", url="http://127.0.0.1:9", poll=Poll(interval=30.0))
    checked = await try_targets([target], ManualClock())
    assert report(checked).splitlines()[1:] == [
        "amsterdam  queues    ok      1     0             80",
        "amsterdam  more      ok      1     0             80",
        "target amsterdam: 160 requests a minute",
    ]


async def test_an_answer_that_targets_share_counts_once() -> None:
    async def answer(request: web.Request) -> web.Response:
        operators = request.path == "/vm/operators_init"
        return web.json_response([{"id": 1, "etat": "available"}] if operators else [])

    async with serving(answer) as server:
        url = str(server.make_url("")).rstrip("/")
        checked = await try_targets([axialys_settings(name=name, url=url) for name in ("paris", "lyon")], ManualClock())
    operators = [each.requests_a_minute for each in checked.attempts if each.resource == "operators"]
    assert sorted(operators, key=str) == [0.0, 2.0]


async def test_a_round_that_takes_longer_than_the_timeout_is_complete() -> None:
    """A poll of many requests may take the whole interval."""
    clock = ManualClock()

    async def answer(request: web.Request) -> web.Response:
        if "stats" in request.path:
            await clock.sleep(0.3)
            return web.json_response({"nbr_perdus": 1})
        rows = [{"id": number, "name": str(number)} for number in range(40)] if "groups" in request.path else []
        return web.json_response(rows)

    async with serving(answer) as server:
        target = axialys_settings(url=str(server.make_url("")).rstrip("/"))
        task = asyncio.ensure_future(try_targets([target], clock))
        while not task.done():
            await clock.advance(0.1)
            await asyncio.sleep(0.001)
        [stats] = [each for each in (await task).attempts if each.resource == "group_stats"]
    assert (stats.failure, stats.rows) == ("", 40)
    assert stats.requests_a_minute == pytest.approx(160, rel=0.3)
    assert stats.seconds > target.poll.timeout
