"""When to poll next: first polls at once, later ones spread, failed ones tried again ever later."""

import math
import random
from dataclasses import dataclass, field

# The golden ratio's fraction spreads any number of phases evenly and never moves those already given.
_GOLDEN = 0.6180339887498949
# First polls start within this many seconds of the start.
FIRST_WITHIN_SECONDS = 0.8
# After the first failure a poll is tried again within this share of the interval; the bound doubles with each
# further failure, up to the interval. So a passing fault costs no freshness, and however long an outage lasts, the
# first poll after it begins within one interval of its end.
_FIRST_SHARE = 0.25
_LAST_SHARE = 1.0


@dataclass(slots=True)
class Schedule:
    """The timetable of one resource, in seconds of the monotonic clock.

    Attributes:
        interval: Seconds from poll to poll.
        index: Its number among all resources of the process; gives it its place within the interval.
        floor: Seconds that must lie between two requests, whatever else is said here.
        jitter: Source of chance for the back-off.
    """

    interval: float
    index: int
    floor: float = 0.0
    jitter: random.Random = field(default_factory=random.Random)
    _next: float | None = field(default=None, init=False)
    _failures: int = field(default=0, init=False)

    def first(self, now: float) -> float:
        """Return when the first poll is due."""
        return now + FIRST_WITHIN_SECONDS * self._phase()

    def after_success(self, started: float, now: float) -> float:
        """Return when the poll after a successful one is due; polls missed meanwhile are not made up for.

        Args:
            started: When the poll began.
            now: When it ended.
        """
        if self._next is None or self._failures:
            # Whenever this poll had its turn, the next ones have their place in the interval, or those that had to
            # queue would stay together. That is after half an interval at least; the first time after a floor's
            # whole one, or all places before that would be one.
            least = 1.0 if self.floor and self._next is None else 0.5
            self._next = self._place(started + self.interval * least)
        self._failures = 0
        while self._next <= now:
            self._next += self.interval
        return max(self._next, started + self.floor)

    def after_failure(self, started: float, now: float, *, at_least: float = 0.0) -> float:
        """Return when a failed poll is tried again: exponential back-off with full jitter.

        Never later than an interval after it began, however long it hung, unless the vendor asks for more.

        Args:
            started: When the poll began.
            now: When it failed.
            at_least: Seconds the vendor asks us to wait.
        """
        share = min(_LAST_SHARE, _FIRST_SHARE * 2.0 ** min(self._failures, 16))
        self._failures += 1
        delay = self.jitter.uniform(0.0, share * self.interval)
        again = max(now, min(now + delay, started + self.interval))
        self._next = max(again, now + at_least, started + self.floor)
        return self._next

    def _place(self, least: float) -> float:
        """Return the first moment from then on that is this resource's own in its interval.

        Intervals count from the clock's own 0, so that those of resources that begin later fit in.
        """
        first = self.interval * self._phase()
        return first + self.interval * math.ceil((least - first) / self.interval)

    def _phase(self) -> float:
        return (self.index * _GOLDEN) % 1.0
