"""Checks of every page: both of prometheus_client's parsers accept it, and all series are unique."""

import math
import re
from functools import lru_cache

from exporter.metrics.pages import Format
from tests.fuzz.strategies import CORE
from tests.support.exposition import read

# The start of a family; an unescaped line feed in a label would split one, and neither part would parse.
_FAMILY = re.compile(rb"^(?=# HELP )", re.MULTILINE)
_END = b"# EOF\n"
# The 64-bit one has the same float as 2**64, which is a number.
_UNSIGNED_MINUS_ONE = 2**32 - 1


def require_sound(page: bytes, form: Format) -> None:
    """Require one unique series per line, no NaN, no negative value, also as an unsigned number, and no secret."""
    if form is Format.OPENMETRICS:
        assert page.endswith(_END)
        page = page.removesuffix(_END)
    assert CORE.encode() not in page
    blocks = [block for block in _FAMILY.split(page) if block]
    names = [family for block in blocks for family in _family(block, form)]
    assert len(set(names)) == len(names), "a family occurs twice"


@lru_cache(maxsize=1 << 14)
def _family(block: bytes, form: Format) -> tuple[tuple[str, str], ...]:
    """Check the families of a block and return their names and types.

    Cached because parsers are slow and most blocks are the same as on the previous page.
    """
    families = read(block + (_END if form is Format.OPENMETRICS else b""), form)
    samples = [sample for family in families for sample in family.samples]
    series = {(sample.name, *sorted(sample.labels.items())) for sample in samples}
    assert len(series) == len(samples) == block.count(b"\n") - block.count(b"\n# ") - 1
    assert all(math.isfinite(sample.value) and sample.value >= 0 for sample in samples)
    assert all(sample.value != _UNSIGNED_MINUS_ONE for sample in samples)
    return tuple((family.name, family.type) for family in families)
