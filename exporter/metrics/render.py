"""Renders entities to sample lines, once for each poll that brought something new.

Sample lines of both formats are the same bytes; the formats differ in the headers between them and in the end.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from exporter.metrics.catalog import FAMILIES, Family
from exporter.metrics.columns import Column, HistogramSample, Labels
from exporter.metrics.mapping import Entity, StateSet
from exporter.model import Histogram


class SeriesBlock(NamedTuple):
    """Rendered series that appear and disappear together.

    Attributes:
        chunks: Sample lines of each family.
        series: The number of series.
        dropped: The number of series dropped because of the limit.
        left_out: The families of the dropped series.
        with_start_times: What OpenMetrics pages contain instead of a family's sample lines, for running totals with a
            start time.
    """

    chunks: Mapping[Family, bytes]
    series: int = 0
    dropped: int = 0
    left_out: tuple[Family, ...] = ()
    with_start_times: Mapping[Family, bytes] = {}


def escape_label_value(text: str) -> str:
    """Return text as it stands between the quotes of a label value."""
    # A replacement that finds nothing is cheap: three times as fast as a translation table.
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def label_text(labels: Labels) -> str:
    """Return labels as they stand between braces."""
    text = '",'.join(map('="'.join, labels))
    # One check of the joined text finds the few that need escaping.
    if text.count('"') == 2 * len(labels) - 1 and "\\" not in text and "\n" not in text:
        return f'{text}"'
    return ",".join([f'{name}="{escape_label_value(value)}"' for name, value in labels])


def sample_name(family: Family) -> str:
    """Return the name that a family's sample lines begin with."""
    return f"{family.name}_bucket" if family.kind == "gaugehistogram" else family.name


def frame(family: Family, labels: Labels, suffix: str = "") -> tuple[str, str]:
    """Return the text before and after an entity's own labels in a line with these additional labels."""
    extra = f",{label_text(labels)}" if labels else ""
    return f"{sample_name(family)}{suffix}{{", f"{extra}}} "


@lru_cache(maxsize=10_000)
def _around(column: Column, bounds: tuple[float, ...]) -> tuple[Sequence[tuple[str, str]], tuple[str, str], str]:
    """Return the text around an entity's own labels in the lines of a histogram: of each bucket, the sum, the count."""
    family, labels = column.family, column.labels
    # OpenMetrics requires the decimal point of "5.0", and Prometheus adds it.
    edges = [*map(str, map(float, bounds)), "+Inf"]
    buckets = [frame(family, (*labels, ("le", edge)), "_bucket") for edge in edges]
    return buckets, frame(family, labels, "_sum"), frame(family, labels, "_count")[0]


def histogram_lines(head: str, column: Column, histogram: Histogram) -> str:
    """Return the sample lines of a histogram.

    Args:
        head: The labels of its entity as text.
        column: Its family and further labels.
        histogram: The histogram.
    """
    buckets, (start, end), count = _around(column, histogram.bounds)
    lines = [f"{a}{head}{z}{n + 0}\n" for (a, z), n in zip(buckets, histogram.counts, strict=True)]
    # OpenMetrics allows a histogram without a sum, which then has no count either: the last bucket has the same value.
    if histogram.sum is not None:
        lines.append(f"{start}{head}{end}{histogram.sum}\n{count}{head}{end}{histogram.counts[-1]}\n")
    return "".join(lines)


def _template(state_set: StateSet) -> Sequence[str]:
    """Return the text around an entity's own labels in the lines of a state set, to be joined by them."""
    frames = [(*frame(state_set.family, labels), value) for labels, value in state_set.samples]
    ends = [f"{end}{value}\n" for _, end, value in frames]
    starts = [start for start, _, _ in frames]
    return [starts[0], *(end + start for end, start in zip(ends, starts[1:], strict=False)), ends[-1]]


def render(entities: Iterable[Entity], limit: int | None = None) -> SeriesBlock:
    """Render entities, family by family until the limit of series is reached.

    Args:
        entities: The entities; no two may have the same labels.
        limit: The maximum number of series, None for no limit. A family that does not fit is dropped as a whole,
            because half a family would look like a contact centre half its size.

    Raises:
        TypeError: A vendor's module returned a value or label of a wrong type.
    """
    lines: defaultdict[Family, list[str]] = defaultdict(list)
    columns: dict[Column, tuple[Callable[[str], None], str, str]] = {}
    state_sets: dict[StateSet, tuple[Callable[[str], None], Sequence[str]]] = {}
    used: defaultdict[StateSet, int] = defaultdict(int)
    sizes: Counter[Family] = Counter()
    for labels, samples, state_set, _, histograms in entities:
        head = label_text(labels)
        for column, value in samples:
            known = columns.get(column)
            if known is None:
                known = columns[column] = (lines[column.family].append, *frame(column.family, column.labels))
            append, start, end = known
            # A vendor's module may return a text, which would make the page of all targets invalid: adding 0 raises
            # TypeError for it, and is cheap. It also makes a number of a Boolean.
            append(f"{start}{head}{end}{value + 0}\n")
        if state_set is not None:
            form = state_sets.get(state_set)
            if form is None:
                form = state_sets[state_set] = (lines[state_set.family].append, _template(state_set))
            append, around = form
            append(head.join(around))
            used[state_set] += 1
        if histograms:
            _add_histograms(head, histograms, lines, sizes)
    sizes.update({family: len(rows) for family, rows in lines.items()})
    for state_set, times in used.items():
        sizes[state_set.family] += times * (len(state_set.samples) - 1)
    return _block(lines, sizes, limit)


def _add_histograms(
    head: str, histograms: Iterable[HistogramSample], lines: Mapping[Family, list[str]], sizes: Counter[Family]
) -> None:
    """Add the lines of an entity's histograms, and to the sizes what each has beyond one line."""
    for column, histogram in histograms:
        lines[column.family].append(histogram_lines(head, column, histogram))
        sizes[column.family] += len(histogram.counts) + (-1 if histogram.sum is None else 1)


def _block(lines: Mapping[Family, Sequence[str]], sizes: Mapping[Family, int], limit: int | None) -> SeriesBlock:
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
        # An unpaired surrogate cannot be encoded; a replacement character is better than a failed page.
        chunks[family] = text.encode("utf-8", "replace")
    return SeriesBlock(chunks, series, dropped, tuple(left_out))
