"""How replicas share the work: each polls a part of the targets, or one polls while the others stand by."""

from typing import Annotated, Final

from pydantic import AfterValidator, Field, ValidationInfo

from exporter.settings.sections import Section
from exporter.settings.types import Text
from exporter.settings.units import Duration

# More replicas than anybody needs; a typing mistake must not make each target's turn a long calculation.
_MOST_SHARDS: Final = 1000
_SHORTEST_SECONDS: Final = 1.0


def _one_of_them(shard: int, info: ValidationInfo) -> int:
    total = info.data.get("total_shards")
    if total is not None and shard >= total:
        raise ValueError(f"must be less than total_shards, which is {total}: shards are numbered from 0")
    return shard


def _whole(seconds: float) -> float:
    if seconds % 1:
        raise ValueError("must be whole seconds")
    return seconds


TotalShards = Annotated[int, Field(ge=1, le=_MOST_SHARDS)]
"""How many shards there are."""

ShardNumber = Annotated[int, Field(ge=0), AfterValidator(_one_of_them)]
"""One of the shards; stands behind `total_shards` in a model."""


class LeaderElection(Section):
    """One of several replicas polls, the others stand by: for vendors that allow one session.

    Needs `pip install contactcenter-exporter[kubernetes]`. A reload does not change it.
    """

    lease: Text | None = None
    """The Lease in Kubernetes whose holder polls; without it there is no election."""

    namespace: Text | None = None
    """The Lease's namespace; the pod's own unless given."""

    duration: Annotated[Duration, Field(ge=_SHORTEST_SECONDS), AfterValidator(_whole)] = 15.0
    """Within which another replica takes over once the leader is gone."""
