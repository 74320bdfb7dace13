"""One replica of the exporter: the targets it owns, and whether it currently polls them."""

import asyncio
import socket
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple
from uuid import uuid4

from exporter.cluster.election import Election
from exporter.cluster.shard_lease import lease_of, require_same_lease
from exporter.cluster.sharding import Shard, shard_of
from exporter.errors import NotOwnedError
from exporter.metrics import catalog
from exporter.metrics.mapping import Column, Entity
from exporter.metrics.pages import Exposition, Format, Page
from exporter.polling.collector import Collector
from exporter.polling.health import TargetHealth
from exporter.polling.state_files import StateFiles
from exporter.polling.state_keeper import StateKeeper
from exporter.runtime.clock import Clock
from exporter.settings import Settings, TargetSettings
from exporter.vendors.toolkit.permission import Permission

_SHARD = Column(catalog.SHARD)
_TOTAL_SHARDS = Column(catalog.TOTAL_SHARDS)
_CONFIGURED = Column(catalog.CONFIGURED_TARGETS)
_LEADER = Column(catalog.LEADER)


class _Share(NamedTuple):
    """The configured targets a replica owns.

    Attributes:
        shard: The shard of the replica.
        own: The targets of the shard.
        names: The names of all configured targets.
    """

    shard: Shard
    own: tuple[TargetSettings, ...]
    names: frozenset[str]


def _share(settings: Settings, host: str) -> _Share:
    shard = shard_of(settings, host)
    return _Share(shard, shard.own(settings.targets), frozenset(target.name for target in settings.targets))


