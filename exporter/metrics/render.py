"""From series to bytes: what a poll said is rendered once, what a scrape returns is only joined.

Sample lines of both formats are the same bytes; the formats differ in the headers between them and in the end.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from typing import NamedTuple

from exporter.metrics.catalog import FAMILIES, Family
from exporter.metrics.mapping import Block, Column, Entity, Labels


class Format(Enum):
    """An exposition format; the value is its content type."""

    TEXT = "text/plain; version=0.0.4; charset=utf-8"
    OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"


class Part(NamedTuple):
    """Rendered series that come and go together.

    Attributes:
        chunks: Sample lines of each family.
        series: How many series they are.
        dropped: How many series found no room.
        left_out: The families they belong to.
    """

    chunks: Mapping[Family, bytes]
    series: int = 0
    dropped: int = 0
    left_out: tuple[Family, ...] = ()


def _escaped(text: str) -> str:
    # Each replacement only looks where there is nothing to do, which is three times as fast as a translation table.
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _label_text(labels: Labels) -> str:
    text = '",'.join(map('="'.join, labels))
    # One look at all of them finds the few with something to escape.
    if text.count('"') == 2 * len(labels) - 1 and "\\" not in text and "\n" not in text:
        return f'{text}"'
    return ",".join([f'{name}="{_escaped(value)}"' for name, value in labels])


def _sample_name(family: Family) -> str:
    return f"{family.name}_bucket" if family.kind == "gaugehistogram" else family.name


def _frame(family: Family, labels: Labels) -> tuple[str, str]:
    """Return what stands before and behind an entity's own labels in a line with these labels besides."""
    extra = f",{_label_text(labels)}" if labels else ""
    return f"{_sample_name(family)}{{", f"{extra}}} "


def _form(block: Block) -> Sequence[str]:
    """Return what stands around an entity's own labels in the lines of a block, to be joined by them."""
    frames = [(*_frame(block.family, labels), value) for labels, value in block.samples]
    ends = [f"{end}{value}\n" for _, end, value in frames]
    starts = [start for start, _, _ in frames]
    return [starts[0], *(end + start for end, start in zip(ends, starts[1:], strict=False)), ends[-1]]


def render(entities: Iterable[Entity], limit: int | None = None) -> Part:
    """Render entities, family by family until the limit of series is reached.

    Args:
        entities: What to render; no two may share their labels.
        limit: How many series there is room for, None for any number. A family that does not fit is left out whole,
            because half a family reads as a contact centre half its size.
    """
    lines: defaultdict[Family, list[str]] = defaultdict(list)
    columns: dict[Column, tuple[Callable[[str], None], str, str]] = {}
    blocks: dict[Block, tuple[Callable[[str], None], Sequence[str]]] = {}
    used: defaultdict[Block, int] = defaultdict(int)
    for labels, samples, block in entities:
        head = _label_text(labels)
        for column, value in samples:
            known = columns.get(column)
            if known is None:
                known = columns[column] = (lines[column.family].append, *_frame(column.family, column.labels))
            append, start, end = known
            append(f"{start}{head}{end}{value}\n")
        if block is not None:
            form = blocks.get(block)
            if form is None:
                form = blocks[block] = (lines[block.family].append, _form(block))
            append, around = form
            append(head.join(around))
            used[block] += 1
    sizes = Counter({family: len(rows) for family, rows in lines.items()})
    for block, times in used.items():
        sizes[block.family] += times * (len(block.samples) - 1)
    return _part(lines, sizes, limit)


def _part(lines: Mapping[Family, Sequence[str]], sizes: Mapping[Family, int], limit: int | None) -> Part:
    chunks: dict[Family, bytes] = {}
    series = dropped = 0
    left_out: list[Family] = []
    for family in FAMILIES:
        if family not in lines:
            continue
        if limit is not None and series + sizes[family] > limit:
            dropped += sizes[family]
            left_out.append(family)
            continue
        series += sizes[family]
        text = "".join(lines[family]) if family.labels else "".join(lines[family]).replace("{}", "")
        # A lone surrogate cannot be written; a replacement character is better than no page at all.
        chunks[family] = text.encode("utf-8", "replace")
    return Part(chunks, series, dropped, tuple(left_out))


class Page(NamedTuple):
    """One page of one moment, in pieces that are shared with every other page of this moment, not copied.

    Attributes:
        generation: What of the same targets in the same format has the same generation has the same lasting pieces.
        lasting: Sample lines and their headers, which stay until the next poll.
        passing: What changes with every look, and the end.
    """

    generation: tuple[int, ...]
    lasting: Sequence[bytes]
    passing: Sequence[bytes]

    @property
    def pieces(self) -> Sequence[bytes]:
        """All of the page."""
        return [*self.lasting, *self.passing]


