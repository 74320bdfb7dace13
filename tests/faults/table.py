"""The matrix as people read it: a page with a row for each fault and a column for each vendor."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.faults.fault import Fault
from tests.faults.matrix import VENDORS, Cell

PAGE = Path(__file__).parents[2] / "docs" / "faults.md"
UNTOUCHED = "goes on"

_HEAD = """\
# What vendors can do, and what is shown then

Every fault below befalls a target of every vendor, between the exporter and a simulated vendor, over real HTTP; `make
faults` runs all of them and writes this page, `make test` some of each kind. A cell says the `reason` by which
`contactcenter_poll_failures_total` counts the polls that fail, or that the target goes on.

Of every cell is required, and was so when this page was written:

- `contactcenter_up` of what fails is 0 while it fails, and 1 again by a poll that begins within one interval of the
  fault's end: 15 seconds, unless a vendor's own limit makes it longer. A `Retry-After` is waited for first. Who was
  throttled lets the target's other resources go first, which takes a twentieth of the interval. After refused sign-ins
  the target pauses for one interval, then two, then four: here at most 60 seconds.
- Nothing is shown that was not so: every series is one that the healthy vendor told, or absent. There is one exception:
  at APIO each agent is a request, and a fault that begins amid a poll may cost some agents, who are then missing from
  that poll's counts. One that costs more than a tenth of them fails it.
- The last good figures stay until they are stale, and then are gone.
- A resource logs one line when it begins to fail, one more for each further reason, and one when it recovers.
- No other target misses a poll or shows anything else.
- The process takes less than 256 MiB more, vendors and proxies included, whatever befalls fifty targets at once. Each
  allows bodies of 1 MiB here (`limits.body_bytes`): every request under way may hold one of that size.

The clock is the exporter's own, so that what happens to it happens to all targets at once. One figure goes by it: the
oldest wait at Axialys is the age of a date, and wrong for as long, and by as much, as the clock is.

A "level" of JSON is how deep in the document everything is of another type: 0 is the document itself. A target that
goes on then lacks what could not be read, and counts it in `contactcenter_unmapped_values_total`.

"""


def page(cells: Mapping[tuple[str, str], Cell], faults: Iterable[Fault], clocks: Iterable[str]) -> str:
    """Return the page that shows these cells, and what happens to the clock and nobody sees."""
    table = rows({key: said(cell) for key, cell in cells.items()}, faults)
    return f"{_HEAD}{table}{''.join(_line((name, *([UNTOUCHED] * len(VENDORS)))) for name in clocks)}"


def said(cell: Cell) -> str:
    """Return what a cell says."""
    return ", ".join(f"`{reason}`" for reason in cell.reasons) or UNTOUCHED


def rows(told: Mapping[tuple[str, str], str], faults: Iterable[Fault]) -> str:
    """Return the table."""
    found = [(fault.name, *(fault.spares.get(each) or told[fault.name, each] for each in VENDORS)) for fault in faults]
    lines = [("fault", *VENDORS), ("---",) * (len(VENDORS) + 1), *found]
    return "".join(map(_line, lines))


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |\n"


def committed() -> dict[tuple[str, str], str]:
    """Return what the page says of each fault and vendor."""
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("| ")]
    head, _, *body = ([cell.strip() for cell in line.strip("|").split(" | ")] for line in lines)
    return {(row[0], vendor): cell for row in body for vendor, cell in zip(head[1:], row[1:], strict=True)}