class Replica:
    """Polls the targets this replica owns; with leader election, only while it leads."""

    def __init__(  # noqa: PLR0913 - three are callbacks
        self,
        settings: Settings,
        exposition: Exposition,
        clock: Clock,
        *,
        changed: Callable[[], None],
        own_changed: Callable[[], None],
        became_ready: Callable[[], None],
    ) -> None:
        """Create the replica without polling; `start` does.

        Args:
            settings: The targets, and the sharding and leader election settings.
            exposition: Receives the polled series.
            clock: The clock.
            changed: Called when the set of polled targets changes.
            own_changed: Called when only `entities` changes.
            became_ready: Called when `ready` becomes true, after a start or a change.

        Raises:
            ConfigError: The shard is unknown, or the Lease cannot be accessed.
        """
        self._host = socket.gethostname()
        self._share = _share(settings, self._host)
        permission = Permission(self._leads, self._may_sign_out)
        state = _state(settings, clock)
        self._collector = Collector((), exposition, clock, became_ready, state=state, permission=permission)
        self._exposition = exposition
        self._changed = changed
        self._own_changed = own_changed
        self._became_ready = became_ready
        self._reconfiguring = asyncio.Lock()
        self._polls = False
        self._terms = 0
        self._published_leader = False
        self._lease = lease_of(settings.leader_election, self._share.shard)
        self._election: Election | None = None
        if self._lease is not None:
            identity = f"{self._host}_{uuid4()}"
            self._election = Election(self._lease, self, identity, settings.leader_election.duration, clock)
        self._running: asyncio.Task[None] | None = None

    @property
    def health(self) -> Sequence[TargetHealth]:
        """The health of each target this replica polls."""
        return self._collector.health if self.term else ()

    @property
    def term(self) -> int:
        """The number of the period in which this replica polls, 0 while it does not, by the clock of this moment."""
        return self._terms if self._polls and self._leads() else 0

    @property
    def ready(self) -> bool:
        """Whether every target of this replica has been polled once; a standby is always ready."""
        if self._running is not None and not self.term:
            return True
        return self._polls and (not self._share.own or self._collector.ready)

    @property
    def own(self) -> Sequence[TargetSettings]:
        """The targets this replica owns and polls now or once it leads."""
        return self._share.own

    def notes(self) -> Iterator[str]:
        """Yield sentences describing the shard and role of this replica; none for a single replica."""
        shard, own, names = self._share
        if shard.total > 1:
            yield f"Shard {shard.number} of {shard.total} (zero-based): {len(own):,} of {len(names):,} targets."
        if self._election is not None and self._election.leading:
            yield "Leader; the other replicas stand by."
        elif self._election is not None and self._election.holder:
            yield f"Standby; the lease is held by {self._election.holder}."
        elif self._election is not None:
            yield "Standby; the lease is not held."

    def page(self, form: Format, targets: Iterable[str] | None = None) -> Page:
        """Return the page for a scrape.

        Args:
            form: The exposition format.
            targets: The names of the targets to include, None for all targets and the exporter itself.

        Raises:
            NotOwnedError: A target is owned by another replica.
            KeyError: A target is unknown.
        """
        names = None if targets is None else tuple(targets)
        if self._election is not None and self._election.leading != self._published_leader:
            self._own_changed()
        try:
            return self._collector.page(form, names) if self.term else self._standby_page(form, names)
        except KeyError as error:
            name = error.args[0]
            if name in self._share.names:
                raise NotOwnedError(
                    f"target {name!r} is not polled by this replica: {' '.join(self.notes())}"
                ) from error
            raise

    def entities(self) -> Iterator[Entity]:
        """Yield the metrics of sharding and leader election; none for a single replica."""
        shard = self._share.shard
        if shard.total > 1:
            samples = [(_SHARD, shard.number), (_TOTAL_SHARDS, shard.total), (_CONFIGURED, len(self._share.names))]
            yield from (Entity((), [sample]) for sample in samples)
        if self._election is not None:
            self._published_leader = self._election.leading
            yield Entity((), [(_LEADER, int(self._published_leader))])

    async def start(self) -> None:
        """Start polling or, with leader election, competing for the lease.

        Raises:
            ConfigError: A target's certificate cannot be used.
        """
        if self._election is None:
            await self.start_leading()
        else:
            self._running = asyncio.create_task(self._election.run(), name="election")

    async def failed(self) -> None:
        """Wait until stopped; raise the error if the election fails."""
        if self._running is None:
            await asyncio.get_running_loop().create_future()
        else:
            await asyncio.wait({self._running})
            if not self._running.cancelled():
                self._running.result()

    async def stop(self) -> None:
        """Stop polling, close all vendor sessions and release the lease."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
        if self._election is not None and self._lease is not None:
            await self._election.resign()
            await self._lease.close()
        await self._collector.stop()

    async def configure(self, settings: Settings) -> None:
        """Apply new targets and shards; the leader election settings require a restart.

        Raises:
            ConfigError: The shard is unknown or has another Lease, or a target's certificate cannot be used; the
                current configuration stays.
        """
        # In a thread, because assigning many targets to shards takes a while.
        share = await asyncio.to_thread(_share, settings, self._host)
        if self._election is not None:
            require_same_lease(self._share.shard, share.shard)
        async with self._reconfiguring:
            if self._polls:
                await self._collector.reconfigure(share.own)
            self._share = share
        self._report_change()

    async def start_leading(self) -> None:
        """Start polling the targets of this replica.

        Raises:
            ConfigError: A target's certificate cannot be used.
        """
        async with self._reconfiguring:
            await self._collector.reconfigure(self._share.own)
            self._polls = True
            self._terms += 1
        self._report_change()

    async def stop_leading(self) -> None:
        """Stop polling and close all vendor sessions."""
        async with self._reconfiguring:
            self._polls = False
            await self._collector.reconfigure(())
        self._report_change()

    def _standby_page(self, form: Format, names: Sequence[str] | None) -> Page:
        if names is None:
            return self._exposition.own_page(form)
        raise KeyError(names[0])

    def _leads(self) -> bool:
        return self._election is None or self._election.leading

    def _may_sign_out(self) -> bool:
        return self._election is None or self._election.excludes_others

    def _report_change(self) -> None:
        self._changed()
        if self.ready:
            self._became_ready()


def _state(settings: Settings, clock: Clock) -> StateKeeper | None:
    """Return what keeps running totals across restarts, None without a state directory."""
    directory = settings.state.dir
    return None if directory is None else StateKeeper(StateFiles(directory, clock), clock)
