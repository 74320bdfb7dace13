"""Recording rules of staffing: the promise of each queue, its offered load, and the agents it needs.

Square-root staffing: a queue of offered load a needs a + beta * sqrt(a) agents. Its promise, to answer a share of the
contacts within a time, determines beta. With n agents a contact waits longer than T with the probability
C(n, a) * exp(-(n - a) * T / h), where h is the handle time. For n = a + beta * sqrt(a), Halfin and Whitt (1981) show
that C(n, a) approaches 1 / (1 + beta * Phi(beta) / phi(beta)); its logarithm is nearly -(1.2533 * beta + 0.22 *
beta ** 2). The promise is then a quadratic equation of beta. The tests compare the result with the exact Erlang C: it
is never more than one agent off.
"""

import math
from typing import Final

from exporter.metrics import catalog
from grafana.generator.joins import QUEUE_KEY, combined
from grafana.generator.rules import names
from grafana.generator.rules.quotients import HANDLE_TIME
from grafana.generator.rules.rule_files import Record

_HALF_HOUR: Final = 1800
_DEFAULT_SECONDS: Final = 20
_SLOPE: Final = math.sqrt(math.pi / 2)
_CURVATURE: Final = 0.22
# A promise of 100 % would need any number of agents.
_MIN_LATE: Final = "0.001"


def records() -> tuple[Record, ...]:
    """Return the rules, each after those it reads."""
    return _promise(), Record(names.handle_time("30m"), HANDLE_TIME.half_hour()), _load(), _required()


def _promise() -> Record:
    """Return the time in which a queue promises an answer; spoken contacts of an unknown promise have 20 seconds."""
    known = catalog.QUEUE_SERVICE_LEVEL_TARGET_SECONDS.name
    spoken = f'{catalog.QUEUE_WAITING_CONTACTS.name}{{channel=~"|voice|callback"}}'
    return Record(names.PROMISE, f"{known}\nor on ({QUEUE_KEY})\n0 * {spoken} + {_DEFAULT_SECONDS}")


def _load() -> Record:
    """Return the mean number of agents that the contacts of the last half hour keep busy.

    The contacts of a queue first scraped within the half hour would be too few.
    """
    known = f"and on ({QUEUE_KEY}) {catalog.QUEUE_CONTACTS_OFFERED.name} offset 25m"
    contacts = f"({names.offered('30m')} / {_HALF_HOUR} {known})"
    return Record(names.LOAD, combined(contacts, "*", names.handle_time("30m")))


def _required() -> Record:
    promise = combined(names.PROMISE, "/", names.handle_time("30m"))
    linear = f"({_SLOPE:.4f} + {combined(f'sqrt({names.LOAD})', '*', promise)})"
    late = f"ln(clamp_min(1 - {names.OBJECTIVE}, {_MIN_LATE}))"
    root = f"sqrt({combined(f'{linear} ^ 2', '-', f'{4 * _CURVATURE:.2f} * {late}')})"
    beta = f"({root} - {linear}) / {2 * _CURVATURE:.2f}"
    return Record(names.REQUIRED_AGENTS, f"ceil({names.LOAD} + {combined(f'sqrt({names.LOAD})', '*', beta)})")
