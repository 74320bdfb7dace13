"""Alerts for supervisors, with the effective thresholds they compare with."""

from typing import Final

from grafana.generator.rules import effective_thresholds, service, trunks, waiting, workforce
from grafana.generator.rules.rule_files import Group, render

PATH: Final = "rules/supervisors.yml"


def text() -> str:
    """Return the text of the rule file for supervisors."""
    return render(groups())


def groups() -> tuple[Group, ...]:
    """Return the groups of the file; thresholds come before the alerts that compare with them."""
    return (
        Group("contactcenter-queues", (*effective_thresholds.records(), *waiting.alerts(), *service.alerts())),
        Group("contactcenter-agents", tuple(workforce.alerts())),
        Group("contactcenter-trunks", tuple(trunks.alerts())),
    )
