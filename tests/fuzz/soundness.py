"""What every page must be, whatever is shown: read by both of prometheus_client's parsers, and all series different."""

import math
import re
from functools import lru_cache

from exporter.metrics.pages import Format
from tests.fuzz.strategies import CORE
from tests.support.exposition import read

# Where a family begins; a line feed in a label would begin one too, and then neither part can be read.
_FAMILY = re.compile(rb"^(?=# HELP )", re.MULTILINE)
_END = b"# EOF\n"


def require_sound(page: bytes, form: Format) -> None:
    """Require that a parser reads as many series as there are lines, all different, none NaN and none with a secret."""
    if form is Format.OPENMETRICS:
        assert page.endswith(_END)
        page = page.removesuffix(_END)
    assert CORE.encode() not in page
    blocks = [block for block in _FAMILY.split(page) if block]
    names = [family for block in blocks for family in _family(block, form)]
    assert len(set(names)) == len(names), "a family stands in two places"


@lru_cache(maxsize=1 << 14)
def _family(block: bytes, form: Format) -> tuple[tuple[str, str], ...]:
    """Check the families of a block, each of which stands by itself, and return their names.

    Most blocks of a page are those of the page before, and parsers are slow.
    """
    families = read(block + (_END if form is Format.OPENMETRICS else b""), form)
    samples = [sample for family in families for sample in family.samples]
    series = {(sample.name, *sorted(sample.labels.items())) for sample in samples}
    assert len(series) == len(samples) == block.count(b"\n") - block.count(b"\n# ") - 1
    assert all(math.isfinite(sample.value) and sample.value >= 0 for sample in samples)
    return tuple((family.name, family.type) for family in families)
