"""The Lease: what is written to Kubernetes, and what its refusals and troubles mean."""

import io
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import structlog
from aiohttp import web

from exporter.cluster.election import ConflictError, LockError, Record
from exporter.cluster.kubernetes_lease import KubernetesLease
from exporter.runtime import logging_setup
from tests.support.kubernetes_api import Kubernetes, kubernetes

# A whole second: its six digits behind the point would all be 0.
RECORD = Record("pod-a", 15.0, 1_700_000_000.0, 1_700_000_000.0)


@pytest.fixture
async def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Kubernetes]:
    async with kubernetes(tmp_path) as (served, config):
        monkeypatch.setenv("KUBECONFIG", str(config))
        yield served


@pytest.fixture
async def lease(served: Kubernetes) -> AsyncIterator[KubernetesLease]:  # noqa: ARG001 - it must be there
    lease = KubernetesLease("exporter", None, 5.0)
    yield lease
    await lease.close()


async def test_a_lease_is_made_renewed_and_let_go(lease: KubernetesLease, served: Kubernetes) -> None:
    assert await lease.read() is None
    made = await lease.write(RECORD)
    assert replace(made, version="", acquired=0, renewed=0) == replace(RECORD, acquired=0, renewed=0)
    assert await lease.read() == made
    renewed = await lease.write(replace(made, renewed=made.renewed + 3.5))
    assert renewed.version != made.version
    await lease.write(replace(renewed, holder=""))
    assert served.holder("exporter") == ""


async def test_who_writes_over_what_was_not_read_is_refused(lease: KubernetesLease) -> None:
    made = await lease.write(RECORD)
    await lease.write(replace(made, holder="pod-b"))
    for late in (made, RECORD):
        with pytest.raises(ConflictError):
            await lease.write(replace(late, holder="pod-c"))
    assert (await lease.read() or RECORD).holder == "pod-b"


async def test_a_lease_that_was_deleted_is_a_conflict(lease: KubernetesLease, served: Kubernetes) -> None:
    made = await lease.write(RECORD)
    served.leases.clear()
    with pytest.raises(ConflictError):
        await lease.write(made)


@pytest.mark.parametrize(
    "trouble",
    [
        web.Response(status=500, text="{}", content_type="application/json"),
        web.Response(status=503, text="<h1>no</h1>", content_type="text/html"),
        web.Response(status=403, text='{"message": "leases is forbidden"}', content_type="application/json"),
        web.Response(status=500, text="not json", content_type="application/json"),
        web.Response(status=200, text="not json", content_type="application/json"),
        web.Response(status=200, text="{}", content_type="application/json"),
    ],
    ids=["error", "proxy", "forbidden", "broken-error", "broken", "no-lease"],
)
async def test_trouble_is_told_as_trouble_with_the_lock(
    trouble: web.Response, lease: KubernetesLease, served: Kubernetes
) -> None:
    made = await lease.write(RECORD)
    served.trouble = trouble
    with pytest.raises(LockError):
        await lease.read()
    with pytest.raises(LockError):
        await lease.write(made)
    served.trouble = None
    assert await lease.read() == made


async def test_nobody_there_is_trouble_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with kubernetes(tmp_path) as (_, config):
        monkeypatch.setenv("KUBECONFIG", str(config))
        lease = KubernetesLease("exporter", "voice", 5.0)
    with pytest.raises(LockError):
        await lease.read()
    await lease.close()


async def test_a_renewal_is_no_line_in_the_log(lease: KubernetesLease) -> None:
    root, stream = logging.getLogger(), io.StringIO()
    handlers, level = list(root.handlers), root.level
    logging_setup.configure("debug", "logfmt", stream)
    try:
        await lease.write(RECORD)
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        structlog.reset_defaults()
    assert "http" not in stream.getvalue().lower()


async def test_a_token_that_was_replaced_is_read_again(
    lease: KubernetesLease, served: Kubernetes, tmp_path: Path
) -> None:
    made = await lease.write(RECORD)
    served.token = "a-newer-one"  # noqa: S105 - of a test
    (tmp_path / "token").write_text(served.token)
    assert await lease.read() == made
