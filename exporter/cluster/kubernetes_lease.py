"""The election lock as a Kubernetes Lease; imported only if configured, because its client is an optional extra."""

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
# A malformed response, such as from a proxy, makes the client raise ValueError or KeyError.
_FAILURES: Final = (httpx2.HTTPError, OSError, ValueError, KeyError)


class KubernetesLease:
    """An election lock stored in a Kubernetes Lease."""

    def __init__(self, name: str, namespace: str | None, timeout: float) -> None:
        """Create the client without sending a request.

        Args:
            name: The name of the Lease.
            namespace: The namespace of the Lease; the pod's own if None.
            timeout: The timeout of a request in seconds.

        Raises:
            lightkube.ConfigError: No Kubernetes configuration found.
            OSError: The Kubernetes configuration cannot be read.
        """
        self._name = name
        self._client = AsyncClient(namespace=namespace, timeout=httpx2.Timeout(timeout), field_manager=_MANAGER)

    async def read(self) -> Record | None:
        """Return the record of the Lease, None if it does not exist. Raises LockError."""
        try:
            return _record(await self._client.get(Lease, self._name))
        except _FAILURES as error:
            if _status(error) == _NOT_FOUND:
                return None
            raise LockError(_message(error)) from error

    async def write(self, record: Record) -> Record:
        """Replace the version in the record, or create the Lease if the version is empty. Raises LockError."""
        lease = _lease(self._name, record)
        try:
            return _record(await (self._client.replace(lease) if record.version else self._client.create(lease)))
        except _FAILURES as error:
            # A Lease deleted since it was read was changed by another client, too.
            kind = ConflictError if _status(error) in {_CONFLICT, _NOT_FOUND} else LockError
            raise kind(_message(error)) from error

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
        raise ValueError("response is not a Lease")
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
    # Kubernetes rejects a time without six fractional digits, and the client omits them if all are 0.
    return moment.replace(microsecond=max(1, moment.microsecond))


def _seconds(moment: datetime | None) -> float:
    return 0.0 if moment is None else moment.timestamp()


def _status(error: Exception) -> int:
    return error.response.status_code if isinstance(error, httpx2.HTTPStatusError) else 0


def _message(error: Exception) -> str:
    return str(error) or type(error).__name__
