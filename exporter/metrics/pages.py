"""The pages that scrapes get, joined from series rendered at the polls."""

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


_NOTHING = SeriesBlock({})


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
        self._parts: dict[str, dict[str, SeriesBlock]] = {}
        # The same chunks by family, as the page of everything has them: with a thousand targets it is looked up, and
        # not put together anew at each scrape. What is gone for now keeps its place.
        self._columns: dict[Family, dict[tuple[str, str], bytes]] = {family: {} for family in FAMILIES}
        self._changes = 0
        self._changed: dict[str, int] = {}

    def put_own(self, part: SeriesBlock) -> None:
        """Replace what the exporter says of itself."""
        self._own = part
        self._changes += 1

    def put(self, target: str, name: str, part: SeriesBlock) -> None:
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

    def page(self, form: Format, targets: Iterable[str] | None = None) -> Page:
        """Return one page of what is known at this moment.

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
    name = sample_name(family)
    # Text knows no gauge histogram, and promtool wants `le` on nothing that calls itself a gauge.
    kind = {"counter": "counter", "gaugehistogram": "untyped"}.get(family.kind, "gauge")
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
