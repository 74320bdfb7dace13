"""The running exporter: polling and serving, started and stopped together."""

import asyncio
import platform
import resource
import signal
import sys
from collections.abc import Callable

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
from exporter.settings import LeaderElection, Log, Settings, Web
from exporter.web.access import AccessMiddleware
from exporter.web.server import Server, build_application

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

# How long a thread may keep the event loop waiting for the interpreter, each time the loop wants it: a scrape wants it
# several times, and Python's own five milliseconds would add up.
_SWITCH_SECONDS = 0.001
_STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Service:
    """Polls the configured targets and serves what they say."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        load: Callable[[], Settings] | None = None,
        changed: Callable[[], None] | None = None,
    ) -> None:
        """Prepare; nothing is sent and nothing listens before `start`.

        Args:
            settings: What to poll and where to serve.
            clock: The time.
            load: Reads the configuration anew, None where there is none to read. Raises ConfigError.
            changed: Is called when other targets are polled than before.

        Raises:
            ConfigError: The web configuration file cannot be used, or what tells the replica's part is missing.
        """
        self._address = settings.web.address
        self._lasting = _lasting(settings)
        self._clock = clock
        self._load = load
        self._changed = changed
        # What the configuration said when it was last read: what to poll, or what is wrong.
        self._said: tuple[object, ...] | str = _polled(settings)
        self._look_every = settings.config.auto_reload_interval
        self._following: asyncio.Task[None] | None = None
        self._loading = asyncio.Lock()
        self._loaded_at = clock.time()
        self._exposition = Exposition(ProcessFigures().render)
        self._loaded = True
        self.replica = Replica(settings, self._exposition, clock, self._take_note)
        self._show_own()
        lifecycle = self.reload if settings.web.enable_lifecycle else None
        application = build_application(
            self.replica,
            clock,
            lifecycle,
            max_requests=settings.web.max_requests,
            dashboards_url=settings.web.dashboards_url,
            notes=self.replica.notes,
        )
        self._guard = None if settings.web.config.file is None else AccessMiddleware(settings.web.config.file, clock)
        if self._guard:
            self._guard.install(application)
        self._server = Server(application, self._guard.tls if self._guard else None)

    async def start(self) -> str:
        """Listen, then poll; return the URL at which this machine reaches it.

        Raises:
            OSError: The address cannot be listened on.
            ConfigError: A target's certificate cannot be used.
        """
        port = await self._server.start(self._address.host, self._address.port)
        await self.replica.start()
        if self._load and self._look_every:
            following = self._follow(self._load, self._look_every)
            self._following = asyncio.create_task(following, name="follow the configuration")
        tls = bool(self._guard and self._guard.tls)
        log.info("listening", address=self._address.host or "*", port=port, tls=tls, version=__version__)
        return f"{'https' if tls else 'http'}://localhost:{port}"

    async def stop(self) -> None:
        """Stop serving, then polling."""
        if self._following:
            self._following.cancel()
        await self._server.stop()
        await self.replica.stop()

    async def failed(self) -> None:
        """Raise what makes it impossible to go on, should something; return only when stopped."""
        await self.replica.failed()

    async def reload(self) -> str:
        """Read the configuration anew and poll what it says; one that cannot be used leaves everything as it is.

        Targets, the shard, what holds for targets, and what the web configuration file says are taken over; where to
        serve, how to log and how to elect a leader are not.

        Returns:
            What is wrong with it, "" where nothing is.
        """
        async with self._loading:
            try:
                settings = await self._take_over()
            except ConfigError as error:
                # Whose mistake it is has no use for a traceback.
                log.error("configuration not reloaded: the one in force stays", error=str(error))  # noqa: TRY400
                self._loaded = False
                self._show_own()
                return str(error)
            self._loaded_at = self._clock.time()
            self._loaded = True
            self._show_own()
            log.info("configuration reloaded", targets=len(self.replica.own))
            if settings and _lasting(settings) != self._lasting:
                log.warning("what changed of web, log and leader_election is taken over by a restart only")
            return ""

    async def _take_over(self) -> Settings | None:
        """Take over what the files say now, the targets last: reading takes nothing over that cannot be used.

        Returns:
            The configuration, None where there is only the web configuration file to read.
        """
        if self._load is None and self._guard is None:
            raise ConfigError((Problem("", "there is no configuration to read"),))
        # In a thread: a long file takes a while to read, and scrapes and polls must not wait for it.
        settings = await asyncio.to_thread(self._read_anew, self._load) if self._load else None
        if self._guard:
            self._guard.reload()
        if settings:
            await self.replica.configure(settings)
        return settings

    def _read_anew(self, load: Callable[[], Settings]) -> Settings:
        """Read the configuration and keep in mind what it said."""
        try:
            settings = load()
        except ConfigError as error:
            self._said = str(error)
            raise
        self._said = _polled(settings)
        return settings

    async def _follow(self, load: Callable[[], Settings], seconds: float) -> None:
        """Reload whenever the configuration says something else, be it in its file, a secret's or both.

        It is read as a whole to find out: whatever it names is looked at, and a mistake is told once.
        """
        while True:
            await self._clock.sleep(seconds)
            if await asyncio.to_thread(_saying, load) != self._said:
                await self.reload()

    def _take_note(self) -> None:
        """Take note that other targets are polled now."""
        self._show_own()
        if self._changed:
            self._changed()

    def _show_own(self) -> None:
        build = (("version", __version__), ("python", platform.python_version()))
        figures = [
            Entity(build, [(Column(catalog.BUILD_INFO), 1)]),
            Entity((), [(Column(catalog.CONFIG_RELOAD_SUCCESSFUL), int(self._loaded))]),
            Entity((), [(Column(catalog.CONFIG_RELOAD_TIMESTAMP), round(self._loaded_at, 3))]),
            *self.replica.entities(),
        ]
        self._exposition.put_own(render(figures))


def _lasting(settings: Settings) -> tuple[Web, Log, LeaderElection]:
    """Return what only a restart takes over."""
    return settings.web, settings.log, settings.leader_election


def _polled(settings: Settings) -> tuple[object, ...]:
    """Return what tells which targets are polled, and how."""
    return settings.targets, settings.total_shards, settings.shard


def _saying(load: Callable[[], Settings]) -> tuple[object, ...] | str:
    try:
        return _polled(load())
    except ConfigError as error:
        return str(error)


async def serve(
    settings: Settings,
    clock: Clock,
    load: Callable[[], Settings] | None = None,
    *,
    listening: Callable[[str], None] | None = None,
) -> None:
    """Run until the process is asked to stop by SIGTERM or SIGINT; SIGHUP reads the configuration anew.

    Args:
        settings: What to poll and where to serve.
        clock: The time.
        load: Reads the configuration anew, None where there is none to read. Raises ConfigError.
        listening: Is told the URL once it is listened on.

    Raises:
        OSError: The address cannot be listened on.
        ConfigError: A target's certificate or the web configuration file cannot be used.
    """
    _allow_open_files()
    sys.setswitchinterval(_SWITCH_SECONDS)
    stop = asked_to_stop()
    freezer = GarbageFreezer()
    service = Service(settings, clock, load, freezer.configuration_changed)
    watching = asyncio.create_task(_watch_ready(service, freezer), name="freezer")
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
        watching.cancel()
        freezer.stop()
        await asyncio.gather(*reloads)
        await service.stop()


async def _watch_ready(service: Service, freezer: GarbageFreezer) -> None:
    while True:
        await asyncio.sleep(1.0)
        if service.replica.ready:
            freezer.all_polled()


def asked_to_stop() -> asyncio.Event:
    """Return what is set once the process is asked to stop by SIGTERM or SIGINT."""
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in _STOP_SIGNALS:
        loop.add_signal_handler(number, asked.set)
    return asked


def _allow_open_files() -> None:
    """Raise the limit of open files as far as it goes: each target and each scraper holds some."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
