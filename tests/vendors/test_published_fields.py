"""Every field that a vendor's page publishes is mapped, or has a reason not to be.

`published_fields.txt` in a vendor's folder lists the names of the fields in the responses of its page.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from exporter.cli.catalog import render_reference
from exporter.metrics.catalog import OF_THE_CENTRE, PREFIX
from exporter.vendors.base import load_vendor
from exporter.vendors.toolkit.decoder import RowSchema
from tests.support.paths import VENDOR_FIXTURES

every_vendor = pytest.mark.parametrize("vendor", ["apio", "asterisk", "axialys", "brightpattern", "kpn", "sinch"])


def published(vendor: str) -> set[str]:
    return set((VENDOR_FIXTURES / vendor / "published_fields.txt").read_text().split())


def mapped(vendor: str) -> set[str]:
    return {name for table in load_vendor(vendor).tables for name in _names(table)}


def _names(table: RowSchema[Any]) -> Iterator[str]:
    for field in table.fields:
        yield field.name
        if isinstance(field.read, RowSchema):
            yield from _names(field.read)


def unused(vendor: str) -> list[str]:
    return [field for each in load_vendor(vendor).unused for field in each.fields.split()]


@every_vendor
def test_every_published_field_is_mapped_or_has_a_reason_not_to_be(vendor: str) -> None:
    assert published(vendor) - mapped(vendor) - set(unused(vendor)) == set()


@every_vendor
def test_only_published_fields_that_are_not_mapped_are_listed_as_unused_and_once(vendor: str) -> None:
    assert set(unused(vendor)) <= published(vendor) - mapped(vendor)
    assert len(unused(vendor)) == len(set(unused(vendor)))


@every_vendor
def test_an_unused_field_names_families_that_the_vendor_does_not_feed(vendor: str) -> None:
    families = [family for each in load_vendor(vendor).unused for family in each.families]
    assert set(families) <= OF_THE_CENTRE.keys()
    for family in families:
        section = render_reference().partition(f"## {PREFIX}{family}\n")[2].partition("\n## ")[0]
        assert f"| {vendor} |" not in section


def test_no_cell_of_the_coverage_is_empty() -> None:
    table = render_reference().partition("# Coverage\n")[2].partition("\n# ")[0]
    rows = [line for line in table.splitlines() if line.startswith("| `")]
    assert len(rows) == len(OF_THE_CENTRE)
    assert all(cell.strip() for row in rows for cell in row.strip("|").split("|"))
    assert "not published" in table
    assert "not used: " in table
