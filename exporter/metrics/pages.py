"""The pages served to scrapes, joined from series that were rendered at the polls."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from typing import NamedTuple

from exporter.metrics.catalog import FAMILIES, Family
from exporter.metrics.render import SeriesBlock, escape_label_value, sample_name


class Format(Enum):
    """An exposition format; the value is its content type."""

    TEXT = "text/plain; version=0.0.4; charset=utf-8"
    OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"


class Page(NamedTuple):
    """One page, in pieces that are shared with other pages of the same moment instead of copied.

    Attributes:
        generation: Pages of the same targets, format and generation have the same lasting pieces.
        lasting: Sample lines and their headers, unchanged until the next poll.
        passing: Process metrics, which change with every scrape, and the end of the page.
    """

    generation: tuple[int, ...]
    lasting: Sequence[bytes]
    passing: Sequence[bytes]

    @property
    def pieces(self) -> Sequence[bytes]:
        """All pieces of the page, in order."""
        return [*self.lasting, *self.passing]


_EMPTY = SeriesBlock({})
_END = {Format.TEXT: (), Format.OPENMETRICS: (b"# EOF\n",)}


class Exposition:
    """All rendered series blocks, and the pages made of them.

    Within a family, blocks keep the order of their first appearance, so a page's order is stable.

    Attributes:
        start_times: Whether OpenMetrics pages contain the start times of running totals.
    """

    def __init__(self, process: Callable[[Format], bytes], *, start_times: bool = False) -> None:
        """Start empty.

        Args:
            process: Renders the process metrics, which change with every scrape.
            start_times: Whether OpenMetrics pages contain the start times of running totals.
        """
        self.start_times = start_times
        self._process = process
        self._own = _EMPTY
        self._blocks: dict[str, dict[str, SeriesBlock]] = {}
        # The same chunks by family, in the order of the full page, so that a scrape of a thousand targets does not
        # have to regroup them. An absent chunk keeps its place.
        self._columns: dict[Family, dict[tuple[str, str], bytes]] = {family: {} for family in FAMILIES}
        # What OpenMetrics pages contain in the place of some of these chunks; empty unless start times are exported.
        self._with_start_times: defaultdict[Family, dict[tuple[str, str], bytes]] = defaultdict(dict)
        self._changes = 0
        self._changed: dict[str, int] = {}

    def put_own(self, block: SeriesBlock) -> None:
        """Replace the exporter's own series."""
        self._own = block
        self._changes += 1

    def put(self, target: str, name: str, block: SeriesBlock) -> None:
        """Replace one series block of a target."""
        blocks = self._blocks.setdefault(target, {})
        place = (target, name)
        before = blocks.get(name, _EMPTY)
        for family in before.chunks.keys() - block.chunks.keys():
            self._columns[family][place] = b""
        for family in before.with_start_times:
            del self._with_start_times[family][place]
        for family, chunk in block.with_start_times.items():
            self._with_start_times[family][place] = chunk
        for family, chunk in block.chunks.items():
            self._columns[family][place] = chunk
        blocks[name] = block
        self._changes += 1
        self._changed[target] = self._changes

    def remove(self, target: str) -> None:
        """Remove every series block of a target."""
        for name in self._blocks.pop(target, {}):
            for column in (*self._columns.values(), *self._with_start_times.values()):
                column.pop((target, name), None)
        self._changed.pop(target, None)
        self._changes += 1

    def page(self, form: Format, targets: Iterable[str] | None = None) -> Page:
        """Return one page of the current series.

        Args:
            form: The format to write.
            targets: Names of the targets to include; None includes all of them and the exporter itself.

        Raises:
            KeyError: A target is unknown.
        """
        if targets is None:
            return Page((self._changes,), self._everything(form), [self._process(form), *_END[form]])
        names = tuple(dict.fromkeys(targets))
        return Page(tuple(self._changed[name] for name in names), self._narrowed(form, names), _END[form])

    def own_page(self, form: Format) -> Page:
        """Return a page of the exporter's own series only."""
        families = [family for family in FAMILIES if self._own.chunks.get(family)]
        pieces = [piece for family in families for piece in (_HEADERS[form][family], self._own.chunks[family])]
        return Page((self._changes, 0), pieces, [self._process(form), *_END[form]])

    def _everything(self, form: Format) -> Sequence[bytes]:
        pieces: list[bytes] = []
        for family, column in self._columns.items():
            own = self._own.chunks.get(family, b"")
            if own or any(column.values()):
                pieces.append(_HEADERS[form][family])
                others = self._with_start_times.get(family) if form is Format.OPENMETRICS else None
                pieces += [others.get(place, chunk) for place, chunk in column.items()] if others else column.values()
                pieces.append(own)
        return pieces

    def _narrowed(self, form: Format, targets: Iterable[str]) -> Sequence[bytes]:
        found: defaultdict[Family, list[bytes]] = defaultdict(list)
        for target in targets:
            for block in self._blocks[target].values():
                others = block.with_start_times if form is Format.OPENMETRICS else {}
                for family, chunk in block.chunks.items():
                    found[family].append(others.get(family, chunk))
        return [piece for family in FAMILIES if family in found for piece in (_HEADERS[form][family], *found[family])]


def _text_header(family: Family) -> bytes:
    name = sample_name(family)
    # The text format has no gauge histogram, and promtool rejects `le` on a gauge.
    kinds = {"counter": "counter", "histogram": "histogram", "gaugehistogram": "untyped"}
    kind = kinds.get(family.kind, "gauge")
    text = family.help.replace("\\", r"\\").replace("\n", r"\n")
    return f"# HELP {name} {text}\n# TYPE {name} {kind}\n".encode()


def _openmetrics_header(family: Family) -> bytes:
    # OpenMetrics names a counter without its `_total` and an info without its `_info`.
    name = family.name.removesuffix({"counter": "_total", "info": "_info"}.get(family.kind, ""))
    unit = f"# UNIT {name} {family.unit}\n" if family.unit and name.endswith(f"_{family.unit}") else ""
    return f"# HELP {name} {escape_label_value(family.help)}\n# TYPE {name} {family.kind}\n{unit}".encode()


_HEADERS: dict[Format, dict[Family, bytes]] = {
    Format.TEXT: {family: _text_header(family) for family in FAMILIES},
    Format.OPENMETRICS: {family: _openmetrics_header(family) for family in FAMILIES},
}
