"""The alert on channels on which contacts no longer arrive, although agents are serving.

Contacts that arrive independently of each other are absent by chance from a quarter of an hour in which ten are
expected once in 20,000 times. What is expected must therefore be certain, and is the least of what several times
suggest:

- the last half hour: a channel that became quiet before has not fallen now.
- the last three hours: their lower quartile, by quarters of an hour. A surge of up to two hours does not raise it, so
  that the return to normal is not a fall.
- the same time a week ago, and the quarter of an hour after it, if contacts arrived in the three hours before: a
  channel that closed at this time then closes now. It also stands for the three hours after a centre opens, when they
  are incomplete, and for the half hour if nothing has arrived for an hour.

If fewer than half of the agents of the last hour, or of last week, are left, the centre closes.
"""

from collections.abc import Iterator
from typing import Final

from exporter.metrics import catalog
from grafana.generator.joins import TARGET_ID
from grafana.generator.rules.alerting import CHANNEL, Case, Topic
from grafana.generator.rules.redundancy import UP, highest
from grafana.generator.rules.rule_files import Alert, Record

OFFERED: Final = "channel:contactcenter_contacts_offered:sum"
ARRIVED: Final = "channel:contactcenter_contacts_offered:increase15m"
WORKING: Final = "target:contactcenter_working_agents:sum"
RECENT: Final = "channel:contactcenter_contacts_expected:recent15m"
LAST_WEEK: Final = "channel:contactcenter_contacts_expected:last_week15m"
EXPECTED: Final = "channel:contactcenter_contacts_expected:certain15m"
DEAD: Final = "channel:contactcenter_inbound_dead:expected15m"

_CHANNEL_ID: Final = f"{TARGET_ID}, channel"
_CERTAIN: Final = 10
# Less than a twentieth counts as nothing, up to a few: a test call does not end the alert. More contacts show that they
# do arrive, however many were expected, as after a surge of many hours.
_TIMES: Final = 20
_FEW: Final = 5
_WORKING_STATES: Final = 'state=~"available|ringing|busy|wrap_up"'

# Of the half hour before.
_BEFORE: Final = f"({OFFERED} offset 15m - {OFFERED} offset 45m) / 2"

_DEAD = Topic(
    "ContactCenterInboundDead",
    "sre",
    CHANNEL,
    "No contacts arrive although agents are serving",
    "hardly any contact or none has arrived for 15 minutes; {{ $value | humanize }} were expected.",
    "5m",
)


def rules() -> Iterator[Record | Alert]:
    """Yield the rules, each after those that it reads."""
    yield Record(OFFERED, f"sum by ({_CHANNEL_ID}) ({highest(catalog.QUEUE_CONTACTS_OFFERED.name)})")
    # Without the quarter of an hour after the totals restarted.
    yield Record(ARRIVED, f"{OFFERED} - {OFFERED} offset 15m >= 0")
    yield Record(WORKING, f"sum by ({TARGET_ID}) ({highest(f'{catalog.AGENTS.name}{{{_WORKING_STATES}}}')})")
    yield Record(RECENT, _recent())
    yield Record(LAST_WEEK, _last_week())
    yield Record(EXPECTED, _expected())
    yield Record(DEAD, _dead())
    yield from _DEAD.alerts(Case("critical", DEAD, "2m"))


def _recent() -> str:
    """Return the contacts expected in a quarter of an hour by the hours before it; negative if the totals restarted."""
    usual = f"quantile_over_time(0.25, {ARRIVED}[3h:15m] offset 15m)"
    return f"{usual} < {_BEFORE}\nor\n{_BEFORE}"


def _last_week() -> str:
    """Return the least of a week ago, from the quarter of an hour before this time to the one after it."""
    return (
        f"min_over_time({ARRIVED}[30m] offset {7 * 24 * 60 - 15}m)\n"
        f"and\nmax_over_time({ARRIVED}[3h] offset {7 * 24 * 60}m) > 0"
    )


def _expected() -> str:
    """Return what is expected with certainty: while a channel is dead, what was expected when that began.

    An hour later nothing would be expected any more by what arrived recently.
    """
    fell = f"{RECENT} >= {_CERTAIN} unless {LAST_WEEK} < {_CERTAIN}"
    nothing_yet = f"{OFFERED} - {OFFERED} offset 1h == 0"
    by_last_week = f"{LAST_WEEK} >= {_CERTAIN} and ({_BEFORE} >= {_CERTAIN} or {nothing_yet})"
    return (
        f"last_over_time({DEAD}[5m])\nor\n"
        f"({fell}) and on ({TARGET_ID}) {WORKING} >= 0.5 * max_over_time({WORKING}[1h])\nor\n"
        f"({by_last_week}) and on ({TARGET_ID}) {WORKING} >= 0.5 * {WORKING} offset 1w"
    )


def _dead() -> str:
    """Return the channels on which nothing arrives while agents work, with the number of contacts expected."""
    return (
        f"{EXPECTED} > {_TIMES} * ({ARRIVED} < {_FEW})\nand on ({TARGET_ID}) {WORKING} > 0"
        f"\nand on ({TARGET_ID}) min by ({TARGET_ID}) ({UP}) == 1"
    )
