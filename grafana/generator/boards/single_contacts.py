"""Panels of single contacts: percentiles of the wait, the service level at any threshold, and abandonment by wait.

The values of each queue are recorded by `rules/contacts.yml`; the curves of all selected queues are computed from their
buckets, because a mean of shares would weigh a quiet queue like a busy one.
"""

from typing import Final

from grafana_foundation_sdk.models import dashboard as model

from exporter.metrics import catalog
from grafana.generator.boards.panels import CLOCK, RATIO, About, Query, bars, lines
from grafana.generator.boards.promql import QUEUE, each, of_queue, total
from grafana.generator.boards.worst_queues import LINES, NAME, by_queue, worst_only
from grafana.generator.rules import contacts

_WAIT: Final = catalog.QUEUE_CONTACT_WAIT.name
_IN_TIME: Final = f"{catalog.QUEUE_CONTACT_SERVICE_LEVEL_WAIT.name}_bucket"
_COUNTED: Final = 'outcome=~"answered|abandoned"'


def panels() -> tuple[model.Panel, ...]:
    """Return the panels."""
    return (*(_percentile(name) for name in contacts.QUANTILES), _within(), _answered(), _abandoned())


def _percentile(name: str) -> model.Panel:
    share = f"{contacts.QUANTILES[name]:.0%}"
    about = About(
        f"Wait of {share} of the contacts, last 30 min",
        f"The wait that {share} of the answered contacts of the last 30 minutes did not exceed.",
        CLOCK,
    )
    return by_queue(about, of_queue(contacts.wait(name, "30m"), 'outcome="answered"'))


def _within() -> model.Panel:
    about = About(
        "Answered within the chosen time, last 30 min",
        "Service level at the threshold chosen above: the share of contacts, without short abandons, that were "
        f"answered within it. The {LINES} queues that are worst at the end.",
        RATIO,
        maximum=1,
    )
    shares = each((*QUEUE, "le"), of_queue(contacts.answered_within("30m"), 'le=~"$within"'))
    return lines(about, Query(worst_only(shares), f"{NAME}: {{{{le}}}} s"))


def _answered() -> model.Panel:
    text = (
        "Share of the contacts of the last 30 minutes, without short abandons, that were answered within each wait in "
        "seconds, all selected queues. Only waits that are a bucket of every queue are exact."
    )
    return _curve(About("Answered by wait, last 30 min", text, RATIO, maximum=1, decimals=0), of_queue(_IN_TIME))


def _abandoned() -> model.Panel:
    text = (
        "Share of the contacts of the last 30 minutes, without short abandons, that were abandoned within each wait in "
        "seconds, all selected queues."
    )
    buckets = of_queue(f"{_WAIT}_bucket", 'outcome="abandoned"')
    return _curve(About("Abandoned by wait, last 30 min", text, RATIO, maximum=1, decimals=0), buckets)


def _curve(about: About, buckets: str) -> model.Panel:
    """Return a panel with a bar for each wait, the shortest first."""
    within = total((*QUEUE, "le"), f"increase({buckets}[30m])", by="le")
    counted = total((*QUEUE, "outcome"), f"increase({of_queue(f'{_WAIT}_count', _COUNTED)}[30m])")
    return bars(about, Query(f"sort({within} / on () group_left () ({counted} > 0.5))", "{{le}} s"))
