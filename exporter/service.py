"""The running exporter: polling and serving, started and stopped together."""

import asyncio
import platform
import resource
import signal

import structlog

from exporter import __version__, catalog
from exporter.clock import Clock
from exporter.collector import Collector
from exporter.exposition import Exposition, Part, render
from exporter.mapping import Column, Entity
from exporter.process import ProcessFigures
from exporter.settings import Settings
from exporter.web.server import Server, build_application

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

_STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Service:
    """Polls the configured targets and serves what they say."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        """Prepare; nothing is sent and nothing listens before `start`."""
        self._address = settings.web.address
        exposition = Exposition(ProcessFigures().render)
        exposition.put_own(_own_figures(clock.time()))
        self.collector = Collector(settings.targets, exposition, clock)
        self._server = Server(build_application(self.collector, clock))

    async def start(self) -> int:
        """Listen, then poll; return the port.

        Raises:
            OSError: The address cannot be listened on, or a target's certificate cannot be used.
        """
        port = await self._server.start(self._address.host, self._address.port)
        await self.collector.start()
        log.info("listening", address=self._address.host or "*", port=port, version=__version__)
        return port

    async def stop(self) -> None:
        """Stop serving, then polling."""
        await self._server.stop()
        await self.collector.stop()


async def serve(settings: Settings, clock: Clock) -> None:
    """Run until the process is asked to stop by SIGTERM or SIGINT.

    Raises:
        OSError: The address cannot be listened on, or a target's certificate cannot be used.
    """
    _allow_open_files()
    stop = asked_to_stop()
    service = Service(settings, clock)
    try:
        await service.start()
        await stop.wait()
        log.info("stopping")
    finally:
        await service.stop()


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


def _own_figures(loaded_at: float) -> Part:
    build = (("version", __version__), ("python", platform.python_version()))
    return render(
        [
            Entity(build, [(Column(catalog.BUILD_INFO), 1)]),
            Entity((), [(Column(catalog.CONFIG_RELOAD_SUCCESSFUL), 1)]),
            Entity((), [(Column(catalog.CONFIG_RELOAD_TIMESTAMP), round(loaded_at, 3))]),
        ]
    )
