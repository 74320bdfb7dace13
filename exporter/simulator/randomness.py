"""Chance that can be repeated: one seeded stream a purpose, and the distributions drawn from it."""

import math
from dataclasses import dataclass
from random import Random
from typing import Protocol


class Streams:
    """Independent random streams, so that drawing more for one purpose leaves the others as they were.

    Args:
        seed: The same seed gives the same streams, on every machine.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def of(self, purpose: str) -> Random:
        """Return a fresh stream for a purpose, the same one each time."""
        return Random(f"{self._seed}/{purpose}")  # noqa: S311 - a simulation, not a secret


class Duration(Protocol):
    """A length of time that differs from case to case."""

    def draw(self, random: Random) -> float:
        """Return the seconds one case takes."""


@dataclass(frozen=True, slots=True)
class Exponential:
    """Memoryless, as in the Erlang formulas.

    Attributes:
        mean: Its mean in seconds.
    """

    mean: float

    def draw(self, random: Random) -> float:
        """Return the seconds one case takes."""
        return random.expovariate(1 / self.mean)


@dataclass(frozen=True, slots=True)
class Uniform:
    """Anything between two bounds, equally likely.

    Attributes:
        low: The least, in seconds.
        high: The most, in seconds.
    """

    low: float
    high: float

    def draw(self, random: Random) -> float:
        """Return the seconds one case takes."""
        return random.uniform(self.low, self.high)


@dataclass(frozen=True, slots=True)
class LogNormal:
    """The shape of measured talk times: many short, a few very long.

    Attributes:
        mean: Its mean in seconds.
        variation: Its standard deviation as a share of the mean.
    """

    mean: float
    variation: float = 0.8

    def draw(self, random: Random) -> float:
        """Return the seconds one case takes."""
        variance = math.log1p(self.variation**2)
        return random.lognormvariate(math.log(self.mean) - variance / 2, math.sqrt(variance))
