"""Alerts for SREs: whether contact centres are polled, and whether their data is complete and current."""

from collections.abc import Iterator
from typing import Final

from exporter.errors import Reason
from exporter.metrics import catalog
from grafana.generator.joins import EXPORTER_KEY, RESOURCE_KEY, TARGET_KEY
from grafana.generator.rules import lost_items
from grafana.generator.rules.alerting import EXPORTER, RESOURCE, TARGET, Case, Topic
from grafana.generator.rules.rule_files import Alert, Group, render

PATH: Final = "rules/sre.yml"

# Must match the scrape job in the README and in grafana/prometheus/.
_JOB = "contactcenter"

_UP = catalog.UP.name
_FAILURES = catalog.POLL_FAILURES.name
_RENEWALS = catalog.SESSION_RENEWALS.name
_INTERVAL = catalog.POLL_INTERVAL.name
_AGE = f"time() - {catalog.LAST_SUCCESS_TIMESTAMP.name}"

# Polls that spread their requests over the interval take most of the interval by design.
_PACED = "contact_summaries|group_stats|operator_details|received_groups|received_numbers"
_PACED_AGENTS = f'{catalog.TARGET_INFO.name}{{vendor="apio"}}'

# Sessions and tokens live for a quarter of an hour or longer, so this many do not expire in half an hour.
_MANY_RENEWALS = 6

_EXPORTER_DOWN = Topic(
    "ContactCenterExporterDown",
    "sre",
    EXPORTER,
    "Prometheus cannot scrape the exporter",
    "{{ if $labels.instance }}scrapes have failed for 2 minutes"
    f"{{{{ else }}}}Prometheus has no target in job {_JOB}{{{{ end }}}}; "
    "dashboards are empty and no other alert can fire.",
    "1m",
)
_TARGET_DOWN = Topic(
    "ContactCenterTargetDown",
    "sre",
    TARGET,
    "Polls of a contact centre fail",
    "polls of {{ $value | humanize }} resources fail and no other poll succeeds.",
    "5m",  # longer than that of the alerts it inhibits, which would otherwise notify after recovery
)
_RESOURCE_DOWN = Topic(
    "ContactCenterResourceDown",
    "sre",
    RESOURCE,
    "Polls of one resource fail",
    "polls fail; {{ if $value }}the last success was {{ $value | humanizeDuration }} ago"
    "{{ else }}no poll has succeeded yet{{ end }}.",
    "1m",
)
_FLAPPING = Topic(
    "ContactCenterResourceFlapping",
    "sre",
    RESOURCE,
    "Polls of a resource keep failing and recovering",
    "polls changed between success and failure {{ $value | humanize }} times in 30 minutes.",
    "10m",
)
_STALE = Topic(
    "ContactCenterDataStale",
    "sre",
    RESOURCE,
    "A resource returns no new data",
    "the last new data is {{ $value | humanizeDuration }} old.",
    "30s",
)
_SIGN_IN = Topic(
    "ContactCenterSignInFailing",
    "sre",
    TARGET,
    "The vendor rejects the exporter's credentials",
    '{{ printf "%.0f" $value }} polls in 15 minutes failed to sign in.',
    "5m",
)
_SESSION_ENDS = Topic(
    "ContactCenterSessionEnds",
    "sre",
    TARGET,
    "The vendor keeps ending the exporter's session",
    'the session was renewed {{ printf "%.0f" $value }} times in 30 minutes.',
    "10m",
)
_THROTTLED = Topic(
    "ContactCenterThrottled",
    "sre",
    TARGET,
    "The vendor throttles the exporter",
    '{{ printf "%.0f" $value }} polls in 30 minutes were rejected for exceeding the rate limit.',
    "10m",
)
_SLOW = Topic(
    "ContactCenterPollsSlow",
    "sre",
    RESOURCE,
    "Polls take more than half their interval",
    "polls take {{ $value | humanizePercentage }} of their interval.",
    "10m",
)
_UNMAPPED = Topic(
    "ContactCenterUnmappedValues",
    "sre",
    TARGET,
    "The vendor returns unmapped values",
    '{{ printf "%.0f" $value }} values of {{ $labels.field }} in the last hour were dropped or exported as unknown.',
    "30m",
)
_CORRECTIONS = Topic(
    "ContactCenterCounterCorrections",
    "sre",
    TARGET,
    "The vendor keeps lowering its running totals",
    'the exporter suppressed small decreases of totals {{ printf "%.0f" $value }} times in the last hour.',
    "30m",
)
_DROPPED = Topic(
    "ContactCenterSeriesDropped",
    "sre",
    TARGET,
    "Series limit of a contact centre exceeded",
    "{{ $value | humanize }} series are dropped.",
    "5m",
)
_RELOAD = Topic(
    "ContactCenterReloadFailed",
    "sre",
    EXPORTER,
    "Configuration reload failed",
    "the exporter keeps the configuration loaded {{ $value | humanizeDuration }} ago.",
    "1m",
)


