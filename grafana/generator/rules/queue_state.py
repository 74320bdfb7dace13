"""The state of each queue, recorded once: the wall, the tables and the alerts all read it and cannot disagree.

Every figure of a queue is compared with its own threshold and becomes a multiple of it: above 1 it is beyond the
warning threshold, above 2 beyond the critical one. A figure of 4 is twice the critical threshold. Two series result:

- `BREACH`, one for each cause, only for figures near or beyond a threshold; the alerts read it, and queues are sorted
  by it.
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
    OLDEST_WAIT,
    SERVICE_LEVEL,
    SERVING_AGENTS,
    WAITING,
    at_most,
    explicit,
)
from grafana.generator.rules.recording import SIGNED_IN
from grafana.generator.rules.rule_files import Record
from grafana.generator.rules.windows import current_contacts, current_service_level, indented

Cause = Literal[
    "oldest wait", "waiting contacts", "no agent serving", "few free agents", "few serving agents", "service level"
]

BREACH: Final = "queue:contactcenter_breach:ratio"
STATE: Final = "queue:contactcenter_state:level"
CLOSED: Final = "queue:contactcenter_closed:info"
LOW: Final = "queue:contactcenter_service_level:evidently_low_ratio"
NO_CAUSE: Final = "-"

_ON: Final = f"on ({QUEUE_KEY})"
_WAITING: Final = catalog.QUEUE_WAITING_CONTACTS.name
_OLDEST_WAIT: Final = catalog.QUEUE_OLDEST_WAIT.name
_AGENTS: Final = catalog.QUEUE_AGENTS.name
# Avoids a division by zero; a figure beyond a threshold of 0 remains beyond it.
_MIN_THRESHOLD: Final = "0.001"
_MAX_RATIO: Final = 100
# Figures below three quarters of every threshold are not recorded: they are most of them.
_NEAR: Final = 0.75

_NO_ARRIVAL: Final = f"{names.offered('30m')} < 0.5 and {_ON} {catalog.QUEUE_CONTACTS_OFFERED.name} offset 30m"
_WORKING: Final = 'state=~"available|ringing|busy|wrap_up"'
NOT_CLOSED: Final = f"unless {_ON} {CLOSED}"
# A queue is closed if no contact waits and either no agent serves it or no contact came for 30 minutes. Agents may be
# signed in before it opens, or stay signed in because they serve other queues.
OPEN: Final = f"and {_ON} ({SERVING_AGENTS} > 0 unless {_ON} {names.offered('30m')} < 0.5 or {_ON} {_WAITING} > 0)"
# Some vendors keep the wait of a contact that has left.
WAIT_OF_A_CONTACT: Final = f"{_OLDEST_WAIT} unless {_ON} ({_WAITING} == 0)"
# Agents who may be on a contact are not known to be free.
FREE_AGENTS: Final = f'sum without (state) ({_AGENTS}{{state="available"}}) unless on ({TARGET_KEY}) {SIGNED_IN}'
NO_AGENT_SERVING: Final = f"""\
(
  {_WAITING}{{channel!="email"}} > 0
  and {_ON} {_AGENTS}{{state="available"}} == 0
  unless {_ON} {_AGENTS}{{state=~"ringing|busy|wrap_up"}} > 0
or
  {_WAITING}{{channel!="email"}} > 0
  and {_ON} {catalog.QUEUE_STAFFED_AGENTS.name} == 0
)
{NOT_CLOSED}"""


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
    yield Record(CLOSED, _closed())
    yield Record(LOW, _evidently_low())
    for figure in _figures():
        ratio = f"clamp_max(\n  {indented(figure.ratio)},\n  {_MAX_RATIO}\n) > {_NEAR:g}"
        yield Record(BREACH, ratio, {"because": figure.cause})
    # It is as bad as a critical threshold exceeded by half, whatever the number of contacts.
    yield Record(BREACH, f"3 + 0 * (\n  {indented(NO_AGENT_SERVING)}\n)", {"because": "no agent serving"})
    yield Record(STATE, _state())


def _closed() -> str:
    """Return the queues that are closed by their own evidence: what still waits in them is stuck.

    No agent works for the queue and no contact came for 30 minutes; if its agents are unknown, those of the contact
    centre count. E-mails wait until agents return.
    """
    none_working = (
        f"{SERVING_AGENTS} == 0 or {_ON}"
        f' (sum by ({QUEUE_KEY}) ({_AGENTS}{{{_WORKING}}}) == 0 and {_ON} {_AGENTS}{{state="busy"}})'
    )
    centre_away = f"sum by ({TARGET_KEY}) ({catalog.AGENTS.name}{{{_WORKING}}}) == 0"
    return (
        f"group by ({QUEUE_KEY}) (\n"
        f'  {SERVING_AGENTS}{{channel="email"}} == 0\n'
        f"  or {_NO_ARRIVAL} and {_ON} ({none_working})\n"
        f"  or {_NO_ARRIVAL} and on ({TARGET_KEY}) {centre_away} unless {_ON} {SERVING_AGENTS}\n)"
    )


def _evidently_low() -> str:
    """Return the highest service levels that the contacts are evidence for, where they are below a threshold."""
    highest = at_most(current_service_level(), current_contacts())
    thresholds = f"({SERVICE_LEVEL.at('warning')} or {_ON} {explicit(SERVICE_LEVEL.threshold, 'critical')})"
    return f"{highest} < {_ON} group_left () {thresholds}"


def _state() -> str:
    # One source of the labels: while a queue is renamed, its figures have different names.
    named = f"({_WAITING} or {_ON} {_OLDEST_WAIT} or {_ON} {SERVING_AGENTS} or {_ON} {names.OBJECTIVE})"
    level = f"1 + (topk by ({QUEUE_KEY}) (1, {BREACH} > 1) > bool 2)"
    any_threshold = f'{{__name__=~"{catalog.PREFIX}queue_.+_threshold.*"}}'
    by_default = f'{{__name__=~"{_WAITING}|{_OLDEST_WAIT}", channel!="email"}}'
    of_promise = catalog.QUEUE_SERVICE_LEVEL_TARGET_SECONDS.name
    known = f"({names.OBJECTIVE} or {_ON} {by_default} or {_ON} {of_promise} or {_ON} {any_threshold})"
    ok = f'label_replace(0 * {named} and {_ON} {known}, "because", "{NO_CAUSE}", "", "")'
    unknown = f'label_replace(0 * {named} - 1, "because", "{NO_CAUSE}", "", "")'
    return f"0 * {named} + {_ON} group_left (because) ({level})\nor {_ON}\n{ok}\nor {_ON}\n{unknown}"


def breach(cause: Cause, severity: Severity) -> str:
    """Return the condition that a queue's figure is beyond its threshold of a severity."""
    return f'and {_ON} {BREACH}{{because="{cause}"}} > {2 if severity == "critical" else 1}'


