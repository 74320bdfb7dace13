"""Series in, bytes out; what comes out is read back by prometheus_client's parsers and by promtool."""

import subprocess
from collections.abc import Iterable

import pytest
from prometheus_client import Metric

from exporter.metrics import catalog
from exporter.metrics.catalog import FAMILIES, Family
from exporter.metrics.mapping import Column, Detail, Entity, entities
from exporter.metrics.pages import Exposition, Format
from exporter.metrics.process import ProcessFigures
from exporter.metrics.render import render
from exporter.model import Agent, Queue, Snapshot, WaitAges
from tests.support.exposition import no_process, one_of, one_of_each, page_bytes, page_of, read
from tests.support.tools import require

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


def queue(name: str, *families: Family, target: str = "a") -> Entity:
    """Return a queue that says 1 of each family."""
    labels = (("target", target), ("queue_id", name), ("queue", ""), ("channel", ""))
    return Entity(labels, [(Column(family), 1) for family in families])


def labels_read(metrics: Iterable[Metric]) -> list[str]:
    """Return the id of the queue of each sample read."""
    return [sample.labels["queue_id"] for metric in metrics for sample in metric.samples]


def families_on(page: bytes | str) -> list[str]:
    """Return the families of a page as its types name them."""
    text = page if isinstance(page, str) else page.decode()
    return [line.split()[2] for line in text.splitlines() if line.startswith("# TYPE ")]


@pytest.fixture
def two_targets() -> Exposition:
    """Two targets with queues, and the exporter's own figures."""
    exposition = Exposition(lambda form: f"# process in {form.name}\n".encode())
    exposition.put_own(render([Entity((), [(Column(catalog.CONFIG_RELOAD_SUCCESSFUL), 1)])]))
    for target in ("north", "south"):
        exposition.put(target, "", render([one_of(catalog.UP)]))
        exposition.put(target, "queues", render([queue("7", WAITING, STAFFED, target=target)]))
    return exposition


def test_a_page() -> None:
    found = [queue("7", WAITING), Entity((), [(Column(catalog.CONFIG_RELOAD_SUCCESSFUL), 1)])]
    assert page_of(found) == (
        "# HELP contactcenter_queue_waiting_contacts Contacts waiting in the queue now.\n"
        "# TYPE contactcenter_queue_waiting_contacts gauge\n"
        'contactcenter_queue_waiting_contacts{target="a",queue_id="7",queue="",channel=""} 1\n'
        "# HELP contactcenter_exporter_config_last_reload_successful "
        "1 if the last load of the configuration succeeded, 0 if it failed.\n"
        "# TYPE contactcenter_exporter_config_last_reload_successful gauge\n"
        "contactcenter_exporter_config_last_reload_successful 1\n"
    )


def test_an_empty_page() -> None:
    assert page_of([]) == ""
    assert page_of([], Format.OPENMETRICS) == "# EOF\n"


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_a_hostile_name_comes_back_as_it_was(name: str) -> None:
    found = [queue("before", WAITING), queue(name, WAITING), queue("after", WAITING)]
    expected = ["before", name, "after"]
    for form in Format:
        assert labels_read(read(page_of(found, form), form)) == expected


def test_a_lone_surrogate_costs_one_character() -> None:
    assert labels_read(read(page_of([queue("bad \ud800 end", WAITING)]), Format.TEXT)) == ["bad ? end"]


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0, "0"),
        (3, "3"),
        (0.1, "0.1"),
        (1e22, "1e+22"),
        (1_700_000_000.123, "1700000000.123"),
        (10**17, "1" + "0" * 17),
    ],
)
def test_a_value_is_written_exactly(value: float, written: str) -> None:
    page = page_of([Entity(queue("7").labels, [(Column(WAITING), value)])])
    assert page.endswith(f" {written}\n")
    (metric,) = read(page, Format.TEXT)
    assert metric.samples[0].value == value


def test_families_are_contiguous_and_in_the_order_of_the_catalogue() -> None:
    exposition = Exposition(no_process)
    exposition.put("a", "late", render([queue("2", AVERAGE_WAIT, WAITING)]))
    exposition.put("b", "early", render([queue("1", STAFFED, WAITING, target="b")]))
    for form in Format:
        page = page_bytes(exposition, form)
        assert families_on(page) == [WAITING.name, STAFFED.name, AVERAGE_WAIT.name]
    metrics = read(page_bytes(exposition, Format.OPENMETRICS), Format.OPENMETRICS)
    assert [len(metric.samples) for metric in metrics] == [2, 1, 1]


@pytest.mark.parametrize("form", Format)
def test_each_header_stands_once(form: Format) -> None:
    lines = [line for line in page_of([*one_of_each(), *one_of_each()], form).splitlines() if line.startswith("# ")]
    assert len(lines) == len(set(lines))
    assert sum(line.startswith("# TYPE ") for line in lines) == len(FAMILIES)


def test_a_part_that_is_replaced_keeps_its_place() -> None:
    exposition = Exposition(no_process)
    for target in ("b", "a"):
        exposition.put(target, "queues", render([queue("7", WAITING, target=target)]))
    before = page_bytes(exposition, Format.TEXT)
    exposition.put("b", "queues", render([]))
    assert page_bytes(exposition, Format.TEXT) != before
    exposition.put("b", "queues", render([queue("7", WAITING, target="b")]))
    assert page_bytes(exposition, Format.TEXT) == before


