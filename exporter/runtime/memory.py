"""Python's garbage collector, kept from looking again and again at what stays as long as the configuration."""

import asyncio
import gc
from collections.abc import Callable

_LOOK_EVERY_SECONDS = 1.0


def settle() -> None:
    """Collect what is garbage now, and let the collector never look again at what is left until this is next called.

    What a target consists of lives as long as the target. With a thousand of them each look at it all would keep the
    event loop for most of a second, every half minute. What a poll leaves is looked at as ever.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()


class Settling:
    """Settles whenever the configuration is taken over, and again once its first polls have made what stays."""

    def __init__(self, ready: Callable[[], bool]) -> None:
        """Settle nothing yet.

        Args:
            ready: Tells whether everything has been polled once.
        """
        self._ready = ready
        self._waiting: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Settle what was taken over."""
        settle()
        self._wait()

    def end(self) -> None:
        """Let the collector look at everything again."""
        if self._waiting:
            self._waiting.cancel()
        gc.unfreeze()

    def _wait(self) -> None:
        if self._waiting:
            self._waiting.cancel()
        self._waiting = asyncio.get_running_loop().call_later(_LOOK_EVERY_SECONDS, self._look)

    def _look(self) -> None:
        if self._ready():
            settle()
        else:
            self._wait()
