"""Recording rules of single contacts: percentiles of the wait, and the share that abandons within a wait.

They exist for targets whose single contacts are observed. Without contacts in the window there is no value, not NaN. If
a series disappears, such as that of a renamed queue, its windows disappear with it.
"""

from collections.abc import Iterator
from typing import Final, Literal

from exporter.metrics import catalog
from grafana.generator.joins import QUEUE_KEY
from grafana.generator.rules.rule_files import Group, Record, render

PATH: Final = "rules/contacts.yml"

ContactWindow = Literal["30m", "1h"]
WINDOWS: Final[tuple[ContactWindow, ...]] = ("30m", "1h")
QUANTILES: Final = {"p50": 0.5, "p90": 0.9, "p95": 0.95}
# Contacts are observed every minute; a window of less than four minutes would miss polls.
_INTERVAL: Final = "1m"
_BUCKET: Final = f"{catalog.QUEUE_CONTACT_WAIT.name}_bucket"
_COUNT: Final = f"{catalog.QUEUE_CONTACT_WAIT.name}_count"
# Short abandons do not count against the queue.
_COUNTED: Final = 'outcome=~"answered|abandoned"'


def wait(quantile: str, window: ContactWindow) -> str:
    """Return the name of a percentile of the wait over a window, in seconds, by outcome."""
    return f"queue:contactcenter_contact_wait_seconds:{quantile}_{window}"


def abandoned_within(window: ContactWindow) -> str:
    """Return the name of the share of contacts that abandoned within a wait, which is the label `le`."""
    return f"queue:contactcenter_contacts_abandoned_within:ratio_{window}"


def text() -> str:
    """Return the text of the file."""
    return render(groups())


def groups() -> Iterator[Group]:
    """Yield the group of each window."""
    for window in WINDOWS:
        percentiles = (_percentile(name, window) for name in QUANTILES)
        yield Group(f"contactcenter-contacts-{window}", (*percentiles, _abandoned_within(window)), interval=_INTERVAL)


def _percentile(name: str, window: ContactWindow) -> Record:
    # Prometheus extrapolates: less than half a contact means that there was no contact.
    seen = f"(increase({_COUNT}{{{_COUNTED}}}[{window}]) > 0.5) and {_COUNT}"
    waits = f"histogram_quantile(\n  {QUANTILES[name]},\n  increase({_BUCKET}{{{_COUNTED}}}[{window}])\n)"
    return Record(wait(name, window), f"{waits}\nand\n({seen})")


def _abandoned_within(window: ContactWindow) -> Record:
    abandoned = f'increase({_BUCKET}{{outcome="abandoned"}}[{window}]) and {_BUCKET}'
    counted = f"sum by ({QUEUE_KEY}) (increase({_COUNT}{{{_COUNTED}}}[{window}]) and {_COUNT}) > 0.5"
    share = f"sum without (outcome) ({abandoned})\n/ on ({QUEUE_KEY}) group_left ()\n({counted})"
    return Record(abandoned_within(window), f"clamp_max(\n  {share.replace(chr(10), chr(10) + '  ')},\n  1\n)")
