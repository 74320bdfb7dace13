"""Assign targets to shards by rendezvous hashing.

Each target belongs to the shard with the highest hash of shard number and target name. All replicas compute the same
assignment without communicating, and adding or removing a shard moves only the targets of that shard.
"""

import re
import socket
from collections.abc import Iterable
from hashlib import blake2b
from typing import Final, NamedTuple, Protocol, TypeVar

from exporter.errors import Problem, UsageError

_ORDINAL: Final = re.compile(r"-(\d+)$", re.ASCII)
_DIGEST_BYTES: Final = 8


class Named(Protocol):
    """An object with a name."""

    @property
    def name(self) -> str:
        """The name."""


class ShardSettings(Protocol):
    """The settings that configure sharding."""

    @property
    def shard(self) -> int | None:
        """The replica's shard, None to derive it from the host name."""

    @property
    def total_shards(self) -> int | None:
        """The number of shards, None for one."""


T = TypeVar("T", bound=Named)


class Shard(NamedTuple):
    """One of the shards the targets are distributed over.

    Attributes:
        number: The zero-based number of the shard.
        total: The number of shards.
    """

    number: int = 0
    total: int = 1

    def own(self, targets: Iterable[T]) -> tuple[T, ...]:
        """Return the targets of this shard, in the given order."""
        if self.total == 1:
            return tuple(targets)
        # Replicas of different versions must agree: neither the hash nor its input may ever change.
        hashers = [blake2b(b"%d/" % number, digest_size=_DIGEST_BYTES) for number in range(self.total)]
        return tuple(target for target in targets if _assigned_shard(target.name, hashers) == self.number)


def shard_of(settings: ShardSettings, host: str | None = None) -> Shard:
    """Return the shard of this replica.

    Args:
        settings: The sharding settings.
        host: The host name; its ordinal is the shard if the settings contain none. Defaults to this machine's.

    Raises:
        UsageError: The host name is needed and its ordinal is missing or out of range.
    """
    total = settings.total_shards or 1
    if settings.shard is not None:
        return Shard(settings.shard, total)
    if total == 1:
        return Shard()
    name = (socket.gethostname() if host is None else host).partition(".")[0]
    ordinal = _ORDINAL.search(name)
    if ordinal is None:
        raise _usage_error(f"missing; host name {name} does not end in an ordinal like a StatefulSet pod (exporter-0)")
    number = int(ordinal[1])
    if number >= total:
        raise _usage_error(f"missing; ordinal {number} of host name {name} {_out_of_range(total)}")
    return Shard(number, total)


def select_shards(command: ShardSettings, settings: ShardSettings) -> tuple[Shard, ...]:
    """Return the shards a command selects: one, or all by default.

    Args:
        command: The flags of the command, which override the settings.
        settings: The sharding settings.

    Raises:
        UsageError: The shard does not exist.
    """
    total = command.total_shards or settings.total_shards or 1
    every = tuple(Shard(number, total) for number in range(total))
    if command.shard is None:
        return every
    if command.shard >= total:
        raise _usage_error(f"{command.shard} {_out_of_range(total)}")
    return every[command.shard : command.shard + 1]


def describe_shards(shards: Iterable[Shard], targets: Iterable[Named]) -> str:
    """Return a line per shard with the names of its targets; nothing without sharding."""
    every = tuple(targets)
    lines = []
    for shard in shards:
        names = [target.name for target in shard.own(every)]
        if shard.total > 1:
            lines.append(
                f"shard {shard.number} of {shard.total}: {len(names)} targets: {', '.join(names)}".rstrip(": ") + "\n"
            )
    return "".join(lines)


def _assigned_shard(name: str, hashers: Iterable["blake2b"]) -> int:
    """Return the number of the shard with the highest hash of the name."""
    encoded = name.encode("utf-8", "surrogatepass")
    best, highest = 0, b""
    for number, hasher in enumerate(hashers):
        copy = hasher.copy()
        copy.update(encoded)
        if (digest := copy.digest()) > highest:
            best, highest = number, digest
    return best


def _out_of_range(total: int) -> str:
    return f"is out of range for {total} shards (0 to {total - 1})"


def _usage_error(message: str) -> UsageError:
    return UsageError((Problem("--shard", message),))
