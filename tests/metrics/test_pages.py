"""Rendered series in, pages out, read back by prometheus_client's parsers and checked by promtool."""

import subprocess
from collections.abc import Iterable

import pytest

from exporter.metrics import catalog
from exporter.metrics.catalog import FAMILIES, Family
from exporter.metrics.mapping import Column, Entity
from exporter.metrics.pages import Exposition, Format
from exporter.metrics.process import ProcessFigures
from exporter.metrics.render import render
from exporter.metrics.start_times import with_start_times
from tests.support.exposition import no_process, one_of, one_of_each, page_bytes, page_of, queue_entity, read
from tests.support.tools import require

OFFERED = catalog.QUEUE_CONTACTS_OFFERED
WAITING = catalog.QUEUE_WAITING_CONTACTS
STAFFED = catalog.QUEUE_STAFFED_AGENTS
AVERAGE_WAIT = catalog.QUEUE_AVERAGE_WAIT


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
        exposition.put(target, "queues", render([queue_entity("7", WAITING, STAFFED, target=target)]))
    return exposition


def test_a_page() -> None:
    found = [queue_entity("7", WAITING), Entity((), [(Column(catalog.CONFIG_RELOAD_SUCCESSFUL), 1)])]
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


def test_families_are_contiguous_and_in_the_order_of_the_catalogue() -> None:
    exposition = Exposition(no_process)
    exposition.put("a", "late", render([queue_entity("2", AVERAGE_WAIT, WAITING)]))
    exposition.put("b", "early", render([queue_entity("1", STAFFED, WAITING, target="b")]))
    for form in Format:
        page = page_bytes(exposition, form)
        assert families_on(page) == [WAITING.name, STAFFED.name, AVERAGE_WAIT.name]
    metrics = read(page_bytes(exposition, Format.OPENMETRICS), Format.OPENMETRICS)
    assert [len(metric.samples) for metric in metrics] == [2, 1, 1]


@pytest.mark.parametrize("form", Format)
def test_each_header_appears_once(form: Format) -> None:
    lines = [line for line in page_of([*one_of_each(), *one_of_each()], form).splitlines() if line.startswith("# ")]
    assert len(lines) == len(set(lines))
    assert sum(line.startswith("# TYPE ") for line in lines) == len(FAMILIES)


def test_a_replaced_block_keeps_its_place() -> None:
    exposition = Exposition(no_process)
    for target in ("b", "a"):
        exposition.put(target, "queues", render([queue_entity("7", WAITING, target=target)]))
    before = page_bytes(exposition, Format.TEXT)
    exposition.put("b", "queues", render([]))
    assert page_bytes(exposition, Format.TEXT) != before
    exposition.put("b", "queues", render([queue_entity("7", WAITING, target="b")]))
    assert page_bytes(exposition, Format.TEXT) == before


def test_a_target_can_be_removed(two_targets: Exposition) -> None:
    two_targets.remove("north")
    two_targets.remove("north")
    assert b"north" not in page_bytes(two_targets, Format.TEXT)
    with pytest.raises(KeyError):
        page_bytes(two_targets, Format.TEXT, ["north"])


def test_a_page_of_targets_excludes_the_exporter_itself(two_targets: Exposition) -> None:
    everything = page_bytes(two_targets, Format.TEXT)
    assert b'"north"' in everything
    assert b'"south"' in everything
    assert b"config_last_reload" in everything
    assert b"# process in TEXT\n" in everything
    narrowed = page_bytes(two_targets, Format.TEXT, ["south"])
    assert families_on(narrowed) == [catalog.UP.name, WAITING.name, STAFFED.name]
    assert b'"north"' not in narrowed


def test_a_target_named_twice_appears_once(two_targets: Exposition) -> None:
    assert page_bytes(two_targets, Format.TEXT, ["north", "south", "north"]) == page_bytes(
        two_targets, Format.TEXT, ["north", "south"]
    )


def test_an_unknown_target_is_an_error(two_targets: Exposition) -> None:
    with pytest.raises(KeyError, match="west"):
        page_bytes(two_targets, Format.TEXT, ["north", "west"])


@pytest.fixture
def dated() -> Exposition:
    """Two targets with totals; only the totals of the first have start times."""
    exposition = Exposition(no_process, start_times=True)
    for target, began in (("north", 1.5e9), ("south", None)):
        found = [queue_entity(id_, OFFERED, WAITING, target=target)._replace(began=began) for id_ in ("7", 'a "b"')]
        block = render(found)
        exposition.put(target, "queues", block._replace(with_start_times=with_start_times(found, block.chunks)))
    return exposition


def test_a_start_time_stands_beside_its_total(dated: Exposition) -> None:
    page = page_bytes(dated, Format.OPENMETRICS).decode()
    total, created = (f"contactcenter_queue_contacts_offered_{suffix}" for suffix in ("total", "created"))
    first, second = (f'target="north",queue_id="{id_}",queue="",channel=""' for id_ in ("7", r"a \"b\""))
    assert [line for line in page.splitlines() if "offered" in line and "north" in line] == [
        f"{total}{{{first}}} 1",
        f"{created}{{{first}}} 1500000000.0",
        f"{total}{{{second}}} 1",
        f"{created}{{{second}}} 1500000000.0",
    ]
    family = next(metric for metric in read(page, Format.OPENMETRICS) if metric.name == OFFERED.name[:-6])
    targets = {sample.labels["target"] for sample in family.samples if sample.name.endswith("_created")}
    assert targets == {"north"}
    assert len(family.samples) == 6


def test_a_page_of_targets_has_start_times(dated: Exposition) -> None:
    assert b"_created" in page_bytes(dated, Format.OPENMETRICS, ["north"])
    assert b"_created" not in page_bytes(dated, Format.OPENMETRICS, ["south"])
    assert b"_created" not in page_bytes(dated, Format.TEXT, ["north"])


def test_the_text_format_has_no_start_times(dated: Exposition) -> None:
    assert b"_created" not in page_bytes(dated, Format.TEXT)
    assert page_bytes(dated, Format.TEXT).count(b"offered_total{") == 4


def test_start_times_disappear_with_their_totals(dated: Exposition) -> None:
    dated.put("north", "queues", render([queue_entity("7", OFFERED, target="north")]))
    assert b"_created" not in page_bytes(dated, Format.OPENMETRICS)


def test_start_times_disappear_with_their_target(dated: Exposition) -> None:
    dated.remove("north")
    page = page_bytes(dated, Format.OPENMETRICS)
    assert b"_created" not in page
    assert page.count(b"offered_total{") == 2


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


def test_the_page_ends_with_one_eof() -> None:
    exposition = Exposition(ProcessFigures().render)
    exposition.put_own(render(one_of_each()))
    page = page_bytes(exposition, Format.OPENMETRICS)
    assert page.endswith(b"\n# EOF\n")
    assert page.count(b"# EOF") == 1


@pytest.mark.parametrize("form", Format)
def test_parsers_read_every_family_of_the_catalogue(form: Format) -> None:
    exposition = Exposition(ProcessFigures().render)
    exposition.put_own(render(one_of_each()))
    metrics = read(page_bytes(exposition, form), form)
    names = {sample.name.removesuffix("_bucket") for metric in metrics for sample in metric.samples}
    assert names >= {family.name for family in FAMILIES}
    assert all(metric.documentation for metric in metrics)


def complaints(families: Iterable[Family]) -> dict[str, list[str]]:
    """Return promtool's complaints by metric about a text page with the families and the process metrics."""
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