def _figures() -> Iterator[Figure]:
    yield Figure(
        "oldest wait",
        f"{WAIT_OF_A_CONTACT} {NOT_CLOSED}",
        OLDEST_WAIT.at("warning"),
        OLDEST_WAIT.at("critical"),
        explicit(OLDEST_WAIT.threshold, "critical"),
    )
    yield Figure(
        "waiting contacts",
        f"{_WAITING} {NOT_CLOSED}",
        WAITING.at("warning"),
        WAITING.at("critical"),
        explicit(WAITING.threshold, "critical"),
    )
    yield _too_few("few free agents", FREE_AGENTS, catalog.QUEUE_FREE_AGENTS_THRESHOLD)
    yield _too_few("few serving agents", SERVING_AGENTS, catalog.QUEUE_SERVING_AGENTS_THRESHOLD)
    warning, critical = (f"1 - {SERVICE_LEVEL.at(severity)}" for severity in ("warning", "critical"))
    yield Figure(
        "service level", f"1 - {LOW}", warning, critical, f"1 - {explicit(SERVICE_LEVEL.threshold, 'critical')}"
    )


def _too_few(cause: Cause, agents: str, threshold: Family) -> Figure:
    """Return a figure that is bad if it is small, as a quotient: with 1 added, no agents are not an infinity."""
    value = f"1 / (1 + ({agents} {OPEN} {NOT_CLOSED}))"
    warning, critical = (f"1 / (1 + {explicit(threshold, severity)})" for severity in ("warning", "critical"))
    return Figure(cause, value, warning, critical, critical)
