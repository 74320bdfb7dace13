"""Contacts that come to a queue: a Poisson process whose rate follows the time of day."""

from collections.abc import Callable

from exporter.simulator.daytime import HOUR
from exporter.simulator.engine import Engine, Event
from exporter.simulator.profile import Profile
from exporter.simulator.randomness import Exponential, Streams


class Arrivals:
    """A stream of contacts that can be turned on and off.

    It is thinned: candidates come at the highest rate of the day, and each is let through with the probability
    that the present rate is of the highest one.

    Args:
        engine: Time.
        profile: The daily curve.
        streams: Chance.
        name: Of the random stream, its own.
        per_hour: Arrivals an hour when the curve stands at 1.
        arrive: What an arrival does.
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
        """Let contacts come from now on; harmless if they do."""
        if self._next is None:
            self._moment = self._engine.now
            self._plan()

    def stop(self) -> None:
        """Let none come any more."""
        if self._next is not None:
            self._next.cancel()
            self._next = None

    def _plan(self) -> None:
        # The process keeps its exact time; only what is seen of it is rounded, so that the rate stays true.
        self._moment += self._gap.draw(self._random)
        self._next = self._engine.at(self._moment, self._consider)

    def _consider(self) -> None:
        let_through = self._random.random() * self._peak < self._profile.intensity(self._moment)
        self._plan()
        if let_through:
            self._arrive()
