"""Alerts on the exporters themselves: down, without a leader, or with fewer contact centres than configured.

An exporter is known by what it exposed, not by the name of its job, which differs between set-ups. With service
discovery each target is a scrape of its own, with the exporter's address before a slash in `instance`; all scrapes of
an exporter are one exporter.
"""

from collections.abc import Iterator
from typing import Final

from exporter.metrics import catalog
from grafana.generator.joins import EXPORTER_KEY, JOB_ID, TARGET_ID, TARGET_KEY
from grafana.generator.rules.alerting import EXPORTER, JOB, REPLICA, TARGET, Case, Topic
from grafana.generator.rules.rule_files import Alert, Record

SCRAPED: Final = "exporter:contactcenter_scrape:up"
SHOWN_BY: Final = "exporter:contactcenter_target:info"

_INFO: Final = catalog.TARGET_INFO.name
_EVERYWHERE: Final = "cluster, namespace, target"
_ADDRESS: Final = "cluster, namespace, instance"

_DOWN = Topic(
    "ContactCenterExporterDown",
    "sre",
    REPLICA,
    "Prometheus cannot scrape an exporter, and no other one shows its contact centres",
    "scrapes have failed for 2 minutes."
    "{{ if $value }} Dashboards show no current values of {{ $value | humanize }} contact centres,"
    " and no other alert on these can fire.{{ else }} It showed no contact centre.{{ end }}",
    "1m",
    per_replica=True,
)
_REPLICA_DOWN = Topic(
    "ContactCenterReplicaDown",
    "sre",
    REPLICA,
    "Prometheus cannot scrape one of several exporters",
    "scrapes have failed for 10 minutes. Others show its contact centres; there is one replica fewer to take over.",
    "1m",
    per_replica=True,
)
_SCRAPE_FAILING = Topic(
    "ContactCenterScrapeFailing",
    "sre",
    TARGET,
    "Prometheus cannot scrape one contact centre of an exporter",
    "scrapes of it have failed for 5 minutes, although {{ $value | humanize }} others of the exporter succeed.",
    "1m",
)
_ABSENT = Topic(
    "ContactCenterExporterAbsent",
    "sre",
    EXPORTER,
    "Prometheus no longer has an exporter to scrape",
    "Prometheus has no scrape target; dashboards are empty and no other alert can fire.",
    "1m",
)
_NO_LEADER = Topic(
    "ContactCenterNoLeader",
    "sre",
    JOB,
    "No replica leads, so no contact centre is polled",
    "none of {{ $value | humanize }} replicas{{ with $labels.shard }} of shard {{ . }}{{ end }} has been the leader"
    " for 2 minutes.",
    "1m",
)
_TWO_LEADERS = Topic(
    "ContactCenterTwoLeaders",
    "sre",
    JOB,
    "Several replicas lead at the same time",
    "{{ $value | humanize }} replicas{{ with $labels.shard }} of shard {{ . }}{{ end }} poll the same contact centres.",
    "1m",
)
_SHARDS_MISSING = Topic(
    "ContactCenterShardsMissing",
    "sre",
    JOB,
    "Shards are missing, so their contact centres are not polled",
    "{{ $value | humanize }} shards are missing.",
    "1m",
)
_TARGETS_MISSING = Topic(
    "ContactCenterTargetsMissing",
    "sre",
    JOB,
    "Fewer contact centres are polled than are configured",
    "{{ $value | humanize }} configured contact centres are not shown by any exporter.",
    "1m",
)


def rules() -> Iterator[Record | Alert]:
    """Yield the rules, each after those that it reads."""
    yield Record(SCRAPED, _scraped())
    yield Record(SHOWN_BY, _shown_by())
    yield from _REPLICA_DOWN.alerts(Case("warning", f"{_DOWN_NOW}\nunless on ({_ADDRESS}) ({_alone()})", "10m"))
    yield from _DOWN.alerts(Case("critical", _alone(), "2m"))
    yield from _SCRAPE_FAILING.alerts(Case("critical", _scrape_failing(), "5m"))
    yield from _ABSENT.alerts(Case("critical", _absent(), "2m"))
    # A replica that takes over shows it at its next scrape, up to a minute later.
    yield from _NO_LEADER.alerts(Case("critical", _leaders("count", "max", "== 0"), "2m"))
    yield from _TWO_LEADERS.alerts(Case("critical", _leaders("sum", "sum", "> 1"), "2m"))
    yield from _SHARDS_MISSING.alerts(Case("critical", _shards_missing(), "5m"))
    yield from _TARGETS_MISSING.alerts(Case("warning", _targets_missing(), "15m"))


def lost_targets() -> str:
    """Return the targets that an exporter showed whose scrapes fail now, and that no other exporter shows."""
    return f"({SHOWN_BY} unless on ({_EVERYWHERE}) {_INFO})"


