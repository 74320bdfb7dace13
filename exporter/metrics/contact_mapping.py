"""Maps the single contacts of a queue to families of the catalogue."""

from collections.abc import Iterator, Mapping, Sequence

from exporter.metrics import catalog
from exporter.metrics.catalog import Family
from exporter.metrics.columns import HistogramSample, Sample, column, open_column
from exporter.model import ObservedContacts

CONTACT_FAMILIES: Mapping[str, Family] = {
    "finished": catalog.QUEUE_CONTACTS_FINISHED,
    "answered_difference": catalog.QUEUE_CONTACTS_ANSWERED_DIFFERENCE,
    "waits": catalog.QUEUE_CONTACT_WAIT,
    "service_level_waits": catalog.QUEUE_CONTACT_SERVICE_LEVEL_WAIT,
    "handling": catalog.QUEUE_CONTACT_HANDLE,
    "wrap_up": catalog.QUEUE_CONTACT_WRAP_UP,
    "moved_in": catalog.QUEUE_CONTACTS_MOVED_IN,
}
"""The families of `ObservedContacts`, by field."""


def contact_samples(contacts: ObservedContacts, off: frozenset[Family]) -> Iterator[Sample]:
    """Yield the counts of contacts of families that are not off."""
    if catalog.QUEUE_CONTACTS_FINISHED not in off:
        for (outcome, direction), count in contacts.finished.items():
            labels = (("outcome", outcome), ("direction", direction))
            yield column(catalog.QUEUE_CONTACTS_FINISHED, *labels), count
    if contacts.answered_difference is not None and catalog.QUEUE_CONTACTS_ANSWERED_DIFFERENCE not in off:
        yield column(catalog.QUEUE_CONTACTS_ANSWERED_DIFFERENCE), contacts.answered_difference
    if catalog.QUEUE_CONTACTS_MOVED_IN not in off:
        for origin, count in contacts.moved_in.items():
            yield open_column(catalog.QUEUE_CONTACTS_MOVED_IN, ("origin_queue_id", origin)), count


def contact_histograms(contacts: ObservedContacts, off: frozenset[Family]) -> Sequence[HistogramSample]:
    """Return the histograms of families that are not off."""
    return [sample for sample in _histograms(contacts) if sample[0].family not in off]


def _histograms(contacts: ObservedContacts) -> Iterator[HistogramSample]:
    for outcome, waits in contacts.waits.items():
        yield column(catalog.QUEUE_CONTACT_WAIT, ("outcome", outcome)), waits
    for family, histogram in (
        (catalog.QUEUE_CONTACT_SERVICE_LEVEL_WAIT, contacts.service_level_waits),
        (catalog.QUEUE_CONTACT_HANDLE, contacts.handling),
        (catalog.QUEUE_CONTACT_WRAP_UP, contacts.wrap_up),
    ):
        if histogram is not None:
            yield column(family), histogram
