"""The election lock as a Kubernetes Lease; imported only if configured, because its client is an optional extra."""

import asyncio
import math
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import httpx2
from lightkube import AsyncClient, ConfigError
from lightkube.models.coordination_v1 import LeaseSpec
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.coordination_v1 import Lease

from exporter.cluster.lock import ConflictError, LockError, Record

MARK_SUFFIX: Final = "-first"
"""What the name of the mark appends to that of the Lease."""

_MANAGER: Final = "contactcenter-exporter"
_FORBIDDEN: Final = 403
_NOT_FOUND: Final = 404
_CONFLICT: Final = 409
# A malformed response, such as from a proxy, makes the client raise ValueError or KeyError; an unreadable token, or a
# failing command that returns it, ConfigError.
_FAILURES: Final = (httpx2.HTTPError, OSError, ValueError, KeyError, ConfigError)


class _ForbiddenError(LockError):
    """The role does not allow a request."""


class KubernetesLease:
    """An election lock stored in a Kubernetes Lease.

    A second Lease is the mark: it names the first holder and is never changed afterwards.
    """

    def __init__(
        self,
        name: str,
        namespace: str | None,
        timeout: float,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        """Create the client without sending a request.

        Args:
            name: The name of the Lease.
            namespace: The namespace of the Lease; the pod's own if None.
            timeout: The timeout of a request in seconds.
            transport: Carries the requests; None for the network.

        Raises:
            lightkube.ConfigError: No Kubernetes configuration found.
            OSError: The Kubernetes configuration cannot be read.
        """
        self._name = name
        self._timeout = timeout
        self._client = AsyncClient(
            namespace=namespace, timeout=httpx2.Timeout(timeout), field_manager=_MANAGER, transport=transport
        )
        # The labels and annotations of each Lease as of its last version.
        self._metadata: dict[str, ObjectMeta] = {}

    async def read(self) -> Record | None:
        """Return the record of the Lease, None if it does not exist. Raises LockError."""
        return await self._read(self._name)

    async def write(self, record: Record) -> Record:
        """Replace the version in the record, or create the Lease if the version is empty. Raises LockError."""
        return await self._write(self._name, record)

    async def mark_held(self, holder: str) -> bool:
        """Record for good that the Lease has a holder, and return whether it is the first one ever. Raises LockError.

        The mark may exist without a holder, as a part of the installation. If the role does not allow to write or read
        it, the holder is taken for a later one, which is safe.
        """
        mark, now = f"{self._name}{MARK_SUFFIX}", time.time()
        try:
            await self._write(mark, Record(holder, 0, now, now))
        except ConflictError:
            return await self._fill_mark(mark, holder, now)
        except _ForbiddenError:
            return False
        return True

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def _fill_mark(self, mark: str, holder: str, now: float) -> bool:
        """Write the holder into a mark that exists, unless it has one; return whether it had none. Raises LockError."""
        try:
            found = await self._read(mark)
            if found is not None and found.was_held:
                return False
            await self._write(mark, replace(found or Record("", 0, 0, 0), holder=holder, acquired=now, renewed=now))
        except (ConflictError, _ForbiddenError):
            return False
        return True

    async def _read(self, name: str) -> Record | None:
        try:
            async with asyncio.timeout(self._timeout):
                lease = await self._client.get(Lease, name)
            return self._remember(name, lease)
        except _FAILURES as error:
            if _status(error) == _NOT_FOUND:
                return None
            raise _lock_error(error) from error

    async def _write(self, name: str, record: Record) -> Record:
        kept = self._metadata.get(name, ObjectMeta()) if record.version else ObjectMeta()
        lease = _lease(name, record, kept)
        try:
            async with asyncio.timeout(self._timeout):
                written = await (self._client.replace(lease) if record.version else self._client.create(lease))
            return self._remember(name, written)
        except _FAILURES as error:
            # A Lease deleted since it was read was changed by another client, too.
            if _status(error) in {_CONFLICT, _NOT_FOUND}:
                raise ConflictError(_message(error)) from error
            raise _lock_error(error) from error

    def _remember(self, name: str, lease: Lease) -> Record:
        """Return the record of a Lease, and keep its labels and annotations for the next write."""
        record = _record(lease)
        self._metadata[name] = lease.metadata or ObjectMeta()
        return record


def _lease(name: str, record: Record, kept: ObjectMeta) -> Lease:
    metadata = ObjectMeta(
        name=name,
        resourceVersion=record.version or None,
        # Without it, Kubernetes creates a Lease that was deleted since it was read, whatever its version.
        uid=kept.uid,
        labels=kept.labels,
        annotations=kept.annotations,
        ownerReferences=kept.ownerReferences,
        finalizers=kept.finalizers,
    )
    spec = LeaseSpec(
        holderIdentity=record.holder,
        leaseDurationSeconds=math.ceil(record.duration) or None,
        acquireTime=_moment(record.acquired),
        renewTime=_moment(record.renewed),
        leaseTransitions=record.transitions,
    )
    return Lease(metadata=metadata, spec=spec)


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


def _lock_error(error: Exception) -> LockError:
    return (_ForbiddenError if _status(error) == _FORBIDDEN else LockError)(_message(error))


def _status(error: Exception) -> int:
    return error.response.status_code if isinstance(error, httpx2.HTTPStatusError) else 0


def _message(error: Exception) -> str:
    return str(error) or type(error).__name__
