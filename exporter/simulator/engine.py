"""A discrete-event simulation engine."""

import heapq
import math
from collections.abc import Callable
from itertools import count


class Event:
    """A planned action that can be cancelled."""

    __slots__ = ("action",)

    def __init__(self, action: Callable[[], None]) -> None:
        self.action: Callable[[], None] | None = action

    def cancel(self) -> None:
        """Cancel the action; does nothing once it has run."""
        self.action = None


class Engine:
    """Runs planned events in order of time; events at the same time run in the order they were planned.

    Args:
        start: The simulated time at which it starts, in seconds.
        resolution: Seconds between the times at which events may happen; 0 for continuous time.
    """

    def __init__(self, *, start: float = 0.0, resolution: float = 1.0) -> None:
        self._now = start
        self._resolution = resolution
        self._planned: list[tuple[float, int, Event]] = []
        self._order = count()

    @property
    def now(self) -> float:
        """The simulated time, in seconds."""
        return self._now

    def floor(self, moment: float) -> float:
        """Round a time down to the resolution."""
        if not self._resolution:
            return moment
        return math.floor(moment / self._resolution) * self._resolution

    def at(self, moment: float, action: Callable[[], None]) -> Event:
        """Plan an action at a time, rounded up to the resolution; a past time means now."""
        return self._plan(max(self._now, -self.floor(-moment)), action)

    def after(self, delay: float, action: Callable[[], None]) -> Event:
        """Plan an action after a delay in seconds, rounded to the resolution."""
        return self._plan(self._now + self.floor(delay + self._resolution / 2), action)

    def advance(self, to: float) -> None:
        """Run all events up to and including a time.

        Args:
            to: The time in seconds; rounded down to the resolution.

        Raises:
            ValueError: The time is in the past.
        """
        target = self.floor(to)
        if target < self._now:
            message = f"cannot advance from {self._now} back to {target}"
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
