"""Ratios and means of queues over the vendor's day and over the last half hour.

If a vendor reports only a ratio or a mean of its day, the value of the half hour is that of its single contacts where
these are observed. Otherwise it is computed from the day's at both ends, each multiplied by its contacts.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

from exporter.metrics import catalog
from exporter.metrics.catalog import Family
from grafana.generator.joins import SAME_QUEUE, of_same_queue
from grafana.generator.rules import names
from grafana.generator.rules.select import Select, every
from grafana.generator.rules.windows import grown, indented, restarted

_WINDOW: Final = "30m"
# A vendor may round its ratio to 1% and its mean to 1 s. Within a small share of the day's contacts, the change of the
# day's mean would be mostly rounding.
_MOST_TIMES: Final = 20


class Contacts(NamedTuple):
    """The contacts that a ratio or a mean is of.

    Attributes:
        today: The running total of the day: that of the vendor, or the recorded one of contacts with an outcome.
    """

    today: Family | str

    def recent(self, select: Select) -> str:
        """Return the contacts of the half hour."""
        if isinstance(self.today, Family):
            return grown(self.today, _WINDOW, select)
        return select(names.counted(_WINDOW))


COUNTED: Final = Contacts(names.COUNTED_TODAY)
ANSWERED: Final = Contacts(catalog.QUEUE_CONTACTS_ANSWERED)


@dataclass(frozen=True, slots=True)
class Quotient:
    """A ratio or a mean of a queue.

    Attributes:
        numerator: The running total above the line.
        contacts: The contacts below the line.
        day_means: The gauges of the vendor whose sum is its own value of the day, for queues without the total.
        of_contacts: The recorded value of the half hour of single contacts, preferred to that of the day's means.
        is_ratio: Whether it is limited to 1. Contacts offered before the window that end in it could exceed 1.
    """

    numerator: Family
    contacts: Contacts
    day_means: tuple[Family, ...] = ()
    of_contacts: str = ""
    is_ratio: bool = False

    def today(self, select: Select = every) -> str:
        """Return the value of the vendor's day for each queue."""
        contacts = select(self.contacts.today)
        expr = of_same_queue(select(self.numerator), "/", f"{contacts} > 0")
        if self.day_means:
            mean = f"{self._mean(select)} unless {SAME_QUEUE} {contacts} == 0"
            expr = f"{expr}\nor {SAME_QUEUE}\n({mean} unless {SAME_QUEUE} {select(self.numerator)})"
        return self._limited(expr)

    def half_hour(self, select: Select = every) -> str:
        """Return the value of the last half hour for each queue."""
        recent = self.contacts.recent(select)
        expr = of_same_queue(grown(self.numerator, _WINDOW, select), "/", f"{recent} > 0.5")
        if self.day_means:
            of_day = f"(\n  {indented(self._between_means(select))}\n)\nunless {SAME_QUEUE} {select(self.numerator)}"
            expr = f"{expr}\nor {SAME_QUEUE}\n{select(self.of_contacts)}\nor {SAME_QUEUE}\n{of_day}"
        return self._limited(expr)

    def _limited(self, expr: str) -> str:
        return f"clamp_max(\n  {indented(expr)},\n  1\n)" if self.is_ratio else expr

    def _between_means(self, select: Select) -> str:
        """Return the mean at the start, and its change times the day's contacts for each of the half hour."""
        now = self._mean(select)
        before = self._mean(lambda metric, *matchers: f"{select(metric, *matchers)} offset {_WINDOW}")
        times = of_same_queue(select(self.contacts.today), "/", f"{self.contacts.recent(select)} > 0.5")
        change = of_same_queue(f"({now} - {before})", "*", f"{times} <= {_MOST_TIMES}")
        # If the day began within the window, its mean is that of the window since then.
        began = restarted(_WINDOW, select)
        arrived = f"{self.contacts.recent(select)} > 0.5"
        return (
            f"clamp_min(\n  {before}\n  + {indented(change)},\n  0\n) unless {SAME_QUEUE} {began}"
            f"\nor {SAME_QUEUE}\n{now} and {SAME_QUEUE} {began} and {SAME_QUEUE} {arrived}"
        )

    def _mean(self, select: Select) -> str:
        sums = " + ".join(select(gauge) for gauge in self.day_means)
        return f"({sums})" if len(self.day_means) > 1 else sums


SERVICE_LEVEL: Final = Quotient(
    catalog.QUEUE_CONTACTS_ANSWERED_IN_SERVICE_LEVEL,
    COUNTED,
    (catalog.QUEUE_SERVICE_LEVEL,),
    names.CONTACTS_IN_TIME,
    is_ratio=True,
)
# Sinch documents that its abandoned contacts exclude short abandons. Bright Pattern and Axialys count both without
# documenting it; if abandoned contacts include short ones, the rate is too high by these. KPN does not count abandoned
# contacts and has no rate.
ABANDONMENT: Final = Quotient(catalog.QUEUE_CONTACTS_ABANDONED, COUNTED, is_ratio=True)
SPEED_OF_ANSWER: Final = Quotient(
    catalog.QUEUE_ANSWER_WAIT, ANSWERED, (catalog.QUEUE_AVERAGE_WAIT,), names.CONTACTS_WAIT
)
# Talk time alone is not handle time: KPN reports no wrap-up and has no handle time. Axialys reports the means of
# communication and of wrap-up; whether communication includes hold is not documented.
HANDLE_TIME: Final = Quotient(
    catalog.QUEUE_HANDLE,
    ANSWERED,
    (catalog.QUEUE_AVERAGE_TALK, catalog.QUEUE_AVERAGE_WRAP_UP),
    names.CONTACTS_HANDLE,
)
