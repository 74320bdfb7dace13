"""Alerts on what contacts got: the service level, its error budget, and those who gave up."""

from collections.abc import Iterator
from typing import NamedTuple

from exporter import model
from grafana.generator.rules import names
from grafana.generator.rules.alerting import QUEUE_KEY, QUEUE_SERVICE, Case, Severity, Topic
from grafana.generator.rules.levels import ENOUGH_CONTACTS, OBJECTIVE, SERVICE_LEVEL
from grafana.generator.rules.names import BurnWindow, RateWindow
from grafana.generator.rules.rule_files import Alert

# At an abandon rate of 5% seldom more than 3 of 30 give up by chance.
_ENOUGH_TO_ABANDON = 30

_SERVICE_LEVEL_LOW = Topic(
    "ContactCenterServiceLevelLow",
    "supervisor",
    QUEUE_SERVICE,
    "The service level is below the queue's level",
    "the service level is {{ $value | humanizePercentage }}.",
    "10m",
)
_BUDGET_BURN = Topic(
    "ContactCenterErrorBudgetBurn",
    "supervisor",
    QUEUE_SERVICE,
    "Contacts are answered late so often that the service-level objective will be missed",
    "late or lost contacts are {{ $value | humanize }} times as many as the objective allows.",
    "10m",
)
_ABANDONMENT_HIGH = Topic(
    "ContactCenterAbandonmentHigh",
    "supervisor",
    QUEUE_SERVICE,
    "Many contacts give up waiting",
    "{{ $value | humanizePercentage }} of the contacts of the last 30 minutes gave up waiting.",
    "10m",
)


class Burn(NamedTuple):
    """A speed at which the error budget must not burn, seen in a long window and still in a short one.

    The speed is given as a place between 1, at which the objective is just missed, and the largest possible burn,
    1 / (1 - objective), at which every contact is late. An objective of 80% cannot burn faster than 5 times, so that
    the factors made for 99.9% would never be passed. In between, the factor is 1 + share * objective / (1 -
    objective); passing it means that the service level is below (1 - share) * objective, which can happen at any
    objective. For strict objectives that would be slow to notice, hence the limit.

    Attributes:
        severity: How bad it is.
        long: The window over which the budget burns.
        short: The window that tells whether it still does.
        volume: The window that must have seen enough contacts.
        share: The place between just missed (0) and everything late (1).
        limit: The factor at most.
        for_: How long it must be so.
    """

    severity: Severity
    long: BurnWindow
    short: BurnWindow
    volume: RateWindow
    share: float
    limit: float
    for_: str

    @property
    def factor(self) -> str:
        """Its factor for each queue, by the queue's objective."""
        if not self.share:
            return "1"
        return f"clamp_max(1 + {self.share:g} * {OBJECTIVE} / (1 - {OBJECTIVE}), {self.limit:g})"

    @property
    def case(self) -> Case:
        """The alert's severity and expression."""
        match = f"on ({QUEUE_KEY}) group_left () " if self.share else ""
        burns = (f"{names.burn_rate(window)} > {match}{self.factor}" for window in (self.long, self.short))
        both = f"\nand on ({QUEUE_KEY})\n  ".join(burns)
        return Case(self.severity, f"  {both}\n{_enough(self.volume, ENOUGH_CONTACTS)}", self.for_)


# At 80%: 3 times as many late ones as allowed, that is less than 40% answered in time, for an hour; 2 times, less than
# 60%, for six hours; and more than allowed at all, for three days.
BURNS = (
    Burn("critical", "1h", "5m", "1h", 0.5, 14.4, "2m"),
    Burn("warning", "6h", "30m", "1h", 0.25, 6, "5m"),
    Burn("info", "3d", "6h", "1h", 0, 1, "15m"),
)


def alerts() -> Iterator[Alert]:
    """Yield the alerts."""
    yield from _SERVICE_LEVEL_LOW.alerts(
        _service_level("critical", "30m", "5m"), _service_level("warning", "1h", "10m")
    )
    yield from _BUDGET_BURN.alerts(*(burn.case for burn in BURNS))
    yield from _ABANDONMENT_HIGH.alerts(_abandonment("critical", 0.25), _abandonment("warning", 0.1))


def _service_level(severity: model.Severity, window: RateWindow, for_: str) -> Case:
    low = f"{names.service_level(window)} < on ({QUEUE_KEY}) group_left () {SERVICE_LEVEL.at(severity)}"
    return Case(severity, f"{low}\n{_enough(window, ENOUGH_CONTACTS)}", for_)


def _abandonment(severity: Severity, share: float) -> Case:
    high = f"{names.abandonment('30m')} > {share:g}"
    return Case(severity, f"{high}\n{_enough('30m', _ENOUGH_TO_ABANDON)}", "5m")


def _enough(window: RateWindow, contacts: int) -> str:
    return f"and on ({QUEUE_KEY}) {names.offered(window)} >= {contacts}"
