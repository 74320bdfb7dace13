"""Serve a number of series by the exporter's web server; the first line of output is the port.

With `new` every scrape gets a new generation of the page, as after a poll; with `same` all get the same one.
"""

import asyncio
import sys
from collections.abc import Iterable

from exporter.metrics.mapping import entities
from exporter.metrics.pages import Exposition, Format, Page
from exporter.metrics.process import ProcessFigures
from exporter.metrics.render import SeriesBlock, render
from exporter.polling.health import TargetHealth
from exporter.runtime import logging_setup
from exporter.runtime.clock import SystemClock
from exporter.service import stop_requested
from exporter.web.server import Server, build_application
from tests.bench import sample_data

_AGENTS_PER_TARGET = 10_000


class Ready:
    """An exporter whose targets have all been polled."""

    health: tuple[TargetHealth, ...] = ()
    ready = True
    term = 1

    def __init__(self, agents: int, *, new: bool) -> None:
        self._new = new
        self._exposition = Exposition(ProcessFigures().render)
        for first in range(0, agents, _AGENTS_PER_TARGET):
            snapshot = sample_data.snapshot(min(_AGENTS_PER_TARGET, agents - first), first)
            name = f"{sample_data.TARGET}-{first}"
            self._exposition.put(name, "agents", render(entities(name, snapshot, sample_data.DETAIL)))

    def page(self, form: Format, targets: Iterable[str] | None = None) -> Page:
        """Return the current page."""
        if self._new:
            self._exposition.put_own(SeriesBlock({}))
        return self._exposition.page(form, targets)


async def main(agents: int, data: str) -> None:
    """Serve until a signal stops the program."""
    stop = stop_requested()
    server = Server(build_application(Ready(agents, new=data == "new"), SystemClock()))
    sys.stdout.write(f"{await server.start('127.0.0.1', 0)}\n")
    sys.stdout.flush()
    await stop.wait()
    await server.stop()


if __name__ == "__main__":
    logging_setup.configure("info", "logfmt")
    asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
