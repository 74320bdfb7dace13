"""Any label value survives a round trip through a page."""

from hypothesis import strategies as st

from exporter.metrics import catalog
from exporter.metrics.mapping import Column, Entity
from exporter.metrics.pages import Format
from tests.fuzz.profiles import cases
from tests.fuzz.strategies import labels
from tests.support.exposition import page_of, read

_anything = labels | st.text(st.integers(0xD800, 0xDFFF).map(chr), max_size=3)


@cases(60, 10_000, values=st.lists(_anything, min_size=4, max_size=4))
def test_labels_round_trip_through_a_page(values: list[str]) -> None:
    names = catalog.QUEUE_WAITING_CONTACTS.labels
    entity = Entity(tuple(zip(names, values, strict=True)), [(Column(catalog.QUEUE_WAITING_CONTACTS), 1)])
    # An unpaired surrogate cannot be encoded.
    expected = {name: value.encode("utf-8", "replace").decode() for name, value in zip(names, values, strict=True)}
    for form in Format:
        [family] = read(page_of([entity], form), form)
        [sample] = family.samples
        assert sample.labels == expected
        assert sample.value == 1
