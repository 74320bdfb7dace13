"""Figures of queues near or beyond their thresholds, recorded for each cause and severity.

A figure is a multiple of the queue's own threshold. It is at most 2 for a warning threshold; for a critical one it is
twice the multiple, so that 4 is twice the critical threshold. The alerts read these series, and queues are sorted by
them.

Most queues are far from every threshold: expressions begin with the few that are not, or that have a threshold of their
own.
"""

from collections.abc import Iterator
from typing import Final, Literal

from exporter.metrics import catalog
from exporter.metrics.catalog import Family
from exporter.model import SEVERITIES, Severity
from grafana.generator.joins import QUEUE_KEY, TARGET_KEY
from grafana.generator.rules.closed import NEEDS_AGENTS, NOT_CLOSED
from grafana.generator.rules.effective_thresholds import (
    OLDEST_WAIT_DEFAULTS,
    SERVICE_LEVEL,
    SERVING_AGENTS,
    WAITING_DEFAULTS,
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
BELOW: Final = "queue:contactcenter_service_level:below_threshold_ratio"
LOW: Final = "queue:contactcenter_service_level:evidently_low_ratio"

_ON: Final = f"on ({QUEUE_KEY})"
_WAITING: Final = catalog.QUEUE_WAITING_CONTACTS.name
_OLDEST_WAIT: Final = catalog.QUEUE_OLDEST_WAIT.name
_AGENTS: Final = catalog.QUEUE_AGENTS.name
_NOT_EMAIL: Final = 'channel!="email"'
# Avoids a division by zero; a figure beyond a threshold of 0 remains beyond it.
_MIN_THRESHOLD: Final = "0.001"
_MAX_RATIO: Final = 100
# Figures below three quarters of a warning threshold are not recorded: they are most of them.
_NEAR: Final = 0.75

# Some vendors keep the wait of a contact that has left.
NO_CONTACT: Final = f"unless {_ON} ({_WAITING} == 0)"
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


def of_waits() -> Iterator[Record]:
    """Yield the rules of the figures that change with every poll."""
    for severity in SEVERITIES:
        yield _record(
            "oldest wait", severity, f"(\n  {indented(_oldest_wait(severity))}\n)\n{NO_CONTACT}\n{NOT_CLOSED}"
        )
    for severity in SEVERITIES:
        yield _record("waiting contacts", severity, f"(\n  {indented(_waiting(severity))}\n)\n{NOT_CLOSED}")


def of_agents() -> Iterator[Record]:
    """Yield the rules of agents; no alert on them fires within less than three minutes."""
    free = f'sum without (state) ({_AGENTS}{{state="available"}} and {_ON} %s) unless on ({TARGET_KEY}) {SIGNED_IN}'
    serving = f"{SERVING_AGENTS} and {_ON} %s"
    for severity in SEVERITIES:
        yield _record("few free agents", severity, _too_few(free, catalog.QUEUE_FREE_AGENTS_THRESHOLD, severity))
    for severity in SEVERITIES:
        yield _record(
            "few serving agents", severity, _too_few(serving, catalog.QUEUE_SERVING_AGENTS_THRESHOLD, severity)
        )
    # It is as bad as a critical threshold exceeded by half, whatever the number of contacts.
    none = f"3 + 0 * (\n  {indented(NO_AGENT_SERVING)}\n)"
    yield Record(BREACH, none, {"because": "no agent serving", "severity": "critical"})


def of_service_level() -> Iterator[Record]:
    """Yield the rules of the service level, which is recorded every other minute."""
    yield Record(BELOW, _below_threshold(current_service_level()))
    # The highest service level that the contacts are evidence for.
    yield Record(LOW, _below_threshold(at_most(BELOW, current_contacts())))
    for severity in SEVERITIES:
        late = f"(1 - {LOW})\n/ {_ON} group_left ()\nclamp_min(1 - {SERVICE_LEVEL.at(severity)}, {_MIN_THRESHOLD})"
        yield _record("service level", severity, late)


def breach(cause: Cause, severity: Severity) -> str:
    """Return the condition that a queue's figure is beyond its threshold of a severity."""
    return f'and {_ON} {BREACH}{{because="{cause}", severity="{severity}"}} > 1'


def _record(cause: Cause, severity: Severity, multiple: str) -> Record:
    """Return the rule of a figure in multiples of its thresholds of a severity."""
    if severity == "critical":
        expr = f"2 * clamp_max(\n  {indented(multiple)},\n  {_MAX_RATIO // 2}\n) > 2"
    else:
        expr = f"clamp_max(\n  {indented(multiple)},\n  2\n) > {_NEAR:g}"
    return Record(BREACH, expr, {"because": cause, "severity": severity})


def _oldest_wait(severity: Severity) -> str:
    factor, least = OLDEST_WAIT_DEFAULTS[severity]
    near = f"> {_nearest(severity, least):g}"
    promise = f"max by ({QUEUE_KEY}) ({catalog.QUEUE_SERVICE_LEVEL_TARGET_SECONDS.name})"
    return _first(
        f"{_OLDEST_WAIT} / {_ON} group_left () {_explicit(catalog.QUEUE_OLDEST_WAIT_THRESHOLD, severity)}",
        f"({_OLDEST_WAIT} {near}) / {_ON} group_left () clamp_min({factor:g} * {promise}, {least})",
        f"({_OLDEST_WAIT}{{{_NOT_EMAIL}}} {near}) / {least}",
    )


def _waiting(severity: Severity) -> str:
    factor, least = WAITING_DEFAULTS[severity]
    near = f"({_WAITING}{{{_NOT_EMAIL}}} > {_nearest(severity, least):g})"
    serving = f"max by ({QUEUE_KEY}) ({SERVING_AGENTS} and {_ON} {near})"
    return _first(
        f"{_WAITING} / {_ON} group_left () {_explicit(catalog.QUEUE_WAITING_CONTACTS_THRESHOLD, severity)}",
        f"{near} / {_ON} group_left () clamp_min({factor:g} * {serving}, {least})",
        f"{near} / {least}",
    )


def _first(*multiples: str) -> str:
    """Return the first multiple that a queue has."""
    return f"\nor {_ON}\n".join(multiples)


def _nearest(severity: Severity, least: float) -> float:
    """Return the smallest figure that is recorded of queues with a default threshold."""
    return least if severity == "critical" else _NEAR * least


def _explicit(threshold: Family, severity: Severity) -> str:
    """Return the thresholds set by the vendor or the operator; a critical one is else twice that of warnings."""
    own = explicit(threshold, severity)
    if severity == "critical":
        own = f"({own} or {_ON} 2 * {explicit(threshold, 'warning')})"
    return f"clamp_min({own}, {_MIN_THRESHOLD})"


def _too_few(agents: str, threshold: Family, severity: Severity) -> str:
    """Return a figure that is bad if it is small, as a quotient: with 1 added, no agents are not an infinity.

    Args:
        agents: The PromQL of the agents; %s is the threshold, without which there is no figure.
        threshold: The threshold, which has no default.
        severity: The severity.
    """
    own = f'{threshold.name}{{severity="{severity}"}}'
    present = f"({agents % own} {NEEDS_AGENTS} {NOT_CLOSED})"
    return f"1 / (1 + {present})\n* {_ON} group_left ()\n(1 + {explicit(threshold, severity)})"


def _below_threshold(service_level: str) -> str:
    """Return the service levels that are below a threshold."""
    thresholds = f"({SERVICE_LEVEL.at('warning')} or {_ON} {explicit(SERVICE_LEVEL.threshold, 'critical')})"
    return f"{service_level} < {_ON} group_left () {thresholds}"
