"""Alerts for supervisors, with the states of queues that they and the dashboards read."""

from typing import Final

from grafana.generator.rules import effective_thresholds, queue_state, service, trunks, waiting, workforce
from grafana.generator.rules.rule_files import Group, render

PATH: Final = "rules/supervisors.yml"


def text() -> str:
    """Return the text of the rule file for supervisors."""
    return render(groups())


def groups() -> tuple[Group, ...]:
    """Return the groups of the file; the states come before the alerts on them."""
    states = (effective_thresholds.SERVING, *queue_state.records())
    return (
        Group("contactcenter-queues", (*states, *waiting.alerts(), *service.alerts())),
        Group("contactcenter-agents", tuple(workforce.alerts())),
        Group("contactcenter-trunks", tuple(trunks.alerts())),
    )
