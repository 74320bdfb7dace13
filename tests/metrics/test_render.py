"""Entities in, sample lines out, read back by prometheus_client's parsers."""

from collections.abc import Iterable

import pytest
from prometheus_client import Metric

from exporter.metrics import catalog
from exporter.metrics.mapping import Column, Detail, Entity, entities
from exporter.metrics.pages import Format
from exporter.metrics.render import render
from exporter.model import Agent, Queue, Snapshot, WaitAges
from tests.support.exposition import page_of, queue_entity, read

HOSTILE = (
    'quotes " inside',
    "back\\slash",
    "new\nline",
    "\\n no newline",
    'all at once \\"\n\\',
    "ends in a backslash\\",
    "{curly} # HELP , = }",
    "tab\tand\rreturn",
    "null \x00",
    "Zürich 電話 ☎️ 👩‍💻",
    "next\x85line\u2028separator",
    "%s {0} {head}",
    " ",
    "",
    "x" * 4000,
)
WAITING = catalog.QUEUE_WAITING_CONTACTS
STAFFED = catalog.QUEUE_STAFFED_AGENTS
AVERAGE_WAIT = catalog.QUEUE_AVERAGE_WAIT


def labels_read(metrics: Iterable[Metric]) -> list[str]:
    """Return the id of the queue of each sample read."""
    return [sample.labels["queue_id"] for metric in metrics for sample in metric.samples]


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_a_hostile_name_survives_the_round_trip(name: str) -> None:
    found = [queue_entity("before", WAITING), queue_entity(name, WAITING), queue_entity("after", WAITING)]
    expected = ["before", name, "after"]
    for form in Format:
        assert labels_read(read(page_of(found, form), form)) == expected


def test_an_unpaired_surrogate_costs_one_character() -> None:
    assert labels_read(read(page_of([queue_entity("bad \ud800 end", WAITING)]), Format.TEXT)) == ["bad ? end"]


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0, "0"),
        (3, "3"),
        (0.1, "0.1"),
        (1e22, "1e+22"),
        (1_700_000_000.123, "1700000000.123"),
        (10**17, "1" + "0" * 17),
        (True, "1"),
    ],
)
def test_a_value_is_written_exactly(value: float, written: str) -> None:
    page = page_of([Entity(queue_entity("7").labels, [(Column(WAITING), value)])])
    assert page.endswith(f" {written}\n")
    (metric,) = read(page, Format.TEXT)
    assert metric.samples[0].value == value


def test_above_the_limit_whole_families_are_dropped_and_counted() -> None:
    rows = [
        queue_entity("1", WAITING, STAFFED),
        queue_entity("2", WAITING, STAFFED),
        queue_entity("3", WAITING, STAFFED, AVERAGE_WAIT),
    ]
    everything = render(rows)
    assert (everything.series, everything.dropped) == (7, 0)
    assert render(rows, 7) == everything
    for limit, kept, dropped in (
        (6, [WAITING, STAFFED], 1),
        (5, [WAITING, AVERAGE_WAIT], 3),
        (3, [WAITING], 4),
        (2, [AVERAGE_WAIT], 6),
        (0, [], 7),
    ):
        part = render(rows, limit)
        assert list(part.chunks) == kept
        assert part.dropped == dropped
        assert set(part.left_out) == {WAITING, STAFFED, AVERAGE_WAIT} - set(kept)
        assert part.series == 7 - dropped <= limit


def test_the_detail_of_agents_is_dropped_before_their_count() -> None:
    team = Snapshot(agents=tuple(Agent(id=str(number), time_in_state_seconds=1) for number in range(20)))
    part = render(entities("a", team, Detail(agents="id")), 100)
    assert list(part.chunks) == [catalog.AGENTS, catalog.AGENT_TIME_IN_STATE]


def test_a_wait_age_is_a_gauge_histogram() -> None:
    snapshot = Snapshot(queues=(Queue(id="7", wait_ages=WaitAges(within_60_seconds=1, within_180_seconds=2, total=3)),))
    (metric,) = read(page_of(entities("a", snapshot, Detail()), Format.OPENMETRICS), Format.OPENMETRICS)
    assert metric.type == "gaugehistogram"
    assert [(sample.labels["le"], sample.value) for sample in metric.samples] == [("60", 1), ("180", 2), ("+Inf", 3)]
