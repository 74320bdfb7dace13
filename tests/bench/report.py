"""Write the latest benchmark results into the docs."""

import json
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

from tests.bench.benchmark_table import Requirement, Table, line, text
from tests.support.paths import ROOT

RESULTS = Path(__file__).with_name("results.json")
PERFORMANCE = ROOT / "docs" / "performance.md"
_BEGIN = "<!-- make bench writes this: begin -->\n"
_END = "<!-- make bench writes this: end -->\n"

Results = Mapping[str, Any]


def pages(results: Results) -> Mapping[Path, str]:
    """Return each page with these results inserted."""
    return {PERFORMANCE: _placed(PERFORMANCE, chain(_requirements(results), ("",), _tables(results)))}


def write() -> None:
    """Write the pages."""
    for path, page in pages(json.loads(RESULTS.read_text())).items():
        path.write_text(page)


def _placed(path: Path, lines: Iterator[str]) -> str:
    before, begin, rest = path.read_text().partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not end:
        raise ValueError(f"{path}: missing markers {_BEGIN.strip()} and {_END.strip()}")
    return "".join((before, begin, "\n", *(f"{each}\n" for each in lines), "\n", end, after))


def _requirements(results: Results) -> Iterator[str]:
    """Yield the requirements of every benchmark as one table, and the machine."""
    yield line(("measure", "value", "required"))
    yield line(("---", "---", "---"))
    for result in results.values():
        for each in _table(result).requirements:
            yield line((each.name, f"{text(each.value)}{'' if each.met else ', not met'}", each.text))
    yield ""
    yield f"Measured on: {'; '.join(dict.fromkeys(result['machine'] for result in results.values()))}."


def _tables(results: Results) -> Iterator[str]:
    for number, result in enumerate(results.values()):
        if number:
            yield ""
        yield from _table(result).lines()
        yield f"{result['machine']}."


def _table(result: Results) -> Table:
    rows, requirements = result["rows"], [{**each} for each in result["requirements"]]
    for each in requirements:
        del each["met"]
    return Table(
        result["title"],
        list(rows[0]),
        [list(row.values()) for row in rows],
        [Requirement(**each) for each in requirements],
    )


if __name__ == "__main__":
    write()
