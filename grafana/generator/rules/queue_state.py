"""The state of each queue, recorded once: the wall, the tables and the alerts all read it and cannot disagree.

Every figure of a queue is compared with its own threshold and becomes a multiple of it: above 1 it is beyond the
warning threshold, above 2 beyond the critical one. A figure of 4 is twice the critical threshold. Three series result:

- `BREACH`, one for each cause, only for figures beyond a threshold; the alerts read it.
- `WORST`, one for each queue: its worst figure, by which queues are sorted.
- `STATE`, one for each queue: 2 (act), 1 (watch), 0 (ok) or -1 (no thresholds), with the cause in the label `because`.
"""

from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

from exporter.metrics import catalog
from exporter.metrics.catalog import Family
from exporter.model import Severity
from grafana.generator.joins import QUEUE_KEY, TARGET_KEY
from grafana.generator.rules import names
from grafana.generator.rules.effective_thresholds import (
    ENOUGH_CONTACTS,
    OLDEST_WAIT,
    SERVICE_LEVEL,
    SERVING_AGENTS,
    WAITING,
    explicit,
)
from grafana.generator.rules.recording import SIGNED_IN
from grafana.generator.rules.rule_files import Record
from grafana.generator.rules.windows import current_contacts, current_service_level, indented

Cause = Literal[
    "oldest wait", "waiting contacts", "no agent serving", "few free agents", "few serving agents", "service level"
]

BREACH: Final = "queue:contactcenter_breach:ratio"
WORST: Final = "queue:contactcenter_worst:ratio"
STATE: Final = "queue:contactcenter_state:level"
NO_CAUSE: Final = "-"

_ON: Final = f"on ({QUEUE_KEY})"
_WAITING: Final = catalog.QUEUE_WAITING_CONTACTS.name
_OLDEST_WAIT: Final = catalog.QUEUE_OLDEST_WAIT.name
_AGENTS: Final = catalog.QUEUE_AGENTS.name
# Avoids a division by zero; a figure beyond a threshold of 0 remains beyond it.
_MIN_THRESHOLD: Final = "0.001"
_MAX_RATIO: Final = 100

# E-mails of a closed queue wait until agents return, and alert no one.
NOT_CLOSED_MAIL: Final = f'unless {_ON} ({SERVING_AGENTS}{{channel="email"}} == 0)'
# A queue is closed if no contact waits and either no agent serves it or no contact came for 30 minutes. Agents may be
# signed in before it opens, or stay signed in because they serve other queues.
OPEN: Final = f"and {_ON} ({SERVING_AGENTS} > 0 unless {_ON} {names.offered('30m')} < 0.5 or {_ON} {_WAITING} > 0)"
# Some vendors keep the wait of a contact that has left.
WAIT_OF_A_CONTACT: Final = f"{_OLDEST_WAIT} unless {_ON} ({_WAITING} == 0)"
# Agents who may be on a contact are not known to be free.
FREE_AGENTS: Final = f'sum without (state) ({_AGENTS}{{state="available"}}) unless on ({TARGET_KEY}) {SIGNED_IN}'
NO_AGENT_SERVING: Final = f"""\
  {_WAITING}{{channel!="email"}} > 0
  and {_ON} {_AGENTS}{{state="available"}} == 0
  unless {_ON} {_AGENTS}{{state=~"ringing|busy|wrap_up"}} > 0
or
  {_WAITING}{{channel!="email"}} > 0
  and {_ON} {catalog.QUEUE_STAFFED_AGENTS.name} == 0"""


class Figure(NamedTuple):
    """A figure of queues that is compared with a threshold.

    Attributes:
        cause: What is wrong with a queue if it is beyond the threshold.
        value: The PromQL of the figure, one series per queue, in a form that is bad if it is large.
        warning: The PromQL of the warning thresholds, one series per queue, in the same form.
        critical: The PromQL of the critical thresholds.
        critical_alone: The PromQL of critical thresholds that may exist without a warning threshold.
    """

    cause: Cause
    value: str
    warning: str
    critical: str
    critical_alone: str

    @property
    def ratio(self) -> str:
        """The figure in multiples of its threshold, above 1 beyond the warning and above 2 beyond the critical one."""
        beyond_critical = f"2 * ({self._over(self.critical)}) > 2"
        otherwise = f"clamp_max({self._over(self.warning)}, 2)"
        alone = f"clamp_max({self._over(self.critical_alone)}, 1)"
        return f"\nor {_ON}\n".join((beyond_critical, otherwise, alone))

    def _over(self, threshold: str) -> str:
        return f"(\n  {indented(self.value)}\n) / {_ON} group_left () clamp_min({threshold}, {_MIN_THRESHOLD})"