def _of_address(expr: str, key: str, aggregation: str) -> str:
    """Return an aggregation by exporter, whose instance is what is before the slash."""
    named = f'label_replace({expr}, "exporter", "$1", "instance", "([^/]*).*")'
    by = key.replace("instance", "exporter")
    return f'label_replace({aggregation} by ({by}) ({named}), "instance", "$1", "exporter", "(.*)")'


def _scraped() -> str:
    """Return whether any scrape of each exporter succeeds; one that is down stays known while it is to be scraped."""
    scrapes = f"max by ({EXPORTER_KEY}) ({_of_address('up', EXPORTER_KEY, 'max')})"
    exposed = f"{_INFO} or {catalog.BUILD_INFO.name}"
    known = f"group by ({EXPORTER_KEY}) ({_of_address(f'({exposed})', EXPORTER_KEY, 'group')})"
    return f"{scrapes}\nand on ({EXPORTER_KEY})\n({known} or on ({EXPORTER_KEY}) last_over_time({SCRAPED}[1h]))"


def _shown_by() -> str:
    """Return the targets of each exporter; while scrapes of it or of the target fail, those that it showed last."""
    shown = f"group by ({TARGET_KEY}) ({_of_address(_INFO, TARGET_KEY, 'group')})"
    before = f"last_over_time({SHOWN_BY}[1h])"
    failing = _of_address('up{target!=""} == 0', TARGET_KEY, "group")
    kept = (f"({before} and on ({EXPORTER_KEY}) {SCRAPED} == 0)", f"({before} and on ({TARGET_KEY}) {failing})")
    return "\nor\n".join((shown, *kept))


_DOWN_NOW: Final = f"max by ({_ADDRESS}) ({SCRAPED}) == 0"


def _alone() -> str:
    """Return the exporters that are down and whose targets no other one shows, with the number of these targets.

    Without any target, because it never led or polls none, an exporter is alone if every other one of its job is down.
    """
    lost = f"count by ({_ADDRESS}) ({lost_targets()} and on ({EXPORTER_KEY}) {SCRAPED} == 0)"
    others = f"{SCRAPED} == 0 unless on ({JOB_ID}) {SCRAPED} == 1 unless on ({JOB_ID}) {lost_targets()}"
    return f"{lost} and on ({_ADDRESS}) {_DOWN_NOW}\nor\nmax by ({_ADDRESS}) ({others}) and on ({_ADDRESS}) {_DOWN_NOW}"


def _scrape_failing() -> str:
    """Return the targets with scrapes of their own that fail, with the number of other targets of the exporter."""
    others = f"count by ({EXPORTER_KEY}) ({_of_address(_INFO, TARGET_KEY, 'group')})"
    return f"{lost_targets()} * on ({EXPORTER_KEY}) group_left () {others} and on ({EXPORTER_KEY}) {SCRAPED} == 1"


def _absent() -> str:
    """Return the jobs of the last day that Prometheus does not scrape any more, and nothing if there is no exporter."""
    before = f"group by ({JOB_ID}) (last_over_time({SCRAPED}[1d]))"
    return f"{before} unless on ({JOB_ID}) up\nor\nabsent(last_over_time({SCRAPED}[1d]))"


_SHARDS: Final = f'count_values by ({JOB_ID}) ("shard", {catalog.SHARD.name})'


def _leaders(count: str, value: str, condition: str) -> str:
    """Return the replicas that compete for one lease, counted if a condition holds for those that lead.

    Args:
        count: The aggregation that is the value.
        value: The aggregation that is compared.
        condition: The comparison.
    """
    shard = f'count_values by ({EXPORTER_KEY}) ("shard", {catalog.SHARD.name})'
    leader = catalog.LEADER.name
    by_shard = f"({leader} * on ({EXPORTER_KEY}) group_left (shard) ({shard}) or on ({EXPORTER_KEY}) {leader})"
    key = f"{JOB_ID}, shard"
    compared = f"{value} by ({key}) ({by_shard}) {condition}"
    return compared if count == value else f"{count} by ({key}) ({by_shard}) and on ({key}) {compared}"


def _shards_missing() -> str:
    present = f"count by ({JOB_ID}) (count by ({JOB_ID}, shard) ({_SHARDS}))"
    return f"max by ({JOB_ID}) ({catalog.TOTAL_SHARDS.name}) - on ({JOB_ID}) {present} > 0"


def _targets_missing() -> str:
    """Return how many targets are missing; with service discovery, their series belong to another job."""
    configured = f"max by ({JOB_ID}) ({catalog.CONFIGURED_TARGETS.name})"
    shown = f"count by ({JOB_ID}) (group by ({TARGET_ID}) ({_INFO}))"
    anywhere = f"count by (cluster, namespace) (group by ({_EVERYWHERE}) ({_INFO}))"
    elsewhere = f"({configured} unless on ({JOB_ID}) {_INFO})"
    return (
        f"{configured} - on ({JOB_ID}) {shown} > 0\nor\n"
        f"{elsewhere} - on (cluster, namespace) group_left () {anywhere} > 0"
    )
