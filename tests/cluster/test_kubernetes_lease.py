"""The Lease: the records written to Kubernetes, and the mapping of its errors."""

import io
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import structlog
from aiohttp import web

from exporter.cluster.kubernetes_lease import KubernetesLease
from exporter.cluster.lock import ConflictError, LockError, Record
from exporter.runtime import logging_setup
from tests.support.kubernetes_api import Kubernetes, kubernetes

# A whole second: all six fractional digits are 0.
RECORD = Record("pod-a", 15.0, 1_700_000_000.0, 1_700_000_000.0)


@pytest.fixture
async def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Kubernetes]:
    async with kubernetes(tmp_path) as (api, config):
        monkeypatch.setenv("KUBECONFIG", str(config))
        yield api


@pytest.fixture
async def lease(api: Kubernetes) -> AsyncIterator[KubernetesLease]:  # noqa: ARG001 - it must be running
    lease = KubernetesLease("exporter", None, 5.0)
    yield lease
    await lease.close()


async def test_a_lease_is_created_renewed_and_released(lease: KubernetesLease, api: Kubernetes) -> None:
    assert await lease.read() is None
    created = await lease.write(RECORD)
    assert replace(created, version="", acquired=0, renewed=0) == replace(RECORD, acquired=0, renewed=0)
    assert await lease.read() == created
    renewed = await lease.write(replace(created, renewed=created.renewed + 3.5))
    assert renewed.version != created.version
    await lease.write(replace(renewed, holder=""))
    assert api.holder("exporter") == ""


async def test_writing_over_a_version_that_was_not_read_is_a_conflict(lease: KubernetesLease) -> None:
    created = await lease.write(RECORD)
    await lease.write(replace(created, holder="pod-b"))
    for outdated in (created, RECORD):
        with pytest.raises(ConflictError):
            await lease.write(replace(outdated, holder="pod-c"))
    assert (await lease.read() or RECORD).holder == "pod-b"


async def test_writing_a_deleted_lease_is_a_conflict(lease: KubernetesLease, api: Kubernetes) -> None:
    created = await lease.write(RECORD)
    api.leases.clear()
    with pytest.raises(ConflictError):
        await lease.write(created)


@pytest.mark.parametrize(
    "failure",
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
async def test_a_failing_request_is_a_lock_error(
    failure: web.Response, lease: KubernetesLease, api: Kubernetes
) -> None:
    created = await lease.write(RECORD)
    api.failure = failure
    with pytest.raises(LockError):
        await lease.read()
    with pytest.raises(LockError):
        await lease.write(created)
    api.failure = None
    assert await lease.read() == created


async def test_an_unreachable_api_is_a_lock_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with kubernetes(tmp_path) as (_, config):
        monkeypatch.setenv("KUBECONFIG", str(config))
        lease = KubernetesLease("exporter", "voice", 5.0)
    with pytest.raises(LockError):
        await lease.read()
    await lease.close()


async def test_a_renewal_is_not_logged(lease: KubernetesLease) -> None:
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


async def test_a_replaced_token_is_read_again(lease: KubernetesLease, api: Kubernetes, tmp_path: Path) -> None:
    created = await lease.write(RECORD)
    api.token = "a-newer-token"  # noqa: S105 - of a test
    (tmp_path / "token").write_text(api.token)
    assert await lease.read() == created


async def test_a_token_that_cannot_be_read_for_a_while_is_a_lock_error(
    lease: KubernetesLease, api: Kubernetes, tmp_path: Path
) -> None:
    created = await lease.write(RECORD)
    api.token = "a-newer-token"  # noqa: S105 - of a test
    (tmp_path / "token").unlink()
    for request in (lease.read(), lease.write(created)):
        with pytest.raises(LockError):
            await request
    (tmp_path / "token").write_text(api.token)
    assert await lease.read() == created


async def test_a_write_keeps_labels_and_annotations(lease: KubernetesLease, api: Kubernetes) -> None:
    await lease.write(RECORD)
    kept = {
        "labels": {"app.kubernetes.io/managed-by": "Helm"},
        "annotations": {"meta.helm.sh/release-name": "exporter"},
        "ownerReferences": [{"apiVersion": "v1", "kind": "ServiceAccount", "name": "exporter", "uid": "1"}],
    }
    api.leases["voice", "exporter"]["metadata"] |= kept
    read = await lease.read()
    assert read is not None
    await lease.write(replace(read, holder="pod-b"))
    assert kept.items() <= api.leases["voice", "exporter"]["metadata"].items()


async def test_a_deleted_lease_is_not_created_by_a_write_of_its_version(
    lease: KubernetesLease, api: Kubernetes
) -> None:
    created = await lease.write(RECORD)
    api.store.delete(("voice", "exporter"))
    with pytest.raises(ConflictError):
        await lease.write(created)
    assert api.leases == {}


async def test_only_the_first_holder_ever_is_the_first(lease: KubernetesLease, api: Kubernetes) -> None:
    assert await lease.mark_held("pod-a")
    assert not await lease.mark_held("pod-b")
    assert not await lease.mark_held("pod-a")
    assert api.holder("exporter-first") == "pod-a"


async def test_a_mark_that_the_installation_created_is_filled_and_keeps_its_labels(
    lease: KubernetesLease, api: Kubernetes
) -> None:
    metadata = {"name": "exporter-first", "labels": {"app.kubernetes.io/managed-by": "Helm"}}
    api.store.create(("voice", "exporter-first"), {"metadata": metadata})
    assert await lease.mark_held("pod-a")
    assert not await lease.mark_held("pod-b")
    assert api.leases["voice", "exporter-first"]["metadata"]["labels"] == metadata["labels"]


@pytest.mark.parametrize("forbidden", ["create exporter-first", "get exporter-first"])
async def test_a_mark_that_the_role_does_not_allow_is_not_the_first(
    forbidden: str, lease: KubernetesLease, api: Kubernetes
) -> None:
    api.store.create(("voice", "exporter-first"), {"metadata": {"name": "exporter-first"}})
    api.forbidden.add(forbidden)
    assert not await lease.mark_held("pod-a")


async def test_a_mark_that_cannot_be_written_now_is_an_error(lease: KubernetesLease, api: Kubernetes) -> None:
    api.failure = web.Response(status=503)
    with pytest.raises(LockError):
        await lease.mark_held("pod-a")
    api.failure = None
    assert await lease.mark_held("pod-a")


async def test_a_slow_request_fails_at_its_timeout(api: Kubernetes) -> None:
    lease = KubernetesLease("exporter", None, 0.3)
    api.latency = 1.0
    with pytest.raises(LockError):
        await lease.read()
    await lease.close()


async def test_each_request_is_one(lease: KubernetesLease, api: Kubernetes) -> None:
    created = await lease.write(RECORD)
    await lease.write(created)
    await lease.read()
    await lease.mark_held("pod-a")
    names = ("exporter", "exporter", "exporter", "exporter-first")
    assert api.requests == list(zip(("create", "update", "get", "create"), names, strict=True))
