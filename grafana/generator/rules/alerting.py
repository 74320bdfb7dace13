"""What every alert has: a severity, an audience, a sentence with its number, a runbook and a board."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from grafana.generator.rules.rule_files import Alert

Severity = Literal["critical", "warning", "info"]
Audience = Literal["supervisor", "sre"]
_SEVERITIES: Final[tuple[Severity, ...]] = ("info", "warning", "critical")
Board = Literal["queues", "agents", "trunks", "service-level", "exporter"]

# Where Grafana is: what an operator replaces.
GRAFANA_URL: Final = "http://localhost:3000"
RUNBOOKS_URL: Final = (
    "https://github.com/contactcenter-exporter/contactcenter-exporter/blob/main/grafana/runbooks/README.md"
)

# By which labels one thing's series are matched: its ids, never its name, which another resource may spell differently.
QUEUE_KEY: Final = "job, instance, target, queue_id, channel"
TRUNK_KEY: Final = "job, instance, target, trunk_id"
GROUP_KEY: Final = "job, instance, target, group"
AGENT_KEY: Final = "job, instance, target, agent_id"
RESOURCE_KEY: Final = "job, instance, target, resource"
TARGET_KEY: Final = "job, instance, target"
EXPORTER_KEY: Final = "job, instance"


# The board's choice of agents is one of ids, for not everybody exports names.
_LABELS: Final = {"agent": "agent_id"}


class Subject(NamedTuple):
    """A kind of thing that alerts are about.

    Attributes:
        words: How a description begins: the thing's name, from its labels.
        board: Where to look at it.
        variables: The board's variables that its labels set.
    """

    words: str
    board: Board
    variables: tuple[str, ...]


QUEUE = Subject(
    "{{ or $labels.queue $labels.queue_id }}{{ with $labels.channel }} ({{ . }}){{ end }} of {{ $labels.target }}",
    "queues",
    ("target", "queue"),
)
QUEUE_SERVICE = QUEUE._replace(board="service-level")
GROUP = Subject(
    "{{ with $labels.group }}Group {{ . }}{{ else }}Agents without a group{{ end }} of {{ $labels.target }}",
    "agents",
    ("target", "group"),
)
AGENT = Subject(
    "Agent {{ or $labels.agent $labels.agent_id }} of {{ $labels.target }}",
    "agents",
    ("target", "agent"),
)
TRUNK = Subject(
    "Trunk {{ or $labels.trunk $labels.trunk_id }} of {{ $labels.target }}",
    "trunks",
    ("target", "trunk"),
)
TARGET = Subject("{{ $labels.target }}", "exporter", ("target",))
RESOURCE = Subject("{{ $labels.resource }} of {{ $labels.target }}", "exporter", ("target",))
EXPORTER = Subject("{{ with $labels.instance }}Exporter {{ . }}{{ else }}The exporter{{ end }}", "exporter", ())


class Case(NamedTuple):
    """One severity of an alert.

    Attributes:
        severity: How bad it is.
        expr: When it is so, in PromQL.
        for_: How long it must be so.
    """

    severity: Severity
    expr: str
    for_: str


@dataclass(frozen=True, slots=True)
class Topic:
    """Something to be told of, under one name in all its severities.

    Attributes:
        name: The alert's name.
        audience: Who can do something about it.
        subject: What it is about.
        summary: What is wrong, without any number.
        says: How the description goes on behind the subject's name, with the number.
        keep_firing_for: How long it fires on, so that a figure that flaps between two polls is one alert.
    """

    name: str
    audience: Audience
    subject: Subject
    summary: str
    says: str
    keep_firing_for: str

    def alerts(self, *cases: Case) -> Iterator[Alert]:
        """Yield the rule of each severity, the worst last.

        Prometheus sends alerts as it evaluates rules, one rule after the other. What silences stands behind what it
        silences, so that when both end at once the end of the cause is not heard first.
        """
        for case in sorted(cases, key=lambda case: _SEVERITIES.index(case.severity)):
            yield Alert(
                name=self.name,
                expr=case.expr,
                for_=case.for_,
                keep_firing_for=self.keep_firing_for,
                labels={"severity": case.severity, "audience": self.audience},
                annotations={
                    "summary": self.summary,
                    "description": f"{self.subject.words}: {self.says}",
                    "runbook_url": f"{RUNBOOKS_URL}#{self.name.lower()}",
                    "dashboard_url": _board_url(self.subject),
                },
            )


def _board_url(subject: Subject) -> str:
    query = "&".join(f"var-{name}={{{{ $labels.{_LABELS.get(name, name)} | urlquery }}}}" for name in subject.variables)
    return f"{GRAFANA_URL}/d/contactcenter-{subject.board}" + (f"?{query}" if query else "")
