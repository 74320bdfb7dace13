"""Leases as the Kubernetes API server stores them: the checks of versions and uids, and the errors it returns.

The rules are those of the registry of `coordination.k8s.io/v1` Leases, which differs from most kinds in one point: an
update of a Lease that does not exist creates it, unless the update names the uid of the one that it replaces.
"""

import copy
import re
from typing import Any, Final

# The format of Kubernetes's MicroTime: exactly six fractional digits.
_MICRO_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
_KEPT: Final = ("labels", "annotations", "ownerReferences", "finalizers")

Key = tuple[str, str]
"""The namespace and the name of a Lease."""

Lease = dict[str, Any]
"""A Lease as JSON."""


class ApiError(Exception):
    """An error response.

    Attributes:
        code: The HTTP status.
        reason: The reason of the `Status` object.
    """

    def __init__(self, code: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason


class LeaseStore:
    """Stored Leases, each with the version of its last write.

    Attributes:
        leases: The stored Leases.
    """

    def __init__(self) -> None:
        self.leases: dict[Key, Lease] = {}
        self._version = 100

    def get(self, key: Key) -> Lease:
        """Return a Lease. Raises ApiError."""
        if key not in self.leases:
            raise ApiError(404, "NotFound", f'leases.coordination.k8s.io "{key[1]}" not found')
        return copy.deepcopy(self.leases[key])

    def create(self, key: Key, lease: Lease) -> Lease:
        """Create a Lease and return it as stored. Raises ApiError."""
        if key in self.leases:
            raise ApiError(409, "AlreadyExists", f'leases.coordination.k8s.io "{key[1]}" already exists')
        if lease["metadata"].get("resourceVersion"):
            raise ApiError(500, "InternalError", "resourceVersion should not be set on objects to be created")
        return self._store(key, lease, uid=f"uid-{self._version + 1}")

    def update(self, key: Key, lease: Lease) -> Lease:
        """Replace a Lease and return it as stored. Raises ApiError."""
        sent, stored = lease["metadata"], self.leases.get(key)
        uid = stored["metadata"]["uid"] if stored else ""
        if sent.get("uid") not in (None, uid):
            raise _conflict(f"Precondition failed: UID in precondition: {sent['uid']}, UID in object meta: {uid}")
        if stored is None:
            return self._store(key, lease, uid=f"uid-{self._version + 1}")
        if not sent.get("resourceVersion"):
            message = "metadata.resourceVersion: Invalid value: 0: must be specified for an update"
            raise ApiError(422, "Invalid", message)
        if sent["resourceVersion"] != stored["metadata"]["resourceVersion"]:
            raise _conflict("the object has been modified; please apply your changes to the latest version")
        return self._store(key, lease, uid=uid)

    def delete(self, key: Key) -> None:
        """Delete a Lease, as `kubectl delete` does; no error if there is none."""
        self.leases.pop(key, None)

    def _store(self, key: Key, lease: Lease, *, uid: str) -> Lease:
        spec = lease.get("spec") or {}
        if not all(_MICRO_TIME.fullmatch(spec[time]) for time in ("acquireTime", "renewTime") if spec.get(time)):
            raise ApiError(400, "BadRequest", "cannot be handled as a Lease: unable to decode MicroTime")
        duration, transitions = spec.get("leaseDurationSeconds"), spec.get("leaseTransitions")
        if duration is not None and not (isinstance(duration, int) and duration > 0):
            raise ApiError(
                422, "Invalid", f"spec.leaseDurationSeconds: Invalid value: {duration}: must be greater than 0"
            )
        if transitions is not None and transitions < 0:
            raise ApiError(422, "Invalid", f"spec.leaseTransitions: Invalid value: {transitions}")
        self._version += 1
        sent = lease["metadata"]
        metadata = {"namespace": key[0], "name": key[1], "uid": uid, "resourceVersion": str(self._version)}
        metadata |= {name: sent[name] for name in _KEPT if sent.get(name)}
        stored = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": metadata}
        self.leases[key] = stored | {"spec": {name: value for name, value in spec.items() if value is not None}}
        return self.get(key)


def _conflict(message: str) -> ApiError:
    return ApiError(409, "Conflict", f"Operation cannot be fulfilled on leases.coordination.k8s.io: {message}")
