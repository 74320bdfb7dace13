"""Reproducible randomness: one seeded stream per purpose, and the distributions drawn from it."""

import math
from dataclasses import dataclass
from random import Random
from typing import Protocol


class Streams:
    """Independent random streams: drawing more from one does not affect the others.

    Args:
        seed: The same seed gives the same streams, on every machine.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def of(self, purpose: str) -> Random:
        """Return a new stream for a purpose; the same purpose gives the same sequence."""
        return Random(f"{self._seed}/{purpose}")  # noqa: S311 - a simulation, not a secret


class Duration(Protocol):
    """A random length of time."""

    def draw(self, random: Random) -> float:
        """Draw a duration in seconds."""


@dataclass(frozen=True, slots=True)
class Exponential:
    """An exponential distribution, as in the Erlang formulas.

    Attributes:
        mean: Its mean in seconds.
    """

    mean: float

    def draw(self, random: Random) -> float:
        """Draw a duration in seconds."""
        return random.expovariate(1 / self.mean)


@dataclass(frozen=True, slots=True)
class Uniform:
    """A uniform distribution.

    Attributes:
        low: Lower bound in seconds.
        high: Upper bound in seconds.
    """

    low: float
    high: float

    def draw(self, random: Random) -> float:
        """Draw a duration in seconds."""
        return random.uniform(self.low, self.high)


@dataclass(frozen=True, slots=True)
class LogNormal:
    """A log-normal distribution, the shape of measured talk times: many short, a few very long.

    Attributes:
        mean: Its mean in seconds.
        variation: Its standard deviation as a share of the mean.
    """

    mean: float
    variation: float = 0.8

    def draw(self, random: Random) -> float:
        """Draw a duration in seconds."""
        variance = math.log1p(self.variation**2)
        return random.lognormvariate(math.log(self.mean) - variance / 2, math.sqrt(variance))
