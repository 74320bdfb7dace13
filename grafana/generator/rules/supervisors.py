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
# Shares of a quarter of an hour or more, for alerts that must hold for at least five minutes.
_SHARES_INTERVAL: Final = "1m"


def text() -> str:
    """Return the text of the rule file for supervisors."""
    return render(groups())


def groups() -> tuple[Group, ...]:
    """Return the groups of the file; the states come before the alerts on them."""
    figures = (effective_thresholds.SERVING, closed.record(), *breaches.of_waits_and_agents())
    states = (queue_state.record(), queue_state.order())
    return (
        Group(
            "contactcenter-service-level", (*breaches.of_service_level(), *service.alerts()), interval=_SLOW_INTERVAL
        ),
        Group("contactcenter-queues", (*figures, *states, *waiting.alerts()), interval=_INTERVAL),
        Group("contactcenter-agents", (*workforce.of_agents(), *agent_states.of_agents())),
        Group(
            "contactcenter-workforce", (*workforce.of_groups(), *agent_states.of_queues()), interval=_SHARES_INTERVAL
        ),
        Group("contactcenter-trunks", tuple(trunks.alerts())),
    )
