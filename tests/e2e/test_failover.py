"""Failover of real processes: the gap after each kind of fault, and a frozen leader that wakes."""

import asyncio
import re
import signal
from pathlib import Path

import aiohttp
import pytest

from tests.support.failovers import FAULTS, Exporter, cluster
from tests.support.programs import eventually

LEASE = 5
# What a loaded machine needs to notice and to poll.
_SLACK = 3.0
_LONGEST_GAP = {"kill": LEASE, "stop": LEASE / 5 + 0.5, "freeze": LEASE}


async def fetch(exporter: Exporter) -> str:
    async with aiohttp.ClientSession() as session, session.get(exporter.url) as response:
        return await response.text()


async def leads(exporter: Exporter) -> bool | None:
    return "contactcenter_exporter_leader 1\n" in await exporter.page() or None


@pytest.mark.slow
async def test_another_replica_polls_within_the_lease_after_every_fault(tmp_path: Path) -> None:
    async with cluster(tmp_path, LEASE) as replicas:
        for fault in FAULTS:
            assert await replicas.fail_over(fault) <= _LONGEST_GAP[fault] + _SLACK


@pytest.mark.slow
async def test_only_the_leader_has_series_of_vendors(tmp_path: Path) -> None:
    async with cluster(tmp_path, LEASE, replicas=2) as replicas:
        leader = await replicas.leader()
        standby = next(replica for replica in replicas.replicas if replica is not leader)
        of_vendors = re.compile(r"^contactcenter_(?!exporter_)", re.MULTILINE)
        leading, standing_by = await fetch(leader), await fetch(standby)
        assert "contactcenter_exporter_leader 1\n" in leading
        assert "contactcenter_exporter_leader 0\n" in standing_by
        assert of_vendors.search(leading)
        assert not of_vendors.search(standing_by)
        assert not replicas.vendor.sent(standby.name)


@pytest.mark.slow
async def test_a_frozen_leader_answers_a_pending_scrape_without_figures_and_sends_nothing(tmp_path: Path) -> None:
    async with cluster(tmp_path, LEASE, replicas=2) as replicas:
        leader = await replicas.leader()
        leader.send(signal.SIGSTOP)
        await replicas.leader(other_than=leader)
        sent = len(replicas.vendor.sent(leader.name))
        pending = asyncio.create_task(fetch(leader))
        await asyncio.sleep(0.5)  # the kernel has accepted the request, and it waits
        leader.send(signal.SIGCONT)
        page = await pending
        assert "contactcenter_exporter_leader 0\n" in page
        assert "contactcenter_up{" not in page
        await asyncio.sleep(2)
        assert len(replicas.vendor.sent(leader.name)) == sent


@pytest.mark.slow
async def test_the_first_leader_of_an_installation_polls_at_once(tmp_path: Path) -> None:
    async with cluster(tmp_path, LEASE, replicas=0) as replicas:
        exporter = await replicas.add()
        await eventually(lambda: leads(exporter), seconds=2 + _SLACK)
