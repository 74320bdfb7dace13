"""Logs what the rounds of a resource that requests items one by one cannot reach."""

import math

import structlog

from exporter.model import PollItems
from exporter.polling.transition_log import TransitionLog

# Suggested intervals are multiples of it.
_STEP_SECONDS = 5


class RoundLog:
    """Logs the start and end of failing and slow requests of one resource."""

    def __init__(self, log: structlog.stdlib.BoundLogger, interval: float) -> None:
        """Start without conditions.

        Args:
            log: The log of the resource.
            interval: Seconds between polls.
        """
        self._failing, self._slow = TransitionLog(log), TransitionLog(log)
        self._interval = interval

    def record(self, items: PollItems | None) -> None:
        """Log what changed with the last successful poll."""
        if items is None:
            return
        if items.failed:
            message = "some requests failed; their last responses are kept for two rounds"
            self._failing.report({"requests"}, message, failed=items.failed, total=items.total, error=items.error)
        else:
            self._failing.end("all requests succeed again")
        if items.round_seconds > self._interval:
            wanted = math.ceil(items.round_seconds / _STEP_SECONDS) * _STEP_SECONDS
            answered = f"{items.asked} of {items.total} answered within {self._interval:g}s"
            self._slow.report({"round"}, f"{answered}: set poll.interval to at least {wanted}s")
        else:
            self._slow.end("all items are requested within one interval again")
