"""The lock of an election as a Lease in Kubernetes; imported only where there is one, for its client is an extra."""

import math
from datetime import UTC, datetime
from typing import Final

import httpx2
from lightkube import AsyncClient
from lightkube.models.coordination_v1 import LeaseSpec
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.coordination_v1 import Lease

from exporter.cluster.election import ConflictError, LockError, Record

_MANAGER: Final = "contactcenter-exporter"
_NOT_FOUND: Final = 404
_CONFLICT: Final = 409
# What a broken answer of a proxy in between makes the client raise is no kind of its own.
_FAILURES: Final = (httpx2.HTTPError, OSError, ValueError, KeyError)


class KubernetesLease:
    """A Lease."""

    def __init__(self, name: str, namespace: str | None, timeout: float) -> None:
        """Prepare; nothing is asked yet.

        Args:
            name: The Lease's name.
            namespace: Its namespace, the pod's own where None.
            timeout: The seconds that an answer may take.

        Raises:
            lightkube.ConfigError: Nothing says where Kubernetes is.
            OSError: What says it cannot be read.
        """
        self._name = name
        self._client = AsyncClient(namespace=namespace, timeout=httpx2.Timeout(timeout), field_manager=_MANAGER)

    async def read(self) -> Record | None:
        """Return what the Lease says, None where it is not there. Raises LockError."""
        try:
            return _record(await self._client.get(Lease, self._name))
        except _FAILURES as error:
            if _status(error) == _NOT_FOUND:
                return None
            raise LockError(_told(error)) from error

    async def write(self, record: Record) -> Record:
        """Write over the version in the record, or make the Lease where that is "". Raises LockError."""
        lease = _lease(self._name, record)
        try:
            return _record(await (self._client.replace(lease) if record.version else self._client.create(lease)))
        except _FAILURES as error:
            # What was there and is gone was changed by somebody else, too.
            kind = ConflictError if _status(error) in {_CONFLICT, _NOT_FOUND} else LockError
            raise kind(_told(error)) from error

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()


def _lease(name: str, record: Record) -> Lease:
    spec = LeaseSpec(
        holderIdentity=record.holder,
        leaseDurationSeconds=math.ceil(record.duration),
        acquireTime=_moment(record.acquired),
        renewTime=_moment(record.renewed),
        leaseTransitions=record.transitions,
    )
    return Lease(metadata=ObjectMeta(name=name, resourceVersion=record.version or None), spec=spec)


def _record(lease: Lease) -> Record:
    spec = lease.spec or LeaseSpec()
    version = lease.metadata.resourceVersion if lease.metadata else None
    if not version:
        raise ValueError("an answer that is no Lease")
    return Record(
        holder=spec.holderIdentity or "",
        duration=spec.leaseDurationSeconds or 0,
        acquired=_seconds(spec.acquireTime),
        renewed=_seconds(spec.renewTime),
        transitions=spec.leaseTransitions or 0,
        version=version,
    )


def _moment(seconds: float) -> datetime:
    moment = datetime.fromtimestamp(seconds, UTC)
    # Kubernetes refuses a time without six digits behind the point, and they are left out where all are 0.
    return moment.replace(microsecond=max(1, moment.microsecond))


def _seconds(moment: datetime | None) -> float:
    return 0.0 if moment is None else moment.timestamp()


def _status(error: Exception) -> int:
    return error.response.status_code if isinstance(error, httpx2.HTTPStatusError) else 0


def _told(error: Exception) -> str:
    return str(error) or type(error).__name__
