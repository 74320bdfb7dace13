"""How much memory this process took while something was done."""

import resource
import sys

_UNIT = 1 if sys.platform == "darwin" else 1024


class Peak:
    """The most memory taken since this was made, beyond the most there ever was before."""

    def __init__(self) -> None:
        self._before = _most()

    @property
    def grown(self) -> int:
        """Bytes."""
        return _most() - self._before


def _most() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _UNIT
