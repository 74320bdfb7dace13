"""Several running replicas: the targets each polls, what each serves, and failover."""

import asyncio
import re
from collections.abc import AsyncIterator, Hashable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.abc import AbstractStreamWriter
from pydantic import ValidationError
from yarl import URL

from exporter.errors import ConfigError
from exporter.metrics.pages import Page
from exporter.model import Queue, Snapshot
from exporter.runtime.clock import Clock, SystemClock
from exporter.runtime.memory import GarbageFreezer
from exporter.service import Service, serve
from exporter.settings import Settings
from exporter.web.compression import Compressor
from exporter.web.scrape_limit import PiecesPayload
from tests.support import fake_vendor
from tests.support.kubernetes_api import Kubernetes, kubernetes
from tests.support.programs import eventually

NAMES = tuple(f"centre-{number}" for number in range(12))


def settings(*names: str, **overrides: object) -> Settings:
    targets = [{"name": name, "vendor": "kpn", "url": "http://127.0.0.1:9"} for name in names]
    return Settings.model_validate({"web": {"listen_address": "127.0.0.1:0"}, "targets": targets, **overrides})


@asynccontextmanager
async def running(configured: Settings, clock: Clock | None = None) -> AsyncIterator[tuple[Service, str]]:
    """Run an exporter; yield the service and its URL."""
    service = Service(configured, clock or SystemClock(), lambda: configured)
    url = await service.start()
    try:
        yield service, url
    finally:
        await service.stop()


