"""Keep long-lived objects out of Python's garbage collection."""

import gc


def freeze() -> None:
    """Run a full collection and freeze the surviving objects (gc.freeze).

    The objects of a target live as long as the target. With a thousand targets, each full collection that traverses
    them blocks the event loop for most of a second, every half minute. Objects created later are collected as usual.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()


class GarbageFreezer:
    """Freezes long-lived objects after each configuration change, and again after its first polls."""

    def __init__(self) -> None:
        self._awaits_polls = False

    def configuration_changed(self) -> None:
        """Freeze the objects of the new configuration."""
        freeze()
        self._awaits_polls = True

    def all_polled(self) -> None:
        """Freeze the objects the first polls created; later calls have no effect until the next change."""
        if self._awaits_polls:
            freeze()
            self._awaits_polls = False

    def stop(self) -> None:
        """Return all objects to the garbage collector."""
        self._awaits_polls = False
        gc.unfreeze()
