"""Maps those figures of a queue that have labels of their own: slots by channel, and waits by outcome."""

from collections.abc import Iterator, Sequence

from exporter.metrics import catalog
from exporter.metrics.catalog import Family
from exporter.metrics.columns import HistogramSample, Sample, column
from exporter.model import CHANNELS, Channel, Queue


def slot_samples(queue: Queue, off: frozenset[Family]) -> Iterator[tuple[Channel, Sequence[Sample]]]:
    """Yield the slots of a queue's agents by channel, which may differ from the channel of the queue."""
    families = [
        (family, slots)
        for family, slots in (
            (catalog.QUEUE_ACTIVE_SLOTS, queue.active_slots),
            (catalog.QUEUE_AVAILABLE_SLOTS, queue.available_slots),
        )
        if slots and family not in off
    ]
    if not families:
        return
    for channel in CHANNELS:
        samples = [(column(family), slots[channel]) for family, slots in families if channel in slots]
        if samples:
            yield channel, samples


def wait_histograms(queue: Queue, off: frozenset[Family]) -> Sequence[HistogramSample]:
    """Return the waits that the vendor counts in buckets."""
    if catalog.QUEUE_WAIT in off:
        return ()
    return [(column(catalog.QUEUE_WAIT, ("outcome", outcome)), waits) for outcome, waits in queue.waits.items()]
