"""Recording rules of single contacts: percentiles of the wait, and the shares answered and abandoned within a wait.

They exist for targets whose single contacts are observed, and are read in place of what is computed from a ratio or a
mean of the vendor's day. Without contacts in the window there is no value, not NaN. If a series disappears, such as
that of a renamed queue, its windows disappear with it.
"""

from collections.abc import Iterator
from typing import Final, Literal

from exporter.metrics import catalog
from grafana.generator.joins import QUEUE_KEY
from grafana.generator.rules import names
from grafana.generator.rules.rule_files import Group, Record, render

PATH: Final = "rules/contacts.yml"

ContactWindow = Literal["30m", "1h"]
WINDOWS: Final[tuple[ContactWindow, ...]] = ("30m", "1h")
QUANTILES: Final = {"p50": 0.5, "p90": 0.9, "p95": 0.95}
# Contacts are observed every minute; a window of less than four minutes would miss polls.
_INTERVAL: Final = "1m"
_BUCKET: Final = f"{catalog.QUEUE_CONTACT_WAIT.name}_bucket"
_COUNT: Final = f"{catalog.QUEUE_CONTACT_WAIT.name}_count"
_IN_TIME: Final = f"{catalog.QUEUE_CONTACT_SERVICE_LEVEL_WAIT.name}_bucket"
_HANDLE: Final = catalog.QUEUE_CONTACT_HANDLE.name
_WRAP_UP: Final = catalog.QUEUE_CONTACT_WRAP_UP.name
# Short abandons do not count against the queue.
_COUNTED: Final = 'outcome=~"answered|abandoned"'


def wait(quantile: str, window: ContactWindow) -> str:
    """Return the name of a percentile of the wait over a window, in seconds, by outcome."""
    return f"queue:contactcenter_contact_wait_seconds:{quantile}_{window}"


def abandoned_within(window: ContactWindow) -> str:
    """Return the name of the share of contacts that abandoned within a wait, which is the label `le`."""
    return f"queue:contactcenter_contacts_abandoned_within:ratio_{window}"


def answered_within(window: ContactWindow) -> str:
    """Return the name of the service level at any threshold, which is the label `le`."""
    return f"queue:contactcenter_contacts_answered_within:ratio_{window}"


def text() -> str:
    """Return the text of the file."""
    return render(groups())


def groups() -> Iterator[Group]:
    """Yield the group of each window."""
    for window in WINDOWS:
        percentiles = (_percentile(name, window) for name in QUANTILES)
        shares = (_abandoned_within(window), _answered_within(window))
        yield Group(f"contactcenter-contacts-{window}", (*percentiles, *shares), interval=_INTERVAL)
    means = (_in_time(), _mean_wait(), _mean_handle_time())
    yield Group("contactcenter-contacts-means", means, interval=_INTERVAL)


def _percentile(name: str, window: ContactWindow) -> Record:
    # Prometheus extrapolates: less than half a contact means that there was no contact.
    seen = f"(increase({_COUNT}{{{_COUNTED}}}[{window}]) > 0.5) and {_COUNT}"
    waits = f"histogram_quantile(\n  {QUANTILES[name]},\n  increase({_BUCKET}{{{_COUNTED}}}[{window}])\n)"
    return Record(wait(name, window), f"{waits}\nand\n({seen})")


def _abandoned_within(window: ContactWindow) -> Record:
    abandoned = f'increase({_BUCKET}{{outcome="abandoned"}}[{window}]) and {_BUCKET}'
    return Record(abandoned_within(window), _share(f"sum without (outcome) ({abandoned})", window))


def _answered_within(window: ContactWindow) -> Record:
    return Record(answered_within(window), _share(f"(increase({_IN_TIME}[{window}]) and {_IN_TIME})", window))


def _share(part: str, window: ContactWindow) -> str:
    counted = f"sum by ({QUEUE_KEY}) (increase({_COUNT}{{{_COUNTED}}}[{window}]) and {_COUNT}) > 0.5"
    return f"clamp_max(\n  {part}\n  / on ({QUEUE_KEY}) group_left ()\n  ({counted}),\n  1\n)"


def _in_time() -> Record:
    """Return the service level at each queue's own threshold, which is one of its buckets."""
    own = f'count_values by ({QUEUE_KEY}) ("le", {catalog.QUEUE_SERVICE_LEVEL_TARGET_SECONDS.name})'
    # Buckets are written with a decimal point.
    edge = f'label_replace({own}, "le", "$1.0", "le", "([0-9]+)")'
    shares = answered_within("30m")
    return Record(names.CONTACTS_IN_TIME, f"sum without (le) ({shares} and on ({QUEUE_KEY}, le) {edge})")


def _mean_wait() -> Record:
    answered = 'outcome="answered"'
    seconds, count = (
        f"increase({name}{{{answered}}}[30m])" for name in (f"{catalog.QUEUE_CONTACT_WAIT.name}_sum", _COUNT)
    )
    return Record(names.CONTACTS_WAIT, f"sum without (outcome) ({seconds} / ({count} > 0.5) and {_COUNT})")


def _mean_handle_time() -> Record:
    """Return the mean time of handling a contact and of the wrap-up, which not every contact has."""
    handled, wrapped_up = (f"increase({name}_sum[30m])" for name in (_HANDLE, _WRAP_UP))
    seconds = f"({handled} + ({wrapped_up} or 0 * {handled}))"
    return Record(names.CONTACTS_HANDLE, f"{seconds} / (increase({_HANDLE}_count[30m]) > 0.5) and {_HANDLE}_count")