async def fetch(url: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return response.status, await response.text()


async def polled(url: str) -> set[str]:
    """Return the targets the exporter at the URL exposes."""
    return set(re.findall(r'target_info\{target="([^"]+)"', (await fetch(f"{url}/metrics"))[1]))


async def discovered(url: str) -> set[str]:
    async with aiohttp.ClientSession() as session, session.get(f"{url}/sd") as response:
        found: list[dict[str, Any]] = await response.json()
    return {entry["labels"]["__param_target"] for entry in found}


async def is_ready(url: str) -> bool | None:
    return (await fetch(f"{url}/-/ready"))[0] == 200 or None


@pytest.fixture
def vendor(monkeypatch: pytest.MonkeyPatch) -> None:
    fake_vendor.install(monkeypatch, {"queues": fake_vendor.answering(Queue(id="1", name="Sales", waiting_contacts=1))})


@pytest.mark.usefixtures("vendor")
async def test_each_shard_polls_exposes_and_discovers_its_own_targets() -> None:
    async with (
        running(settings(*NAMES, total_shards=2, shard=0)) as (_, first),
        running(settings(*NAMES, total_shards=2, shard=1)) as (_, second),
    ):
        halves = []
        for number, url in enumerate((first, second)):
            await eventually(partial(is_ready, url))
            own = await polled(url)
            assert await discovered(url) == own
            page = (await fetch(f"{url}/metrics"))[1]
            assert f"contactcenter_exporter_shard {number}\n" in page
            assert "contactcenter_exporter_total_shards 2\n" in page
            assert "contactcenter_exporter_configured_targets 12\n" in page
            assert f"Shard {number} of 2 (zero-based): {len(own)} of 12 targets." in (await fetch(url))[1]
            halves.append(own)
        assert halves[0].isdisjoint(halves[1])
        assert halves[0] | halves[1] == set(NAMES)
        elsewhere = min(halves[1])
        status, message = await fetch(f"{first}/metrics?target={elsewhere}")
        assert (status, message.partition(":")[0]) == (404, f"target '{elsewhere}' is not polled by this replica")
        assert await fetch(f"{first}/metrics?target=unknown") == (404, "unknown target 'unknown'\n")


@pytest.mark.usefixtures("vendor")
async def test_a_reload_keeps_the_shard() -> None:
    configured = settings(*NAMES, total_shards=3, shard=1)
    service = Service(configured, SystemClock(), lambda: settings(*NAMES, *"abcdefghi", total_shards=3, shard=1))
    url = await service.start()
    before = await polled(url)
    assert await service.reload() == ""
    after = await polled(url)
    await service.stop()
    assert before < after
    assert after - before < set("abcdefghi")


@pytest.mark.usefixtures("vendor")
async def test_it_reports_changes_of_the_polled_targets_and_that_all_are_polled() -> None:
    reported: list[str] = []

    class Freezer(GarbageFreezer):
        def configuration_changed(self) -> None:
            reported.append("changed")

        def all_polled(self) -> None:
            reported.append("polled")

    configured = settings(*NAMES)
    service = Service(configured, SystemClock(), lambda: configured, Freezer())
    await service.start()
    await eventually(lambda: _is_ready(service))
    await service.reload()
    await service.stop()
    assert reported == ["changed", "polled", "changed", "polled"]


async def _is_ready(service: Service) -> bool | None:
    return service.replica.ready or None


@pytest.mark.usefixtures("vendor")
async def test_a_shard_without_a_target_is_ready() -> None:
    async with (
        running(settings("one", total_shards=2, shard=0)) as (_, first),
        running(settings("one", total_shards=2, shard=1)) as (_, second),
    ):
        for url in (first, second):
            await eventually(partial(is_ready, url))
        assert [await polled(first), await polled(second)].count(set()) == 1


@pytest.mark.usefixtures("vendor")
async def test_a_single_replica_exposes_no_replica_metrics() -> None:
    async with running(settings("one")) as (_, url):
        page = (await fetch(f"{url}/metrics"))[1]
    assert not re.search("exporter_(shard|total_shards|configured_targets|leader)", page)


class Sessions:
    """A vendor that allows one session at a time and fails on a second."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.polls = 0
        self.clients = fake_vendor.install(monkeypatch, {"queues": self._answer})

    @property
    def open(self) -> int:
        return sum(not client.closed for client in self.clients)

    async def _answer(self) -> Snapshot:
        assert self.open == 1, "two sessions are open"
        self.polls += 1
        return Snapshot(queues=(Queue(id="1", name="Sales", waiting_contacts=1),))


@asynccontextmanager
async def cluster(monkeypatch: pytest.MonkeyPatch, directory: Path) -> AsyncIterator[tuple[Kubernetes, Settings]]:
    """Yield a cluster and the settings of replicas in it."""
    async with kubernetes(directory) as (api, config):
        monkeypatch.setenv("KUBECONFIG", str(config))
        configured = settings("one", leader_election={"lease": "exporter"}, poll={"interval": "1s"})
        # Shorter than an operator may configure, so that the tests do not take minutes.
        election = configured.leader_election.model_copy(update={"duration": 1.0})
        yield api, configured.model_copy(update={"leader_election": election})


async def is_leader(url: str, value: str = "1") -> bool | None:
    return f"contactcenter_exporter_leader {value}\n" in (await fetch(f"{url}/metrics"))[1] or None


async def test_one_replica_polls_and_the_other_takes_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    vendor = Sessions(monkeypatch)
    async with cluster(monkeypatch, tmp_path) as (api, configured), AsyncExitStack() as stack:
        async with running(configured) as (_, first):
            await eventually(lambda: is_leader(first))
            _, second = await stack.enter_async_context(running(configured))
            await eventually(lambda: _is_standby(second))
            assert await is_leader(second, "0")
            assert await is_ready(second)
            assert await eventually(lambda: _names(first)) == {"one"}
            assert (await polled(second), await discovered(second)) == (set(), set())
            assert (await fetch(f"{second}/metrics?target=one"))[0] == 404
            assert api.holder("exporter") in (await fetch(second))[1]
            assert vendor.open == 1
        await eventually(lambda: is_leader(second))
        assert await eventually(lambda: _names(second)) == {"one"}
        assert vendor.open == 1
    assert api.holder("exporter") == ""
    assert vendor.open == 0
    assert vendor.polls > 1


async def test_a_leader_that_cannot_reach_kubernetes_stops_polling_until_it_can(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    vendor = Sessions(monkeypatch)
    async with cluster(monkeypatch, tmp_path) as (api, configured), running(configured) as (service, url):
        await eventually(lambda: is_leader(url))
        api.failure = web.Response(status=503)
        await eventually(lambda: is_leader(url, "0"))
        assert vendor.open == 0
        assert await polled(url) == set()
        assert await service.reload() == ""
        assert vendor.open == 0, "a reload must not bypass the lease"
        api.failure = None
        await eventually(lambda: is_leader(url))
        await eventually(lambda: _names(url))
    assert vendor.open == 0


@pytest.mark.parametrize(
    ("change", "refused"),
    [
        pytest.param({"total_shards": 4, "shard": 1}, False, id="the same number of more shards"),
        pytest.param({"total_shards": 3, "shard": 2}, True, id="another number"),
        pytest.param({"total_shards": 1}, True, id="no shards"),
    ],
)
async def test_a_reload_cannot_change_to_the_lease_of_another_shard(
    change: dict[str, int],
    refused: bool,  # noqa: FBT001
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    Sessions(monkeypatch)
    elected: dict[str, Any] = {"leader_election": {"lease": "exporter"}}
    async with kubernetes(tmp_path) as (_, config):
        monkeypatch.setenv("KUBECONFIG", str(config))
        changed = settings(*NAMES, **elected, **change)
        service = Service(settings(*NAMES, **elected, total_shards=3, shard=1), SystemClock(), lambda: changed)
        url = await service.start()
        own = _own(service)
        problem = await service.reload()
        assert bool(problem) == refused
        assert (_own(service) == own) == refused
        successful = int(not refused)
        assert f"config_last_reload_successful {successful}\n" in (await fetch(f"{url}/metrics"))[1]
        await service.stop()


class Suspendable(SystemClock):
    """A clock that jumps as it does while the machine is suspended."""

    def __init__(self) -> None:
        self.suspended = 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self.suspended


@asynccontextmanager
async def leading(
    monkeypatch: pytest.MonkeyPatch, directory: Path, clock: Suspendable
) -> AsyncIterator[tuple[Service, str]]:
    """Run an exporter that is the leader; yield the service and its URL."""
    async with kubernetes(directory) as (_, config):
        monkeypatch.setenv("KUBECONFIG", str(config))
        configured = settings("one", leader_election={"lease": "exporter"}, poll={"interval": "1s"})
        async with running(configured, clock) as (service, url):
            await eventually(lambda: _names(url))
            yield service, url


async def test_a_leader_that_was_suspended_polls_and_shows_nothing_when_it_wakes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    vendor, clock = Sessions(monkeypatch), Suspendable()
    async with leading(monkeypatch, tmp_path, clock) as (service, url):
        assert await is_leader(url)
        clock.suspended = 60.0
        polls = vendor.polls
        # The task that stops the polling has not run yet: all of this is answered by the clock.
        assert await is_leader(url, "0")
        assert (await polled(url), await discovered(url)) == (set(), set())
        assert (await fetch(f"{url}/metrics?target=one"))[0] == 404
        assert "Standby" in (await fetch(url))[1]
        assert await is_ready(url)
        assert (service.replica.term, vendor.polls, vendor.open) == (0, polls, 1)
        await eventually(lambda: _has_polled(vendor, polls))
        assert len(vendor.clients) == 2, "it signs in again after it has acquired the lease again"


async def test_a_scrape_that_was_pending_while_the_leader_was_suspended_gets_no_old_figures(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    Sessions(monkeypatch)
    clock = Suspendable()
    async with leading(monkeypatch, tmp_path, clock) as (_, url):
        compress = Compressor.gzip

        async def suspended(self: Compressor, key: Hashable, page: Page) -> Sequence[bytes]:
            clock.suspended = 60.0
            return await compress(self, key, page)

        monkeypatch.setattr(Compressor, "gzip", suspended)
        page = (await fetch(f"{url}/metrics"))[1]
        assert "contactcenter_exporter_leader 0\n" in page
        assert "contactcenter_up" not in page


async def test_a_response_that_is_under_way_while_the_leader_is_suspended_is_cut_off(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    Sessions(monkeypatch)
    clock = Suspendable()
    async with leading(monkeypatch, tmp_path, clock) as (_, url):
        write = PiecesPayload.write

        async def suspended(self: PiecesPayload, writer: AbstractStreamWriter) -> None:
            clock.suspended = 60.0
            await write(self, writer)

        monkeypatch.setattr(PiecesPayload, "write", suspended)
        reader, writer = await asyncio.open_connection("127.0.0.1", URL(url).port)
        writer.write(b"GET /metrics HTTP/1.1\r\nHost: exporter\r\n\r\n")
        assert b"contactcenter" not in await reader.read()
        writer.close()


async def test_a_lease_that_is_too_short_for_its_margins_is_refused() -> None:
    message = "must be at least 5s: one replica could start before another has stopped"
    for duration in ("0s", "1s", "4s"):
        with pytest.raises(ValidationError, match=message):
            settings("one", leader_election={"lease": "exporter", "duration": duration})
    assert settings("one", leader_election={"lease": "exporter", "duration": "5s"}).leader_election.duration == 5


async def test_an_invalid_target_stops_the_leader(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    async with cluster(monkeypatch, tmp_path) as (api, configured):
        [target] = configured.targets
        broken = target.model_copy(
            update={"tls_config": target.tls_config.model_copy(update={"ca_file": tmp_path / "none"})}
        )
        with pytest.raises(ConfigError, match="target one: tls_config"):
            await serve(configured.model_copy(update={"targets": (broken,)}), SystemClock())
        assert api.holder("exporter") == ""


async def test_election_requires_a_kubernetes_configuration(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    with pytest.raises(ConfigError, match=r"^leader_election\.lease: cannot find a Kubernetes configuration: "):
        Service(settings("one", leader_election={"lease": "exporter"}), SystemClock())


async def test_election_requires_the_kubernetes_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exporter.cluster.shard_lease.find_spec", lambda _name: None)
    with pytest.raises(
        ConfigError, match=r"requires the kubernetes extra: pip install 'contactcenter-exporter\[kubernetes\]'"
    ):
        Service(settings("one", leader_election={"lease": "exporter"}), SystemClock())


async def _is_standby(url: str) -> bool | None:
    return "Standby; the lease is held by " in (await fetch(url))[1] or None


async def _has_polled(vendor: Sessions, more_than: int) -> bool | None:
    return vendor.polls > more_than or None


async def _names(url: str) -> set[str] | None:
    return await polled(url) or None


def _own(service: Service) -> set[str]:
    return {target.name for target in service.replica.own}
