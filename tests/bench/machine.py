"""Description of the machine a measurement ran on."""

import os
import platform
from pathlib import Path

_CPU_INFO = Path("/proc/cpuinfo")


def describe() -> str:
    """Return the processor, number of cores, current load and Python version in one line."""
    python = f"{platform.python_implementation()} {platform.python_version()}"
    load = f"load {os.getloadavg()[0]:.1f}"
    return f"{_processor()}, {os.cpu_count()} cores, {load}, {python}, {platform.system()}"


def _processor() -> str:
    lines = _CPU_INFO.read_text().splitlines() if _CPU_INFO.exists() else []
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(models, platform.machine())
