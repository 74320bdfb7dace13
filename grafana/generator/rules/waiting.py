"""Alerts on waiting contacts and on the agents who serve them."""

from collections.abc import Iterator

from exporter.metrics import catalog
from exporter.metrics.catalog import Family
from exporter.model import Severity
from grafana.generator.joins import QUEUE_KEY
from grafana.generator.rules import names
from grafana.generator.rules.alerting import QUEUE, Case, Topic
from grafana.generator.rules.effective_thresholds import (
    OLDEST_WAIT,
    SERVING_AGENTS,
    WAITING,
    EffectiveThreshold,
    explicit,
)
from grafana.generator.rules.rule_files import Alert

_WAITING = catalog.QUEUE_WAITING_CONTACTS.name
_AGENTS = catalog.QUEUE_AGENTS.name
_STAFFED = catalog.QUEUE_STAFFED_AGENTS.name

# E-mails of a closed queue wait until agents return, and alert no one.
_NOT_CLOSED_MAIL = f'unless on ({QUEUE_KEY}) ({SERVING_AGENTS}{{channel="email"}} == 0)'
# Some vendors keep the wait of a contact that has left; a queue without the count alerts.
_NO_CONTACT_WAITS = f"unless on ({QUEUE_KEY}) ({_WAITING} == 0)"
# A queue is closed if no contact waits and either no agent serves it or no contact came for 30 minutes. Agents may be
# signed in before it opens, or stay signed in because they serve other queues.
_NO_CONTACTS = f"unless on ({QUEUE_KEY}) {names.offered('30m')} < 0.5"
_OPEN = f"and on ({QUEUE_KEY}) ({SERVING_AGENTS} > 0 {_NO_CONTACTS} or on ({QUEUE_KEY}) {_WAITING} > 0)"

_WAITING_HIGH = Topic(
    "ContactCenterWaitingContactsHigh",
    "supervisor",
    QUEUE,
    "Waiting contacts above the queue's threshold",
    "{{ $value | humanize }} contacts are waiting.",
    "5m",
)
_OLDEST_WAIT_HIGH = Topic(
    "ContactCenterOldestWaitHigh",
    "supervisor",
    QUEUE,
    "Oldest wait above the queue's threshold",
    "the oldest contact has been waiting for {{ $value | humanizeDuration }}.",
    "5m",
)
_NONE_SERVING = Topic(
    "ContactCenterNobodyServing",
    "supervisor",
    QUEUE,
    "Contacts are waiting and no agent serves the queue",
    "{{ $value | humanize }} contacts are waiting, and no agent is free, ringing, busy or in wrap-up.",
    "5m",
)
_NONE_AVAILABLE = Topic(
    "ContactCenterNobodyAvailable",
    "supervisor",
    QUEUE,
    "Contacts are waiting and no agent has been free for 10 minutes",
    "{{ $value | humanize }} contacts are waiting, and no agent has been free for 10 minutes.",
    "5m",
)
_FREE_AGENTS_LOW = Topic(
    "ContactCenterFreeAgentsLow",
    "supervisor",
    QUEUE,
    "Free agents below the queue's threshold",
    "{{ $value | humanize }} agents are free.",
    "5m",
)
_SERVING_AGENTS_LOW = Topic(
    "ContactCenterServingAgentsLow",
    "supervisor",
    QUEUE,
    "Serving agents below the queue's threshold",
    "{{ $value | humanize }} agents serve the queue.",
    "5m",
)

_NO_AGENT_SERVING = f"""\
  {_WAITING}{{channel!="email"}} > 0
  and on ({QUEUE_KEY}) {_AGENTS}{{state="available"}} == 0
  unless on ({QUEUE_KEY}) {_AGENTS}{{state=~"ringing|busy|wrap_up"}} > 0
or
  {_WAITING}{{channel!="email"}} > 0
  and on ({QUEUE_KEY}) {_STAFFED} == 0
"""
_NO_AGENT_FREE = f"""\
{_WAITING}{{channel!="email"}} > 0
and on ({QUEUE_KEY}) {_AGENTS}{{state="available"}} == 0
"""


def alerts() -> Iterator[Alert]:
    """Yield the alerts."""
    yield from _WAITING_HIGH.alerts(
        Case("critical", _above(WAITING, "critical"), "2m"), Case("warning", _above(WAITING, "warning"), "3m")
    )
    yield from _OLDEST_WAIT_HIGH.alerts(
        *(
            Case(severity, f"{_above(OLDEST_WAIT, severity)}\n{_NO_CONTACT_WAITS}", "1m")
            for severity in ("critical", "warning")
        )
    )
    yield from _NONE_AVAILABLE.alerts(Case("warning", _NO_AGENT_FREE, "10m"))
    free = f'sum without (state) ({_AGENTS}{{state="available"}})'
    yield from _FREE_AGENTS_LOW.alerts(*_below(free, catalog.QUEUE_FREE_AGENTS_THRESHOLD))
    yield from _SERVING_AGENTS_LOW.alerts(*_below(SERVING_AGENTS, catalog.QUEUE_SERVING_AGENTS_THRESHOLD))
    # After the three alerts that it inhibits; see Topic.alerts.
    yield from _NONE_SERVING.alerts(Case("critical", _NO_AGENT_SERVING, "3m"))


def _above(threshold: EffectiveThreshold, severity: Severity) -> str:
    return f"{threshold.compared} > on ({QUEUE_KEY}) group_left () {threshold.at(severity)}\n{_NOT_CLOSED_MAIL}"


def _below(agents: str, threshold: Family) -> Iterator[Case]:
    """Yield the cases of too few agents; there is no default, so only queues with a threshold alert."""
    for severity in ("critical", "warning"):
        low = f"{agents} < on ({QUEUE_KEY}) group_left () {explicit(threshold, severity)}"
        yield Case(severity, f"{low}\n{_OPEN}\n{_NOT_CLOSED_MAIL}", "5m")
