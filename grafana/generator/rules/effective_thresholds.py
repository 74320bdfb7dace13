"""Effective thresholds: the threshold set for each queue, else a derived default, as recording rules."""

from typing import Final, NamedTuple

from exporter.metrics import catalog
from exporter.metrics.catalog import Family
from exporter.model import SEVERITIES, Severity
from grafana.generator.joins import QUEUE_KEY
from grafana.generator.rules import names
from grafana.generator.rules.rule_files import Record

SERVING_AGENTS: Final = "queue:contactcenter_serving_agents:sum"

# A ratio over fewer contacts is not meaningful; a closed queue has none.
ENOUGH_CONTACTS: Final = 20

OBJECTIVE: Final = f"max by ({QUEUE_KEY}) ({names.OBJECTIVE})"

_WAITING = catalog.QUEUE_WAITING_CONTACTS.name
_OLDEST_WAIT = catalog.QUEUE_OLDEST_WAIT.name
_TARGET_SECONDS = catalog.QUEUE_SERVICE_LEVEL_TARGET_SECONDS.name
_STAFFED = catalog.QUEUE_STAFFED_AGENTS.name
_AGENTS = catalog.QUEUE_AGENTS.name


class EffectiveThreshold(NamedTuple):
    """A threshold that every queue has, whether configured or derived.

    Attributes:
        name: The recorded name; one series per severity.
        threshold: The family of thresholds set by the vendor or the operator.
        compared: The series compared with it; the recorded threshold carries the same labels.
        critical_factor: Multiplies the warning threshold if a queue has no critical threshold.
        defaults: The PromQL expression for queues without any threshold, by severity.
    """

    name: str
    threshold: Family
    compared: str
    critical_factor: float
    defaults: dict[Severity, str]

    def at(self, severity: Severity) -> str:
        """Return the effective threshold of one severity, at most one per queue."""
        return f'max by ({QUEUE_KEY}) ({self.name}{{severity="{severity}"}})'

    def records(self) -> tuple[Record, ...]:
        """Return the recording rules, one per severity."""
        return tuple(Record(self.name, self._expr(severity), {"severity": severity}) for severity in SEVERITIES)

    def _expr(self, severity: Severity) -> str:
        choices = [explicit(self.threshold, severity)]
        if severity == "critical":
            choices.append(f"{self.critical_factor:g} * {explicit(self.threshold, 'warning')}")
        choices.append(self.defaults[severity])
        chosen = f"\n  or on ({QUEUE_KEY})\n    ".join(choices)
        return f"0 * {self.compared} + on ({QUEUE_KEY}) group_left () max by ({QUEUE_KEY}) (\n    {chosen}\n)"


def explicit(threshold: Family, severity: Severity) -> str:
    """Return the thresholds set by the vendor or the operator, at most one per queue."""
    return f'max by ({QUEUE_KEY}) ({threshold.name}{{severity="{severity}"}})'


def _waiting_default(ratio: float, minimum: int) -> str:
    by_size = f'clamp_min({ratio:g} * max by ({QUEUE_KEY}) ({SERVING_AGENTS}{{channel!="email"}}), {minimum})'
    flat = f'0 * {_WAITING}{{channel!="email"}} + {minimum}'
    return f"{by_size}\n  or on ({QUEUE_KEY})\n    {flat}"


def _wait_default(factor: int, minimum: int) -> str:
    by_target = f"clamp_min({factor} * max by ({QUEUE_KEY}) ({_TARGET_SECONDS}), {minimum})"
    return f'{by_target}\n  or on ({QUEUE_KEY})\n    0 * {_OLDEST_WAIT}{{channel!="email"}} + {minimum}'


# The default scales with the serving agents: with as many contacts waiting as agents serve, the last one waits about
# one handle time. E-mails wait by design, so e-mail queues have no default.
WAITING = EffectiveThreshold(
    "queue:contactcenter_waiting_contacts_threshold:effective",
    catalog.QUEUE_WAITING_CONTACTS_THRESHOLD,
    _WAITING,
    2,
    {"warning": _waiting_default(0.5, 10), "critical": _waiting_default(1, 20)},
)
# The default scales with the service level target time, because e-mails may be due within hours rather than minutes.
OLDEST_WAIT = EffectiveThreshold(
    "queue:contactcenter_oldest_wait_threshold_seconds:effective",
    catalog.QUEUE_OLDEST_WAIT_THRESHOLD,
    _OLDEST_WAIT,
    2,
    {"warning": _wait_default(2, 120), "critical": _wait_default(5, 300)},
)
SERVICE_LEVEL = EffectiveThreshold(
    "queue:contactcenter_service_level_threshold_ratio:effective",
    catalog.QUEUE_SERVICE_LEVEL_THRESHOLD,
    names.OBJECTIVE,
    0.75,
    {"warning": OBJECTIVE, "critical": f"0.75 * {OBJECTIVE}"},
)

# Some vendors count as staffed every agent assigned to the queue, signed in or not; others return only counts by state.
_SERVING = Record(
    SERVING_AGENTS,
    f"""\
  {_STAFFED} - on ({QUEUE_KEY}) group_left () sum by ({QUEUE_KEY}) ({_AGENTS}{{state="logged_out"}})
or on ({QUEUE_KEY})
  {_STAFFED}
or on ({QUEUE_KEY})
  sum without (state) ({_AGENTS}{{state!="logged_out"}})
""",
)


def records() -> tuple[Record, ...]:
    """Return every rule of this module, each after the rules it reads."""
    return (_SERVING, *WAITING.records(), *OLDEST_WAIT.records(), *SERVICE_LEVEL.records())
