"""Histograms of single contacts in both formats, read back by prometheus_client's parsers and checked by promtool."""

import subprocess

import pytest

from exporter.metrics import catalog
from exporter.metrics.counter_resets import RunningTotals
from exporter.metrics.mapping import Detail, Entity, entities
from exporter.metrics.pages import Exposition, Format
from exporter.metrics.render import render
from exporter.metrics.start_times import with_start_times
from exporter.model import Histogram, ObservedContacts, Period, Queue, Snapshot
from tests.support.exposition import no_process, page_bytes, page_of, read, series_of
from tests.support.tools import require

WAITS = Histogram(bounds=(15.0, 20.0, 0.5 + 30), counts=(1, 1, 2, 4), sum=95.25)
CONTACTS = ObservedContacts(
    waits={"answered": WAITS},
    service_level_waits=Histogram(bounds=(15.0,), counts=(2, 2), sum=20.0),
    handling=Histogram(bounds=(300.0,), counts=(0, 1), sum=323.0),
    wrap_up=Histogram(bounds=(10.0,), counts=(1, 1), sum=10.0),
    finished={("answered", "in"): 2, ("abandoned", "in"): 1},
    moved_in={"QUEUE 9": 1},
    answered_difference=-1,
)
SALES = Queue("7", "Sales", "voice", contacts=CONTACTS)
OWN = 'target="a",queue_id="7",queue="Sales",channel="voice"'


def found(detail: Detail | None = None) -> list[Entity]:
    return list(entities("a", Snapshot(queues=(SALES,)), detail or Detail()))


def test_the_series_of_a_queue_with_single_contacts() -> None:
    prefix = "contactcenter_queue_contact"
    assert series_of(found()) == "".join(
        f"{prefix}{line}\n"
        for line in (
            f's_finished_total{{{OWN},outcome="answered",direction="in"}} 2',
            f's_finished_total{{{OWN},outcome="abandoned",direction="in"}} 1',
            f"s_answered_difference{{{OWN}}} -1",
            f'_wait_seconds_bucket{{{OWN},outcome="answered",le="15.0"}} 1',
            f'_wait_seconds_bucket{{{OWN},outcome="answered",le="20.0"}} 1',
            f'_wait_seconds_bucket{{{OWN},outcome="answered",le="30.5"}} 2',
            f'_wait_seconds_bucket{{{OWN},outcome="answered",le="+Inf"}} 4',
            f'_wait_seconds_sum{{{OWN},outcome="answered"}} 95.25',
            f'_wait_seconds_count{{{OWN},outcome="answered"}} 4',
            f'_service_level_wait_seconds_bucket{{{OWN},le="15.0"}} 2',
            f'_service_level_wait_seconds_bucket{{{OWN},le="+Inf"}} 2',
            f"_service_level_wait_seconds_sum{{{OWN}}} 20.0",
            f"_service_level_wait_seconds_count{{{OWN}}} 2",
            f'_handle_seconds_bucket{{{OWN},le="300.0"}} 0',
            f'_handle_seconds_bucket{{{OWN},le="+Inf"}} 1',
            f"_handle_seconds_sum{{{OWN}}} 323.0",
            f"_handle_seconds_count{{{OWN}}} 1",
            f'_wrap_up_seconds_bucket{{{OWN},le="10.0"}} 1',
            f'_wrap_up_seconds_bucket{{{OWN},le="+Inf"}} 1',
            f"_wrap_up_seconds_sum{{{OWN}}} 10.0",
            f"_wrap_up_seconds_count{{{OWN}}} 1",
            f's_moved_in_total{{{OWN},origin_queue_id="QUEUE 9"}} 1',
        )
    )


@pytest.mark.parametrize("form", Format)
def test_both_formats_declare_a_histogram(form: Format) -> None:
    kinds = {metric.name: metric.type for metric in read(page_of(found(), form), form)}
    assert kinds["contactcenter_queue_contact_wait_seconds"] == "histogram"
    assert kinds["contactcenter_queue_contact_handle_seconds"] == "histogram"


def test_promtool_accepts_them() -> None:
    command = (require("promtool"), "check", "metrics")
    checked = subprocess.run(command, input=page_of(found()), capture_output=True, text=True, check=False)  # noqa: S603 - promtool itself
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


def test_each_line_of_a_histogram_is_a_series_of_the_limit() -> None:
    everything = render(found())
    assert everything.series == series_of(found()).count("\n") == 22
    # The last families of the catalogue are dropped, each as a whole.
    limited = render(found(), 9)
    assert (limited.series, limited.dropped) == (9, 13)
    assert catalog.QUEUE_CONTACT_WAIT in limited.chunks
    assert catalog.QUEUE_CONTACT_SERVICE_LEVEL_WAIT in limited.left_out


def test_a_family_that_is_not_selected_is_not_rendered() -> None:
    off = frozenset({catalog.QUEUE_CONTACT_WAIT, catalog.QUEUE_CONTACTS_FINISHED, catalog.QUEUE_CONTACTS_MOVED_IN})
    text = series_of(found(Detail(off=off)))
    assert "contact_wait_seconds" not in text
    assert "contacts_finished" not in text
    assert "contacts_moved_in" not in text
    assert "contact_handle_seconds_bucket" in text


@pytest.mark.parametrize("off", [frozenset(), frozenset({catalog.QUEUE_CONTACTS_FINISHED})], ids=["all", "histograms"])
def test_a_histogram_has_one_start_time_in_openmetrics(off: frozenset[catalog.Family]) -> None:
    began = Period(name="since 1000", began=1000.0)
    held = list(RunningTotals().hold(found(Detail(off=off)), 0.0, began))
    block = render(held)
    exposition = Exposition(no_process)
    exposition.put("a", "contacts", block._replace(with_start_times=with_start_times(held, block.chunks)))
    created = {
        sample.name: sample.value
        for metric in read(page_bytes(exposition, Format.OPENMETRICS), Format.OPENMETRICS)
        for sample in metric.samples
        if sample.name.endswith("_created")
    }
    assert created["contactcenter_queue_contact_wait_seconds_created"] == 1000
    assert created["contactcenter_queue_contact_service_level_wait_seconds_created"] == 1000
    assert b"_created" not in page_bytes(exposition, Format.TEXT)
