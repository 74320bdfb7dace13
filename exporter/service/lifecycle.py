"""The life cycle of the exporter: polling and serving, started and stopped together."""

import asyncio
import platform
import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import structlog

from exporter import __version__
from exporter.cluster.replica import Replica
from exporter.errors import ConfigError, Problem
from exporter.metrics import catalog
from exporter.metrics.mapping import Column, Entity
from exporter.metrics.pages import Exposition
from exporter.metrics.process import ProcessFigures
from exporter.metrics.render import render
from exporter.runtime.clock import Clock
from exporter.runtime.memory import GarbageFreezer
from exporter.service.reload import Load, Reloader
from exporter.settings import Settings
from exporter.vendors.toolkit.rate_floor import assume_earlier_requests, keep_floors_in
from exporter.web.access import AccessMiddleware
from exporter.web.server import Server, build_application

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

# How long a worker thread may hold the interpreter while the event loop waits for it. A scrape waits several times, and
# Python's default of five milliseconds would add up.
_SWITCH_INTERVAL_SECONDS = 0.001
_STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Service:
    """Polls the configured targets and serves their metrics."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        load: Load | None = None,
        freezer: GarbageFreezer | None = None,
        *,
        only_process: bool = False,
    ) -> None:
        """Prepare; nothing is sent and nothing listens before `start`.

        Args:
            settings: What to poll and where to serve.
            clock: The time.
            load: Reads the configuration; None if there is no file to read.
            freezer: Keeps long-lived objects out of garbage collection; None leaves the collector alone.
            only_process: Whether no earlier process can have used the accounts, as in a demo.

        Raises:
            ConfigError: The web configuration file or the state directory cannot be used, or the shard is unknown.
        """
        self._address = settings.web.address
        if settings.state.dir is not None:
            _keep_state(settings.state.dir, clock)
        # Another leader writes to another directory, or has not written its last request yet.
        if not only_process and (settings.state.dir is None or settings.leader_election.lease is not None):
            assume_earlier_requests(clock)
        self._freezer = freezer
        self._following: asyncio.Task[None] | None = None
        self._exposition = Exposition(ProcessFigures().render, start_times=settings.web.openmetrics_created)
        self.replica = Replica(
            settings,
            self._exposition,
            clock,
            changed=self._targets_changed,
            own_changed=self._publish_own,
            became_ready=self._all_polled,
        )
        self._access = None if settings.web.config.file is None else AccessMiddleware(settings.web.config.file, clock)
        self._reloader = Reloader(
            settings, load, replica=self.replica, access=self._access, clock=clock, reloaded=self._publish_own
        )
        self._publish_own()
        application = build_application(
            self.replica,
            clock,
            self.reload if settings.web.enable_lifecycle else None,
            max_requests=settings.web.max_requests,
            dashboards_url=settings.web.dashboards_url,
            notes=self.replica.notes,
        )
        if self._access:
            self._access.install(application)
        self._server = Server(application, self._access.tls if self._access else None)

    async def start(self) -> str:
        """Listen, then poll; return the URL at which this machine reaches it.

        Raises:
            OSError: The address cannot be listened on.
            ConfigError: A target's certificate cannot be used.
        """
        port = await self._server.start(self._address.host, self._address.port)
        await self.replica.start()
        self._following = asyncio.create_task(self._reloader.follow(), name="follow the configuration")
        tls = bool(self._access and self._access.tls)
        log.info("listening", address=self._address.host or "*", port=port, tls=tls, version=__version__)
        return f"{'https' if tls else 'http'}://localhost:{port}"

    async def stop(self) -> None:
        """Stop serving, then polling."""
        if self._following:
            self._following.cancel()
        await self._server.stop()
        await self.replica.stop()

    async def failed(self) -> None:
        """Raise the error that makes it impossible to continue, if there is one; return only when stopped."""
        await self.replica.failed()

    async def reload(self) -> str:
        """Reload the configuration; return what is wrong with it, "" if nothing is."""
        return await self._reloader.reload()

    def _targets_changed(self) -> None:
        self._publish_own()
        if self._freezer:
            self._freezer.configuration_changed()

    def _all_polled(self) -> None:
        if self._freezer:
            self._freezer.all_polled()

    def _publish_own(self) -> None:
        """Publish the exporter's own series."""
        build = (("version", __version__), ("python", platform.python_version()))
        entities = [
            Entity(build, [(Column(catalog.BUILD_INFO), 1)]),
            *self._reloader.entities(),
            *self.replica.entities(),
        ]
        self._exposition.put_own(render(entities))


async def serve(
    settings: Settings,
    clock: Clock,
    load: Load | None = None,
    *,
    listening: Callable[[str], None] | None = None,
    only_process: bool = False,
) -> None:
    """Run until SIGTERM or SIGINT; SIGHUP reloads the configuration.

    Args:
        settings: What to poll and where to serve.
        clock: The time.
        load: Reads the configuration; None if there is no file to read.
        listening: Called with the URL once the server listens.
        only_process: Whether no earlier process can have used the accounts, as in a demo.

    Raises:
        OSError: The address cannot be listened on.
        ConfigError: A target's certificate or the web configuration file cannot be used.
    """
    _raise_open_files_limit()
    sys.setswitchinterval(_SWITCH_INTERVAL_SECONDS)
    stop = stop_requested()
    freezer = GarbageFreezer()
    service = Service(settings, clock, load, freezer, only_process=only_process)
    reloads: set[asyncio.Task[str]] = set()

    def reload() -> None:
        task = asyncio.create_task(service.reload(), name="reload")
        reloads.add(task)
        task.add_done_callback(reloads.discard)

    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, reload)
    try:
        url = await service.start()
        if listening is not None:
            listening(url)
        ends = {asyncio.create_task(stop.wait(), name="stop"), asyncio.create_task(service.failed(), name="failed")}
        done, others = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        for task in others:
            task.cancel()
        log.info("stopping")
        for task in done:
            task.result()
    finally:
        await asyncio.gather(*reloads)
        await service.stop()
        freezer.stop()  # last, because a leader that stops freezes its remaining objects


def _keep_state(directory: Path, clock: Clock) -> None:
    """Keep minimum intervals across restarts. Raises ConfigError."""
    try:
        keep_floors_in(directory, clock)
    except OSError as error:
        raise ConfigError((Problem("state.dir", str(error)),)) from error


def stop_requested() -> asyncio.Event:
    """Return an event that SIGTERM and SIGINT set."""
    requested = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in _STOP_SIGNALS:
        loop.add_signal_handler(number, requested.set)
    return requested


def _raise_open_files_limit() -> None:
    """Raise the limit of open files as far as allowed: each target and each scraper holds some."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
