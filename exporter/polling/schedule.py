"""When to poll a resource: its place in the interval, and the whole policy of retries."""

import math
import random
from dataclasses import dataclass, field

from exporter.errors import PollError, Reason

# Multiples of the golden ratio's fractional part spread any number of phases evenly and never move existing ones.
_GOLDEN = 0.6180339887498949
# First polls start within this many seconds of the start.
FIRST_WITHIN_SECONDS = 0.8
# The retry delay's bound as a share of the interval: after the first failure, and at most. It doubles in between, so
# a passing fault costs no freshness, and however long an outage lasts, a poll starts within one interval of its end.
_FIRST_SHARE = 0.25
_LAST_SHARE = 1.0
# Repeated sign-ins lock accounts, and a throttling vendor has asked for fewer requests.
_AT_LEAST_AN_INTERVAL = frozenset({Reason.AUTH, Reason.THROTTLED})
# The longest pause after refused sign-ins. Lockout policies count refusals within some 15 to 30 minutes.
_LONGEST_SIGN_IN_PAUSE_SECONDS = 900.0
# Added for a throttled resource, so that the target's other resources are polled first.
_YIELD_SHARE = 0.05


@dataclass(slots=True)
class Schedule:
    """The timetable of one resource, in seconds of the monotonic clock.

    Retries follow one policy:

    - The retry delay is exponential back-off with full jitter: random between 0 and a quarter of the interval after the
      first failure, then half, then the whole interval. A retry starts at most one interval after the failed poll did.
    - A refusal and a throttled request are retried no sooner than one interval after the failure; the throttled
      resource yields a twentieth of the interval more to the target's other resources.
    - `Retry-After` is honoured, even beyond the interval. For a refusal it is the client's own cool-down and replaces
      the interval.
    - A refused sign-in pauses the whole target: for the configured interval, doubling with each refusal in succession
      up to 15 minutes (longer only if the interval or the vendor's `Retry-After` is). One resource then signs in for
      all of them, preferably not the one that was refused last. Polls that are due in the meantime fail without a
      request. A success ends the back-off, and so does a reload: the account may have been corrected.
      A refusal of one resource while others succeed with the same credentials is that resource's own failure: it is
      retried every interval and pauses no other.
    - Throttling pauses the whole target: for `Retry-After`, or for the configured interval without one.
    - A vendor's minimum interval (the floor) always applies.
    - A reload does not shorten a wait, except the back-off of refused sign-ins: the new target inherits `not_before`.

    Attributes:
        interval: Seconds from poll to poll.
        index: The resource's number in the process; determines its place within the interval.
        floor: The vendor's minimum seconds between two polls.
        jitter: The source of randomness for the back-off.
        not_before: The earliest moment of the next poll, as requested by the vendor.
    """

    interval: float
    index: int = 0
    floor: float = 0.0
    jitter: random.Random = field(default_factory=random.Random)
    not_before: float = float("-inf")
    _next: float | None = field(default=None, init=False)
    _failures: int = field(default=0, init=False)

    def first(self, now: float) -> float:
        """Return when the first poll is due."""
        return max(now + FIRST_WITHIN_SECONDS * self._phase(), self.not_before)

    def after_success(self, started: float, now: float) -> float:
        """Return when the poll after a successful one is due; polls missed in the meantime are skipped.

        Args:
            started: When the poll started.
            now: When it ended.
        """
        if self._next is None or self._failures:
            # Polls that had to queue would otherwise stay together. At least half an interval lies in between; with a
            # floor the first time a whole one, or all earlier places would collapse into one.
            least = 1.0 if self.floor and self._next is None else 0.5
            self._next = self._place(started + self.interval * least)
        self._failures = 0
        while self._next <= now:
            self._next += self.interval
        return max(self._next, started + self.floor)

    def after_failure(self, started: float, now: float, failure: PollError) -> float:
        """Return when a failed poll is retried.

        Args:
            started: When the poll started.
            now: When it failed.
            failure: Why it failed.
        """
        share = min(_LAST_SHARE, _FIRST_SHARE * 2.0 ** min(self._failures, 16))
        self._failures += 1
        delay = self.jitter.uniform(0.0, share * self.interval)
        retry = max(now, min(now + delay, started + self.interval))
        self.not_before = now + (failure.retry_after or 0.0)
        self._next = max(retry, now + self._minimum_delay(failure), started + self.floor)
        return self._next

    @staticmethod
    def target_pause(failure: PollError, poll_interval: float) -> float:
        """Return the seconds for which a failure pauses all resources of the target.

        Args:
            failure: Why a poll failed.
            poll_interval: The target's configured interval.
        """
        if failure.reason is not Reason.THROTTLED:
            return 0.0
        return poll_interval if failure.retry_after is None else failure.retry_after

    @staticmethod
    def sign_in_pause(failure: PollError, refusals: int, poll_interval: float) -> float:
        """Return the seconds for which a refused sign-in pauses all resources of the target.

        Args:
            failure: The refused sign-in.
            refusals: The refused sign-ins in succession before it.
            poll_interval: The target's configured interval.
        """
        doubled = poll_interval * 2.0 ** min(refusals, 16)
        longest = max(poll_interval, _LONGEST_SIGN_IN_PAUSE_SECONDS)
        return max(min(doubled, longest), failure.retry_after or 0.0)

    def _minimum_delay(self, failure: PollError) -> float:
        """Return the seconds from a failure to its retry that the back-off may not shorten."""
        if failure.reason is Reason.AUTH and failure.retry_after is not None:
            return failure.retry_after  # the client knows when it may sign in again
        least = self.interval if failure.reason in _AT_LEAST_AN_INTERVAL else 0.0
        yielded = _YIELD_SHARE * self.interval if failure.reason is Reason.THROTTLED else 0.0
        return max(least, failure.retry_after or 0.0) + yielded

    def _place(self, least: float) -> float:
        """Return the first moment from `least` on that is this resource's place in its interval.

        Intervals are counted from the clock's zero, so that resources that start later fit in.
        """
        first = self.interval * self._phase()
        return first + self.interval * math.ceil((least - first) / self.interval)

    def _phase(self) -> float:
        return (self.index * _GOLDEN) % 1.0
