"""Whatever a label holds, it comes back as it was and says nothing else."""

from hypothesis import strategies as st

from exporter.metrics import catalog
from exporter.metrics.mapping import Column, Entity
from exporter.metrics.pages import Format
from tests.fuzz.profiles import cases
from tests.fuzz.strategies import labels
from tests.support.exposition import page_of, read

_anything = labels | st.text(st.integers(0xD800, 0xDFFF).map(chr), max_size=3)


@cases(60, 10_000, values=st.lists(_anything, min_size=4, max_size=4))
def test_labels_come_back_from_a_page(values: list[str]) -> None:
    names = catalog.QUEUE_WAITING_CONTACTS.labels
    entity = Entity(tuple(zip(names, values, strict=True)), [(Column(catalog.QUEUE_WAITING_CONTACTS), 1)])
    # A surrogate that stands alone cannot be written.
    wanted = {name: value.encode("utf-8", "replace").decode() for name, value in zip(names, values, strict=True)}
    for form in Format:
        [family] = read(page_of([entity], form), form)
        [sample] = family.samples
        assert sample.labels == wanted
        assert sample.value == 1
