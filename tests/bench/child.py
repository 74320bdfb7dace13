"""Programs measured from outside: Python modules as processes, their CPU time, memory and lines of output."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

_STOP_SECONDS = 20


class Child(NamedTuple):
    """A running Python module.

    Attributes:
        process: The process.
        port: The port it serves on, which is its first line of output.
        began: When it was started, as `time.perf_counter` tells it.
    """

    process: subprocess.Popen[str]
    port: int
    began: float

    def cpu_seconds(self) -> float:
        """Return the CPU time of all its threads so far, also of those that have ended."""
        return time.clock_gettime(_cpu_clock(self.process.pid))

    def memory(self, what: str = "VmRSS") -> int:
        """Return bytes of memory: `VmRSS` what it has now, `VmHWM` what it had at most."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{what}:"))

    def stop(self) -> str:
        """Ask it to stop, and return what it wrote since it named its port."""
        self.process.terminate()
        said, _ = self.process.communicate(timeout=_STOP_SECONDS)
        return said


def _cpu_clock(process: int) -> int:
    """Return the clock of a process's CPU time as Linux numbers it: the C library would, and Python does not tell."""
    return (~process << 3) | 2


@contextmanager
def running(module: str, *arguments: str | Path) -> Iterator[Child]:
    """Run a module until the end of the block."""
    began = time.perf_counter()
    command = [sys.executable, "-m", module, *map(str, arguments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own words
        try:
            assert process.stdout is not None
            yield Child(process, int(process.stdout.readline()), began)
        finally:
            if process.poll() is None:
                process.kill()
