"""The figures of the process itself, in both formats."""

import sys

import pytest

from exporter.metrics.pages import Format
from exporter.metrics.process import ProcessFigures
from tests.support.exposition import read

EVERYWHERE = {"python_info", "python_gc_objects_collected", "python_gc_collections"}
ON_LINUX = {"process_cpu_seconds", "process_resident_memory_bytes", "process_open_fds", "process_start_time_seconds"}


@pytest.mark.parametrize("form", Format)
def test_the_families_exist_in_both_formats(form: Format) -> None:
    end = b"# EOF\n" if form is Format.OPENMETRICS else b""
    names = {metric.name for metric in read(ProcessFigures().render(form) + end, form)}
    assert names >= EVERYWHERE | (ON_LINUX if sys.platform == "linux" else set())


def test_the_end_of_the_page_is_not_included() -> None:
    assert b"# EOF" not in ProcessFigures().render(Format.OPENMETRICS)


def test_values_are_current() -> None:
    figures = ProcessFigures()
    first = figures.render(Format.TEXT)
    sum(range(2_000_000))
    assert figures.render(Format.TEXT) != first


def test_two_instances_are_independent() -> None:
    assert ProcessFigures().render(Format.TEXT).count(b"# TYPE python_info ") == 1
    assert ProcessFigures().render(Format.TEXT).count(b"# TYPE python_info ") == 1
