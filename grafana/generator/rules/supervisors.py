"""The alerts for those who run the floor, with the levels they compare with."""

from typing import Final

from grafana.generator.rules import levels, service, trunks, waiting, workforce
from grafana.generator.rules.rule_files import Group, render

PATH: Final = "rules/supervisors.yml"


def text() -> str:
    """Return the text of the file of alerts for supervisors."""
    return render(groups())


def groups() -> tuple[Group, ...]:
    """Return the groups of the file: the levels stand before what compares with them."""
    return (
        Group("contactcenter-queues", (*levels.records(), *waiting.alerts(), *service.alerts())),
        Group("contactcenter-agents", tuple(workforce.alerts())),
        Group("contactcenter-trunks", tuple(trunks.alerts())),
    )
