"""What a benchmark found: a table to read, and the figures that are promised."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

Cell = str | float | int | None


class Promise(NamedTuple):
    """A figure that is promised.

    Attributes:
        name: What it is.
        found: The figure.
        bound: What it has to be.
        least: Whether the bound is the least it may be; else the most.
    """

    name: str
    found: float
    bound: float
    least: bool = False

    @property
    def kept(self) -> bool:
        """Whether it is as promised."""
        return self.found >= self.bound if self.least else self.found <= self.bound

    @property
    def promised(self) -> str:
        """What it has to be, in words."""
        return f"at {'least' if self.least else 'most'} {self.bound:g}"


class Table(NamedTuple):
    """What one benchmark found.

    Attributes:
        title: What was measured.
        columns: What stands in each column, with its unit.
        rows: The figures.
        promises: Those of them, or ratios of them, that are promised.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    promises: Sequence[Promise] = ()

    def plain(self) -> dict[str, object]:
        """Return it as JSON has it."""
        rows = [dict(zip(self.columns, map(_rounded, row), strict=True)) for row in self.rows]
        promises = [{**each._asdict(), "found": _rounded(each.found), "kept": each.kept} for each in self.promises]
        return {"title": self.title, "rows": rows, "promises": promises}

    def lines(self) -> Iterator[str]:
        """Yield it as Markdown."""
        yield f"### {self.title}"
        yield ""
        yield line(self.columns)
        yield line(["---"] * len(self.columns))
        for row in self.rows:
            yield line([text(cell) for cell in row])
        yield ""
        for each in self.promises:
            yield f"- {each.name}: {text(each.found)} ({each.promised}{'' if each.kept else ', NOT KEPT'})"
        yield ""


def line(cells: Sequence[str]) -> str:
    """Return one line of a Markdown table."""
    return f"| {' | '.join(cells)} |"


def text(cell: Cell) -> str:
    """Return a figure as a table shows it."""
    return "" if cell is None else f"{_rounded(cell):,}" if isinstance(cell, int | float) else cell


def _rounded(cell: Cell) -> Cell:
    if not isinstance(cell, float):
        return cell
    places = 0 if abs(cell) >= 100 else 1 if abs(cell) >= 10 else 2
    return round(cell, places) if places else round(cell)
