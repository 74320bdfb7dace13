"""Contacts over a window, and the ratios and means made of them.

- Counts are whole contacts: the difference of the running total between the ends of the window. `increase()`
  extrapolates, and is used only if the total restarted within the window or is younger than it, and over windows of
  hours.
- The service level counts contacts with an outcome: those answered and those abandoned, without short abandons. If a
  vendor reports no abandoned contacts, it is those offered that no longer wait. A contact that waits within its promise
  counts neither as in time nor as late.
- If there was no contact, there is no value: not 0, not NaN, and not the day's value instead of the window's.
- If a total disappears, its windows disappear with it, so that neither a renamed queue nor an outage shows old values
  for an hour.
- If a vendor reports only a ratio or a mean of its day, the value of a window is computed from the day's at both ends,
  each multiplied by its contacts.
"""

from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from exporter.metrics import catalog
from exporter.metrics.catalog import Family
from grafana.generator.joins import QUEUE_KEY, TARGET_KEY, combined
from grafana.generator.rules import names
from grafana.generator.rules.names import BurnWindow, Window
from grafana.generator.rules.select import Select, every

_ON: Final = f"on ({QUEUE_KEY})"
_EXACT: Final = ("5m", "30m", "1h")
_COUNTED: Final = ("30m", "1h")
_SECONDS: Final = {"5m": 300, "30m": 1800, "1h": 3600, "6h": 21600, "3d": 259200}
# A vendor may round its ratio to 1% and its mean to 1 s. Within a small share of the day's contacts, the change of the
# day's mean would be mostly rounding.
_MOST_TIMES: Final = 20


def indented(expr: str) -> str:
    """Return an expression indented for use within another."""
    return expr.replace("\n", "\n  ")


def grown(total: Family, window: Window | BurnWindow, select: Select = every) -> str:
    """Return the increase of a running total over a window; for the day, the total itself."""
    selector = select(total)
    if window == "day":
        return selector
    extrapolated = f"increase({selector}[{window}]) and {selector}"
    if window not in _EXACT:
        return f"({extrapolated})"
    # Prometheus 3 excludes the sample at the start of a range, and so a restart right after it from resets().
    exact = f"{selector} - {selector} offset {window} >= 0 and resets({selector}[{window}]) == 0"
    return f"({exact} or {extrapolated})"


def counted(window: Window | BurnWindow, select: Select = every) -> str:
    """Return the contacts with an outcome, without short abandons.

    Args:
        window: The window.
        select: Selects the queues.
    """
    answered = grown(catalog.QUEUE_CONTACTS_ANSWERED, window, select)
    abandoned = grown(catalog.QUEUE_CONTACTS_ABANDONED, window, select)
    short = grown(catalog.QUEUE_CONTACTS_ABANDONED_SHORT, window, select)
    separate = select(catalog.TARGET_FIGURES_INFO, 'abandoned="without_short"')
    none = f"{_ON} 0 * {select(catalog.QUEUE_CONTACTS_ANSWERED)}"
    ended = combined(answered, "+", abandoned)
    without_short = combined(f"({ended})", "-", f"{short} unless on ({TARGET_KEY}) {separate} or {none}")
    offered = grown(catalog.QUEUE_CONTACTS_OFFERED, window, select)
    none = f"{_ON} 0 * {select(catalog.QUEUE_CONTACTS_OFFERED)}"
    no_longer_waiting = combined(offered, "-", f"{_more_waiting(window, select)} or {none}")
    served = combined(f"({no_longer_waiting})", "-", f"{short} or {none}")
    return f"(\n  clamp_min({without_short}, 0)\n  or {_ON}\n  clamp_min({served}, 0)\n)"


def overflowed_twice(window: BurnWindow) -> str:
    """Return the abandoned contacts that another queue counts too, where the vendor reports that."""
    once = grown(catalog.QUEUE_CONTACTS_ABANDONED_UNIQUE, window)
    return combined(grown(catalog.QUEUE_CONTACTS_ABANDONED, window), "-", once)


def _more_waiting(window: Window | BurnWindow, select: Select) -> str:
    waiting = select(catalog.QUEUE_WAITING_CONTACTS)
    return waiting if window == "day" else f"({waiting} - ({waiting} offset {window} or 0 * {waiting}))"


def with_promise(window: BurnWindow, longer: Literal["longer"] | None = None, select: Select = every) -> str:
    """Return a filter of queues by their promise: those with one of at most a window, or only those with a longer one.

    Over a window shorter than the promise, contacts that are answered in time are mostly missing.
    """
    operator = "and" if longer else "unless"
    return f"{operator} {_ON} {select(catalog.QUEUE_SERVICE_LEVEL_TARGET_SECONDS)} > {_SECONDS[window]}"


def current_service_level(window: BurnWindow, select: Select = every) -> str:
    """Return the service level over a window, or over six hours for queues whose promise is longer than the window."""
    of_hours = f"{select(names.service_level('6h'))} {with_promise(window, 'longer', select)}"
    return f"({select(names.service_level(window))} or {_ON} {of_hours})"


