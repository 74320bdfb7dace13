"""Alerts on agents: high occupancy and long wrap-up."""

from collections.abc import Iterator

from exporter.metrics import catalog
from grafana.generator.joins import AGENT_KEY, GROUP_KEY
from grafana.generator.rules import names
from grafana.generator.rules.alerting import AGENT, GROUP, Case, Topic
from grafana.generator.rules.rule_files import Alert

_AGENTS = catalog.AGENTS.name
_WORKING = f'sum by ({GROUP_KEY}) ({_AGENTS}{{state=~"available|ringing|busy|wrap_up"}})'
# In a small group a single long call is a large share; a group off duty has no working agents.
_ENOUGH_AGENTS = f"and on ({GROUP_KEY}) {_WORKING} >= 5"

_OCCUPANCY_HIGH = Topic(
    "ContactCenterOccupancyHigh",
    "supervisor",
    GROUP,
    "High agent occupancy",
    "occupancy was {{ $value | humanizePercentage }} over the last 30 minutes.",
    "15m",
)
_WRAP_UP_HIGH = Topic(
    "ContactCenterWrapUpShareHigh",
    "supervisor",
    GROUP,
    "Many agents are in wrap-up",
    "{{ $value | humanizePercentage }} of the working agents were in wrap-up in the last 15 minutes.",
    "10m",
)
_LONG_WRAP_UP = Topic(
    "ContactCenterAgentLongInWrapUp",
    "supervisor",
    AGENT,
    "Agent in wrap-up for more than 10 minutes",
    "in wrap-up for {{ $value | humanizeDuration }}.",
    "1m",
)

_OCCUPIED = f"avg_over_time({names.occupancy('group')}[30m]) > 0.9\n{_ENOUGH_AGENTS}"
_WRAPPING_UP = f"""\
avg_over_time((sum by ({GROUP_KEY}) ({_AGENTS}{{state="wrap_up"}}) / ({_WORKING} > 0))[15m:1m]) > 0.3
{_ENOUGH_AGENTS}"""
_LONG = f"""\
{catalog.AGENT_TIME_IN_STATE.name} > 600 < 36000
and on ({AGENT_KEY}) {catalog.AGENT_STATE.name}{{state="wrap_up"}} == 1"""


def of_groups() -> Iterator[Alert]:
    """Yield the alerts on groups of agents."""
    yield from _OCCUPANCY_HIGH.alerts(Case("warning", _OCCUPIED, "15m"))
    yield from _WRAP_UP_HIGH.alerts(Case("warning", _WRAPPING_UP, "5m"))


def of_agents() -> Iterator[Alert]:
    """Yield the alert on single agents."""
    yield from _LONG_WRAP_UP.alerts(Case("info", _LONG, "1m"))
