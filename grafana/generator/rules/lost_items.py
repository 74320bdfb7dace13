"""Alerts on contact centres that lose their items while polls succeed, as if the account had lost a right.

Many vendors then return an empty or a shorter list, with status 200. Lists of queues and trunks do not depend on the
hour. Lists of agents may contain only those signed in, and are empty at night; they are compared with the queues.

The number of items is compared over all replicas of an exporter: after a restart or a change of the leader, another
instance reports it.
"""

from collections.abc import Iterator
from typing import Final

from exporter.metrics import catalog
from grafana.generator.joins import EXPORTER_KEY, RESOURCE_ID, TARGET_ID
from grafana.generator.rules.alerting import RESOURCE, TARGET, Case, Topic
from grafana.generator.rules.redundancy import UP
from grafana.generator.rules.rule_files import Alert

_ITEM_KEY: Final = f"{RESOURCE_ID}, kind"
_HOLD: Final = "15m"
# A centre that removes one of three queues has lost none; one that loses half of ten or more has.
_ENOUGH_ITEMS: Final = 10

_ITEMS: Final = catalog.RESOURCE_ITEMS.name
_LISTED: Final = f'{_ITEMS}{{kind!="agents"}}'
_AGENTS: Final = f'{_ITEMS}{{kind="agents"}}'
_SERIES: Final = catalog.SERIES.name

_LOST = Topic(
    "ContactCenterItemsLost",
    "sre",
    RESOURCE,
    "The vendor no longer returns most items, although polls succeed",
    "{{ $value | humanize }} {{ $labels.kind }} are left.",
    "10m",
)
_EMPTY = Topic(
    "ContactCenterWithoutSeries",
    "sre",
    TARGET,
    "No series of a contact centre are left, although polls succeed",
    "{{ $value | humanize }} series are left.",
    "10m",
)


def alerts() -> Iterator[Alert]:
    """Yield the alerts."""
    cases = (_none_left(), _absent_since_restart(), _most_lost(), _no_agents(), _fewer_agents_than_ever())
    yield from _LOST.alerts(Case("warning", "\nor\n".join(f"(\n  {each}\n)" for each in cases), _HOLD))
    yield from _EMPTY.alerts(Case("warning", _without_series(), _HOLD))


def _most(items: str, window: str, offset: str = "") -> str:
    return f"max by ({_ITEM_KEY}) (max_over_time({items}[{window}]{offset}))"


def _none_left() -> str:
    """Return the lists that are empty; a kind of items is exported once there was one of it."""
    return f"{_LISTED} == 0\n  and on ({RESOURCE_ID}) {UP} == 1"


def _absent_since_restart() -> str:
    """Return the lists that have been empty since the exporter was restarted, with 0."""
    unknown = f"{_most(_LISTED, '6h')} > 0 unless on ({_ITEM_KEY}) {_ITEMS}"
    return f"0 * ({unknown})\n  and on ({RESOURCE_ID}) {UP} == 1"


def _most_lost() -> str:
    """Return the lists that have lost more than half of their items, unless by a change of the configuration."""
    return _halved(_LISTED, _most(_LISTED, "6h"), "6h")


def _halved(items: str, before: str, window: str) -> str:
    """Return the lists that are less than half as long as before, unless the configuration was changed then.

    Args:
        items: The numbers of items.
        before: The numbers of items before, at most one for each list.
        window: The time in which a change of the configuration is taken into account.
    """
    return (
        f"{_below_half(items, before)}\n  and on ({_ITEM_KEY}) {before} >= {_ENOUGH_ITEMS}"
        f"\n  and on ({RESOURCE_ID}) {UP} == 1"
        f"\n  unless on ({_ITEM_KEY}) max_over_time(({_halved_by_load(items)})[{window}:5m])"
    )


def _halved_by_load(items: str) -> str:
    """Return the lists that are less than half as long as before the configuration was loaded a few minutes ago."""
    age = f"time() - {catalog.CONFIG_RELOAD_TIMESTAMP.name}"
    return f"{_below_half(items, _most(items, '10m', ' offset 10m'))} and on ({EXPORTER_KEY}) {age} < 900"


def _below_half(items: str, before: str) -> str:
    return f"{items} < on ({_ITEM_KEY}) group_left () 0.5 * {before}"


def _no_agents() -> str:
    """Return the lists of agents that are empty while agents serve queues."""
    working = f'{catalog.QUEUE_AGENTS.name}{{state=~"available|ringing|busy|wrap_up"}} > 0'
    return (
        f"{_AGENTS} == 0\n  and on ({_ITEM_KEY}) {_most(_AGENTS, '1d')} > 0"
        f"\n  and on ({RESOURCE_ID}) {UP} == 1\n  and on ({TARGET_ID}) {working}"
    )


def _fewer_agents_than_ever() -> str:
    """Return the lists of agents that are less than half as long as at any time of the last week, nights included.

    A list of only the agents signed in is short every night, and never meets this.
    """
    fewest = f"max by ({_ITEM_KEY}) (min_over_time({_AGENTS}[6d] offset 1d))"
    a_week_ago = f"max by ({_ITEM_KEY}) ({_AGENTS} offset 1w)"
    return _halved(_AGENTS, f"({fewest} and {a_week_ago})", "1d")


def _without_series() -> str:
    """Return the targets without series, unless the other alert explains it or they list only agents."""
    listed = f"{_LISTED} == 0"
    only_agents = f"({_AGENTS} unless on ({TARGET_ID}) {_LISTED})"
    return (
        f"{_SERIES} == 0\nand on ({TARGET_ID}) max_over_time({_SERIES}[6h]) > 0"
        f"\nand on ({TARGET_ID}) min by ({TARGET_ID}) ({UP}) == 1"
        f"\nunless on ({TARGET_ID}) ({listed})\nunless on ({TARGET_ID}) {only_agents}"
    )