def test_a_target_can_be_forgotten(two_targets: Exposition) -> None:
    two_targets.remove("north")
    two_targets.remove("north")
    assert b"north" not in page_bytes(two_targets, Format.TEXT)
    with pytest.raises(KeyError):
        page_bytes(two_targets, Format.TEXT, ["north"])


def test_narrowing_to_targets_leaves_the_exporter_itself_out(two_targets: Exposition) -> None:
    everything = page_bytes(two_targets, Format.TEXT)
    assert b'"north"' in everything
    assert b'"south"' in everything
    assert b"config_last_reload" in everything
    assert b"# process in TEXT\n" in everything
    narrowed = page_bytes(two_targets, Format.TEXT, ["south"])
    assert families_on(narrowed) == [catalog.UP.name, WAITING.name, STAFFED.name]
    assert b'"north"' not in narrowed


def test_a_target_named_twice_is_shown_once(two_targets: Exposition) -> None:
    assert page_bytes(two_targets, Format.TEXT, ["north", "south", "north"]) == page_bytes(
        two_targets, Format.TEXT, ["north", "south"]
    )


def test_an_unknown_target_is_an_error(two_targets: Exposition) -> None:
    with pytest.raises(KeyError, match="west"):
        page_bytes(two_targets, Format.TEXT, ["north", "west"])


def test_past_the_limit_whole_families_are_left_out_and_counted() -> None:
    rows = [queue("1", WAITING, STAFFED), queue("2", WAITING, STAFFED), queue("3", WAITING, STAFFED, AVERAGE_WAIT)]
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


def test_the_detail_of_agents_is_dropped_before_their_number() -> None:
    team = Snapshot(agents=tuple(Agent(id=str(number), time_in_state_seconds=1) for number in range(20)))
    part = render(entities("a", team, Detail(agents="id")), 100)
    assert list(part.chunks) == [catalog.AGENTS, catalog.AGENT_TIME_IN_STATE]


def test_types_in_openmetrics() -> None:
    page = page_of(one_of_each(), Format.OPENMETRICS)
    for line in (
        "# TYPE contactcenter_target info",
        "# TYPE contactcenter_exporter_build info",
        "# TYPE contactcenter_queue_wait_age_seconds gaugehistogram",
        "# UNIT contactcenter_queue_wait_age_seconds seconds",
        "# TYPE contactcenter_queue_contacts_offered counter",
        "# TYPE contactcenter_queue_talk_seconds counter",
        "# UNIT contactcenter_queue_talk_seconds seconds",
        "# TYPE contactcenter_queue_service_level_ratio gauge",
        "# UNIT contactcenter_queue_service_level_ratio ratio",
        "# TYPE contactcenter_agent_state gauge",
        "# TYPE contactcenter_agent_time_in_state_seconds gauge",
        "# TYPE contactcenter_agent_state_seconds counter",
        "# UNIT contactcenter_agent_state_seconds seconds",
    ):
        assert f"{line}\n" in page


def test_types_in_text() -> None:
    page = page_of(one_of_each())
    for line in (
        "# TYPE contactcenter_target_info gauge",
        "# TYPE contactcenter_exporter_build_info gauge",
        "# TYPE contactcenter_queue_wait_age_seconds_bucket untyped",
        "# TYPE contactcenter_queue_contacts_offered_total counter",
        "# TYPE contactcenter_agent_state_seconds_total counter",
    ):
        assert f"{line}\n" in page
    assert "# UNIT" not in page
    assert "# EOF" not in page


def test_a_wait_age_is_a_histogram_of_gauges() -> None:
    said = Snapshot(queues=(Queue(id="7", wait_ages=WaitAges(within_60_seconds=1, within_180_seconds=2, total=3)),))
    (metric,) = read(page_of(entities("a", said, Detail()), Format.OPENMETRICS), Format.OPENMETRICS)
    assert metric.type == "gaugehistogram"
    assert [(sample.labels["le"], sample.value) for sample in metric.samples] == [("60", 1), ("180", 2), ("+Inf", 3)]


def test_the_end_is_marked_once_and_last() -> None:
    exposition = Exposition(ProcessFigures().render)
    exposition.put_own(render(one_of_each()))
    page = page_bytes(exposition, Format.OPENMETRICS)
    assert page.endswith(b"\n# EOF\n")
    assert page.count(b"# EOF") == 1


@pytest.mark.parametrize("form", Format)
def test_every_family_of_the_catalogue_is_read_back(form: Format) -> None:
    exposition = Exposition(ProcessFigures().render)
    exposition.put_own(render(one_of_each()))
    metrics = read(page_bytes(exposition, form), form)
    names = {sample.name.removesuffix("_bucket") for metric in metrics for sample in metric.samples}
    assert names >= {family.name for family in FAMILIES}
    assert all(metric.documentation for metric in metrics)


def complaints(families: Iterable[Family]) -> dict[str, list[str]]:
    """Return what promtool says, by metric, of a text page with the families and the process's own figures."""
    exposition = Exposition(ProcessFigures().render)
    exposition.put_own(render(one_of(family) for family in families))
    command = [require("promtool"), "check", "metrics"]
    done = subprocess.run(command, input=page_bytes(exposition, Format.TEXT), capture_output=True, check=False)  # noqa: S603 - fixed words
    found: dict[str, list[str]] = {}
    for line in done.stderr.decode().splitlines():
        name, _, complaint = line.partition(" ")
        found.setdefault(name, []).append(complaint)
    return found


def test_promtool_has_no_complaint_about_any_family() -> None:
    assert complaints(FAMILIES) == {}
