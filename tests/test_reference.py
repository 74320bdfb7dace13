"""The page in the docs is the reference as the code makes it."""

from pathlib import Path

import pytest

from exporter.catalog import FAMILIES
from exporter.reference import render_reference

PAGE = Path(__file__).parent.parent / "docs" / "metrics.md"


def test_the_docs_are_up_to_date() -> None:
    assert PAGE.exists(), "docs/metrics.md is missing: run make docs"
    if PAGE.read_text() != render_reference():
        pytest.fail("docs/metrics.md differs from the code: run make docs")


def test_every_family_has_its_section() -> None:
    headings = [line.removeprefix("## ") for line in render_reference().splitlines() if line.startswith("## ")]
    assert headings == [family.name for family in FAMILIES]


def test_a_section_says_what_the_family_means_and_which_field_feeds_it() -> None:
    assert """
## contactcenter_queue_oldest_wait_seconds

How long the longest waiting contact of the queue has been waiting.

gauge, in seconds; labels: `target`, `queue_id`, `queue`, `channel`

| vendor | fields |
|---|---|
""" in render_reference()
    assert "| kpn | `LongestWaitingCall` |" in render_reference()


def test_a_field_within_a_list_is_named_with_its_list() -> None:
    section = render_reference().partition("## contactcenter_trunk_port_state\n")[2].partition("\n## ")[0]
    assert "`Ports[].State`" in section


def test_a_family_that_no_vendor_feeds_has_no_table() -> None:
    section = render_reference().partition("## contactcenter_exporter_build_info\n")[2].partition("\n## ")[0]
    assert "| vendor |" not in section
