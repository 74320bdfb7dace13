"""Render entities and parse pages, for tests that read like examples."""

import os
from collections.abc import Iterable
from pathlib import Path

from prometheus_client import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from exporter.metrics.catalog import FAMILIES, Family
from exporter.metrics.mapping import Column, Detail, Entity, entities
from exporter.metrics.pages import Exposition, Format
from exporter.metrics.render import render
from exporter.model import Agent, Histogram, Queue, Snapshot, Trunk
from exporter.web.scrape import Source


def no_process(_form: Format) -> bytes:
    """Replace the metrics of the process, which differ from run to run."""
    return b""


def page_of(found: Iterable[Entity], form: Format = Format.TEXT) -> str:
    """Return the page of these entities only."""
    exposition = Exposition(no_process)
    exposition.put_own(render(found))
    return page_bytes(exposition, form).decode()


def read(page: bytes | str, form: Format) -> list[Metric]:
    """Return the families that prometheus_client parses from a page."""
    text = page if isinstance(page, str) else page.decode()
    return list(parse_text(text) if form is Format.TEXT else parse_openmetrics(text))  # type: ignore[no-untyped-call]


def require_golden(file: Path, text: str) -> None:
    """Require that a golden file holds this text; `GOLDEN=write` in the environment rewrites the file first."""
    if os.environ.get("GOLDEN") == "write":
        file.write_text(text)
    assert text == file.read_text()


def series_of(found: Iterable[Entity]) -> str:
    """Return the sample lines of these entities in page order."""
    lines = page_of(found).splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith("#"))


def series(
    *, queue: Queue | None = None, trunk: Trunk | None = None, agent: Agent | None = None, detail: Detail | None = None
) -> str:
    """Return the sample lines of target `a` for the given queue, trunk and agent."""
    snapshot = Snapshot(
        queues=() if queue is None else (queue,),
        trunks=() if trunk is None else (trunk,),
        agents=None if agent is None else (agent,),
    )
    return series_of(entities("a", snapshot, detail or Detail()))


def one_of(family: Family) -> Entity:
    """Return a series of the family; a histogram has three buckets."""
    own = tuple((name, f"some {name}") for name in family.labels if name != "le")
    if family.kind == "gaugehistogram":
        buckets = (("60", 1), ("180", 2), ("+Inf", 3))
        return Entity(own, [(Column(family, (("le", le),)), count) for le, count in buckets])
    if family.kind == "histogram":
        histogram = Histogram(bounds=(10.0, 20.0), counts=(1, 2, 3), sum=47.5)
        return Entity(own, (), histograms=[(Column(family), histogram)])
    return Entity(own, [(Column(family), 1)])


def one_of_each() -> list[Entity]:
    """Return a series of every family of the catalogue."""
    return [one_of(family) for family in FAMILIES]


def page_bytes(source: Source, form: Format, targets: Iterable[str] | None = None) -> bytes:
    """Return one page as the bytes that a scrape gets."""
    return b"".join(source.page(form, targets).pieces)


def queue_entity(queue_id: str, *families: Family, target: str = "a") -> Entity:
    """Return a queue with 1 in each family."""
    labels = (("target", target), ("queue_id", queue_id), ("queue", ""), ("channel", ""))
    return Entity(labels, [(Column(family), 1) for family in families])
