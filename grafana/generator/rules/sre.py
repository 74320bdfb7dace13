"""The alerts for those who run the exporter: is the contact centre seen at all, and seen right?"""

from collections.abc import Iterator
from typing import Final

from exporter.errors import Reason
from exporter.metrics import catalog
from grafana.generator.rules.alerting import (
    EXPORTER,
    EXPORTER_KEY,
    RESOURCE,
    RESOURCE_KEY,
    TARGET,
    TARGET_KEY,
    Case,
    Topic,
)
from grafana.generator.rules.rule_files import Alert, Group, render

PATH: Final = "rules/sre.yml"

# The scrape job's name in the README and in grafana/prometheus/.
_JOB = "contactcenter"

_UP = catalog.UP.name
_FAILURES = catalog.POLL_FAILURES.name
_INTERVAL = catalog.POLL_INTERVAL.name
_AGE = f"time() - {catalog.LAST_SUCCESS_TIMESTAMP.name}"

# Polls that spread their requests over the interval take most of it by design.
_PACED = "contact_summaries|group_stats|operator_details|received_groups|received_numbers"
_PACED_AGENTS = f'{catalog.TARGET_INFO.name}{{vendor="apio"}}'

_EXPORTER_DOWN = Topic(
    "ContactCenterExporterDown",
    "sre",
    EXPORTER,
    "Prometheus gets nothing from the exporter",
    "{{ if $labels.instance }}scrapes have failed for 2 minutes"
    f"{{{{ else }}}}Prometheus has no target in job {_JOB}{{{{ end }}}}; every board and every other alert is blind.",
    "1m",
)
_TARGET_DOWN = Topic(
    "ContactCenterTargetDown",
    "sre",
    TARGET,
    "Nothing can be polled from a contact centre",
    "polls of {{ $value | humanize }} resources fail, and no other succeeds.",
    "5m",  # longer than what it silences, or that would be told of when all is well again
)
_RESOURCE_DOWN = Topic(
    "ContactCenterResourceDown",
    "sre",
    RESOURCE,
    "A resource of a contact centre cannot be polled",
    "polls fail; {{ if $value }}the last success was {{ $value | humanizeDuration }} ago"
    "{{ else }}none has succeeded yet{{ end }}.",
    "1m",
)
_FLAPPING = Topic(
    "ContactCenterResourceFlapping",
    "sre",
    RESOURCE,
    "Polls of a resource fail and recover again and again",
    "polls went from good to bad or back {{ $value | humanize }} times in 30 minutes.",
    "10m",
)
_STALE = Topic(
    "ContactCenterDataStale",
    "sre",
    RESOURCE,
    "A resource has brought nothing new for several intervals",
    "the last new data is {{ $value | humanizeDuration }} old.",
    "30s",
)
_SIGN_IN = Topic(
    "ContactCenterSignInFailing",
    "sre",
    TARGET,
    "The vendor refuses the exporter's credentials",
    '{{ printf "%.0f" $value }} polls in 15 minutes failed to sign in.',
    "5m",
)
_THROTTLED = Topic(
    "ContactCenterThrottled",
    "sre",
    TARGET,
    "The vendor throttles the exporter",
    '{{ printf "%.0f" $value }} polls in 30 minutes were refused for asking too often.',
    "10m",
)
_SLOW = Topic(
    "ContactCenterPollsSlow",
    "sre",
    RESOURCE,
    "Polls take so long that they will soon be cut off",
    "polls take {{ $value | humanizePercentage }} of their interval.",
    "10m",
)
_UNMAPPED = Topic(
    "ContactCenterUnmappedValues",
    "sre",
    TARGET,
    "The vendor sends values the exporter has no meaning for",
    '{{ printf "%.0f" $value }} values of {{ $labels.field }} in an hour were left out or shown as unknown.',
    "30m",
)
_CORRECTIONS = Topic(
    "ContactCenterCounterCorrections",
    "sre",
    TARGET,
    "The vendor keeps lowering its running totals",
    'totals were lowered and held {{ printf "%.0f" $value }} times in an hour.',
    "30m",
)
_DROPPED = Topic(
    "ContactCenterSeriesDropped",
    "sre",
    TARGET,
    "A contact centre has more series than its limit",
    "{{ $value | humanize }} series are left out.",
    "5m",
)
_RELOAD = Topic(
    "ContactCenterReloadFailed",
    "sre",
    EXPORTER,
    "The exporter's configuration file cannot be used",
    "it runs on the configuration of {{ $value | humanizeDuration }} ago.",
    "1m",
)


def text() -> str:
    """Return the text of the file of alerts for SREs."""
    return render(groups())


def groups() -> tuple[Group, ...]:
    """Return the groups of the file."""
    return (
        Group("contactcenter-polling", tuple(_polling())),
        Group("contactcenter-data", tuple(_data())),
        Group("contactcenter-exporter", tuple(_exporter())),
    )


def _polling() -> Iterator[Alert]:
    yield from _TARGET_DOWN.alerts(Case("critical", _down(), "3m"))
    yield from _RESOURCE_DOWN.alerts(Case("warning", _failing(), "5m"))
    yield from _FLAPPING.alerts(Case("warning", f"changes({_UP}[30m]) >= 6", "0m"))
    yield from _SIGN_IN.alerts(Case("warning", f"{_failures(Reason.AUTH, '15m')} >= 3", "0m"))
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
    """Return the targets of which nothing succeeds, with how many of their resources fail.

    What is asked once in minutes is no sign of life: it would still be up from before the outage.
    """
    often = f"{_INTERVAL} <= on ({TARGET_KEY}) group_left () clamp_min(2 * min by ({TARGET_KEY}) ({_INTERVAL}), 120)"
    alive = f"{_UP} == 1 and on ({RESOURCE_KEY}) {often}"
    return f"count without (resource) ({_UP} == 0)\nunless on ({TARGET_KEY}) ({alive})"


def _failing() -> str:
    """Return the resources that cannot be polled, with the age of what was last heard.

    What is asked once in minutes is tried again only minutes after the end of an outage: until then that is no news.
    """
    failing = f"({_AGE} and on ({RESOURCE_KEY}) {_UP} == 0\nor on ({RESOURCE_KEY}) {_UP} == 0)"
    down = f'last_over_time(ALERTS{{alertname="{_TARGET_DOWN.name}", alertstate="firing"}}[10m])'
    return f"{failing}\nunless on ({RESOURCE_KEY})\n  ({_INTERVAL} > 120 and on ({TARGET_KEY}) {down})"


def _failures(reason: Reason, window: str) -> str:
    return f'sum without (resource, reason) (increase({_FAILURES}{{reason="{reason}"}}[{window}]))'


def _slow() -> str:
    duration = f'avg_over_time({catalog.POLL_DURATION.name}{{resource!~"{_PACED}"}}[15m])'
    share = f"{duration}\n  / on ({RESOURCE_KEY}) group_left () {_INTERVAL}"
    # Polls that are cut off are slow as well, and other alerts' business.
    succeeding = f"and on ({RESOURCE_KEY}) min_over_time({_UP}[15m]) == 1"
    return f"{share} > 0.5\n{succeeding}\nunless on ({TARGET_KEY}) {_PACED_AGENTS}"
