"""Alerts on the service level, its error budget and the abandon rate."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from exporter import model
from exporter.metrics import catalog
from grafana.generator.joins import QUEUE_KEY
from grafana.generator.rules import names
from grafana.generator.rules.alerting import QUEUE_SERVICE, Case, Severity, Topic
from grafana.generator.rules.breaches import BELOW, breach
from grafana.generator.rules.effective_thresholds import ENOUGH_CONTACTS
from grafana.generator.rules.names import BurnWindow
from grafana.generator.rules.recording import burn_rate
from grafana.generator.rules.rule_files import Alert, Record
from grafana.generator.rules.windows import counted_in_an_hour, current_service_level, with_promise

MISSED_OBJECTIVE: Final = "queue:contactcenter_service_level:missed_objective_ratio"

_OBJECTIVE: Final = f"max by ({QUEUE_KEY}) ({MISSED_OBJECTIVE})"

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
        return f"clamp_max(1 + {self.share:g} * {_OBJECTIVE} / (1 - {_OBJECTIVE}), {self.limit:g})"

    @property
    def case(self) -> Case:
        """The alert's severity and expression."""
        match = f"on ({QUEUE_KEY}) group_left () " if self.share else ""
        burns = (f"{_burn(window)} > {match}{self.factor}" for window in (self.long, self.short))
        both = f"\nand on ({QUEUE_KEY})\n  ".join(burns)
        return Case(self.severity, f"  {both}", self.for_)


# At an objective of 80%: a burn rate of 3 (service level below 40%) over one hour; 2 (below 60%) over six hours; above
# 1 over three days.
BURNS = (
    Burn("critical", "1h", "6m", 0.5, 14.4, "2m"),
    Burn("warning", "6h", "30m", 0.25, 6, "5m"),
    Burn("info", "3d", "6h", 0, 1, "15m"),
)


def rules() -> Iterator[Record | Alert]:
    """Yield the alerts, and before them the objectives of the few queues that miss them over enough contacts."""
    missed = f"{names.service_level('1h')} or on ({QUEUE_KEY}) {names.service_level('6h')}"
    enough = f"({_counted()}) >= {ENOUGH_CONTACTS}"
    yield Record(MISSED_OBJECTIVE, f"{names.OBJECTIVE}\nand on ({QUEUE_KEY}) ({missed})\nand on ({QUEUE_KEY}) {enough}")
    yield from _alerts()


def _alerts() -> Iterator[Alert]:
    yield from _SERVICE_LEVEL_LOW.alerts(_service_level("critical", "5m"), _service_level("warning", "15m"))
    yield from _BUDGET_BURN.alerts(*(burn.case for burn in BURNS))
    yield from _ABANDONMENT_HIGH.alerts(_abandonment("critical", 0.25), _abandonment("warning", 0.1))


def _service_level(severity: model.Severity, for_: str) -> Case:
    """Return the case of a service level that is evidently too low, over the window that dashboards show."""
    return Case(severity, f"{BELOW}\n{breach('service level', severity)}", for_)


def _abandonment(severity: Severity, share: float) -> Case:
    return Case(severity, f"{names.ABANDONMENT_OF_ENOUGH} > {share:g}", "5m")


def _burn(window: BurnWindow) -> str:
    """Return the burn rate over a window, or over the shortest longer window for which a queue has a service level."""
    if window == "30m":
        of_missed = f"({current_service_level()} and on ({QUEUE_KEY}) {MISSED_OBJECTIVE})"
        return burn_rate(of_missed, MISSED_OBJECTIVE)
    if window == "6m":
        # Six minutes are too short for a service level computed from the day's.
        counted = catalog.QUEUE_CONTACTS_ANSWERED_IN_SERVICE_LEVEL.name
        of_missed = f"{names.service_level('30m')} and on ({QUEUE_KEY}) {MISSED_OBJECTIVE}"
        of_day = f"({of_missed} unless on ({QUEUE_KEY}) {counted})"
        return burn_rate(f"({names.service_level(window)} or on ({QUEUE_KEY}) {of_day})", MISSED_OBJECTIVE)
    if window == "3d":
        # It is recorded every 15 minutes.
        return burn_rate(f"last_over_time({names.service_level(window)}[20m])", MISSED_OBJECTIVE)
    return burn_rate(names.service_level(window), MISSED_OBJECTIVE)


def _counted() -> str:
    """Return the contacts of the last hour, or of a longer window for queues whose promise is longer."""
    return f"{counted_in_an_hour()} {with_promise('1h')} or {names.counted('6h')}"
