"""Ratios and means over a window: the quotient of two running totals, else the vendor's own value.

Rules for every quotient:

- If the denominator is below half a contact, there is no value: not 0, not NaN, and not the day's value instead of the
  window's. (Half, because Prometheus extrapolates; the totals themselves are integers.)
- If a total disappears, its windows disappear with it, so that neither a renamed queue nor an outage shows old values
  for an hour.
- The vendor's own value is a fallback for queues without such totals. It covers the vendor's reporting period; over a
  window it is averaged over time.
- Every operation between series matches on all their labels, so that neither targets nor exporters mix.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from typing import Final

from exporter.metrics import catalog
from grafana.generator.joins import QUEUE_KEY, TARGET_KEY, combined
from grafana.generator.rules import names
from grafana.generator.rules.names import RATE_WINDOWS, BurnWindow, Window

OF_TARGET: Final = f"by ({TARGET_KEY})"
_ON: Final = f"on ({QUEUE_KEY})"


def grown(total: str, window: Window | BurnWindow) -> str:
    """Return the increase of a running total over a window; for the day, the total itself."""
    return total if window == "day" else f"(increase({total}[{window}]) and {total})"


def indented(expr: str) -> str:
    """Return an expression indented for use within another."""
    return expr.replace("\n", "\n  ")


def _plus(left: str, right: str) -> str:
    return combined(left, "+", right)


def _answered(window: Window | BurnWindow) -> str:
    return names.answered(window) if window in RATE_WINDOWS else grown(catalog.QUEUE_CONTACTS_ANSWERED.name, window)


def _mean(gauge: str, window: Window | BurnWindow) -> str:
    return gauge if window == "day" else f"(avg_over_time({gauge}[{window}]) and {gauge})"


@dataclass(frozen=True, slots=True)
class Quotient:
    """A ratio or a mean of a queue and, over all its queues, of a target.

    Attributes:
        numerator: The running total above the line.
        denominator: Returns the expression below the line, given the window.
        fallback: The vendor's gauges whose sum is used for queues without these totals; empty if there are none.
        is_ratio: Whether it is limited to 1. Contacts offered before the window that end in it could exceed 1.
    """

    numerator: str
    denominator: Callable[[Window | BurnWindow], str]
    fallback: tuple[str, ...] = ()
    is_ratio: bool = False

    def of_queue(self, window: Window | BurnWindow) -> str:
        """Return the expression for each queue."""
        denominator = self.denominator(window)
        from_totals = self._limited(combined(grown(self.numerator, window), "/", f"{denominator} > 0.5"))
        if not self.fallback:
            return from_totals
        reported = reduce(_plus, (_mean(gauge, window) for gauge in self.fallback))
        unknown = f"unless {_ON} {self.numerator} unless {_ON} {denominator} < 0.5"
        return f"{from_totals}\nor {_ON}\n({reported} {unknown})"

    def of_target(self, window: Window, of_queue: str) -> str:
        """Return the expression for each target.

        Args:
            window: The window.
            of_queue: The name under which the value of each queue is recorded.
        """
        denominator = self.denominator(window)
        from_totals = self._limited(
            f"sum {OF_TARGET} ({grown(self.numerator, window)} and {_ON} {denominator})"
            f"\n/\n(sum {OF_TARGET} ({denominator} and {_ON} {self.numerator}) > 0.5)"
        )
        if not self.fallback:
            return from_totals
        # The mean of the queues' values, weighted by their contacts.
        weighted = f"sum {OF_TARGET} ({combined(of_queue, '*', denominator)})"
        return f"{from_totals}\nor\n{weighted}\n/\n(sum {OF_TARGET} ({denominator} and {_ON} {of_queue}) > 0.5)"

    def _limited(self, expr: str) -> str:
        return f"clamp_max(\n  {indented(expr)},\n  1\n)" if self.is_ratio else expr


SERVICE_LEVEL: Final = Quotient(
    numerator=catalog.QUEUE_CONTACTS_ANSWERED_IN_SERVICE_LEVEL.name,
    denominator=names.counted,
    fallback=(catalog.QUEUE_SERVICE_LEVEL.name,),
    is_ratio=True,
)
# Abandoned contacts are assumed to exclude short abandons. Sinch documents this: a false attempt ends before a limit,
# an abandoned contact after it. Bright Pattern and Axialys count both without documenting it; if their abandoned
# contacts include the short ones, the rate is too high by these. KPN does not count abandoned contacts and has no rate.
ABANDONMENT: Final = Quotient(numerator=catalog.QUEUE_CONTACTS_ABANDONED.name, denominator=names.counted, is_ratio=True)
SPEED_OF_ANSWER: Final = Quotient(
    numerator=catalog.QUEUE_ANSWER_WAIT.name, denominator=_answered, fallback=(catalog.QUEUE_AVERAGE_WAIT.name,)
)
# Talk time alone is not handle time: KPN reports no wrap-up and has no handle time. Axialys reports the means of
# communication and of wrap-up; whether communication includes hold is not documented.
HANDLE_TIME: Final = Quotient(
    numerator=catalog.QUEUE_HANDLE.name,
    denominator=_answered,
    fallback=(catalog.QUEUE_AVERAGE_TALK.name, catalog.QUEUE_AVERAGE_WRAP_UP.name),
)

RECORDED: Final = (
    (SERVICE_LEVEL, names.service_level),
    (ABANDONMENT, names.abandonment),
    (SPEED_OF_ANSWER, names.speed_of_answer),
    (HANDLE_TIME, names.handle_time),
)
