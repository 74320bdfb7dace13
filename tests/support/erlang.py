"""The Erlang formulas, for comparison with a simulated queue.

M/M/n+M in the steady state: Poisson arrivals, n agents, exponential service and patience (Erlang-A; A. K. Erlang
1917 and C. Palm 1957), or infinite patience (Erlang-C). Both follow from the density of the offered wait of Baccelli
and Hebuterne, "On queues with impatient customers" (Performance '81), as set out by Zeltyn and Mandelbaum, "Call
centers with impatient customers: many-server asymptotics of the M/M/n+G queue" (Queueing Systems 51, 2005):

    v(x) = lambda p[n-1] exp(lambda H(x) - n mu x),   H(x) = integral of the survival function of patience to x.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

_STEPS = 20_000
_NEGLIGIBLE = 60.0


@dataclass(frozen=True)
class Erlang:
    """A queue in the steady state; all values use the same unit of time.

    Attributes:
        arrivals: Contacts per unit of time.
        service: Mean handle time of an agent.
        agents: Number of agents.
        patience: Mean patience; infinite for Erlang-C.
    """

    arrivals: float
    service: float
    agents: int
    patience: float = math.inf

    @property
    def load(self) -> float:
        """Offered load in erlangs."""
        return self.arrivals * self.service

    @property
    def waits(self) -> float:
        """Probability that a contact finds no free agent."""
        return self._integral(lambda _wait: 1.0)

    @property
    def abandons(self) -> float:
        """Probability that a contact leaves unanswered."""
        return 1.0 - self._answered

    @property
    def mean_wait(self) -> float:
        """Mean wait of all contacts, answered or not: by Little's law, abandonment over its rate."""
        if math.isinf(self.patience):
            return self.mean_answered_wait
        return self.abandons * self.patience

    @property
    def mean_answered_wait(self) -> float:
        """Mean wait of answered contacts."""
        return self._integral(lambda wait: wait * self._stays(wait)) / self._answered

    def service_level(self, target: float) -> float:
        """Probability that a contact is answered within a time."""
        return 1.0 - self.waits + self._integral(self._stays, target)

    @property
    def _answered(self) -> float:
        return 1.0 - self.waits + self._integral(self._stays)

    def _stays(self, wait: float) -> float:
        return math.exp(-wait / self.patience)

    def _integral(self, of: Callable[[float], float], to: float | None = None) -> float:
        """Integrate a function over the density of the offered wait."""
        return self._all_but_one_busy * self.arrivals * self._raw(of, to)

    def _raw(self, of: Callable[[float], float], to: float | None = None) -> float:
        return simpson(lambda wait: of(wait) * self._weight(wait), self._horizon if to is None else to)

    def _weight(self, wait: float) -> float:
        patient = wait if math.isinf(self.patience) else -self.patience * math.expm1(-wait / self.patience)
        return math.exp(self.arrivals * patient - self.agents / self.service * wait)

    @cached_property
    def _all_but_one_busy(self) -> float:
        """Probability that exactly one agent is free."""
        term = free = 1.0
        # From n-1 busy agents downwards, relative to that state.
        for busy in range(self.agents - 1, 0, -1):
            term *= busy / self.load
            free += term
        return 1.0 / (free + self.arrivals * self._raw(lambda _wait: 1.0))

    @property
    def _horizon(self) -> float:
        capacity = self.agents / self.service
        if math.isinf(self.patience):
            return _NEGLIGIBLE / (capacity - self.arrivals)
        return (self.arrivals * self.patience + _NEGLIGIBLE) / capacity


def erlang_b(load: float, agents: int) -> float:
    """Return the probability that a contact is blocked if there is no queue, by the usual recursion."""
    blocked = 1.0
    for count in range(1, agents + 1):
        blocked = load * blocked / (count + load * blocked)
    return blocked


def erlang_c(load: float, agents: int) -> float:
    """Return the probability that a contact waits if none abandons."""
    blocked = erlang_b(load, agents)
    return blocked / (1 - load / agents * (1 - blocked))


def simpson(of: Callable[[float], float], to: float) -> float:
    """Integrate a function from 0 by Simpson's rule."""
    step = to / _STEPS
    odd = sum(of(step * count) for count in range(1, _STEPS, 2))
    even = sum(of(step * count) for count in range(2, _STEPS, 2))
    return (of(0.0) + 4 * odd + 2 * even + of(to)) * step / 3
