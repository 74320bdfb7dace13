"""PromQL of the intraday dashboard: today against the same day last week, the objective of the day, and waits.

Values of a week ago are joined by target and queue only: an exporter may have another instance since.
"""

from typing import Final

from exporter.metrics import catalog
from exporter.metrics.catalog import Family
from grafana.generator.boards.promql import QUEUE, each, of_chosen_queue, of_queue, of_target
from grafana.generator.joins import QUEUE_KEY, combined
from grafana.generator.rules import effective_thresholds, names, quotients, totals

_ROW: Final = "target, queue_id, channel"
_ON: Final = f"on ({_ROW})"
_OFFERED: Final = of_queue(catalog.QUEUE_CONTACTS_OFFERED)
_WAITING: Final = of_queue(catalog.QUEUE_WAITING_CONTACTS)
# Below, last week's contacts are too few to compare today with.
_ENOUGH_CONTACTS: Final = 20
_FORECAST_WINDOW: Final = "[15m]"
_FORECAST_SECONDS: Final = 900
_ENOUGH_WAITING: Final = 3
_ON_DUTY: Final = 'state=~"available|ringing|busy|wrap_up"'
_AGENTS: Final = ("target", "group", "state", "reason")

OFFERED_TODAY: Final = each(QUEUE, _OFFERED)
OFFERED_LAST_WEEK: Final = each(QUEUE, f"{_OFFERED} offset 1w")
STILL_EXPECTED: Final = each(QUEUE, of_queue(names.STILL_EXPECTED))

SERVICE_LEVEL: Final = each(QUEUE, quotients.SERVICE_LEVEL.today(of_queue))
ABANDONMENT: Final = each(QUEUE, quotients.ABANDONMENT.today(of_queue))
HANDLE_TIME: Final = each(QUEUE, quotients.HANDLE_TIME.today(of_queue))
_COUNTED: Final = each(QUEUE, of_queue(names.COUNTED_TODAY))
_OBJECTIVE: Final = of_queue(names.OBJECTIVE)


def change() -> str:
    """Return how many more contacts were offered today than last week by this time, as a share, for each queue."""
    return f"{_joined(OFFERED_TODAY, '/', f'{_OFFERED} offset 1w > {_ENOUGH_CONTACTS}')} - 1"


def change_of_all() -> str:
    """Return the same for all selected queues that were there last week."""
    offered = of_chosen_queue(catalog.QUEUE_CONTACTS_OFFERED)
    now, before = each(QUEUE, offered), each(QUEUE, f"{offered} offset 1w")
    all_now, all_before = (
        each(("target", "channel"), of_queue(name)) for name in (totals.OFFERED, totals.OFFERED_LAST_WEEK)
    )
    today = f"sum({all_now} or {now} and {_ON} {before})"
    last_week = f"sum({all_before} or {before} and {_ON} {now})"
    return f"{today} / ({last_week} > {_ENOUGH_CONTACTS}) - 1"


def handle_time_of_all() -> str:
    """Return the mean handle time of the day over the selected queues, weighted by the contacts answered."""
    answered = of_queue(catalog.QUEUE_CONTACTS_ANSWERED)
    mean = f"({quotients.HANDLE_TIME.today(of_queue)})"
    return f"sum({combined(mean, '*', answered)}) / (sum({answered} and on ({QUEUE_KEY}) {mean}) > 0)"


def missed_today() -> str:
    """Return the contacts that were not answered in time today."""
    return _joined(_COUNTED, "*", f"1 - {SERVICE_LEVEL}")


def may_be_missed() -> str:
    """Return how many more contacts may be missed today without missing the objective of the day."""
    allowed = _joined(_joined(_COUNTED, "+", STILL_EXPECTED), "*", f"1 - {_OBJECTIVE}")
    return f"floor({_joined(allowed, '-', missed_today())})"


def needed() -> str:
    """Return the service level that the contacts still expected need for the objective of the day."""
    required = _joined(_joined(_COUNTED, "+", STILL_EXPECTED), "*", _OBJECTIVE)
    missing = _joined(required, "-", _joined(_COUNTED, "*", SERVICE_LEVEL))
    return f"clamp_min({_joined(missing, '/', f'{STILL_EXPECTED} > 0.5')}, 0)"


def share_today(part: Family, *whole: Family) -> str:
    """Return a total of the day as a share of other totals, over the selected queues that have them.

    Args:
        part: The total above the line.
        whole: The totals whose sum is below it.
    """
    above, below = each(QUEUE, of_queue(part)), _sum(whole)
    return f"sum({above} and {_ON} {below}) / (sum({below} and {_ON} {above}) > 0)"


def share_today_by_queue(part: Family, *whole: Family) -> str:
    """Return the same for each queue."""
    return _joined(each(QUEUE, of_queue(part)), "/", f"{_sum(whole)} > 0")


def overdue() -> str:
    """Return the contacts that have waited longer than promised, if those waiting arrived evenly."""
    waiting = each(QUEUE, _WAITING)
    oldest = _by_row(f"{of_queue(catalog.QUEUE_OLDEST_WAIT)} > 0")
    late = f"clamp_min(1 - {_by_row(of_queue(names.PROMISE))} / {_ON} {oldest}, 0)"
    return f"ceil({_joined(waiting, '*', late)}) or {_ON} ({waiting} == 0)"


def wait_forecast() -> str:
    """Return the forecast wait of a contact that arrives now, by Little's law: those waiting over the rate of leaving.

    Contacts leave a queue answered or abandoned. If a vendor does not count abandoned contacts, those who left are the
    contacts offered less the growth of the queue.
    """
    answered, abandoned, offered = (
        each(QUEUE, f"rate({of_queue(family)}{_FORECAST_WINDOW})")
        for family in (
            catalog.QUEUE_CONTACTS_ANSWERED,
            catalog.QUEUE_CONTACTS_ABANDONED,
            catalog.QUEUE_CONTACTS_OFFERED,
        )
    )
    growth = f"delta({_WAITING}{_FORECAST_WINDOW}) / {_FORECAST_SECONDS}"
    left = f"{_joined(answered, '+', abandoned)} or {_ON} {_joined(offered, '-', growth)}"
    return _joined(f"{each(QUEUE, _WAITING)} >= {_ENOUGH_WAITING}", "/", f"({left}) > 0")


def present() -> str:
    """Return the agents on duty in the selected queues, by target; one who serves several queues counts once."""
    in_queues = f"sum by (target) ({each(QUEUE, of_queue(effective_thresholds.SERVING_AGENTS))})"
    on_duty = f"sum by (target) ({each(_AGENTS, of_target(catalog.AGENTS, _ON_DUTY))})"
    on = "on (target)"
    return f"({in_queues} <= {on} {on_duty}) or {on} ({on_duty} and {on} {in_queues}) or {on} {in_queues}"


def _joined(left: str, operator: str, right: str) -> str:
    """Return an arithmetic expression of two vectors of queues; the labels of the left one remain."""
    return f"({left}) {operator} {_ON} group_left () {_by_row(right)}"


def _by_row(expression: str) -> str:
    return f"max by ({_ROW}) ({expression})"


def _sum(families: tuple[Family, ...]) -> str:
    first, *further = (each(QUEUE, of_queue(family)) for family in families)
    for other in further:
        first = _joined(first, "+", other)
    return f"({first})"
