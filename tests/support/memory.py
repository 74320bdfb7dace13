"""How much memory this process took while something was done."""

import resource
import sys
from pathlib import Path

_UNIT = 1 if sys.platform == "darwin" else 1024
_STATUS = Path("/proc/self/status")
# Has Linux forget the most there was: proc(5).
_FORGET = Path("/proc/self/clear_refs")


class Peak:
    """The most memory taken since this was made; where the system is not Linux, beyond the most there ever was."""

    def __init__(self) -> None:
        if _FORGET.exists():
            _FORGET.write_text("5", encoding="ascii")
        self._before = _kept("VmRSS")

    @property
    def grown(self) -> int:
        """Bytes."""
        return _kept("VmHWM") - self._before


def _kept(what: str) -> int:
    if not _STATUS.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _UNIT
    lines = _STATUS.read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{what}:"))
