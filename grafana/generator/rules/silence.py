"""Alerts on figures that do not change although every poll succeeds, and on contact centres without current figures.

The sums of a target are recorded, so that these alerts read half an hour of a few series instead of those of every
queue.
"""

from collections.abc import Iterator
from typing import Final

from exporter.metrics import catalog
from grafana.generator.joins import RESOURCE_ID, TARGET_ID, TARGET_KEY
from grafana.generator.rules import exporters
from grafana.generator.rules.alerting import TARGET, Case, Topic
from grafana.generator.rules.redundancy import FAILING_RESOURCES, UP, highest
from grafana.generator.rules.rule_files import Alert, Record

FINGERPRINT: Final = "target:contactcenter_values:fingerprint"
BUSY: Final = "target:contactcenter_busy_agents:sum"
FROZEN: Final = "target:contactcenter_frozen:active"

_AGENTS: Final = catalog.AGENTS.name
_WAITING: Final = catalog.QUEUE_WAITING_CONTACTS.name
_OLDEST_WAIT: Final = catalog.QUEUE_OLDEST_WAIT.name
# Calls end: five agents do not all stay busy for half an hour.
_BUSY_AGENTS: Final = 5
# Each of these changes if contacts arrive or end. Agents are not all counted: their states change, but not their sum.
_CHANGING: Final = (
    catalog.QUEUE_CONTACTS_OFFERED.name,
    catalog.QUEUE_CONTACTS_ANSWERED.name,
    _WAITING,
    _OLDEST_WAIT,
    f'{_AGENTS}{{state="busy"}}',
    f'{catalog.QUEUE_AGENTS.name}{{state="available"}}',
)

_DATA_FROZEN = Topic(
    "ContactCenterDataFrozen",
    "sre",
    TARGET,
    "The vendor returns the same values over and over, although polls succeed",
    "nothing has changed for 30 minutes, although there are {{ $value | humanize }} busy agents or waiting contacts.",
    "5m",
)
_BLIND = Topic(
    "ContactCenterNoCurrentFigures",
    "supervisor",
    TARGET._replace(dashboard="queues"),
    "The dashboards show no current figures; use the vendor's own screens",
    "no current figures. The technicians are informed; until then use the vendor's own screens.",
    "5m",
)


def rules() -> Iterator[Record | Alert]:
    """Yield the rules, each after those that it reads."""
    sums = (
        f'label_replace(sum by ({TARGET_KEY}) ({each}), "of", "{place}", "", "")'
        for place, each in enumerate(_CHANGING)
    )
    yield Record(FINGERPRINT, f"sum by ({TARGET_KEY}) (\n  {' or '.join(sums)}\n)")
    yield Record(BUSY, f"sum by ({TARGET_ID}) ({highest(f'{_AGENTS}{{{_BUSY_STATES}}}')})")
    yield Record(FROZEN, _frozen())
    yield from _DATA_FROZEN.alerts(Case("critical", FROZEN, "0m"))
    yield from _BLIND.alerts(Case("critical", _blind(), "3m"))


_BUSY_STATES: Final = 'state=~"ringing|busy"'


def _frozen() -> str:
    """Return the targets with unchanged values while some must change, with the number of these.

    An oldest wait grows every second. The age that a vendor reports for its statistics is not used: it depends on the
    clock and the time zone of the vendor.
    """
    unchanged = (
        f"(max by ({TARGET_ID}) (changes({FINGERPRINT}[30m]) and {FINGERPRINT} offset 30m and {FINGERPRINT}) == 0)"
    )
    waiting = highest(f'{_WAITING}{{channel!="email"}}')
    waits = f"{waiting} > 0 and on ({TARGET_ID}, queue_id, channel) {_OLDEST_WAIT} > 0"
    busy = f"min_over_time({BUSY}[30m]) >= {_BUSY_AGENTS}"
    active = f"({busy} or sum by ({TARGET_ID}) ({waits}))"
    return f"{active}\nand on ({TARGET_ID}) {unchanged}\nand on ({TARGET_ID}) min by ({TARGET_ID}) ({UP}) == 1"


def _blind() -> str:
    """Return the targets of whose queues no replica has current figures."""
    of_queues = f'{catalog.RESOURCE_ITEMS.name}{{kind="queues"}} > 0'
    unpolled = f"({UP} == 0 and on ({RESOURCE_ID}) {of_queues})"
    polled = f"({UP} == 1 and on ({RESOURCE_ID}) {of_queues})"
    each = (FAILING_RESOURCES, f"{unpolled} unless on ({TARGET_ID}) {polled}", exporters.lost_targets(), FROZEN)
    return "\nor\n".join(f"group by ({TARGET_ID}) ({expr})" for expr in each)
