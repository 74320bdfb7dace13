"""Alerts for supervisors, with the states of queues that they and the dashboards read."""

from typing import Final

from grafana.generator.rules import (
    agent_states,
    breaches,
    closed,
    effective_thresholds,
    queue_state,
    service,
    trunks,
    waiting,
    workforce,
)
from grafana.generator.rules.rule_files import Group, render

PATH: Final = "rules/supervisors.yml"

# The state of 10,000 queues takes seconds of CPU; no alert on it fires within less than a minute.
_INTERVAL: Final = "30s"
# The service level is recorded every two minutes.
_SLOW_INTERVAL: Final = "2m"
# No alert on the agents of a queue fires within less than three minutes.
_AGENTS_INTERVAL: Final = "1m"
# Shares of a quarter of an hour or more, for alerts that must hold for at least five minutes.
_SHARES_INTERVAL: Final = "2m"


def text() -> str:
    """Return the text of the rule file for supervisors."""
    return render(groups())


def groups() -> tuple[Group, ...]:
    """Return the groups of the file; the states come before the alerts on them."""
    agents = (effective_thresholds.SERVING, closed.record(), *breaches.of_agents(), queue_state.of_thresholds())
    states = (*breaches.of_waits(), *queue_state.records(), queue_state.order())
    return (
        Group("contactcenter-service-level", (*breaches.of_service_level(), *service.rules()), interval=_SLOW_INTERVAL),
        Group("contactcenter-queue-agents", (*agents, *waiting.of_agents()), interval=_AGENTS_INTERVAL),
        Group("contactcenter-queues", (*states, *waiting.of_waits()), interval=_INTERVAL),
        Group("contactcenter-agents", (*workforce.of_agents(), *agent_states.of_agents())),
        Group(
            "contactcenter-workforce", (*workforce.of_groups(), *agent_states.of_queues()), interval=_SHARES_INTERVAL
        ),
        Group("contactcenter-trunks", tuple(trunks.alerts())),
    )
