"""The one owner of a resource's times: interval, length of a round, and the longest regular gap between two good polls.

The timetable, the staleness, the exported interval, the spread of a round's requests and the age up to which single
answers are used all follow from it.
"""

from dataclasses import dataclass, field

from exporter.settings import MIN_STALE_AFTER_INTERVALS, Poll

LONGEST_START_GAP = 1.5
"""The most intervals between the starts of two polls while a resource moves to its place in the timetable."""

# A round spreads its requests over this share of the interval; the rest is for the response to the last one.
_SPREAD_SHARE = 0.8
# The requests of a round begin no later than this many intervals after the start of the round before it. With a quarter
# of an interval for the response, no answer is older than two intervals when the next one replaces it.
_SPREAD_UNTIL = 1.75


@dataclass(slots=True, eq=False)
class Cadence:
    """The times of one resource, in seconds.

    Attributes:
        poll: The configured interval, timeout and staleness.
        floor: The vendor's minimum interval, 0 for none.
        every: A longer interval of its own, 0 for none.
        paced: Whether a poll is a round of requests spread over the interval.
    """

    poll: Poll
    floor: float = 0.0
    every: float = 0.0
    paced: bool = False
    _round: float = field(default=0.0, init=False)
    _imposed: float = field(default=0.0, init=False)

    @property
    def interval(self) -> float:
        """The interval at which polls are due: the longest of all that apply."""
        return max(self.poll.interval, self.floor, self.every)

    @property
    def effective(self) -> float:
        """The interval at which everything is new: including the polls of a round, and regular waits for a limit.

        Other targets may use such a limit too.
        """
        return max(self.round_seconds, self._imposed)

    @property
    def round_seconds(self) -> float:
        """The time that one request of every item takes, at least the interval."""
        return max(self.interval, self._round)

    @property
    def timeout(self) -> float:
        """How long a poll may take."""
        return self.interval if self.paced else self.poll.timeout

    @property
    def longest_gap(self) -> float:
        """The longest regular gap between the ends of two good polls; it occurs once after a start."""
        ordinary = LONGEST_START_GAP * self.effective + self.poll.timeout
        return MIN_STALE_AFTER_INTERVALS * self.effective if self.paced else ordinary

    @property
    def stale_after(self) -> float:
        """How long series are exported after a good poll; longer than configured if polls are less frequent."""
        if self.effective <= self.poll.interval:
            return self.poll.stale_after
        return max(self.poll.stale_after, MIN_STALE_AFTER_INTERVALS * self.effective, self.longest_gap)

    @property
    def answers_kept(self) -> float:
        """How long the answer to one request of a round is used."""
        return MIN_STALE_AFTER_INTERVALS * self.effective

    def spread_until(self, now: float, last_began: float | None) -> float:
        """Return the moment up to which the requests of a round that begins now are spread.

        A round is not spread if the one before it is not complete, so that data is available soon after the start.

        Args:
            now: When the round begins.
            last_began: When the last round began, None if it did not become complete within its poll.
        """
        if last_began is None or not self.paced:
            return now
        return min(now + _SPREAD_SHARE * self.interval, last_began + _SPREAD_UNTIL * self.interval)

    def took_round(self, seconds: float) -> None:
        """Stretch the effective interval to the length of a round that took several polls, or end that.

        Polls are due as before: each continues the round.
        """
        self._round = seconds

    def waited(self, gap: float, *, imposed: bool) -> None:
        """Record the gap between the starts of two good polls.

        Args:
            gap: The seconds between them.
            imposed: Whether the poll waited for a limit that other targets use too. After one that did not, the
                interval returns to the planned one by half of the difference.
        """
        returning = (self._imposed + self.interval) / 2 if self._imposed > self.interval + 1.0 else 0.0
        self._imposed = max(gap if imposed else 0.0, returning)
