"""Alerts on agents who stay too long in a state, and on contacts that they do not answer.

Times in a state are known only if single agents are exported (`agents.detail`). A telephone that rings and is not
answered costs every caller it is offered to; the other states are for a supervisor to look at.
"""

from collections.abc import Iterator
from typing import Final

from exporter.metrics import catalog
from exporter.model import AgentState
from grafana.generator.joins import AGENT_KEY, QUEUE_KEY
from grafana.generator.rules import names
from grafana.generator.rules.alerting import AGENT, QUEUE, Case, Severity, Topic
from grafana.generator.rules.rule_files import Alert
from grafana.generator.rules.windows import grown

# At a true share of 2%, chance alone rarely makes more than 3 of 30 contacts unanswered.
_ENOUGH_CONTACTS: Final = 30

_LONG_RINGING = Topic(
    "ContactCenterAgentLongRinging",
    "supervisor",
    AGENT,
    "A contact has been ringing at an agent for more than 2 minutes",
    "ringing for {{ $value | humanizeDuration }}.",
    "1m",
)
_LONG_NOT_READY = Topic(
    "ContactCenterAgentLongNotReady",
    "supervisor",
    AGENT,
    "Agent not ready for more than an hour",
    "not ready for {{ $value | humanizeDuration }}.",
    "1m",
)
_LONG_PAUSED = Topic(
    "ContactCenterAgentLongPaused",
    "supervisor",
    AGENT,
    "Agent paused for more than 75 minutes",
    "paused for {{ $value | humanizeDuration }}.",
    "1m",
)
_UNANSWERED = Topic(
    "ContactCenterNoAnswerHigh",
    "supervisor",
    QUEUE,
    "Agents do not answer many contacts that ring at them",
    "{{ $value | humanizePercentage }} of the contacts in the last 30 minutes were redirected on no answer.",
    "10m",
)


def of_agents() -> Iterator[Alert]:
    """Yield the alerts on single agents."""
    yield from _LONG_RINGING.alerts(_longer("ringing", 120, "warning"))
    yield from _LONG_NOT_READY.alerts(_longer("not_ready", 3600, "info"))
    yield from _LONG_PAUSED.alerts(_longer("paused", 4500, "info"))


def of_queues() -> Iterator[Alert]:
    """Yield the alert on queues whose contacts agents do not answer."""
    yield from _UNANSWERED.alerts(Case("warning", _unanswered(), "10m"))


def _longer(state: AgentState, seconds: int, severity: Severity) -> Case:
    """Return the case of agents in a state for longer than some seconds, but not since yesterday's shift."""
    time = catalog.AGENT_TIME_IN_STATE.name
    in_state = f'{catalog.AGENT_STATE.name}{{state="{state}"}} == 1'
    return Case(severity, f"{time} > {seconds} < 36000\nand on ({AGENT_KEY}) {in_state}", "1m")


def _unanswered() -> str:
    redirected = grown(catalog.QUEUE_CONTACTS_REDIRECTED_ON_NO_ANSWER, "30m")
    offered = f"on ({QUEUE_KEY}) group_left () max by ({QUEUE_KEY}) ({names.offered('30m')} >= {_ENOUGH_CONTACTS})"
    return f"{redirected} / {offered} > 0.1"