_NOTHING = Part({})


class Exposition:
    """Every rendered part, and the pages made of them.

    Within a family, parts are kept in the order of their first appearance, so that a page's order is stable.
    """

    def __init__(self, process: Callable[[Format], bytes]) -> None:
        """Start empty.

        Args:
            process: Renders the families of the process itself, which change with every look.
        """
        self._process = process
        self._own = _NOTHING
        self._parts: dict[str, dict[str, Part]] = {}
        # The same chunks by family, as the page of everything has them: with a thousand targets it is looked up, and
        # not put together anew at each scrape. What is gone for now keeps its place.
        self._columns: dict[Family, dict[tuple[str, str], bytes]] = {family: {} for family in FAMILIES}
        self._changes = 0
        self._changed: dict[str, int] = {}

    def put_own(self, part: Part) -> None:
        """Replace what the exporter says of itself."""
        self._own = part
        self._changes += 1

    def put(self, target: str, name: str, part: Part) -> None:
        """Replace one part of a target as a whole."""
        parts = self._parts.setdefault(target, {})
        place = (target, name)
        for family in parts.get(name, _NOTHING).chunks.keys() - part.chunks.keys():
            self._columns[family][place] = b""
        for family, chunk in part.chunks.items():
            self._columns[family][place] = chunk
        parts[name] = part
        self._changes += 1
        self._changed[target] = self._changes

    def remove(self, target: str) -> None:
        """Forget every part of a target."""
        for name in self._parts.pop(target, {}):
            for column in self._columns.values():
                column.pop((target, name), None)
        self._changed.pop(target, None)
        self._changes += 1

    def page(self, form: Format, targets: Iterable[str] | None = None) -> bytes:
        """Return one page of what is known at this moment.

        Args:
            form: The format to write.
            targets: Names of the targets to show; None shows all of them and the exporter itself.

        Raises:
            KeyError: A target is not known.
        """
        return b"".join(self.look(form, targets).pieces)

    def look(self, form: Format, targets: Iterable[str] | None = None) -> Page:
        """Return what `page` joins.

        Args:
            form: The format to write.
            targets: Names of the targets to show; None shows all of them and the exporter itself.

        Raises:
            KeyError: A target is not known.
        """
        end = [b"# EOF\n"] if form is Format.OPENMETRICS else []
        if targets is None:
            return Page((self._changes,), self._everything(form), [self._process(form), *end])
        names = tuple(dict.fromkeys(targets))
        return Page(tuple(self._changed[name] for name in names), self._narrowed(form, names), end)

    def _everything(self, form: Format) -> Sequence[bytes]:
        pieces: list[bytes] = []
        for family, column in self._columns.items():
            own = self._own.chunks.get(family, b"")
            if own or any(column.values()):
                pieces.append(_HEADERS[form][family])
                pieces += column.values()
                pieces.append(own)
        return pieces

    def _narrowed(self, form: Format, targets: Iterable[str]) -> Sequence[bytes]:
        found: defaultdict[Family, list[bytes]] = defaultdict(list)
        for target in targets:
            for part in self._parts[target].values():
                for family, chunk in part.chunks.items():
                    found[family].append(chunk)
        return [piece for family in FAMILIES if family in found for piece in (_HEADERS[form][family], *found[family])]


def _text_header(family: Family) -> bytes:
    name = _sample_name(family)
    # Text knows no gauge histogram, and promtool wants `le` on nothing that calls itself a gauge.
    kind = {"counter": "counter", "gaugehistogram": "untyped"}.get(family.kind, "gauge")
    text = family.help.replace("\\", r"\\").replace("\n", r"\n")
    return f"# HELP {name} {text}\n# TYPE {name} {kind}\n".encode()


def _openmetrics_header(family: Family) -> bytes:
    name, kind = _openmetrics_name(family)
    unit = f"# UNIT {name} {family.unit}\n" if family.unit and name.endswith(f"_{family.unit}") else ""
    return f"# HELP {name} {_escaped(family.help)}\n# TYPE {name} {kind}\n{unit}".encode()


def _openmetrics_name(family: Family) -> tuple[str, str]:
    """Return the family's name and type there.

    OpenMetrics names a counter without its `_total`. Where another family already has that name (the seconds an
    agent is in a state, and the total of them), the counter stays whole and untyped, or parsers refuse the page.
    """
    base = family.name.removesuffix({"counter": "_total", "info": "_info"}.get(family.kind, ""))
    if base != family.name and any(other.name == base for other in FAMILIES):
        return family.name, "unknown"
    return base, family.kind


_HEADERS: dict[Format, dict[Family, bytes]] = {
    Format.TEXT: {family: _text_header(family) for family in FAMILIES},
    Format.OPENMETRICS: {family: _openmetrics_header(family) for family in FAMILIES},
}
