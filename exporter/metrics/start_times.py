"""Sample lines of running totals and histograms with their start times, the `_created` samples of OpenMetrics.

They double the lines of these families, so they are rendered only if configured. In a page, each stands beside its
total: the format does not allow the samples of one series to be apart.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from exporter.metrics.catalog import Family
from exporter.metrics.mapping import Entity
from exporter.metrics.render import frame, histogram_lines, label_text


def with_start_times(entities: Iterable[Entity], families: Collection[Family]) -> Mapping[Family, bytes]:
    """Return the sample lines of running totals, each followed by its start time if that is known.

    Args:
        entities: The entities.
        families: The families that are exported.
    """
    lines: defaultdict[Family, list[str]] = defaultdict(list)
    dated: set[Family] = set()
    for entity in entities:
        head = label_text(entity.labels)
        for column, value in entity.samples:
            family = column.family
            if family.kind != "counter" or family not in families:
                continue
            start, end = frame(family, column.labels)
            lines[family].append(f"{start}{head}{end}{value}\n")
            if entity.began is not None:
                created = start.removesuffix("_total{") + "_created{"
                lines[family].append(f"{created}{head}{end}{entity.began}\n")
                dated.add(family)
        for column, histogram in entity.histograms:
            if column.family not in families:
                continue
            lines[column.family].append(histogram_lines(head, column, histogram))
            if entity.began is not None:
                start, end = frame(column.family, column.labels, "_created")
                lines[column.family].append(f"{start}{head}{end}{entity.began}\n")
                dated.add(column.family)
    return {family: "".join(lines[family]).encode("utf-8", "replace") for family in dated}
