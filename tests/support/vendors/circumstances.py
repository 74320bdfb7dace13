"""A vendor behind `Http` that answers slowly, limits requests or is half broken, and a run of targets that poll it.

Time is simulated and there are no sockets, so that minutes of five hundred agents take seconds.
"""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from email.utils import formatdate
from typing import NamedTuple

import pytest
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from exporter.metrics.pages import Exposition, Format
from exporter.polling.collector import Collector
from exporter.settings import TargetSettings
from exporter.vendors.toolkit.http import Http, Response
from tests.support.exposition import no_process, page_bytes, read
from tests.support.timeloop import LoopClock, TimeLoop, run

# Twice the longest round of these circumstances; then every item has been requested.
WARM_UP = 90
MINUTES = 3
# How often what is exported is looked at.
_LOOK_SECONDS = 3


class Answer(NamedTuple):
    """How the vendor answers a request.

    Attributes:
        document: The body.
        status: The status.
        headers: The headers.
        seconds: How long it takes; infinite for a request that is never answered.
    """

    document: object = None
    status: int = 200
    headers: Mapping[str, str] = {}
    seconds: float = 0.01


Vendor = Callable[[str, float], Answer]
"""Answers a request for a path at a time in seconds since the epoch."""


class Figures(NamedTuple):
    """What a run shows after the warm-up.

    Attributes:
        shown: The smallest sum of a family, by target; 0 if it was absent once.
        seen: Every sum of the family that was exported, by target, from the start on.
        requests: The requests a minute of all targets.
        refused: The requests answered with 429.
        up: The smallest `up` of the resource.
        interval: The largest effective interval of the resource in seconds, at the end.
        items: The smallest number of items that count: answered or kept; None without requests for single items.
    """

    shown: Mapping[str, float]
    seen: Mapping[str, set[float]]
    requests: float
    refused: int
    up: int
    interval: float
    items: int | None


def figures(
    targets: Sequence[TargetSettings],
    vendor: Vendor,
    *,
    family: str,
    resource: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Figures:
    """Poll a vendor for some minutes.

    Args:
        targets: The targets.
        vendor: Answers their requests.
        family: The family whose sum is shown.
        resource: The resource whose health is shown.
        monkeypatch: Replaces the network.
    """

    async def main(loop: TimeLoop) -> Figures:
        return await _watch(loop, targets, vendor, (family, resource), monkeypatch)

    return run(main, step=0.01)


async def _watch(
    loop: TimeLoop,
    targets: Sequence[TargetSettings],
    vendor: Vendor,
    watched: tuple[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> Figures:
    family, resource = watched
    clock = LoopClock(loop)
    asked: list[int] = []

    async def send(http: Http, method: str, url: URL, _headers: object, **_more: object) -> Response:
        answer = vendor(url.path, clock.time())
        if method == "GET":
            asked.append(answer.status)
        await asyncio.sleep(min(answer.seconds, 1e6))
        headers = {"Date": formatdate(clock.time(), usegmt=True), **answer.headers}
        http._answered(answer.status)  # noqa: SLF001 - in place of the method that does
        return Response(answer.status, CIMultiDictProxy(CIMultiDict(headers)), json.dumps(answer.document).encode())

    monkeypatch.setattr(Http, "send", send)
    collector = Collector(targets, Exposition(no_process), clock)
    await collector.start()
    seen: dict[str, set[float]] = {target.name: set() for target in targets}
    shown: dict[str, list[float]] = {target.name: [] for target in targets}
    up: list[bool | None] = []
    items: list[int] = []
    for second in range(0, WARM_UP + 60 * MINUTES, _LOOK_SECONDS):
        await asyncio.sleep(_LOOK_SECONDS)
        totals = _totals(collector, family)
        for name, total in totals.items():
            seen[name].add(total)
        if second < WARM_UP:
            asked.clear()
            continue
        for name, every in shown.items():
            every.append(totals.get(name, 0.0))
        health = [each for target in collector.health for each in target.resources if each.name == resource]
        up += [each.up for each in health]
        items += [each.poll_items.answered + each.poll_items.kept for each in health if each.poll_items is not None]
    interval = max(each.interval for each in health)
    await collector.stop()
    return Figures(
        shown={name: min(every) for name, every in shown.items()},
        seen=seen,
        requests=len(asked) / MINUTES,
        refused=asked.count(429),
        up=min(int(each or 0) for each in up),
        interval=interval,
        items=min(items) if items else None,
    )


def _totals(collector: Collector, family: str) -> Mapping[str, float]:
    """Return the sum of a family by target."""
    found: dict[str, float] = {}
    for each in read(page_bytes(collector, Format.TEXT), Format.TEXT):
        for sample in each.samples:
            if sample.name == f"contactcenter_{family}":
                found[sample.labels["target"]] = found.get(sample.labels["target"], 0.0) + sample.value
    return found