def records() -> Iterator[Record]:
    """Yield the recording rules, each after the rules it reads."""
    every = "\nor\n".join(_named())
    # One source of the labels: while a queue is renamed, its figures have different names.
    named = f"({_WAITING} or {_ON} {_OLDEST_WAIT} or {_ON} {SERVING_AGENTS} or {_ON} {names.OBJECTIVE})"
    yield Record(BREACH, f"clamp_max(\n{every},\n{_MAX_RATIO}) > 1")
    yield Record(
        WORST,
        f"0 * {named} + {_ON} group_left () max by ({QUEUE_KEY}) (clamp_max(\n{every},\n{_MAX_RATIO}))",
    )
    level = f"1 + (topk by ({QUEUE_KEY}) (1, {BREACH}) > bool 2)"
    ok = f'label_replace(0 * ({WORST} or {_ON} {names.OBJECTIVE}), "because", "{NO_CAUSE}", "", "")'
    unknown = f'label_replace(0 * {named} - 1, "because", "{NO_CAUSE}", "", "")'
    yield Record(STATE, f"0 * {named} + {_ON} group_left (because) ({level})\nor {_ON}\n{ok}\nor {_ON}\n{unknown}")


def breach(cause: Cause, severity: Severity) -> str:
    """Return the condition that a queue's figure is beyond its threshold of a severity."""
    return f'and {_ON} {BREACH}{{because="{cause}"}} > {2 if severity == "critical" else 1}'


def _named() -> Iterator[str]:
    for figure in _figures():
        yield f'label_replace(\n  {indented(figure.ratio)},\n  "because", "{figure.cause}", "", "")'
    # It is as bad as a critical threshold exceeded by half, whatever the number of contacts.
    none = f"3 + 0 * (\n{NO_AGENT_SERVING}\n)"
    yield f'label_replace(\n  {indented(none)},\n  "because", "no agent serving", "", "")'


def _figures() -> Iterator[Figure]:
    yield Figure(
        "oldest wait",
        f"{WAIT_OF_A_CONTACT} {NOT_CLOSED_MAIL}",
        OLDEST_WAIT.at("warning"),
        OLDEST_WAIT.at("critical"),
        explicit(OLDEST_WAIT.threshold, "critical"),
    )
    yield Figure(
        "waiting contacts",
        f"{_WAITING} {NOT_CLOSED_MAIL}",
        WAITING.at("warning"),
        WAITING.at("critical"),
        explicit(WAITING.threshold, "critical"),
    )
    yield _too_few("few free agents", FREE_AGENTS, catalog.QUEUE_FREE_AGENTS_THRESHOLD)
    yield _too_few("few serving agents", SERVING_AGENTS, catalog.QUEUE_SERVING_AGENTS_THRESHOLD)
    late = f"1 - ({current_service_level('30m')} and {_ON} {current_contacts('30m')} >= {ENOUGH_CONTACTS})"
    warning, critical = (f"1 - {SERVICE_LEVEL.at(severity)}" for severity in ("warning", "critical"))
    yield Figure("service level", late, warning, critical, f"1 - {explicit(SERVICE_LEVEL.threshold, 'critical')}")


def _too_few(cause: Cause, agents: str, threshold: Family) -> Figure:
    """Return a figure that is bad if it is small, as a quotient: with 1 added, no agents are not an infinity."""
    value = f"1 / (1 + ({agents} {OPEN} {NOT_CLOSED_MAIL}))"
    warning, critical = (f"1 / (1 + {explicit(threshold, severity)})" for severity in ("warning", "critical"))
    return Figure(cause, value, warning, critical, critical)
