"""Benchmark results: a table, and the requirements on its values."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

Cell = str | float | int | None


class Requirement(NamedTuple):
    """A bound on a measured value.

    Attributes:
        name: The name of the value.
        value: The measured value.
        bound: The bound.
        minimum: Whether the bound is a minimum; it is a maximum by default.
    """

    name: str
    value: float
    bound: float
    minimum: bool = False

    @property
    def met(self) -> bool:
        """Whether the value is within the bound."""
        return self.value >= self.bound if self.minimum else self.value <= self.bound

    @property
    def text(self) -> str:
        """The bound as text."""
        return f"at {'least' if self.minimum else 'most'} {self.bound:g}"


class Table(NamedTuple):
    """The results of one benchmark.

    Attributes:
        title: The title.
        columns: The column headings with units.
        rows: The values.
        requirements: Bounds on the values or on their ratios.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    requirements: Sequence[Requirement] = ()

    def plain(self) -> dict[str, object]:
        """Return the table as JSON data."""
        rows = [dict(zip(self.columns, map(_rounded, row), strict=True)) for row in self.rows]
        requirements = [
            {**each._asdict(), "value": _rounded(each.value), "met": each.met} for each in self.requirements
        ]
        return {"title": self.title, "rows": rows, "requirements": requirements}

    def lines(self) -> Iterator[str]:
        """Yield the table as lines of Markdown."""
        yield f"### {self.title}"
        yield ""
        yield line(self.columns)
        yield line(["---"] * len(self.columns))
        for row in self.rows:
            yield line([text(cell) for cell in row])
        yield ""
        for each in self.requirements:
            yield f"- {each.name}: {text(each.value)} ({each.text}{'' if each.met else ', NOT MET'})"
        yield ""


def line(cells: Sequence[str]) -> str:
    """Return one line of a Markdown table."""
    return f"| {' | '.join(cells)} |"


def text(cell: Cell) -> str:
    """Format a value for a table."""
    return "" if cell is None else f"{_rounded(cell):,}" if isinstance(cell, int | float) else cell


def _rounded(cell: Cell) -> Cell:
    if not isinstance(cell, float):
        return cell
    places = 0 if abs(cell) >= 100 else 1 if abs(cell) >= 10 else 2
    return round(cell, places) if places else round(cell)
