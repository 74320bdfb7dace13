"""Measure the peak memory of this process."""

import resource
import sys
from pathlib import Path

_UNIT = 1 if sys.platform == "darwin" else 1024
_STATUS = Path("/proc/self/status")
# Writing to it resets the peak on Linux: proc(5).
_FORGET = Path("/proc/self/clear_refs")


class Peak:
    """The peak memory since this was created; on other systems than Linux, the growth of the process's peak."""

    def __init__(self) -> None:
        if _FORGET.exists():
            _FORGET.write_text("5", encoding="ascii")
        self._before = _resident("VmRSS")

    @property
    def grown(self) -> int:
        """Return the growth in bytes."""
        return _resident("VmHWM") - self._before


def _resident(field: str) -> int:
    if not _STATUS.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _UNIT
    lines = _STATUS.read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{field}:"))
