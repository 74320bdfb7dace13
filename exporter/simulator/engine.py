"""A clock that jumps from one event to the next."""

import heapq
import math
from collections.abc import Callable
from itertools import count


class Event:
    """Something that will happen unless it is cancelled."""

    __slots__ = ("action",)

    def __init__(self, action: Callable[[], None]) -> None:
        self.action: Callable[[], None] | None = action

    def cancel(self) -> None:
        """Keep it from happening; harmless once it has happened."""
        self.action = None


class Engine:
    """The events to come, in order of time and, at one moment, in the order they were planned.

    Args:
        start: The simulated moment at which it begins, in seconds.
        resolution: Seconds between the moments at which events may happen; 0 for continuous time.
    """

    def __init__(self, *, start: float = 0.0, resolution: float = 1.0) -> None:
        self._now = start
        self._resolution = resolution
        self._planned: list[tuple[float, int, Event]] = []
        self._order = count()

    @property
    def now(self) -> float:
        """The simulated moment, in seconds."""
        return self._now

    def floor(self, moment: float) -> float:
        """Return the last moment of the resolution that is not later."""
        if not self._resolution:
            return moment
        return math.floor(moment / self._resolution) * self._resolution

    def at(self, moment: float, action: Callable[[], None]) -> Event:
        """Plan an action for a moment, rounded up to the resolution and never in the past."""
        return self._plan(max(self._now, -self.floor(-moment)), action)

    def after(self, delay: float, action: Callable[[], None]) -> Event:
        """Plan an action for when some seconds, rounded to the resolution, have passed."""
        return self._plan(self._now + self.floor(delay + self._resolution / 2), action)

    def advance(self, to: float) -> None:
        """Let everything happen that is planned up to and including a moment.

        Args:
            to: The moment in seconds; rounded down to the resolution.

        Raises:
            ValueError: The moment lies in the past.
        """
        target = self.floor(to)
        if target < self._now:
            message = f"time runs forwards: it is {self._now}, so it cannot become {target}"
            raise ValueError(message)
        while self._planned and self._planned[0][0] <= target:
            moment, _, event = heapq.heappop(self._planned)
            if event.action is not None:
                self._now = moment
                event.action()
        self._now = target

    def _plan(self, moment: float, action: Callable[[], None]) -> Event:
        event = Event(action)
        heapq.heappush(self._planned, (moment, next(self._order), event))
        return event
