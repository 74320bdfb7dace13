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
        yield _line(self.columns)
        yield _line(["---"] * len(self.columns))
        for row in self.rows:
            yield _line([_text(cell) for cell in row])
        yield ""
        for each in self.promises:
            word = "at least" if each.least else "at most"
            yield f"- {each.name}: {_text(each.found)} ({word} {each.bound:g}{'' if each.kept else ', NOT KEPT'})"
        yield ""


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _text(cell: Cell) -> str:
    return "" if cell is None else f"{_rounded(cell):,}" if isinstance(cell, int | float) else cell


def _rounded(cell: Cell) -> Cell:
    if not isinstance(cell, float):
        return cell
    places = 0 if abs(cell) >= 100 else 1 if abs(cell) >= 10 else 2
    return round(cell, places) if places else round(cell)
