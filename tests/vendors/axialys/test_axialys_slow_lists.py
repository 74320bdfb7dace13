"""A list of Axialys that hangs costs no other resource its data; one that is throttled pauses the whole account."""

import asyncio
import json
import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from email.utils import formatdate

import pytest
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from exporter.metrics.pages import Exposition, Format
from exporter.polling.collector import Collector
from exporter.vendors.axialys.settings import AxialysSettings
from exporter.vendors.toolkit.http import Http, Response
from tests.support.exposition import no_process, page_bytes, read
from tests.support.timeloop import LoopClock, TimeLoop, run
from tests.support.vendors.axialys import settings

DOCUMENTS: Mapping[str, object] = {
    "/vm/groups": [{"id": 7, "name": "Accueil"}],
    "/vm/operators/": [{"id": 1, "name": "Aline"}],
    "/vm/operators_init": [{"id": 1, "etat": "available", "groups": [7]}],
    "/vm/group_stats/7": {"nbr_attente": 3},
    "/vm/op_details/1": {"state": "available"},
}


class Site:
    """An Axialys site of one group and one operator.

    Attributes:
        seconds: How long the answer for a path takes; 0.01 unless given.
        throttled: How many requests for a path are answered with 429 and a `Retry-After` of 100 s.
        asked: The path and the moment of each request.
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.throttled: dict[str, int] = {}
        self.asked: list[tuple[str, float]] = []

    def during(
        self,
        monkeypatch: pytest.MonkeyPatch,
        targets: Sequence[AxialysSettings],
        watch: Callable[[Collector], Awaitable[None]],
    ) -> None:
        """Poll the site in simulated time while a function watches."""

        async def main(loop: TimeLoop) -> None:
            clock = LoopClock(loop)

            async def send(http: Http, _method: str, url: URL, _headers: object, **_more: object) -> Response:
                self.asked.append((url.path, loop.time()))
                await asyncio.sleep(min(self.seconds.get(url.path, 0.01), 1e6))
                refused = self.throttled.get(url.path, 0)
                self.throttled[url.path] = max(0, refused - 1)
                status = 429 if refused else 200
                http._answered(status)  # noqa: SLF001 - in place of the method that does
                headers = {"Date": formatdate(clock.time(), usegmt=True)} | ({"Retry-After": "100"} if refused else {})
                return Response(
                    status, CIMultiDictProxy(CIMultiDict(headers)), json.dumps(DOCUMENTS[url.path]).encode()
                )

            monkeypatch.setattr(Http, "send", send)
            collector = Collector(targets, Exposition(no_process), clock)
            await collector.start()
            await watch(collector)
            await collector.stop()

        run(main, step=0.01)


def values(collector: Collector, name: str, **labels: str) -> dict[str, float]:
    """Return the values of the series with these labels, by target."""
    return {
        sample.labels["target"]: sample.value
        for family in read(page_bytes(collector, Format.TEXT), Format.TEXT)
        for sample in family.samples
        if sample.name == f"contactcenter_{name}" and labels.items() <= sample.labels.items()
    }


@pytest.mark.parametrize("path", ["/vm/groups", "/vm/operators/"])
def test_operators_are_exported_while_a_list_hangs(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    site = Site()
    site.seconds[path] = math.inf

    async def watch(collector: Collector) -> None:
        await asyncio.sleep(15)
        for _ in range(60):
            await asyncio.sleep(3)
            assert values(collector, "agents", state="available") == {"paris": 1}
            assert values(collector, "queue_agents", queue_id="7", state="available") == {"paris": 1}
        assert values(collector, "up", resource="operators") == {"paris": 1}
        assert not any(values(collector, "poll_failures_total", resource="operators").values())

    site.during(monkeypatch, [settings("http://axialys.test", agents={"detail": "name"})], watch)


def test_everything_is_exported_while_the_known_groups_are_requested_again(monkeypatch: pytest.MonkeyPatch) -> None:
    site = Site()

    async def watch(collector: Collector) -> None:
        await asyncio.sleep(60)
        site.seconds["/vm/groups"] = math.inf
        for _ in range(90):
            await asyncio.sleep(10)
            assert values(collector, "agents", state="available") == {"paris": 1}
            assert values(collector, "queue_waiting_contacts") == {"paris": 3}
        assert not values(collector, "up", resource="groups")["paris"]
        for resource in ("operators", "group_stats"):
            assert not any(values(collector, "poll_failures_total", resource=resource).values())

    site.during(monkeypatch, [settings("http://axialys.test")], watch)


@pytest.mark.parametrize("path", ["/vm/groups", "/vm/operators/", "/vm/operators_init"])
def test_a_throttled_list_pauses_the_account(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    site = Site()
    targets = [settings("http://axialys.test", name=name, agents={"detail": "name"}) for name in ("paris", "lyon")]

    async def watch(_collector: Collector) -> None:
        await asyncio.sleep(20)
        site.throttled[path] = 1
        await asyncio.sleep(1000)

    site.during(monkeypatch, targets, watch)
    moments = [moment for _, moment in site.asked]
    refused = next(moment for asked, moment in site.asked if asked == path and moment >= 20)
    # Two requests may be under way.
    assert [moment for moment in moments if refused + 0.1 < moment < refused + 100] == []
    assert [moment for moment in moments if refused + 100 <= moment < refused + 130]