def current_contacts(window: BurnWindow, select: Select = every) -> str:
    """Return the contacts counted in `current_service_level`."""
    of_hours = f"{select(names.counted('6h'))} {with_promise(window, 'longer', select)}"
    return f"({select(names.counted(window))} {with_promise(window, None, select)} or {_ON} {of_hours})"


class DayMean(NamedTuple):
    """A ratio or mean of the vendor's day.

    Attributes:
        gauges: The gauges whose sum it is.
    """

    gauges: tuple[Family, ...]

    def over(self, window: Window | BurnWindow, select: Select, contacts: str, day: str, total: Family) -> str:
        """Return it over a window: mean times contacts now, less the same at the start, divided by the new contacts.

        Args:
            window: The window.
            select: Selects the queues.
            contacts: The contacts in the window whose mean it is.
            day: The same contacts of the day.
            total: A running total that shows whether the day began within the window.
        """
        mean = self._mean(select)
        if window == "day":
            return f"{mean} unless {_ON} {day} == 0"
        before = self._mean(lambda metric, *matchers: f"{select(metric, *matchers)} offset {window}")
        times = f"({combined(day, '/', f'({contacts} > 0.5)')} <= {_MOST_TIMES})"
        change = combined(f"({combined(mean, '-', before)})", "*", times)
        restarted = f"resets({select(total)}[{window}])"
        of_one_day = f"clamp_min({combined(f'({change})', '+', before)}, 0)"
        # If the day began within the window, its mean is that of the window since then.
        return (
            f"(\n  {indented(of_one_day)}\n  unless {_ON} {restarted} > 0\n  or {_ON}\n"
            f"  {mean} and {_ON} {restarted} > 0 and {_ON} {indented(contacts)} > 0.5\n)"
        )

    def _mean(self, select: Select) -> str:
        first, *others = (select(gauge) for gauge in self.gauges)
        for other in others:
            first = combined(first, "+", other)
        return f"({first})" if others else first


@dataclass(frozen=True, slots=True)
class Quotient:
    """A ratio or a mean of a queue.

    Attributes:
        numerator: The running total above the line.
        denominator: What is below the line: the contacts counted or answered.
        day_mean: The vendor's own value, for queues without the total; None if there is none.
        is_ratio: Whether it is limited to 1. Contacts offered before the window that end in it could exceed 1.
    """

    numerator: Family
    denominator: Family | None = None
    day_mean: DayMean | None = None
    is_ratio: bool = False

    def of_queue(self, window: Window | BurnWindow, select: Select = every) -> str:
        """Return the expression for each queue.

        Args:
            window: The window.
            select: Selects the queues.
        """
        if self.denominator:
            below, day = grown(self.denominator, window, select), select(self.denominator)
        else:
            recorded = window in _COUNTED and select is every
            below, day = names.counted(window) if recorded else counted(window, select), counted("day", select)
        expr = combined(grown(self.numerator, window, select), "/", f"{below} > 0.5")
        if self.day_mean and window != "5m":
            total = self.denominator or catalog.QUEUE_CONTACTS_OFFERED
            of_day = self.day_mean.over(window, select, below, day, total)
            expr = f"{expr}\nor {_ON}\n({of_day} unless {_ON} {select(self.numerator)})"
        return f"clamp_max(\n  {indented(expr)},\n  1\n)" if self.is_ratio else expr


SERVICE_LEVEL: Final = Quotient(
    numerator=catalog.QUEUE_CONTACTS_ANSWERED_IN_SERVICE_LEVEL,
    day_mean=DayMean((catalog.QUEUE_SERVICE_LEVEL,)),
    is_ratio=True,
)
# Sinch documents that its abandoned contacts exclude short abandons. Bright Pattern and Axialys count both without
# documenting it; if abandoned contacts include short ones, the rate is too high by these. KPN does not count abandoned
# contacts and has no rate.
ABANDONMENT: Final = Quotient(numerator=catalog.QUEUE_CONTACTS_ABANDONED, is_ratio=True)
SPEED_OF_ANSWER: Final = Quotient(
    numerator=catalog.QUEUE_ANSWER_WAIT,
    denominator=catalog.QUEUE_CONTACTS_ANSWERED,
    day_mean=DayMean((catalog.QUEUE_AVERAGE_WAIT,)),
)
# Talk time alone is not handle time: KPN reports no wrap-up and has no handle time. Axialys reports the means of
# communication and of wrap-up; whether communication includes hold is not documented.
HANDLE_TIME: Final = Quotient(
    numerator=catalog.QUEUE_HANDLE,
    denominator=catalog.QUEUE_CONTACTS_ANSWERED,
    day_mean=DayMean((catalog.QUEUE_AVERAGE_TALK, catalog.QUEUE_AVERAGE_WRAP_UP)),
)
