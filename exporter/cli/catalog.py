"""The metrics reference as Markdown, made of the catalogue, the mapping and the vendors' tables."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from exporter import plugins
from exporter.metrics.catalog import FAMILIES, PREFIX, Family
from exporter.metrics.mapping import feeds
from exporter.vendors.base import load_vendor
from exporter.vendors.toolkit.decoder import RowSchema

_INTRODUCTION = """\
# Metrics

Made by `contactcenter-exporter catalog`; do not edit.

A field that a vendor does not send makes no series: missing is absent, never 0. A resource that fails keeps its last
series until they are stale, then they are gone. Vendors are polled on the exporter's own timer, because they limit how
often they may be asked; `contactcenter_poll_interval_seconds` shows it, and a scrape only returns what the last poll
brought. [Which vendor feeds what](#coverage) stands at the end.
"""


def render_reference() -> str:
    """Return the reference of every family."""
    sources = _sources()
    sections = "".join(_section(family, sources.get(family, {})) for family in FAMILIES)
    return _INTRODUCTION + sections + _coverage(sources)


def _section(family: Family, sources: dict[str, list[str]]) -> str:
    unit = f", in {family.unit}" if family.unit else ""
    labels = ", ".join(f"`{label}`" for label in family.labels) or "none"
    text = f"\n## {family.name}\n\n{family.help}\n\n{family.kind}{unit}; labels: {labels}\n"
    if not sources:
        return text
    rows = "".join(f"| {vendor} | {_fields(names)} |\n" for vendor, names in sources.items())
    return f"{text}\n| vendor | fields |\n|---|---|\n{rows}"


def _coverage(sources: dict[Family, dict[str, list[str]]]) -> str:
    """Return family by vendor with the vendor's fields; an empty cell is a figure the vendor does not publish."""
    vendors = plugins.names()
    head = f"| family | {' | '.join(vendors)} |\n|---|{'---|' * len(vendors)}\n"
    rows = (
        f"| `{family.name.removeprefix(PREFIX)}` | "
        + " | ".join(_fields(sources[family].get(vendor, ())) for vendor in vendors)
        + " |\n"
        for family in FAMILIES
        if family in sources
    )
    return f"\n# Coverage\n\nAn empty cell: the vendor does not publish it.\n\n{head}{''.join(rows)}"


def _fields(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _sources() -> dict[Family, dict[str, list[str]]]:
    """Return the vendors' fields that feed each family, by vendor."""
    sources: defaultdict[Family, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for name in plugins.names():
        for table in load_vendor(name).tables:
            for field, family in _fed(table):
                if field not in sources[family][name]:
                    sources[family][name].append(field)
    return {family: dict(by_vendor) for family, by_vendor in sources.items()}


def _fed(table: RowSchema[Any]) -> Iterator[tuple[str, Family]]:
    for field in table.fields:
        for family in feeds(table.model, field.to):
            if isinstance(field.read, RowSchema):
                yield from ((f"{field.name}[].{inner.name}", family) for inner in field.read.fields if inner.to != "id")
            else:
                yield field.name, family
