"""The level in force for each queue: its own threshold, else one derived, recorded for alerts to compare with."""

from typing import Final, NamedTuple

from exporter.metrics import catalog
from exporter.metrics.catalog import Family
from exporter.model import SEVERITIES, Severity
from grafana.generator.rules import names
from grafana.generator.rules.alerting import QUEUE_KEY
from grafana.generator.rules.rule_files import Record

SERVING_AGENTS: Final = "queue:contactcenter_serving_agents:sum"

# A share of fewer contacts than this says little, and a closed queue has none.
ENOUGH_CONTACTS: Final = 20

OBJECTIVE: Final = f"max by ({QUEUE_KEY}) ({names.OBJECTIVE})"

_WAITING = catalog.QUEUE_WAITING_CONTACTS.name
_OLDEST_WAIT = catalog.QUEUE_OLDEST_WAIT.name
_TARGET_SECONDS = catalog.QUEUE_SERVICE_LEVEL_TARGET_SECONDS.name
_STAFFED = catalog.QUEUE_STAFFED_AGENTS.name
_AGENTS = catalog.QUEUE_AGENTS.name


class Level(NamedTuple):
    """A level that every queue has, whoever set it.

    Attributes:
        name: What it is recorded as, once a severity.
        threshold: The family that holds what the vendor or the operator set.
        of: What is compared with it; the level has its labels.
        beyond: A queue with only a warning threshold is critical at this many times it.
        defaults: The level of a queue without any threshold, by severity.
    """

    name: str
    threshold: Family
    of: str
    beyond: float
    defaults: dict[Severity, str]

    def at(self, severity: Severity) -> str:
        """Return the level at one severity, at most one a queue."""
        return f'max by ({QUEUE_KEY}) ({self.name}{{severity="{severity}"}})'

    def records(self) -> tuple[Record, ...]:
        """Return the rules that record it."""
        return tuple(Record(self.name, self._expr(severity), {"severity": severity}) for severity in SEVERITIES)

    def _expr(self, severity: Severity) -> str:
        choices = [own(self.threshold, severity)]
        if severity == "critical":
            choices.append(f"{self.beyond:g} * {own(self.threshold, 'warning')}")
        choices.append(self.defaults[severity])
        chosen = f"\n  or on ({QUEUE_KEY})\n    ".join(choices)
        return f"0 * {self.of} + on ({QUEUE_KEY}) group_left () (\n    {chosen}\n)"


def own(threshold: Family, severity: Severity) -> str:
    """Return the thresholds that vendor or operator set, at most one a queue."""
    return f'max by ({QUEUE_KEY}) ({threshold.name}{{severity="{severity}"}})'


def _waiting_default(share: float, least: int) -> str:
    by_size = f'clamp_min({share:g} * max by ({QUEUE_KEY}) ({SERVING_AGENTS}{{channel!="email"}}), {least})'
    flat = f'0 * {_WAITING}{{channel!="email"}} + {least}'
    return f"{by_size}\n  or on ({QUEUE_KEY})\n    {flat}"


def _wait_default(times: int, least: int) -> str:
    by_target = f"clamp_min({times} * max by ({QUEUE_KEY}) ({_TARGET_SECONDS}), {least})"
    return f'{by_target}\n  or on ({QUEUE_KEY})\n    0 * {_OLDEST_WAIT}{{channel!="email"}} + {least}'


# Ten waiting are many for five agents and few for fifty: with as many waiting as agents serve, the last of them waits
# about one handle time. E-mails wait by design, so a queue of them has a level only where somebody set one.
WAITING = Level(
    "queue:contactcenter_waiting_contacts_threshold:effective",
    catalog.QUEUE_WAITING_CONTACTS_THRESHOLD,
    _WAITING,
    2,
    {"warning": _waiting_default(0.5, 10), "critical": _waiting_default(1, 20)},
)
# E-mails that shall be answered within hours must not be measured in minutes: what counts as in time sets the scale.
OLDEST_WAIT = Level(
    "queue:contactcenter_oldest_wait_threshold_seconds:effective",
    catalog.QUEUE_OLDEST_WAIT_THRESHOLD,
    _OLDEST_WAIT,
    2,
    {"warning": _wait_default(2, 120), "critical": _wait_default(5, 300)},
)
SERVICE_LEVEL = Level(
    "queue:contactcenter_service_level_threshold_ratio:effective",
    catalog.QUEUE_SERVICE_LEVEL_THRESHOLD,
    names.OBJECTIVE,
    0.75,
    {"warning": OBJECTIVE, "critical": f"0.75 * {OBJECTIVE}"},
)

# One vendor's staff are all who joined the queue, signed in or not; another tells only how many are in each state.
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
    """Return every rule of this module, each behind those it builds upon."""
    return (_SERVING, *WAITING.records(), *OLDEST_WAIT.records(), *SERVICE_LEVEL.records())
