"""Run Python modules as child processes and measure their CPU time, memory and output."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

_STOP_SECONDS = 20
# As the image, the chart and the systemd unit set them.
_MALLOC = {"MALLOC_MMAP_THRESHOLD_": "131072", "MALLOC_TRIM_THRESHOLD_": "131072"}


class Child(NamedTuple):
    """A running Python module.

    Attributes:
        process: The process.
        port: The port it serves on, read from its first line of output.
        began: Its start time by `time.perf_counter`.
    """

    process: subprocess.Popen[str]
    port: int
    began: float

    def cpu_seconds(self) -> float:
        """Return the CPU time of all its threads so far, including those that have ended."""
        return time.clock_gettime(cpu_clock(self.process.pid))

    def memory(self, field: str = "VmRSS") -> int:
        """Return its memory in bytes: `VmRSS` is the current, `VmHWM` the peak value."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{field}:"))

    def stop(self) -> str:
        """Stop it with SIGTERM and return its output after the port."""
        self.process.terminate()
        output, _ = self.process.communicate(timeout=_STOP_SECONDS)
        return output


def cpu_clock(process: int) -> int:
    """Return the Linux id of a process's CPU clock; Python has no clock_getcpuclockid."""
    return (~process << 3) | 2


@contextmanager
def running(module: str, *arguments: str | Path) -> Iterator[Child]:
    """Run a module that prints its port first, until the end of the block."""
    began = time.perf_counter()
    with _process(module, *map(str, arguments)) as process:
        assert process.stdout is not None
        yield Child(process, int(process.stdout.readline()), began)


@contextmanager
def demo() -> Iterator[Child]:
    """Run the demo on a free port until the end of the block."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    began = time.perf_counter()
    own = f"--web.listen-address=127.0.0.1:{port}"
    with _process("exporter", "demo", own, "--simulator.listen-address=127.0.0.1:0", "--log.level=error") as process:
        yield Child(process, port, began)


@contextmanager
def _process(module: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", module, *arguments]
    environment = os.environ | _MALLOC
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:  # noqa: S603 - fixed arguments
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
