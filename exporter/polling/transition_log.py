"""What is logged of a resource's figures: when it begins and when it ends, not at every poll."""

from collections.abc import Sequence

import structlog


class TransitionLog:
    """What somebody who reads the log already knows of one resource."""

    def __init__(self, log: structlog.stdlib.BoundLogger) -> None:
        """Begin with nothing told.

        Args:
            log: Where it is told; names the resource.
        """
        self._log = log
        self._left_out: frozenset[str] = frozenset()
        self._emptied: Sequence[str] = ()

    def left_out(self, families: Sequence[str], dropped: int, limit: int) -> None:
        """Tell which families found no room, those told before excepted while it lasts.

        Args:
            families: Families that found none now.
            dropped: How many series they have.
            limit: How many the target may have.
        """
        fresh = [name for name in families if name not in self._left_out]
        if fresh:
            names = ", ".join(fresh)
            self._log.warning(
                "series dropped: the target is at its limit", limit=limit, dropped=dropped, families=names
            )
        elif self._left_out and not families:
            self._log.info("all series are shown again: the target is below its limit")
        self._left_out = self._left_out.union(fresh) if families else frozenset()

    def emptied(self, kinds: Sequence[str]) -> None:
        """Tell what the selection leaves nothing of: a misspelt pattern looks like a quiet contact centre."""
        if kinds and not self._emptied:
            self._log.warning("the selection leaves nothing of what the vendor named", kinds=", ".join(kinds))
        self._emptied = kinds
