"""Logs the start and the end of a condition once, instead of at every poll."""

from collections.abc import Collection, Hashable
from typing import Final, Literal

import structlog

Level = Literal["warning", "error"]


class TransitionLog:
    """The log lines of one condition, such as failing polls of one resource.

    A condition has details, such as the reasons of the failures. The first report of each detail is logged; repeated
    ones are logged at debug level until the condition ends.
    """

    def __init__(self, log: structlog.stdlib.BoundLogger, level: Level = "warning") -> None:
        """Start with an inactive condition.

        Args:
            log: Receives the lines.
            level: The level of the first report of a detail.
        """
        self._report: Final = log.warning if level == "warning" else log.error
        self._log = log
        self._known: set[Hashable] = set()

    @property
    def active(self) -> bool:
        """Whether the condition has started and not ended."""
        return bool(self._known)

    def __contains__(self, detail: Hashable) -> bool:
        """Return whether a detail was reported since the condition started."""
        return detail in self._known

    def __len__(self) -> int:
        """Return the number of details reported since the condition started."""
        return len(self._known)

    def report(self, details: Collection[Hashable], event: str, **fields: object) -> None:
        """Log an event if the condition starts or has a new detail.

        Args:
            details: The details that apply now, at least one.
            event: The log message.
            **fields: The other fields of the log line.
        """
        if self._known.issuperset(details):
            self._log.debug(f"unchanged: {event}", **fields)
        else:
            self._known.update(details)
            self._report(event, **fields)

    def end(self, event: str | None = None, **fields: object) -> None:
        """Log that the condition ended, if it was active.

        Args:
            event: The log message; None logs nothing.
            **fields: The other fields of the log line.
        """
        if self._known and event is not None:
            self._log.info(event, **fields)
        self._known.clear()
