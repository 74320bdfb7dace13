"""Contact arrivals: a Poisson process whose rate follows the time of day."""

from collections.abc import Callable

from exporter.simulator.daytime import HOUR
from exporter.simulator.engine import Engine, Event
from exporter.simulator.profile import Profile
from exporter.simulator.randomness import Exponential, Streams


class Arrivals:
    """A stream of arriving contacts that can be started and stopped.

    The process is thinned: candidates are drawn at the day's peak rate, and each is accepted with a probability of
    the current rate over the peak rate.

    Args:
        engine: The event queue.
        profile: Provides the daily curve.
        streams: The random streams.
        name: Name of this process's own random stream.
        per_hour: Arrivals per hour where the daily curve is 1.
        arrive: Called for each arrival.
    """

    def __init__(  # noqa: PLR0913 - each is one independent fact of the process
        self,
        engine: Engine,
        profile: Profile,
        streams: Streams,
        *,
        name: str,
        per_hour: float,
        arrive: Callable[[], None],
    ) -> None:
        self._engine = engine
        self._profile = profile
        self._random = streams.of(f"arrivals/{name}")
        self._peak = max(profile.curve)
        self._gap = Exponential(HOUR / (per_hour * self._peak))
        self._arrive = arrive
        self._moment = engine.now
        self._next: Event | None = None

    def start(self) -> None:
        """Start arrivals; does nothing if already started."""
        if self._next is None:
            self._moment = self._engine.now
            self._plan()

    def stop(self) -> None:
        """Stop arrivals; does nothing if already stopped."""
        if self._next is not None:
            self._next.cancel()
            self._next = None

    def _plan(self) -> None:
        # The process keeps exact times; only the scheduled events are rounded, so the rate stays correct.
        self._moment += self._gap.draw(self._random)
        self._next = self._engine.at(self._moment, self._consider)

    def _consider(self) -> None:
        accepted = self._random.random() * self._peak < self._profile.intensity(self._moment)
        self._plan()
        if accepted:
            self._arrive()
