"""When to poll a resource: its place in the interval, and the whole policy of retries."""

import math
import random
from dataclasses import dataclass, field

from exporter.errors import PollError, Reason
from exporter.vendors.toolkit.cadence import LONGEST_START_GAP, Cadence

# Multiples of the golden ratio's fractional part spread any number of phases evenly and never move existing ones.
_GOLDEN = 0.6180339887498949
# First polls start within this many seconds of the start.
FIRST_WITHIN_SECONDS = 0.8
# The shortest gap, as a share of the interval, while a resource moves to its place in the timetable.
_SHORTEST_START_GAP = 0.5
# The relative error of sums of moments.
_ROUNDING = 1e-6
# How late a poll may begin, as a share of the interval, and still keep its place if a floor applies.
_LATE_SHARE = 0.1
# The bound of the one early retry's delay, as a share of the interval: a passing fault costs little freshness.
_EARLY_SHARE = 0.25
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

    - The first failure of an outage is retried early: after a random delay of up to a quarter of the interval. From
      then on a poll starts one interval after the last one did, as when the vendor is healthy, so that a failing vendor
      is asked no more often and a poll starts within one interval of the end of an outage.
    - A refusal and a throttled request are retried no sooner than one interval after the failure; the throttled
      resource yields a twentieth of the interval more to the target's other resources.
    - `Retry-After` is honoured, even beyond the interval. For a refusal it is the client's own cool-down and replaces
      the interval.
    - A refused sign-in pauses all targets of the account: for the configured interval, doubling with each refusal in
      succession up to 15 minutes (longer only if the interval or the vendor's `Retry-After` is). One resource then
      signs in for all of them, preferably not the one that was refused last. Polls that are due in the meantime fail
      without a request. A success ends the back-off, and so does a reload: the account may have been corrected.
      A refusal of one resource while others succeed with the same credentials is that resource's own failure: it is
      retried every interval and pauses no other.
    - Throttling pauses the whole target: for `Retry-After`, or for the configured interval without one.
    - A vendor's minimum interval (the floor) always applies.
    - A reload does not shorten a wait, except the back-off of refused sign-ins: the new target inherits `not_before`.

    Attributes:
        cadence: The interval and the vendor's minimum interval.
        index: The resource's number in the process; determines its place within the interval.
        jitter: The source of randomness for the early retry.
        not_before: The earliest moment of the next poll, as requested by the vendor.
    """

    cadence: Cadence
    index: int = 0
    jitter: random.Random = field(default_factory=random.Random)
    not_before: float = float("-inf")
    _next: float = field(default=float("-inf"), init=False)
    # Whether the resource has reached its place.
    _placed: bool = field(default=False, init=False)
    _failing: bool = field(default=False, init=False)

    def first(self, now: float) -> float:
        """Return when the first poll is due."""
        return max(now + FIRST_WITHIN_SECONDS * self._phase(), self.not_before)

    def after_success(self, started: float, now: float) -> float:
        """Return when the poll after a successful one is due; polls missed in the meantime are skipped.

        Args:
            started: When the poll started.
            now: When it ended.
        """
        interval = self.cadence.interval
        if self._failing or not self._placed:
            self._move_to_place(started)
        self._failing = False
        # A poll that began late must not be followed by the next one at once.
        while self._next <= now or self._next < started + _SHORTEST_START_GAP * interval * (1 - _ROUNDING):
            self._next += interval
        return max(self._next, started + self.cadence.floor)

    def after_failure(self, started: float, now: float, failure: PollError) -> float:
        """Return when a failed poll is retried.

        Args:
            started: When the poll started.
            now: When it failed.
            failure: Why it failed.
        """
        interval = self.cadence.interval
        latest = max(now, started + interval)
        is_early = not self._failing and failure.reason not in _AT_LEAST_AN_INTERVAL
        retry = min(now + self.jitter.uniform(0.0, _EARLY_SHARE * interval), latest) if is_early else latest
        self._failing = True
        self.not_before = now + (failure.retry_after or 0.0)
        return max(retry, now + self._minimum_delay(failure), started + self.cadence.floor)

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
        least = self.cadence.interval if failure.reason in _AT_LEAST_AN_INTERVAL else 0.0
        yielded = _YIELD_SHARE * self.cadence.interval if failure.reason is Reason.THROTTLED else 0.0
        return max(least, failure.retry_after or 0.0) + yielded

    def _move_to_place(self, started: float) -> None:
        """Plan the next poll at the resource's place, or as near to it as the longest gap allows.

        Polls that had to queue would otherwise stay together.
        """
        interval = self.cadence.interval
        # No sooner than the floor, or all earlier places would collapse into one. Later a poll may have begun a moment
        # after its place, which must not cost the next one.
        late = _LATE_SHARE * interval if self._next > float("-inf") else 0.0
        shortest = max(_SHORTEST_START_GAP * interval, self.cadence.floor - late)
        place, latest = self._place(started + shortest), started + LONGEST_START_GAP * interval
        self._next = min(place, latest)
        self._placed = place <= latest

    def _place(self, least: float) -> float:
        """Return the first moment from `least` on that is this resource's place in its interval.

        Intervals are counted from the clock's zero, so that resources that start later fit in.
        """
        interval = self.cadence.interval
        first = interval * self._phase()
        return first + interval * math.ceil((least - first) / interval)

    def _phase(self) -> float:
        return (self.index * _GOLDEN) % 1.0
