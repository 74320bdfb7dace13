"""Shares and means over a window: a running total over another, else what the vendor says itself.

What holds for all of them:

- Where less than half a contact is in the denominator there is no figure: neither 0, nor NaN, nor the day's figure in
  place of the window's. (Half, because Prometheus extrapolates; the totals themselves are whole.)
- Stale is absent: a total that is gone takes its windows along, so that neither a queue that was renamed nor an
  outage shows an hour of old figures.
- The vendor's own figure stands in only for a queue of which the vendor gives no such totals. It is a figure of the
  vendor's reporting period; over a window it is its mean, weighted by time.
- Every operation between series matches on all their labels, so neither targets nor exporters mix.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from exporter.metrics import catalog
from grafana.generator.rules import names
from grafana.generator.rules.names import RATE_WINDOWS, BurnWindow, Window

OF_TARGET: Final = "by (job, instance, target)"


def grown(total: str, window: Window | BurnWindow) -> str:
    """Return by how much a running total has grown in a window; of the day, how it stands."""
    return total if window == "day" else f"(increase({total}[{window}]) and {total})"


def indented(expr: str) -> str:
    """Return an expression to stand within another."""
    return expr.replace("\n", "\n  ")


def _answered(window: Window | BurnWindow) -> str:
    return names.answered(window) if window in RATE_WINDOWS else grown(catalog.QUEUE_CONTACTS_ANSWERED.name, window)


def _mean(gauge: str, window: Window | BurnWindow) -> str:
    return gauge if window == "day" else f"(avg_over_time({gauge}[{window}]) and {gauge})"


@dataclass(frozen=True, slots=True)
class Figure:
    """A share or a mean of a queue and, of all its queues together, of a target.

    Attributes:
        part: The running total above the line.
        whole: Returns what stands below the line, given the window.
        instead: The vendor's gauges whose sum stands in for it; none where nothing does.
        is_share: Whether it can be at most 1. Contacts that were offered before the window and end in it could make it
            more.
    """

    part: str
    whole: Callable[[Window | BurnWindow], str]
    instead: tuple[str, ...] = ()
    is_share: bool = False

    def of_queue(self, window: Window | BurnWindow) -> str:
        """Return the figure of each queue."""
        whole = self.whole(window)
        own = self._limited(f"{grown(self.part, window)} / ({whole} > 0.5)")
        if not self.instead:
            return own
        vendors = " + ".join(_mean(gauge, window) for gauge in self.instead)
        return f"{own}\nor\n({vendors} unless {self.part} unless {whole} < 0.5)"

    def of_target(self, window: Window, of_queue: str) -> str:
        """Return the figure of each target.

        Args:
            window: The window.
            of_queue: The name under which the figure of each queue is recorded.
        """
        whole = self.whole(window)
        own = self._limited(
            f"sum {OF_TARGET} ({grown(self.part, window)} and {whole})"
            f"\n/\n(sum {OF_TARGET} ({whole} and {self.part}) > 0.5)"
        )
        if not self.instead:
            return own
        # Of queues' figures the mean, weighted by the contacts they are figures of.
        return f"{own}\nor\nsum {OF_TARGET} ({of_queue} * {whole})\n/\n(sum {OF_TARGET} ({whole} and {of_queue}) > 0.5)"

    def _limited(self, figure: str) -> str:
        return f"clamp_max(\n  {indented(figure)},\n  1\n)" if self.is_share else figure


SERVICE_LEVEL: Final = Figure(
    part=catalog.QUEUE_CONTACTS_ANSWERED_IN_SERVICE_LEVEL.name,
    whole=names.counted,
    instead=(catalog.QUEUE_SERVICE_LEVEL.name,),
    is_share=True,
)
# Abandoned is read as without the short ones. Sinch says so: a false attempt ends before a limit, an abandoned contact
# after it. Bright Pattern and Axialys count both and do not say; where theirs holds the short ones, the rate is too
# high by these. KPN counts no abandoned contacts and so has no rate.
ABANDONMENT: Final = Figure(part=catalog.QUEUE_CONTACTS_ABANDONED.name, whole=names.counted, is_share=True)
SPEED_OF_ANSWER: Final = Figure(
    part=catalog.QUEUE_ANSWER_WAIT.name, whole=_answered, instead=(catalog.QUEUE_AVERAGE_WAIT.name,)
)
# Talking alone is not handling: of KPN, which tells no wrap-up, there is no handle time. Axialys tells the means of
# communication and of wrap-up; whether a hold is communication it does not say.
HANDLE_TIME: Final = Figure(
    part=catalog.QUEUE_HANDLE.name,
    whole=_answered,
    instead=(catalog.QUEUE_AVERAGE_TALK.name, catalog.QUEUE_AVERAGE_WRAP_UP.name),
)

RECORDED: Final = (
    (SERVICE_LEVEL, names.service_level),
    (ABANDONMENT, names.abandonment),
    (SPEED_OF_ANSWER, names.speed_of_answer),
    (HANDLE_TIME, names.handle_time),
)
