"""Alerts for SREs: whether contact centres are polled, and whether their data is complete and current."""

from collections.abc import Iterator
from typing import Final

from exporter.errors import Reason
from exporter.metrics import catalog
from grafana.generator.joins import EXPORTER_KEY, JOB_ID, RESOURCE_ID, TARGET_ID
from grafana.generator.rules import exporters, inbound, lost_items, redundancy, silence
from grafana.generator.rules.alerting import EXPORTER, JOB, REPLICA, RESOURCE, TARGET, Case, Topic
from grafana.generator.rules.redundancy import AGE, FAILING_RESOURCES, INTERVAL, UP, highest
from grafana.generator.rules.rule_files import Alert, Group, Record, render

PATH: Final = "rules/sre.yml"

_FAILURES = catalog.POLL_FAILURES.name
_RENEWALS = catalog.SESSION_RENEWALS.name

# Polls that spread their requests over the interval take most of the interval by design: those of many pages, and those
# of many items, which export how many.
_PACED_PAGES = "contact_summaries|contacts"

# Sessions and tokens live for a quarter of an hour or longer, so this many do not expire in half an hour.
_MANY_RENEWALS = 6

_TARGET_DOWN = Topic(
    "ContactCenterTargetDown",
    "sre",
    TARGET,
    "Polls of a contact centre fail",
    "polls of {{ $value | humanize }} resources fail and no other poll succeeds.",
    "5m",  # longer than that of the alerts it inhibits, which would otherwise notify after recovery
)
_ALL_DOWN = Topic(
    "ContactCenterAllTargetsDown",
    "sre",
    JOB,
    "Polls of all contact centres fail",
    "polls of all {{ $value | humanize }} contact centres fail: look for one cause.",
    "5m",
)
_REPLICA = Topic(
    "ContactCenterReplicaCannotPoll",
    "sre",
    REPLICA,
    "One of several replicas cannot poll a contact centre",
    "polls of {{ $value | humanize }} resources of {{ $labels.target }} fail here; another replica polls them.",
    "5m",
    per_replica=True,
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
_STRETCHED = Topic(
    "ContactCenterIntervalStretched",
    "sre",
    RESOURCE,
    "A round of polls takes more than twice its planned interval",
    "everything is new only every {{ $value | humanizeDuration }}.",
    "10m",
)
_ITEMS_FAILING = Topic(
    "ContactCenterItemsFailing",
    "sre",
    RESOURCE,
    "Requests for single items of a resource keep failing",
    "{{ $value | humanizePercentage }} of the requested items failed, although the polls succeed.",
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
_WATCHDOG = Topic(
    "ContactCenterWatchdog",
    "sre",
    EXPORTER,
    "Fires as long as alerts can be delivered",
    "an alert that always fires, for a dead man's switch. If it stops, Prometheus or Alertmanager does not work.",
    "0s",
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
    """Return the groups of the file; records come before the alerts that read them."""
    return (
        Group("contactcenter-polling", (*redundancy.records(), *_polling())),
        # None of its alerts fires within less than five minutes.
        Group("contactcenter-data", tuple(_data()), interval="1m"),
        Group("contactcenter-traffic", (*inbound.rules(), *silence.rules()), interval="1m"),
        # Hours of samples are read; the interval must stay below Prometheus's 5-minute lookback.
        Group("contactcenter-items", tuple(lost_items.alerts()), interval="2m"),
        Group("contactcenter-exporter", tuple(_exporter())),
    )


def _polling() -> Iterator[Alert]:
    yield from _TARGET_DOWN.alerts(Case("critical", FAILING_RESOURCES, "3m"))
    # After the alerts that it inhibits; see Topic.alerts.
    yield from _ALL_DOWN.alerts(Case("critical", _all_down(), "3m"))
    yield from _REPLICA.alerts(Case("warning", _here_only(), "10m"))
    yield from _RESOURCE_DOWN.alerts(Case("warning", _failing(), "5m"))
    yield from _FLAPPING.alerts(Case("warning", f"changes({UP}[30m]) >= 6", "0m"))
    yield from _SIGN_IN.alerts(Case("warning", f"{_failures(Reason.AUTH, '15m')} >= 3", "0m"))
    yield from _SESSION_ENDS.alerts(Case("warning", f"increase({_RENEWALS}[30m]) >= {_MANY_RENEWALS}", "0m"))
    yield from _THROTTLED.alerts(Case("warning", f"{_failures(Reason.THROTTLED, '30m')} >= 3", "0m"))
    yield from _SLOW.alerts(Case("warning", _slow(), "15m"))
    yield from _STRETCHED.alerts(Case("warning", _stretched(), "15m"))
    yield from _ITEMS_FAILING.alerts(Case("warning", _items_failing(), "10m"))


def _data() -> Iterator[Alert]:
    stale = f"{AGE} > on ({RESOURCE_ID}) group_left () 4 * max by ({RESOURCE_ID}) ({catalog.POLL_INTERVAL.name})"
    yield from _STALE.alerts(Case("critical", stale, "20m"), Case("warning", stale, "5m"))
    yield from _UNMAPPED.alerts(Case("info", f"increase({catalog.UNMAPPED_VALUES.name}[1h]) > 0", "10m"))
    yield from _CORRECTIONS.alerts(Case("info", f"increase({catalog.SUPPRESSED_DECREASES.name}[1h]) >= 5", "0m"))
    yield from _DROPPED.alerts(Case("warning", f"{catalog.SERIES_DROPPED.name} > 0", "5m"))


def _exporter() -> Iterator[Alert | Record]:
    yield from exporters.rules()
    loaded = catalog.CONFIG_RELOAD_TIMESTAMP.name
    bad = f"timestamp({loaded}) - {loaded}\nand on ({EXPORTER_KEY}) {catalog.CONFIG_RELOAD_SUCCESSFUL.name} == 0"
    yield from _RELOAD.alerts(Case("warning", bad, "5m"))
    yield from _WATCHDOG.alerts(Case("none", "vector(1)", "0m"))


def _all_down() -> str:
    """Return the jobs whose targets all fail, if there are several, with their number."""
    polled = f"group by ({TARGET_ID}) ({UP})"
    return (
        f"count by ({JOB_ID}) ({FAILING_RESOURCES}) >= 2\n"
        f"unless on ({JOB_ID}) ({polled} unless on ({TARGET_ID}) {FAILING_RESOURCES})"
    )


def _here_only() -> str:
    """Return the replicas that cannot poll what another one polls, with the number of failing resources."""
    return f"count without (resource) ({catalog.UP.name} == 0 and on ({RESOURCE_ID}) {UP} == 1)"


def _failing() -> str:
    """Return the failing resources, with the time since their last success.

    Rarely polled resources are excluded for 10 minutes after an outage of the target, until they are due again.
    """
    failing = f"({AGE} and on ({RESOURCE_ID}) {UP} == 0\nor on ({RESOURCE_ID}) {UP} == 0)"
    down = f'last_over_time(ALERTS{{alertname="{_TARGET_DOWN.name}", alertstate="firing"}}[10m])'
    return f"{failing}\nunless on ({RESOURCE_ID})\n  ({INTERVAL} > 120 and on ({TARGET_ID}) {down})"


def _failures(reason: Reason, window: str) -> str:
    return f'sum without (resource, reason) (increase({_FAILURES}{{reason="{reason}"}}[{window}]))'


def _slow() -> str:
    duration = highest(f'avg_over_time({catalog.POLL_DURATION.name}{{resource!~"{_PACED_PAGES}"}}[15m])')
    share = f"{duration}\n  / on ({RESOURCE_ID}) group_left () max by ({RESOURCE_ID}) ({catalog.POLL_INTERVAL.name})"
    # Polls that time out are covered by other alerts.
    succeeding = f"and on ({RESOURCE_ID}) min_over_time({UP}[15m]) == 1"
    return f"{share} > 0.5\n{succeeding}\nunless on ({RESOURCE_ID}) {catalog.POLL_ITEMS.name}"


def _stretched() -> str:
    """Return the effective intervals that are more than twice the shortest of six hours without a reload.

    A round that does not fit into its interval stretches it, and so does a limit of the vendor that several targets
    share.
    """
    interval, loaded = catalog.POLL_INTERVAL.name, catalog.CONFIG_RELOAD_TIMESTAMP.name
    stretched = f"{interval} > 2 * min_over_time({interval}[6h:5m])"
    return f"{stretched}\nand on ({EXPORTER_KEY}) timestamp({loaded}) - {loaded} > 21600"


def _items_failing() -> str:
    """Return the resources whose single requests fail for more than a tenth of the items, with the share."""
    asked, failed = (
        f'sum without (outcome) (avg_over_time({catalog.POLL_ITEMS.name}{{outcome="{outcome}"}}[15m]))'
        for outcome in ("asked", "failed")
    )
    return f"{failed} / ({asked} > 0) > 0.1"
