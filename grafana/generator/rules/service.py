"""Alerts on the service level, its error budget and the abandon rate."""

from collections.abc import Iterator
from typing import NamedTuple

from exporter import model
from exporter.metrics import catalog
from grafana.generator.joins import QUEUE_KEY
from grafana.generator.rules import names
from grafana.generator.rules.alerting import QUEUE_SERVICE, Case, Severity, Topic
from grafana.generator.rules.breaches import breach
from grafana.generator.rules.effective_thresholds import ENOUGH_CONTACTS, OBJECTIVE
from grafana.generator.rules.names import BurnWindow
from grafana.generator.rules.recording import burn_rate
from grafana.generator.rules.rule_files import Alert
from grafana.generator.rules.windows import counted_in_an_hour, current_service_level, with_promise

_SERVICE_LEVEL_LOW = Topic(
    "ContactCenterServiceLevelLow",
    "supervisor",
    QUEUE_SERVICE,
    "Service level below the queue's threshold",
    "the service level is {{ $value | humanizePercentage }}.",
    "10m",
)
_BUDGET_BURN = Topic(
    "ContactCenterErrorBudgetBurn",
    "supervisor",
    QUEUE_SERVICE,
    "Service level error budget burning too fast",
    "late and lost contacts use up the error budget {{ $value | humanize }} times as fast as the objective allows.",
    "10m",
)
_ABANDONMENT_HIGH = Topic(
    "ContactCenterAbandonmentHigh",
    "supervisor",
    QUEUE_SERVICE,
    "High abandon rate",
    "{{ $value | humanizePercentage }} of contacts in the last 30 minutes were abandoned.",
    "10m",
)


class Burn(NamedTuple):
    """A maximum burn rate of the error budget, checked over a long window and a short one.

    The factor lies between 1, at which the objective is just missed, and the largest possible burn rate, 1 / (1 -
    objective), at which every contact is late. At an objective of 80% the largest burn rate is 5, so the usual factors,
    made for 99.9%, would never be exceeded. Instead the factor is 1 + share * objective / (1 - objective). Exceeding it
    means that the service level is below (1 - share) * objective, which can happen at any objective. For strict
    objectives this factor would react slowly, hence the limit.

    Attributes:
        severity: The severity.
        long: The window over which the budget burns.
        short: The window that shows whether it is still burning.
        share: The position between just missed (0) and every contact late (1).
        limit: The largest factor.
        for_: How long the condition must hold before the alert fires.
    """

    severity: Severity
    long: BurnWindow
    short: BurnWindow
    share: float
    limit: float
    for_: str

    @property
    def factor(self) -> str:
        """The factor of each queue, derived from its objective."""
        if not self.share:
            return "1"
        return f"clamp_max(1 + {self.share:g} * {OBJECTIVE} / (1 - {OBJECTIVE}), {self.limit:g})"

    @property
    def case(self) -> Case:
        """The alert's severity and expression."""
        match = f"on ({QUEUE_KEY}) group_left () " if self.share else ""
        burns = (f"{_burn(window)} > {match}{self.factor}" for window in (self.long, self.short))
        both = f"\nand on ({QUEUE_KEY})\n  ".join(burns)
        return Case(self.severity, f"  {both}\n{_enough()}", self.for_)


# At an objective of 80%: a burn rate of 3 (service level below 40%) over one hour; 2 (below 60%) over six hours; above
# 1 over three days.
BURNS = (
    Burn("critical", "1h", "6m", 0.5, 14.4, "2m"),
    Burn("warning", "6h", "30m", 0.25, 6, "5m"),
    Burn("info", "3d", "6h", 0, 1, "15m"),
)


def alerts() -> Iterator[Alert]:
    """Yield the alerts."""
    yield from _SERVICE_LEVEL_LOW.alerts(_service_level("critical", "5m"), _service_level("warning", "15m"))
    yield from _BUDGET_BURN.alerts(*(burn.case for burn in BURNS))
    yield from _ABANDONMENT_HIGH.alerts(_abandonment("critical", 0.25), _abandonment("warning", 0.1))


def _service_level(severity: model.Severity, for_: str) -> Case:
    """Return the case of a service level that is evidently too low, over the window that dashboards show."""
    return Case(severity, f"{current_service_level()}\n{breach('service level', severity)}", for_)


def _abandonment(severity: Severity, share: float) -> Case:
    return Case(severity, f"{names.ABANDONMENT_OF_ENOUGH} > {share:g}", "5m")


def _burn(window: BurnWindow) -> str:
    """Return the burn rate over a window, or over the shortest longer window for which a queue has a service level."""
    if window == "30m":
        return burn_rate(current_service_level())
    if window == "6m":
        # Six minutes are too short for a service level computed from the day's.
        counted = catalog.QUEUE_CONTACTS_ANSWERED_IN_SERVICE_LEVEL.name
        of_day = f"({names.service_level('30m')} unless on ({QUEUE_KEY}) {counted})"
        return burn_rate(f"({names.service_level(window)} or on ({QUEUE_KEY}) {of_day})")
    return burn_rate(names.service_level(window))


def _enough() -> str:
    """Return the condition that the last hour, or a longer window of the promise, has enough contacts."""
    hour = f"{counted_in_an_hour()} {with_promise('1h')}"
    return f"and on ({QUEUE_KEY}) ({hour} or {names.counted('6h')}) >= {ENOUGH_CONTACTS}"
