"""The Lease of a shard: each shard elects its own leader."""

from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from exporter.cluster.election import REQUEST_TIMEOUT
from exporter.cluster.sharding import Shard
from exporter.errors import ConfigError, Problem
from exporter.settings import LeaderElection

if TYPE_CHECKING:
    from exporter.cluster.kubernetes_lease import KubernetesLease

_PLACE: Final = "leader_election.lease"


def lease_of(election: LeaderElection, shard: Shard) -> "KubernetesLease | None":
    """Return the Lease of the shard, None without leader election.

    Raises:
        ConfigError: The Kubernetes client or its configuration is missing.
    """
    if election.lease is None:
        return None
    if find_spec("lightkube") is None:
        message = "requires the kubernetes extra: pip install 'contactcenter-exporter[kubernetes]'"
        raise ConfigError((Problem(_PLACE, message),))
    # Imported here, because the extra is installed only for leader election.
    from lightkube import ConfigError as NoKubernetesError  # noqa: PLC0415

    from exporter.cluster.kubernetes_lease import KubernetesLease  # noqa: PLC0415

    name = f"{election.lease}{_suffix(shard)}"
    try:
        return KubernetesLease(name, election.namespace, REQUEST_TIMEOUT * election.duration)
    except (NoKubernetesError, OSError) as error:
        raise ConfigError((Problem(_PLACE, f"cannot find a Kubernetes configuration: {error}"),)) from error


def require_same_lease(current: Shard, wanted: Shard) -> None:
    """Require that a shard has the Lease that this replica competes for.

    The holder of the Lease of one shard would otherwise poll the targets of another, at the same time as the holder of
    that one's Lease, or no replica would poll them.

    Raises:
        ConfigError: The shard has another Lease.
    """
    if _suffix(wanted) != _suffix(current):
        change = f"from shard {current.number} of {current.total} to {wanted.number} of {wanted.total}"
        raise ConfigError(
            (Problem(_PLACE, f"a change {change} requires a restart, because each shard has its own Lease"),)
        )


def _suffix(shard: Shard) -> str:
    """Return what the name of the Lease of a shard ends in."""
    return "" if shard.total == 1 else f"-{shard.number}"
