"""What the benchmarks found last, as the docs show it."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.bench.benchmark_table import Promise, Table, line, text
from tests.support.paths import ROOT

KEPT = Path(__file__).with_name("results.json")
README, PERFORMANCE = ROOT / "README.md", ROOT / "docs" / "performance.md"
_BEGIN = "<!-- make bench writes this: begin -->\n"
_END = "<!-- make bench writes this: end -->\n"

Kept = Mapping[str, Any]


def pages(kept: Kept) -> Mapping[Path, str]:
    """Return each page that shows results, with these in their place."""
    return {README: _placed(README, _promises(kept)), PERFORMANCE: _placed(PERFORMANCE, _tables(kept))}


def write() -> None:
    """Write the pages."""
    for path, page in pages(json.loads(KEPT.read_text())).items():
        path.write_text(page)


def _placed(path: Path, lines: Iterator[str]) -> str:
    before, begin, rest = path.read_text().partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not end:
        raise ValueError(f"{path}: nowhere to put the results: {_BEGIN.strip()} and {_END.strip()} are missing")
    return "".join((before, begin, "\n", *(f"{each}\n" for each in lines), "\n", end, after))


def _promises(kept: Kept) -> Iterator[str]:
    """Yield the promises of every benchmark as one table, and what they were measured on."""
    yield line(("measured", "found", "promised"))
    yield line(("---", "---", "---"))
    for result in kept.values():
        for each in _table(result).promises:
            yield line((each.name, f"{text(each.found)}{'' if each.kept else ', not kept'}", each.promised))
    yield ""
    yield f"Measured on: {'; '.join(dict.fromkeys(result['machine'] for result in kept.values()))}."


def _tables(kept: Kept) -> Iterator[str]:
    for number, result in enumerate(kept.values()):
        if number:
            yield ""
        yield from _table(result).lines()
        yield f"{result['machine']}."


def _table(result: Kept) -> Table:
    rows, promises = result["rows"], [{**each} for each in result["promises"]]
    for each in promises:
        del each["kept"]
    return Table(
        result["title"],
        list(rows[0]),
        [list(row.values()) for row in rows],
        [Promise(**each) for each in promises],
    )


if __name__ == "__main__":
    write()
