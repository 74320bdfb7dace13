"""Runs real programs on free ports, collects their output and stops them."""

import asyncio
import re
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from tests.support.tools import require

T = TypeVar("T")

EXPORTER = (str(Path(sys.executable).with_name("contactcenter-exporter")),)
_START_SECONDS = 30
_STOP_SECONDS = 10


class Program:
    """A running program.

    Attributes:
        lines: The lines written so far.
        port: The port that its output reports; 0 until then.
    """

    def __init__(self, process: Process) -> None:
        self.process = process
        self.lines: list[str] = []
        self.port = 0
        self._reading = asyncio.create_task(self._read())

    async def wait_for(self, pattern: str) -> re.Match[str]:
        """Return the first match of a pattern in a line of the output."""
        return await eventually(lambda: self._search(pattern), _START_SECONDS)

    async def stop(self) -> int:
        """Send SIGTERM, as a service manager does, and return the exit code."""
        if self.process.returncode is None:
            self.process.terminate()
        async with asyncio.timeout(_STOP_SECONDS):
            code = await self.process.wait()
        await self._reading
        return code

    async def _search(self, pattern: str) -> re.Match[str] | None:
        return next((found for line in self.lines if (found := re.search(pattern, line))), None)

    async def _read(self) -> None:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            self.lines.append(line.decode().rstrip())


@asynccontextmanager
async def running(
    command: Sequence[str | Path], port_pattern: str, environment: Mapping[str, str] | None = None
) -> AsyncIterator[Program]:
    """Run a program whose output reports its port; the environment defaults to that of this process."""
    process = await asyncio.create_subprocess_exec(*map(str, command), stdout=PIPE, stderr=STDOUT, env=environment)
    program = Program(process)
    try:
        program.port = int((await program.wait_for(port_pattern))[1])
        yield program
    finally:
        await program.stop()


@asynccontextmanager
async def prometheus_running(config: Path, data: Path | None = None) -> AsyncIterator[str]:
    """Run a real Prometheus with a configuration file and yield its URL; its data is stored beside the file."""
    command = [
        require("prometheus"),
        f"--config.file={config}",
        f"--storage.tsdb.path={data or config.with_name('data')}",
        "--web.listen-address=127.0.0.1:0",
    ]
    async with running(command, r"Listening on.* address=127\.0\.0\.1:(\d+)") as program:
        await program.wait_for("Server is ready to receive web requests")
        yield f"http://127.0.0.1:{program.port}"


async def eventually(attempt: Callable[[], Awaitable[T | None]], seconds: float = 20.0, pause: float = 0.1) -> T:
    """Repeat an attempt until it returns a result other than None, and return that.

    Args:
        attempt: The attempt.
        seconds: How long to repeat it.
        pause: Seconds between two attempts.

    Raises:
        TimeoutError: If there was no result in that time.
    """
    async with asyncio.timeout(seconds):
        while (found := await attempt()) is None:  # noqa: ASYNC110 - another process cannot set an event
            await asyncio.sleep(pause)
    return found
