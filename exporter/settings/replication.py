"""Settings for several replicas: sharding, or one elected replica that polls while the others stand by."""

from typing import Annotated, Final

from pydantic import AfterValidator, Field, ValidationInfo

from exporter.settings.sections import Section
from exporter.settings.types import Text
from exporter.settings.units import Duration

# Far more than any deployment has; bounds the hashing per target if the number is mistyped.
_MAX_SHARDS: Final = 1000
_MIN_LEASE_SECONDS: Final = 5.0


def _below_total(shard: int, info: ValidationInfo) -> int:
    total = info.data.get("total_shards")
    if total is not None and shard >= total:
        raise ValueError(f"must be less than total_shards ({total}): shards are numbered from 0")
    return shard


def _lease_duration(seconds: float) -> float:
    if seconds < _MIN_LEASE_SECONDS:
        # Its fifths would not cover a sign-out and a slow request to Kubernetes.
        raise ValueError(
            f"must be at least {_MIN_LEASE_SECONDS:g}s: one replica could start before another has stopped"
        )
    if seconds % 1:
        raise ValueError("must be whole seconds")
    return seconds


TotalShards = Annotated[int, Field(ge=1, le=_MAX_SHARDS)]
"""The number of shards."""

ShardNumber = Annotated[int, Field(ge=0), AfterValidator(_below_total)]
"""A zero-based shard number; declare it after `total_shards` in a model, which it is checked against."""


class LeaderElection(Section):
    """Leader election: one of several replicas polls while the others stand by, for vendors that allow one session.

    Requires the `kubernetes` extra: `pip install 'contactcenter-exporter[kubernetes]'`. Changes require a restart.
    """

    lease: Text | None = None
    """Name of the Kubernetes Lease whose holder polls; if unset, leader election is disabled."""

    namespace: Text | None = None
    """Namespace of the Lease; defaults to the namespace of the pod."""

    duration: Annotated[Duration, AfterValidator(_lease_duration), Field(ge=_MIN_LEASE_SECONDS)] = 15.0
    """Lease duration; a standby takes over within it."""
