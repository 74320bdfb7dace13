"""From series to bytes: what a poll said is rendered once, what a scrape returns is only joined.

Sample lines of both formats are the same bytes; the formats differ in the headers between them and in the end.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from typing import NamedTuple

from exporter.catalog import FAMILIES, Family
from exporter.mapping import Column, Entity, Labels


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
    return ",".join([f'{name}="{_escaped(value)}"' for name, value in labels])


def _sample_name(family: Family) -> str:
    return f"{family.name}_bucket" if family.kind == "gaugehistogram" else family.name


def _frame(column: Column) -> tuple[str, str]:
    """Return what stands before and behind an entity's own labels in a line of this column."""
    extra = f",{_label_text(column.labels)}" if column.labels else ""
    return f"{_sample_name(column.family)}{{", f"{extra}}} "


def render(entities: Iterable[Entity], limit: int | None = None) -> Part:
    """Render entities, family by family until the limit of series is reached.

    Args:
        entities: What to render; no two may share their labels.
        limit: How many series there is room for, None for any number. A family that does not fit is left out whole,
            because half a family reads as a contact centre half its size.
    """
    lines: defaultdict[Family, list[str]] = defaultdict(list)
    prepared: dict[Column, tuple[Callable[[str], None], str, str]] = {}
    for labels, samples in entities:
        head = _label_text(labels)
        for column, value in samples:
            known = prepared.get(column)
            if known is None:
                known = prepared[column] = (lines[column.family].append, *_frame(column))
            append, start, end = known
            append(f"{start}{head}{end}{value}\n")
    chunks: dict[Family, bytes] = {}
    series = dropped = 0
    left_out: list[Family] = []
    for family in FAMILIES:
        rows = lines.get(family)
        if rows is None:
            continue
        if limit is not None and series + len(rows) > limit:
            dropped += len(rows)
            left_out.append(family)
            continue
        series += len(rows)
        text = "".join(rows) if family.labels else "".join(rows).replace("{}", "")
        # A lone surrogate cannot be written; a replacement character is better than no page at all.
        chunks[family] = text.encode("utf-8", "replace")
    return Part(chunks, series, dropped, tuple(left_out))


class Exposition:
    """Every rendered part, and the pages made of them.

    Parts are kept in the order of their keys' first appearance, so that a page's order is stable.
    """

    def __init__(self, process: Callable[[Format], bytes]) -> None:
        """Start empty.

        Args:
            process: Renders the families of the process itself, which change with every look.
        """
        self._process = process
        self._own = Part({})
        self._parts: dict[str, dict[str, Part]] = {}

    def put_own(self, part: Part) -> None:
        """Replace what the exporter says of itself."""
        self._own = part

    def put(self, target: str, name: str, part: Part) -> None:
        """Replace one part of a target as a whole."""
        self._parts.setdefault(target, {})[name] = part

    def remove(self, target: str) -> None:
        """Forget every part of a target."""
        self._parts.pop(target, None)

    def page(self, form: Format, targets: Iterable[str] | None = None) -> bytes:
        """Return one page of what is known at this moment.

        Args:
            form: The format to write.
            targets: Names of the targets to show; None shows all of them and the exporter itself.

        Raises:
            KeyError: A target is not known.
        """
        return b"".join(self.pieces(form, targets))

    def pieces(self, form: Format, targets: Iterable[str] | None = None) -> Sequence[bytes]:
        """Return what `page` joins. The bytes are shared with every other page of this moment, not copied.

        Args:
            form: The format to write.
            targets: Names of the targets to show; None shows all of them and the exporter itself.

        Raises:
            KeyError: A target is not known.
        """
        names = self._parts if targets is None else dict.fromkeys(targets)
        parts = [part for name in names for part in self._parts[name].values()]
        if targets is None:
            parts.append(self._own)
        found: defaultdict[Family, list[bytes]] = defaultdict(list)
        for part in parts:
            for family, chunk in part.chunks.items():
                found[family].append(chunk)
        pieces: list[bytes] = []
        for family in FAMILIES:
            if family in found:
                pieces.append(_HEADERS[form][family])
                pieces += found[family]
        if targets is None:
            pieces.append(self._process(form))
        if form is Format.OPENMETRICS:
            pieces.append(b"# EOF\n")
        return pieces


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
