"""The metrics reference in the docs is up to date and complete."""

import pytest

from exporter.cli.catalog import render_reference
from exporter.metrics.catalog import FAMILIES
from tests.support.paths import ROOT

PAGE = ROOT / "docs" / "metrics.md"


def test_the_docs_are_up_to_date() -> None:
    assert PAGE.exists(), "docs/metrics.md is missing: run make docs"
    if PAGE.read_text() != render_reference():
        pytest.fail("docs/metrics.md differs from the code: run make docs")


def test_every_family_has_a_section() -> None:
    headings = [line.removeprefix("## ") for line in render_reference().splitlines() if line.startswith("## ")]
    assert headings == [family.name for family in FAMILIES]


def test_section_of_a_family() -> None:
    assert """
## contactcenter_queue_oldest_wait_seconds

Time the longest waiting contact of the queue has been waiting.

gauge, in seconds; labels: `target`, `queue_id`, `queue`, `channel`

| vendor | fields |
|---|---|
""" in render_reference()
    assert "| kpn | `LongestWaitingCall` |" in render_reference()


def test_field_of_a_list_is_named_with_the_list() -> None:
    section = render_reference().partition("## contactcenter_trunk_port_state\n")[2].partition("\n## ")[0]
    assert "`Ports[].State`" in section


def test_family_without_vendor_fields_has_no_table() -> None:
    section = render_reference().partition("## contactcenter_exporter_build_info\n")[2].partition("\n## ")[0]
    assert "| vendor |" not in section


def test_coverage_lists_the_fields_of_each_vendor() -> None:
    _, _, coverage = render_reference().partition("# Coverage\n")
    rows = {line.split("|")[1].strip(" `"): line for line in coverage.splitlines() if line.startswith("| `")}
    assert "`InQueueCalls`" in rows["queue_waiting_contacts"]
    assert "`Ports[].State`" in rows["trunk_ports"]
    assert "exporter_build_info" not in rows
    assert len({line.count("|") for line in rows.values()}) == 1
