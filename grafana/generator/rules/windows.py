"""Contacts over a window, and what they are counted from.

- Counts are whole contacts: the difference of the running total between the ends of the window. `increase()`
  extrapolates, and is used only if the total restarted within the window or is younger than it.
- The service level counts contacts with an outcome: those answered and those abandoned, without short abandons. If a
  vendor reports no abandoned contacts, it is those offered that no longer wait. A contact that waits within its promise
  counts neither as in time nor as late. Their running total of the day is recorded first, and windows are differences
  of it.
- If there was no contact, there is no value: not 0, not NaN, and not the day's value instead of the window's.
- If a total disappears, its windows disappear with it, so that neither a renamed queue nor an outage shows old values
  for an hour.
"""

from typing import Final, Literal

from exporter.metrics import catalog
from exporter.metrics.catalog import Family
from grafana.generator.joins import QUEUE_KEY, SAME_QUEUE, TARGET_KEY, of_same_queue
from grafana.generator.rules import names
from grafana.generator.rules.select import Select, every

ExactWindow = Literal["6m", "30m"]

_SECONDS: Final = {"6m": 360, "30m": 1800, "1h": 3600, "6h": 21600, "3d": 259200}


def indented(expr: str) -> str:
    """Return an expression indented for use within another."""
    return expr.replace("\n", "\n  ")


def grown(total: Family, window: ExactWindow, select: Select = every) -> str:
    """Return the increase of a running total over a window.

    Args:
        total: The total.
        window: The window.
        select: Selects the queues.
    """
    selector = select(total)
    # Prometheus 3 excludes the sample at the start of a range, and so a restart right after it from resets().
    exact = f"{selector} - {selector} offset {window} >= 0 and resets({selector}[{window}]) == 0"
    return f"(\n  {exact}\n  or increase({selector}[{window}]) and {selector}\n)"


def restarted(window: ExactWindow, select: Select = every) -> str:
    """Return the queues whose day began within a window; those of half an hour are recorded."""
    if window == "30m":
        return select(names.RESTARTED)
    return f"resets({select(catalog.QUEUE_CONTACTS_ANSWERED)}[{window}]) > 0"


def counted(window: ExactWindow) -> str:
    """Return the contacts with an outcome in a window.

    Their total is a sum and a difference of totals: a small decrease of it does not mean a restart.
    """
    today = names.COUNTED_TODAY
    exact = f"clamp_min({today} - {today} offset {window}, 0) unless {SAME_QUEUE} {restarted(window)}"
    return f"{exact}\nor increase({today}[{window}]) and {today}"


def counted_today() -> str:
    """Return the contacts of the vendor's day with an outcome, without short abandons, for each queue."""
    answered, abandoned, short, offered, waiting = (
        family.name
        for family in (
            catalog.QUEUE_CONTACTS_ANSWERED,
            catalog.QUEUE_CONTACTS_ABANDONED,
            catalog.QUEUE_CONTACTS_ABANDONED_SHORT,
            catalog.QUEUE_CONTACTS_OFFERED,
            catalog.QUEUE_WAITING_CONTACTS,
        )
    )
    separate = f'{catalog.TARGET_FIGURES_INFO.name}{{abandoned="without_short"}}'
    included = f"({short} unless on ({TARGET_KEY}) {separate})"
    ended = _less(of_same_queue(answered, "+", abandoned), included, answered)
    no_longer_waiting = _less(_less(offered, waiting, offered), short, offered)
    return (
        f"clamp_min(\n  {indented(ended)},\n  0\n)\nor {SAME_QUEUE}\n"
        f"clamp_min(\n  {indented(no_longer_waiting)},\n  0\n)"
    )


def _less(total: str, part: str, like: str) -> str:
    """Return a total without a part that not every vendor reports.

    Args:
        total: The total.
        part: The part, if it is reported.
        like: A series of every queue that has the total.
    """
    return of_same_queue(total, "-", f"{part} or {SAME_QUEUE} 0 * {like}")


def counted_in_an_hour() -> str:
    """Return the contacts with an outcome in the last hour, from those of two half hours."""
    half_hour = names.counted("30m")
    return f"({half_hour} + ({half_hour} offset 30m or 0 * {half_hour}))"


def overflowed_twice(window: ExactWindow) -> str:
    """Return the abandoned contacts that another queue counts too, where the vendor reports that."""
    once = grown(catalog.QUEUE_CONTACTS_ABANDONED_UNIQUE, window)
    return of_same_queue(grown(catalog.QUEUE_CONTACTS_ABANDONED, window), "-", once)


def with_promise(window: names.BurnWindow, longer: Literal["longer"] | None = None, select: Select = every) -> str:
    """Return a filter of queues by their promise: those with one of at most a window, or only those with a longer one.

    Over a window shorter than the promise, contacts that are answered in time are mostly missing.
    """
    operator = "and" if longer else "unless"
    promise = select(catalog.QUEUE_SERVICE_LEVEL_TARGET_SECONDS)
    return f"{operator} on ({QUEUE_KEY}) {promise} > {_SECONDS[window]}"


def current_service_level(select: Select = every) -> str:
    """Return the service level over 30 minutes, or over six hours for queues whose promise is longer than that."""
    of_hours = f"{select(names.service_level('6h'))} {with_promise('30m', 'longer', select)}"
    return f"({select(names.service_level('30m'))} or on ({QUEUE_KEY}) {of_hours})"


def current_contacts(select: Select = every) -> str:
    """Return the contacts counted in `current_service_level`."""
    short = f"{select(names.counted('30m'))} {with_promise('30m', None, select)}"
    return f"({short} or on ({QUEUE_KEY}) {select(names.counted('6h'))})"