def text() -> str:
    """Return the text of the rule file for SREs."""
    return render(groups())


def groups() -> tuple[Group, ...]:
    """Return the groups of the file."""
    return (
        Group("contactcenter-polling", tuple(_polling())),
        Group("contactcenter-data", tuple(_data())),
        # Hours of samples are read; the interval must stay below Prometheus's 5-minute lookback.
        Group("contactcenter-items", tuple(lost_items.alerts()), interval="2m"),
        Group("contactcenter-exporter", tuple(_exporter())),
    )


def _polling() -> Iterator[Alert]:
    yield from _TARGET_DOWN.alerts(Case("critical", _down(), "3m"))
    yield from _RESOURCE_DOWN.alerts(Case("warning", _failing(), "5m"))
    yield from _FLAPPING.alerts(Case("warning", f"changes({_UP}[30m]) >= 6", "0m"))
    yield from _SIGN_IN.alerts(Case("warning", f"{_failures(Reason.AUTH, '15m')} >= 3", "0m"))
    yield from _SESSION_ENDS.alerts(Case("warning", f"increase({_RENEWALS}[30m]) >= {_MANY_RENEWALS}", "0m"))
    yield from _THROTTLED.alerts(Case("warning", f"{_failures(Reason.THROTTLED, '30m')} >= 3", "0m"))
    yield from _SLOW.alerts(Case("warning", _slow(), "15m"))


def _data() -> Iterator[Alert]:
    stale = f"{_AGE} > on ({RESOURCE_KEY}) group_left () 4 * {_INTERVAL}"
    yield from _STALE.alerts(Case("critical", stale, "20m"), Case("warning", stale, "5m"))
    yield from _UNMAPPED.alerts(Case("info", f"increase({catalog.UNMAPPED_VALUES.name}[1h]) > 0", "10m"))
    yield from _CORRECTIONS.alerts(Case("info", f"increase({catalog.SUPPRESSED_DECREASES.name}[1h]) >= 5", "0m"))
    yield from _DROPPED.alerts(Case("warning", f"{catalog.SERIES_DROPPED.name} > 0", "5m"))


def _exporter() -> Iterator[Alert]:
    gone = f'up{{job="{_JOB}"}} == 0\nor\nabsent(up{{job="{_JOB}"}})'
    yield from _EXPORTER_DOWN.alerts(Case("critical", gone, "2m"))
    loaded = f"time() - {catalog.CONFIG_RELOAD_TIMESTAMP.name}"
    bad = f"{loaded}\nand on ({EXPORTER_KEY}) {catalog.CONFIG_RELOAD_SUCCESSFUL.name} == 0"
    yield from _RELOAD.alerts(Case("warning", bad, "5m"))


def _down() -> str:
    """Return the targets without a successful poll, with the number of failing resources.

    Rarely polled resources are ignored: they may still be up from before the outage.
    """
    frequent = f"{_INTERVAL} <= on ({TARGET_KEY}) group_left () clamp_min(2 * min by ({TARGET_KEY}) ({_INTERVAL}), 120)"
    alive = f"{_UP} == 1 and on ({RESOURCE_KEY}) {frequent}"
    return f"count without (resource) ({_UP} == 0)\nunless on ({TARGET_KEY}) ({alive})"


def _failing() -> str:
    """Return the failing resources, with the time since their last success.

    Rarely polled resources are excluded for 10 minutes after an outage of the target, until they are due again.
    """
    failing = f"({_AGE} and on ({RESOURCE_KEY}) {_UP} == 0\nor on ({RESOURCE_KEY}) {_UP} == 0)"
    down = f'last_over_time(ALERTS{{alertname="{_TARGET_DOWN.name}", alertstate="firing"}}[10m])'
    return f"{failing}\nunless on ({RESOURCE_KEY})\n  ({_INTERVAL} > 120 and on ({TARGET_KEY}) {down})"


def _failures(reason: Reason, window: str) -> str:
    return f'sum without (resource, reason) (increase({_FAILURES}{{reason="{reason}"}}[{window}]))'


def _slow() -> str:
    duration = f'avg_over_time({catalog.POLL_DURATION.name}{{resource!~"{_PACED}"}}[15m])'
    share = f"{duration}\n  / on ({RESOURCE_KEY}) group_left () {_INTERVAL}"
    # Polls that time out are covered by other alerts.
    succeeding = f"and on ({RESOURCE_KEY}) min_over_time({_UP}[15m]) == 1"
    return f"{share} > 0.5\n{succeeding}\nunless on ({TARGET_KEY}) {_PACED_AGENTS}"
