"""Alerts on waiting contacts and on the agents who serve them."""

from collections.abc import Iterator

from exporter.metrics import catalog
from exporter.metrics.catalog import Family
from exporter.model import SEVERITIES
from grafana.generator.joins import QUEUE_KEY
from grafana.generator.rules.alerting import QUEUE, Case, Topic
from grafana.generator.rules.breaches import FREE_AGENTS, Cause, breach
from grafana.generator.rules.closed import NOT_CLOSED
from grafana.generator.rules.effective_thresholds import SERVING_AGENTS
from grafana.generator.rules.rule_files import Alert

_WAITING = catalog.QUEUE_WAITING_CONTACTS.name
_AGENTS = catalog.QUEUE_AGENTS.name

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

_NO_AGENT_FREE = f"""\
{_WAITING}{{channel!="email"}} > 0
and on ({QUEUE_KEY}) {_AGENTS}{{state="available"}} == 0
{NOT_CLOSED}"""


def of_waits() -> Iterator[Alert]:
    """Yield the alerts on waits."""
    yield from _WAITING_HIGH.alerts(*_beyond("waiting contacts", _WAITING, critical="2m", warning="3m"))
    yield from _OLDEST_WAIT_HIGH.alerts(
        *_beyond("oldest wait", catalog.QUEUE_OLDEST_WAIT.name, critical="1m", warning="1m")
    )


def of_agents() -> Iterator[Alert]:
    """Yield the alerts on agents."""
    yield from _NONE_AVAILABLE.alerts(Case("warning", _NO_AGENT_FREE, "10m"))
    yield from _FREE_AGENTS_LOW.alerts(*_too_few("few free agents", FREE_AGENTS, catalog.QUEUE_FREE_AGENTS_THRESHOLD))
    serving = _too_few("few serving agents", SERVING_AGENTS, catalog.QUEUE_SERVING_AGENTS_THRESHOLD)
    yield from _SERVING_AGENTS_LOW.alerts(*serving)
    # After the three alerts that it inhibits; see Topic.alerts.
    yield from _NONE_SERVING.alerts(*_beyond("no agent serving", _WAITING, critical="3m"))


def _beyond(cause: Cause, value: str, **durations: str) -> Iterator[Case]:
    """Yield the cases of a figure beyond a threshold, with how long each must hold, by severity."""
    for severity in (each for each in SEVERITIES if each in durations):
        yield Case(severity, f"{value}\n{breach(cause, severity)}", durations[severity])


def _too_few(cause: Cause, agents: str, threshold: Family) -> Iterator[Case]:
    """Yield the cases of too few agents; there is no default, so each severity needs a threshold of its own."""
    for case in _beyond(cause, agents, critical="5m", warning="5m"):
        yield case._replace(expr=f'{case.expr}\nand on ({QUEUE_KEY}) {threshold.name}{{severity="{case.severity}"}}')
