"""Columns: a family with the labels that many entities share, and the samples in them."""

from dataclasses import dataclass, field
from functools import cache
from threading import Lock
from weakref import WeakValueDictionary

from exporter.metrics.catalog import Family
from exporter.model import Histogram

Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Column:
    """A family with labels that many entities share, such as a state.

    Columns are few and compared by identity, so that rendering prepares each once instead of once for each series.

    Attributes:
        family: The family.
        labels: Labels that follow the entity's own.
        name: What identifies it in another process.
    """

    family: Family
    labels: Labels = ()
    name: tuple[str, Labels] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", (self.family.name, self.labels))


Sample = tuple[Column, float]
HistogramSample = tuple[Column, Histogram]


@cache
def column(family: Family, *labels: tuple[str, str]) -> Column:
    """Return the one column of a family and labels; only for labels from closed sets."""
    return Column(family, labels)


_open: WeakValueDictionary[tuple[Family, Labels], Column] = WeakValueDictionary()
# Targets are mapped in the event loop and in the worker thread.
_open_lock = Lock()


def open_column(family: Family, *labels: tuple[str, str]) -> Column:
    """Return the one column of a family and labels from an open set, such as names.

    It exists as long as something refers to it. Running totals are held by column, so it must be the same at every
    poll, however many there are: a cache of a fixed size would replace columns that are in use.
    """
    key = (family, labels)
    with _open_lock:
        found = _open.get(key)
        if found is None:
            found = _open[key] = Column(family, labels)
        return found
