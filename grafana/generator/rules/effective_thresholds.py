"""Effective thresholds: the threshold set for each queue, else a derived default.

They are expressions, not recorded series: rules compare each figure with them once, and dashboards draw them for the
selected queues.
"""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from exporter.metrics import catalog
from exporter.metrics.catalog import Family
from exporter.model import Severity
from grafana.generator.joins import QUEUE_KEY
from grafana.generator.rules import names
from grafana.generator.rules.rule_files import Record
from grafana.generator.rules.select import Select, every
from grafana.generator.rules.windows import indented

SERVING_AGENTS: Final = "queue:contactcenter_serving_agents:sum"

# A ratio over fewer contacts is not meaningful; a closed queue has none.
ENOUGH_CONTACTS: Final = 20

# With a quarter of an hour for which the alert must hold, it is enough for at most 0.1 false warnings a day.
ENOUGH_FOR_SERVICE_LEVEL: Final = 15
# One-sided confidence of 95%.
_CONFIDENCE: Final = 1.64

# The default of the waiting contacts for each serving agent, and of the oldest wait in multiples of the promise; each
# with its least value.
WAITING_DEFAULTS: Final[Mapping[Severity, tuple[float, float]]] = {"warning": (0.5, 10), "critical": (1, 20)}
OLDEST_WAIT_DEFAULTS: Final[Mapping[Severity, tuple[float, float]]] = {"warning": (2, 120), "critical": (5, 300)}

OBJECTIVE: Final = f"max by ({QUEUE_KEY}) ({names.OBJECTIVE})"

_STAFFED = catalog.QUEUE_STAFFED_AGENTS.name
_AGENTS = catalog.QUEUE_AGENTS.name
_OR: Final = f"or on ({QUEUE_KEY})"


class EffectiveThreshold(NamedTuple):
    """A threshold that every queue has, whether configured or derived.

    Attributes:
        threshold: The family of thresholds set by the vendor or the operator.
        critical_factor: Multiplies the warning threshold if a queue has no critical threshold.
        default: Returns the PromQL for queues without any threshold.
    """

    threshold: Family
    critical_factor: float
    default: Callable[[Severity, Select], str]

    def at(self, severity: Severity, select: Select = every) -> str:
        """Return the effective threshold of one severity, one per queue.

        Args:
            severity: The severity.
            select: Selects the queues.
        """
        choices = [explicit(self.threshold, severity, select)]
        if severity == "critical":
            choices.append(f"{self.critical_factor:g} * {explicit(self.threshold, 'warning', select)}")
        choices.append(self.default(severity, select))
        chosen = f"\n  {_OR}\n    ".join(indented(choice) for choice in choices)
        return f"max by ({QUEUE_KEY}) (\n    {chosen}\n)"


def at_most(service_level: str, contacts: str) -> str:
    """Return the highest level that a service level of a few contacts is evidence for, one series per queue.

    By chance, a queue of 22 contacts an hour that truly answers 85% in time often answers less than 80% of them.

    Args:
        service_level: The PromQL of the share of contacts answered in time.
        contacts: The PromQL of the contacts that it is a share of.
    """
    enough = f"on ({QUEUE_KEY}) group_left () max by ({QUEUE_KEY}) ({contacts} >= {ENOUGH_FOR_SERVICE_LEVEL})"
    return f"({service_level} + {_CONFIDENCE} * sqrt({service_level} * (1 - {service_level}) / {enough}))"


def explicit(threshold: Family, severity: Severity, select: Select = every) -> str:
    """Return the thresholds set by the vendor or the operator, at most one per queue."""
    matcher = f'severity="{severity}"'
    return f"max by ({QUEUE_KEY}) ({select(threshold, matcher)})"


def _waiting(severity: Severity, select: Select) -> str:
    ratio, minimum = WAITING_DEFAULTS[severity]
    serving = select(SERVING_AGENTS, _NOT_EMAIL)
    by_size = f"clamp_min({ratio:g} * max by ({QUEUE_KEY}) ({serving}), {minimum})"
    flat = f"0 * {select(catalog.QUEUE_WAITING_CONTACTS, _NOT_EMAIL)} + {minimum}"
    return f"{by_size}\n  {_OR}\n    {flat}"


def _oldest_wait(severity: Severity, select: Select) -> str:
    factor, minimum = OLDEST_WAIT_DEFAULTS[severity]
    target = select(catalog.QUEUE_SERVICE_LEVEL_TARGET_SECONDS)
    by_target = f"clamp_min({factor} * max by ({QUEUE_KEY}) ({target}), {minimum})"
    return f"{by_target}\n  {_OR}\n    0 * {select(catalog.QUEUE_OLDEST_WAIT, _NOT_EMAIL)} + {minimum}"


def _service_level(severity: Severity, select: Select) -> str:
    objective = f"max by ({QUEUE_KEY}) ({select(names.OBJECTIVE)})"
    return objective if severity == "warning" else f"0.75 * {objective}"


_NOT_EMAIL: Final = 'channel!="email"'

# The default scales with the serving agents: with as many contacts waiting as agents serve, the last one waits about
# one handle time. E-mails wait by design, so e-mail queues have no default.
WAITING = EffectiveThreshold(catalog.QUEUE_WAITING_CONTACTS_THRESHOLD, 2, _waiting)
# The default scales with the service level target time, because e-mails may be due within hours rather than minutes.
OLDEST_WAIT = EffectiveThreshold(catalog.QUEUE_OLDEST_WAIT_THRESHOLD, 2, _oldest_wait)
SERVICE_LEVEL = EffectiveThreshold(catalog.QUEUE_SERVICE_LEVEL_THRESHOLD, 0.75, _service_level)

# Some vendors count as staffed every agent assigned to the queue, signed in or not; others return only counts by state.
SERVING: Final = Record(
    SERVING_AGENTS,
    f"""\
  {_STAFFED} - on ({QUEUE_KEY}) group_left () sum by ({QUEUE_KEY}) ({_AGENTS}{{state="logged_out"}})
or on ({QUEUE_KEY})
  {_STAFFED}
or on ({QUEUE_KEY})
  sum without (state) ({_AGENTS}{{state!="logged_out"}})
""",
)
