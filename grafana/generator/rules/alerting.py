"""The parts of every alert: severity, audience, summary, description with a value, runbook link, dashboard link."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from grafana.generator.rules.rule_files import Alert

# "none" is for the alert that always fires.
Severity = Literal["critical", "warning", "info", "none"]
Audience = Literal["supervisor", "sre"]
_SEVERITIES: Final[tuple[Severity, ...]] = ("none", "info", "warning", "critical")
Dashboard = Literal["queues", "agents", "trunks", "service-level", "exporter"]

# Operators replace this address with that of their Grafana.
GRAFANA_URL: Final = "http://localhost:3000"
RUNBOOKS_URL: Final = (
    "https://github.com/contactcenter-exporter/contactcenter-exporter/blob/main/grafana/runbooks/README.md"
)

# The dashboard's agent variable holds ids, because agent names may not be exported.
_LABELS: Final = {"agent": "agent_id"}


class Subject(NamedTuple):
    """The kind of object an alert is about.

    Attributes:
        prefix: The start of a description: a template that renders the object's name from its labels.
        dashboard: The dashboard that shows it.
        variables: The dashboard variables set from its labels.
    """

    prefix: str
    dashboard: Dashboard
    variables: tuple[str, ...]


QUEUE = Subject(
    "{{ or $labels.queue $labels.queue_id }}{{ with $labels.channel }} ({{ . }}){{ end }} of {{ $labels.target }}",
    "queues",
    ("target", "queue", "channel"),
)
QUEUE_SERVICE = QUEUE._replace(dashboard="service-level")
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
CHANNEL = Subject(
    "{{ with $labels.channel }}Channel {{ . }}{{ else }}Contacts{{ end }} of {{ $labels.target }}",
    "queues",
    ("target", "channel"),
)
RESOURCE = Subject("{{ $labels.resource }} of {{ $labels.target }}", "exporter", ("target",))
REPLICA = Subject("Exporter {{ $labels.instance }}", "exporter", ())
JOB = Subject("Job {{ $labels.job }}", "exporter", ())
EXPORTER = Subject("{{ with $labels.job }}Job {{ . }}{{ else }}The exporter{{ end }}", "exporter", ())


class Case(NamedTuple):
    """One severity of an alert.

    Attributes:
        severity: The severity.
        expr: The condition, in PromQL.
        for_: How long the condition must hold before the alert fires.
    """

    severity: Severity
    expr: str
    for_: str


@dataclass(frozen=True, slots=True)
class Topic:
    """An alert name with one rule per severity.

    Attributes:
        name: The alert's name.
        audience: The team that can act on it.
        subject: The object it is about.
        summary: The problem, without a value.
        description: The description after the subject's prefix, with the value.
        keep_firing_for: How long it keeps firing, so that a value that flaps between polls is a single alert.
        per_replica: Whether it is about one replica of an exporter. Otherwise all replicas together are one alert.
    """

    name: str
    audience: Audience
    subject: Subject
    summary: str
    description: str
    keep_firing_for: str
    per_replica: bool = False

    def alerts(self, *cases: Case) -> Iterator[Alert]:
        """Yield one rule per severity, the worst last.

        Prometheus evaluates rules in order and sends each alert as it does. An inhibiting rule comes after the rules it
        inhibits: if both resolve in the same evaluation, the inhibited alert is resolved first and never notified.
        """
        for case in sorted(cases, key=lambda case: _SEVERITIES.index(case.severity)):
            yield Alert(
                name=self.name,
                expr=case.expr if self.per_replica else once(case.expr),
                for_=case.for_,
                keep_firing_for=self.keep_firing_for,
                labels={"severity": case.severity, "audience": self.audience},
                annotations={
                    "summary": self.summary,
                    "description": f"{self.subject.prefix}: {self.description}",
                    "runbook_url": f"{RUNBOOKS_URL}#{self.name.lower()}",
                    "dashboard_url": _dashboard_url(self.subject),
                },
            )


def once(expr: str) -> str:
    """Return an expression whose value is that of the worst replica, with one series for all replicas."""
    indented = expr.replace("\n", "\n  ")
    return f"max without (instance, pod) (\n  {indented}\n)"


def _dashboard_url(subject: Subject) -> str:
    start = "now-24h" if subject.dashboard == "service-level" else "now-3h"
    selected = "".join(_selected(name) for name in subject.variables)
    return f"{GRAFANA_URL}/d/contactcenter-{subject.dashboard}?from={start}&to=now{selected}"


def _selected(variable: str) -> str:
    """Return the part of an address that sets a variable of a dashboard; an empty channel would select nothing."""
    if variable == "channel":
        return "{{ with $labels.channel }}&var-channel={{ . | urlquery }}{{ end }}"
    return f"&var-{variable}={{{{ $labels.{_LABELS.get(variable, variable)} | urlquery }}}}"
