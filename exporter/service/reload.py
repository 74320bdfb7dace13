"""Reloads the configuration; one that cannot be used changes nothing."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Final

import structlog

from exporter.cluster.replica import Replica
from exporter.errors import ConfigError, Problem
from exporter.metrics import catalog
from exporter.metrics.mapping import Column, Entity
from exporter.runtime.clock import Clock
from exporter.runtime.containment import catch_unexpected
from exporter.settings import LeaderElection, Log, Settings, State, Web
from exporter.web.access import AccessMiddleware

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

Load = Callable[[], Settings]
"""Reads the configuration. Raises ConfigError."""

_SUCCESSFUL: Final = Column(catalog.CONFIG_RELOAD_SUCCESSFUL)
_TIMESTAMP: Final = Column(catalog.CONFIG_RELOAD_TIMESTAMP)


class Reloader:
    """Applies configuration changes to a running replica."""

    def __init__(  # noqa: PLR0913 - what a reload reads and changes
        self,
        settings: Settings,
        load: Load | None,
        *,
        replica: Replica,
        access: AccessMiddleware | None,
        clock: Clock,
        reloaded: Callable[[], None],
    ) -> None:
        """Start with the settings that the exporter was started with.

        Args:
            settings: The current configuration.
            load: Reads the configuration; None if there is no file to read.
            replica: Polls the targets.
            access: Enforces the web configuration file; None if there is none.
            clock: The time.
            reloaded: Called after every reload, successful or not.
        """
        self._load = load
        self._replica = replica
        self._access = access
        self._clock = clock
        self._reloaded = reloaded
        self._interval = settings.config.auto_reload_interval
        self._restart_only = _restart_only(settings)
        # What the configuration contained when it was last read: what to poll, or what is wrong with it.
        self._last_read: tuple[object, ...] | str = _polled(settings)
        self._lock = asyncio.Lock()
        self._successful = True
        self._succeeded_at = clock.time()

    def entities(self) -> Iterator[Entity]:
        """Yield the outcome of the last reload."""
        yield Entity((), [(_SUCCESSFUL, int(self._successful))])
        yield Entity((), [(_TIMESTAMP, round(self._succeeded_at, 3))])

    async def reload(self) -> str:
        """Read the configuration and apply it; one that cannot be used changes nothing.

        Targets, the shard, target defaults and the web configuration file are applied. The other settings of `web`,
        `log` and `leader_election` require a restart.

        Returns:
            What is wrong with it, "" if nothing is.
        """
        async with self._lock:
            try:
                settings = await self._apply()
            except ConfigError as error:
                # An operator's mistake: no traceback.
                log.error("configuration reload failed; keeping the current configuration", error=str(error))  # noqa: TRY400
                self._successful = False
                self._reloaded()
                return str(error)
            self._successful, self._succeeded_at = True, self._clock.time()
            self._reloaded()
            log.info("configuration reloaded", targets=len(self._replica.own))
            if settings and _restart_only(settings) != self._restart_only:
                log.warning("changes to web, log, state and leader_election require a restart")
            return ""

    async def follow(self) -> None:
        """Reload whenever the content of the configuration or of a file it names changes, until cancelled.

        The whole configuration is read to find out, so secrets in files are included and an error is logged once.
        """
        if self._load is None or not self._interval:
            return
        while True:
            await self._clock.sleep(self._interval)
            if await asyncio.to_thread(_content, self._load) != self._last_read:
                await self.reload()

    async def _apply(self) -> Settings | None:
        """Apply the files, the targets last: an unusable web configuration file leaves them unchanged, too.

        Returns:
            The configuration, None if there is only a web configuration file to read.
        """
        if self._load is None and self._access is None:
            raise ConfigError((Problem("", "no configuration file to reload"),))
        # In a thread: reading a long file must not delay scrapes and polls.
        settings = await asyncio.to_thread(self._read, self._load) if self._load else None
        if self._access:
            self._access.reload()
        if settings:
            await self._replica.configure(settings)
        return settings

    def _read(self, load: Load) -> Settings:
        """Read the configuration and remember its content."""
        try:
            settings = _loaded(load)
        except ConfigError as error:
            self._last_read = str(error)
            raise
        self._last_read = _polled(settings)
        return settings


def _restart_only(settings: Settings) -> tuple[Web, Log, LeaderElection, State]:
    """Return the settings that require a restart."""
    return settings.web, settings.log, settings.leader_election, settings.state


def _polled(settings: Settings) -> tuple[object, ...]:
    """Return the settings that determine which targets are polled, and how."""
    return settings.targets, settings.total_shards, settings.shard


def _loaded(load: Load) -> Settings:
    """Read the configuration. Raises ConfigError, also for an unexpected error, as of a vendor's settings."""
    with catch_unexpected(ConfigError) as caught:
        return load()
    raise ConfigError((Problem("", f"cannot be read: {caught}"),)) from caught.error


def _content(load: Load) -> tuple[object, ...] | str:
    """Return what the configuration contains: what to poll, or what is wrong with it."""
    try:
        return _polled(_loaded(load))
    except ConfigError as error:
        return str(error)
