"""The OpenMetrics format of every family, as one golden text.

The sample lines of both formats are the same bytes, so the vendors' golden texts are in the text format only.
"""

from pathlib import Path

from exporter.metrics.catalog import FAMILIES
from exporter.metrics.pages import Format
from tests.support.exposition import one_of_each, page_of, read, require_golden

GOLDEN = Path(__file__).with_name("every_family.openmetrics.txt")


def test_every_family_in_openmetrics() -> None:
    page = page_of(one_of_each(), Format.OPENMETRICS)
    # The catalogue owns the HELP texts.
    lines = [line for line in page.splitlines(keepends=True) if not line.startswith("# HELP")]
    require_golden(GOLDEN, "".join(lines))
    assert len(read(page, Format.OPENMETRICS)) == len(FAMILIES)


def test_the_sample_lines_of_both_formats_are_the_same_bytes() -> None:
    text, openmetrics = (
        [line for line in page_of(one_of_each(), form).splitlines() if not line.startswith("#")] for form in Format
    )
    assert text == openmetrics
