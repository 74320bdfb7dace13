"""Alerts on contacts that wait, and on whether anybody serves them."""

from collections.abc import Iterator

from exporter.metrics import catalog
from exporter.metrics.catalog import Family
from exporter.model import Severity
from grafana.generator.rules import names
from grafana.generator.rules.alerting import QUEUE, QUEUE_KEY, Case, Topic
from grafana.generator.rules.levels import OLDEST_WAIT, SERVING_AGENTS, WAITING, Level, own
from grafana.generator.rules.rule_files import Alert

_WAITING = catalog.QUEUE_WAITING_CONTACTS.name
_AGENTS = catalog.QUEUE_AGENTS.name
_STAFFED = catalog.QUEUE_STAFFED_AGENTS.name

# E-mails of a closed queue wait until somebody is there again; nobody is called for them.
_NOT_CLOSED_MAIL = f'unless on ({QUEUE_KEY}) ({SERVING_AGENTS}{{channel="email"}} == 0)'
# Nobody waits, and nobody is there or nobody has come for half an hour: the queue is closed, even where its agents are
# signed in before it opens, or still are because they serve others.
_NO_CONTACTS = f"unless on ({QUEUE_KEY}) {names.offered('30m')} < 0.5"
_OPEN = f"and on ({QUEUE_KEY}) ({SERVING_AGENTS} > 0 {_NO_CONTACTS} or on ({QUEUE_KEY}) {_WAITING} > 0)"

_WAITING_HIGH = Topic(
    "ContactCenterWaitingContactsHigh",
    "supervisor",
    QUEUE,
    "More contacts are waiting than the queue should have",
    "{{ $value | humanize }} contacts are waiting.",
    "5m",
)
_OLDEST_WAIT_HIGH = Topic(
    "ContactCenterOldestWaitHigh",
    "supervisor",
    QUEUE,
    "A contact has been waiting too long",
    "the oldest contact has been waiting for {{ $value | humanizeDuration }}.",
    "5m",
)
_NOBODY_SERVING = Topic(
    "ContactCenterNobodyServing",
    "supervisor",
    QUEUE,
    "Contacts are waiting and nobody serves the queue",
    "{{ $value | humanize }} contacts are waiting, and no agent is free, ringing, busy or in wrap-up.",
    "5m",
)
_NOBODY_AVAILABLE = Topic(
    "ContactCenterNobodyAvailable",
    "supervisor",
    QUEUE,
    "Contacts have been waiting all the time and no agent was free",
    "{{ $value | humanize }} contacts are waiting, and no agent has been free for 10 minutes.",
    "5m",
)
_FREE_AGENTS_LOW = Topic(
    "ContactCenterFreeAgentsLow",
    "supervisor",
    QUEUE,
    "Fewer agents are free than the queue should have",
    "{{ $value | humanize }} agents are free.",
    "5m",
)
_SERVING_AGENTS_LOW = Topic(
    "ContactCenterServingAgentsLow",
    "supervisor",
    QUEUE,
    "Fewer agents serve the queue than it should have",
    "{{ $value | humanize }} agents serve the queue.",
    "5m",
)

_NOBODY_SERVES = f"""\
  {_WAITING}{{channel!="email"}} > 0
  and on ({QUEUE_KEY}) {_AGENTS}{{state="available"}} == 0
  unless on ({QUEUE_KEY}) {_AGENTS}{{state=~"ringing|busy|wrap_up"}} > 0
or
  {_WAITING}{{channel!="email"}} > 0
  and on ({QUEUE_KEY}) {_STAFFED} == 0
"""
_NOBODY_FREE = f"""\
{_WAITING}{{channel!="email"}} > 0
and on ({QUEUE_KEY}) {_AGENTS}{{state="available"}} == 0
"""


def alerts() -> Iterator[Alert]:
    """Yield the alerts."""
    yield from _WAITING_HIGH.alerts(
        Case("critical", _above(WAITING, "critical"), "2m"), Case("warning", _above(WAITING, "warning"), "3m")
    )
    yield from _OLDEST_WAIT_HIGH.alerts(
        Case("critical", _above(OLDEST_WAIT, "critical"), "1m"), Case("warning", _above(OLDEST_WAIT, "warning"), "1m")
    )
    yield from _NOBODY_AVAILABLE.alerts(Case("warning", _NOBODY_FREE, "10m"))
    free = f'sum without (state) ({_AGENTS}{{state="available"}})'
    yield from _FREE_AGENTS_LOW.alerts(*_below(free, catalog.QUEUE_FREE_AGENTS_THRESHOLD))
    yield from _SERVING_AGENTS_LOW.alerts(*_below(SERVING_AGENTS, catalog.QUEUE_SERVING_AGENTS_THRESHOLD))
    # Behind the three that it silences.
    yield from _NOBODY_SERVING.alerts(Case("critical", _NOBODY_SERVES, "3m"))


def _above(level: Level, severity: Severity) -> str:
    return f"{level.of} > on ({QUEUE_KEY}) group_left () {level.at(severity)}\n{_NOT_CLOSED_MAIL}"


def _below(agents: str, threshold: Family) -> Iterator[Case]:
    """Yield the cases of too few agents: only where a threshold is set, for how many are enough nobody else knows."""
    for severity in ("critical", "warning"):
        low = f"{agents} < on ({QUEUE_KEY}) group_left () {own(threshold, severity)}"
        yield Case(severity, f"{low}\n{_OPEN}\n{_NOT_CLOSED_MAIL}", "5m")
