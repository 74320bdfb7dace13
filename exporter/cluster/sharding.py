"""Which targets are a replica's own, where several share them out among themselves.

Each target goes to the shard that draws the highest number for its name (rendezvous hashing). All replicas come to the
same answer without talking, and one replica more or less moves only the targets that it gets or had.
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
    """Anything with a name."""

    @property
    def name(self) -> str:
        """Its name."""


class Configured(Protocol):
    """What settings say of shards."""

    @property
    def shard(self) -> int | None:
        """The replica's own shard, None where its host name tells it."""

    @property
    def total_shards(self) -> int | None:
        """How many shards there are, None for one."""


T = TypeVar("T", bound=Named)


class Shard(NamedTuple):
    """One part of the targets.

    Attributes:
        number: Which part, from 0.
        total: How many parts there are.
    """

    number: int = 0
    total: int = 1

    def own(self, targets: Iterable[T]) -> tuple[T, ...]:
        """Return the targets of this shard, in their order."""
        if self.total == 1:
            return tuple(targets)
        # Replicas of different versions must agree: neither the hash nor what is hashed may ever change.
        drawers = [blake2b(b"%d/" % number, digest_size=_DIGEST_BYTES) for number in range(self.total)]
        return tuple(target for target in targets if _drawn(target.name, drawers) == self.number)


def shard_of(configured: Configured, host: str | None = None) -> Shard:
    """Return the shard that a replica is.

    Args:
        configured: What the settings say.
        host: The host name, whose ordinal counts where the settings name no shard; the machine's own unless given.

    Raises:
        UsageError: It is needed and tells no shard that there is.
    """
    total = configured.total_shards or 1
    if configured.shard is not None:
        return Shard(configured.shard, total)
    if total == 1:
        return Shard()
    name = (socket.gethostname() if host is None else host).partition(".")[0]
    ordinal = _ORDINAL.search(name)
    if ordinal is None:
        raise _wrong(f"missing; the host name {name} does not end in a number, as a StatefulSet's pods do (exporter-0)")
    number = int(ordinal[1])
    if number >= total:
        raise _wrong(f"missing; the host name {name} tells {number}, but of {total} shards the last is {total - 1}")
    return Shard(number, total)


def asked_for(command: Configured, settings: Configured) -> tuple[Shard, ...]:
    """Return the shards that a command is about: the one it names, or else all of them.

    Args:
        command: What the command says, which counts before the settings.
        settings: What the settings say.

    Raises:
        UsageError: There is no such shard.
    """
    total = command.total_shards or settings.total_shards or 1
    every = tuple(Shard(number, total) for number in range(total))
    if command.shard is None:
        return every
    if command.shard >= total:
        raise _wrong(f"of {total} shards the last is {total - 1}")
    return every[command.shard : command.shard + 1]


def told(shards: Iterable[Shard], targets: Iterable[Named]) -> str:
    """Return a line for each shard with the names of its targets; nothing where there is only one."""
    every = tuple(targets)
    lines = []
    for shard in shards:
        names = [target.name for target in shard.own(every)]
        if shard.total > 1:
            lines.append(
                f"shard {shard.number} of {shard.total}: {len(names)} targets: {', '.join(names)}".rstrip(": ") + "\n"
            )
    return "".join(lines)


def _drawn(name: str, drawers: Iterable["blake2b"]) -> int:
    """Return the number of the shard that draws the highest number."""
    encoded = name.encode("utf-8", "surrogatepass")
    best, highest = 0, b""
    for number, drawer in enumerate(drawers):
        draw = drawer.copy()
        draw.update(encoded)
        if (digest := draw.digest()) > highest:
            best, highest = number, digest
    return best


def _wrong(message: str) -> UsageError:
    return UsageError((Problem("--shard", message),))
