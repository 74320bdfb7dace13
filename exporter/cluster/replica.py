"""One exporter among replicas: which targets are its own, and whether it is its turn to poll them."""

import asyncio
import socket
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final, NamedTuple
from uuid import uuid4

from exporter.cluster.election import Election
from exporter.cluster.sharding import Shard, shard_of
from exporter.errors import ConfigError, NotOwnedError, Problem
from exporter.metrics import catalog
from exporter.metrics.mapping import Column, Entity
from exporter.metrics.pages import Exposition, Format, Page
from exporter.polling.collector import Collector
from exporter.polling.health import TargetHealth
from exporter.runtime.clock import Clock
from exporter.settings import LeaderElection, Settings, TargetSettings

if TYPE_CHECKING:
    from exporter.cluster.kubernetes_lease import KubernetesLease

# The share of a lease's duration that one answer of Kubernetes may take.
_ANSWER: Final = 0.2
_PLACE: Final = "leader_election.lease"
_SHARD = Column(catalog.SHARD)
_TOTAL_SHARDS = Column(catalog.TOTAL_SHARDS)
_CONFIGURED = Column(catalog.CONFIGURED_TARGETS)
_LEADER = Column(catalog.LEADER)


class _Share(NamedTuple):
    """Which of the configured targets are a replica's own.

    Attributes:
        shard: The replica's shard.
        own: Its targets.
        names: The names of all targets.
    """

    shard: Shard
    own: tuple[TargetSettings, ...]
    names: frozenset[str]


def _share(settings: Settings, host: str) -> _Share:
    shard = shard_of(settings, host)
    return _Share(shard, shard.own(settings.targets), frozenset(target.name for target in settings.targets))


class Replica:
    """Has a collector poll the replica's own targets, where only one may poll while it leads."""

    def __init__(self, settings: Settings, exposition: Exposition, clock: Clock, changed: Callable[[], None]) -> None:
        """Prepare; nothing is polled before `start`.

        Args:
            settings: What there is to poll, and how replicas share it.
            exposition: Gets what is polled.
            clock: The time.
            changed: Is called when other targets are polled than before, or none.

        Raises:
            ConfigError: Nothing tells the shard, or there is no way to the Lease.
        """
        self._host = socket.gethostname()
        self._share = _share(settings, self._host)
        self._collector = Collector((), exposition, clock)
        self._changed = changed
        self._turn = asyncio.Lock()
        self._polls = False
        self._lease = _lease(settings.leader_election, self._share.shard)
        self._election: Election | None = None
        if self._lease is not None:
            identity = f"{self._host}_{uuid4()}"
            self._election = Election(self._lease, self, identity, settings.leader_election.duration, clock)
        self._running: asyncio.Task[None] | None = None

    @property
    def health(self) -> Sequence[TargetHealth]:
        """How the polling of each target goes that is polled here."""
        return self._collector.health

    @property
    def ready(self) -> bool:
        """Whether everything that is to be polled here has been; who stands by is ready to."""
        if self._running is not None and not self._polls:
            return True
        return self._polls and (not self._share.own or self._collector.ready)

    @property
    def own(self) -> Sequence[TargetSettings]:
        """The targets that are this replica's to poll, now or once it leads."""
        return self._share.own

    def notes(self) -> Iterator[str]:
        """Yield what this replica's part is, in sentences; nothing where it is the only one."""
        shard, own, names = self._share
        if shard.total > 1:
            yield f"Shard {shard.number} of {shard.total} (the first is 0): {len(own):,} of {len(names):,} targets."
        if self._election is not None and self._election.leading:
            yield "Leads: it polls, the other replicas stand by."
        elif self._election is not None:
            yield f"Stands by and polls nothing; {self._election.holder or 'nobody'} holds the lease."

    def page(self, form: Format, targets: Iterable[str] | None = None) -> Page:
        """Return what a scrape at this moment gets.

        Args:
            form: The format to write.
            targets: Names of the targets to show, None for all and the exporter itself.

        Raises:
            NotOwnedError: A target is another replica's to poll.
            KeyError: A target is not known.
        """
        names = None if targets is None else tuple(targets)
        try:
            return self._collector.page(form, names)
        except KeyError as error:
            name = error.args[0]
            if name in self._share.names:
                raise NotOwnedError(f"target {name!r} is not polled here: {' '.join(self.notes())}") from error
            raise

    def entities(self) -> Iterator[Entity]:
        """Yield what it tells of its part; nothing where it is the only one."""
        shard = self._share.shard
        if shard.total > 1:
            samples = [(_SHARD, shard.number), (_TOTAL_SHARDS, shard.total), (_CONFIGURED, len(self._share.names))]
            yield from (Entity((), [sample]) for sample in samples)
        if self._election is not None:
            yield Entity((), [(_LEADER, int(self._election.leading))])

    async def start(self) -> None:
        """Begin to poll or, where only one may, to compete for it.

        Raises:
            ConfigError: A target's certificate cannot be used.
        """
        if self._election is None:
            await self.lead()
        else:
            self._running = asyncio.create_task(self._election.run(), name="election")

    async def failed(self) -> None:
        """Raise what ended the election, should something end it; return only when stopped."""
        if self._running is None:
            await asyncio.get_running_loop().create_future()
        else:
            await asyncio.wait({self._running})
            if not self._running.cancelled():
                self._running.result()

    async def stop(self) -> None:
        """Stop polling, leave every vendor, and let another replica poll."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
        if self._election is not None and self._lease is not None:
            await self._election.resign()
            await self._lease.close()
        await self._collector.stop()

    async def configure(self, settings: Settings) -> None:
        """Poll what these settings say from now on; who elects a leader and how stays as it was.

        Raises:
            ConfigError: Nothing tells the shard, or a target's certificate cannot be used; all goes on as it was.
        """
        # In a thread: to draw for many targets takes a while.
        share = await asyncio.to_thread(_share, settings, self._host)
        async with self._turn:
            if self._polls:
                await self._collector.reconfigure(share.own)
            self._share = share
        self._changed()

    async def lead(self) -> None:
        """Begin to poll.

        Raises:
            ConfigError: A target's certificate cannot be used.
        """
        async with self._turn:
            await self._collector.reconfigure(self._share.own)
            self._polls = True
        self._changed()

    async def stand_by(self) -> None:
        """Cease to poll, and leave every vendor."""
        async with self._turn:
            self._polls = False
            await self._collector.reconfigure(())
        self._changed()


def _lease(wanted: LeaderElection, shard: Shard) -> "KubernetesLease | None":
    """Return the Lease to compete for, each shard's its own; None where there is no election. Raises ConfigError."""
    if wanted.lease is None:
        return None
    if find_spec("lightkube") is None:
        raise ConfigError((Problem(_PLACE, "needs more: pip install contactcenter-exporter[kubernetes]"),))
    # Here, because only who elects a leader has what it needs.
    from lightkube import ConfigError as NoKubernetesError  # noqa: PLC0415

    from exporter.cluster.kubernetes_lease import KubernetesLease  # noqa: PLC0415

    name = wanted.lease if shard.total == 1 else f"{wanted.lease}-{shard.number}"
    try:
        return KubernetesLease(name, wanted.namespace, _ANSWER * wanted.duration)
    except (NoKubernetesError, OSError) as error:
        raise ConfigError((Problem(_PLACE, f"Kubernetes is not to be found: {error}"),)) from error
