"""The page of the fault matrix: a table of vendors and one of definitions, with a row per fault."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from tests.faults.all_faults import DEFINITION_FAULTS, FAULTS
from tests.faults.fault import Fault
from tests.faults.matrix import DEFINITIONS, VENDORS, Cell

PAGE = Path(__file__).parents[2] / "docs" / "development" / "faults.md"
UNAFFECTED = "not affected"

_HEAD = """\
# Fault matrix

Each fault below is injected into a target of every vendor, between the exporter and a simulated vendor, over real HTTP.
`make faults` runs all faults and writes this page; `make test` runs some of each kind. A cell contains the `reason`
label of `contactcenter_poll_failures_total` for the failed polls, or "not affected" if no poll fails.

The tests require for every cell:

- `contactcenter_up` of the affected resources is 0 during the fault. It returns to 1 with a poll that starts within one
  interval after the end of the fault: 15 seconds, unless a vendor's own limit requires a longer interval. A
  `Retry-After` is honoured first. A throttled resource yields to the target's other resources, which delays it by up
  to 5 % of the interval. After refused sign-ins the target pauses for one interval, then two, then four: here at
  most 60 seconds.
- No wrong series are exported: every series equals that of the healthy vendor or is absent.
- The last good data is exported until it is stale and is then removed.
- A resource logs one line when it starts to fail, one for each further reason, and one when it recovers.
- No other target misses a poll or exports different series.
- The process uses less than 256 MiB of additional memory, vendors and proxies included, even when all fifty targets
  fail at once. Each target allows bodies of 1 MiB here (`limits.body_bytes`), and every pending request may hold one of
  that size.

Clock faults change the exporter's own clock and therefore affect all targets at once. One value depends on this clock:
the oldest wait at Axialys is computed as the age of a date, so it is wrong by the clock's error for as long as that
lasts.

The "level" of wrong JSON types is the depth in the document at which every value has another type; 0 is the document
itself. A target that is not affected lacks the values that could not be read and counts them in
`contactcenter_unmapped_values_total`.

"""


_DEFINITIONS_HEAD = """\

## Vendor definitions

Vendors without code: the first example of each [definition](../../exporter/vendors/definitions) is served over HTTP, so
that a new definition gets its column without further code. The faults of pages differ: a definition's pages follow each
other by an address or by numbers, and no part of a list may pass for the whole. An agent whose state has a wrong JSON
type is counted as `unknown`.

"""


def page(texts: Mapping[tuple[str, str], str], clocks: Sequence[str]) -> str:
    """Return the page with the texts of these cells and the clock faults, which affect no vendor."""
    vendors = _table(texts, FAULTS, VENDORS, clocks)
    return f"{_HEAD}{vendors}{_DEFINITIONS_HEAD}{_table(texts, DEFINITION_FAULTS, DEFINITIONS, clocks)}"


def text(cell: Cell) -> str:
    """Return the text of a cell."""
    return ", ".join(f"`{reason}`" for reason in cell.reasons) or UNAFFECTED


def _table(
    texts: Mapping[tuple[str, str], str], faults: Iterable[Fault], vendors: Sequence[str], clocks: Iterable[str]
) -> str:
    found = [
        (fault.name, *(fault.not_applicable.get(each) or texts[fault.name, each] for each in vendors))
        for fault in faults
    ]
    unaffected = [(name, *([UNAFFECTED] * len(vendors))) for name in clocks]
    lines = [("fault", *vendors), ("---",) * (len(vendors) + 1), *found, *unaffected]
    return "".join(map(_line, lines))


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |\n"


def committed() -> dict[tuple[str, str], str]:
    """Return the committed page's cell text for each fault and vendor or definition."""
    cells: dict[tuple[str, str], str] = {}
    vendors: list[str] = []
    for line in PAGE.read_text().splitlines():
        name, *texts = (cell.strip() for cell in line.strip("|").split(" | "))
        if name == "fault":
            vendors = texts
        elif line.startswith("| ") and name != "---":
            cells |= {(name, vendor): cell for vendor, cell in zip(vendors, texts, strict=True)}
    return cells
