"""Alerts on trunks, the lines to the telephone network."""

from collections.abc import Iterator

from exporter.metrics import catalog
from grafana.generator.joins import TRUNK_KEY
from grafana.generator.rules import names
from grafana.generator.rules.alerting import TRUNK, Case, Topic
from grafana.generator.rules.rule_files import Alert

_PORTS = catalog.TRUNK_PORTS.name
_FAULTY = f'sum without (state) ({_PORTS}{{state="fault"}})'

_NEAR_CAPACITY = Topic(
    "ContactCenterTrunkNearCapacity",
    "supervisor",
    TRUNK,
    "Trunk close to capacity",
    "{{ $value | humanizePercentage }} of its capacity is in use.",
    "5m",
)
_NO_IDLE_PORT = Topic(
    "ContactCenterTrunkNoIdlePort",
    "supervisor",
    TRUNK,
    "Trunk has no idle port; new callers hear the busy tone",
    "no port is idle, {{ $value | humanize }} are in use.",
    "5m",
)
_FAULT = Topic(
    "ContactCenterTrunkPortsInFault",
    "supervisor",
    TRUNK,
    "Trunk ports in fault",
    "{{ $value | humanize }} ports are in fault.",
    "5m",
)

# Requires ports in use: a trunk taken out of service has no idle port either.
_FULL = f"{catalog.TRUNK_IN_USE_PORTS.name} > 0\nand on ({TRUNK_KEY}) {catalog.TRUNK_IDLE_PORTS.name} == 0"
_MOST_FAULTY = f"{_FAULTY} > on ({TRUNK_KEY}) group_left () 0.25 * sum by ({TRUNK_KEY}) ({_PORTS})"


def alerts() -> Iterator[Alert]:
    """Yield the alerts."""
    yield from _NO_IDLE_PORT.alerts(Case("critical", _FULL, "1m"))
    yield from _NEAR_CAPACITY.alerts(
        Case("critical", f"{names.TRUNK_USAGE} > 0.95", "2m"), Case("warning", f"{names.TRUNK_USAGE} > 0.8", "5m")
    )
    yield from _FAULT.alerts(Case("critical", _MOST_FAULTY, "2m"), Case("warning", f"{_FAULTY} > 0", "15m"))
