"""What vendors send for "no value": absent, and not an unmapped value of every poll, in every field of every vendor."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from exporter.model import NoValue
from exporter.vendors.base import load_vendor
from exporter.vendors.toolkit import decimal_comma
from exporter.vendors.toolkit.decoder import Decoder, RowSchema
from exporter.vendors.toolkit.json_document import Notes
from exporter.vendors.toolkit.readers import milliseconds, number, percentage, ratio, seconds
from tests.support.clock import ManualClock
from tests.support.vendors.polls import asking
from tests.support.vendors.ways import WAYS, target_of, vendor_of

BLANKS = ("", "-", "--", "N/A", "n/a", "  ", None)
FIGURES = (number, seconds, milliseconds, percentage, ratio, decimal_comma.percentage)
MINUS_ONE = (-1, "-1", -1.0)


async def schemas(monkeypatch: pytest.MonkeyPatch) -> list[RowSchema[Any]]:
    """Return every schema that a client of any vendor decodes rows with."""
    found: list[RowSchema[Any]] = []
    prepare = Decoder.__init__

    def remember(self: Decoder[Any], schema: RowSchema[Any], path: str = "") -> None:
        found.append(schema)
        prepare(self, schema, path)

    monkeypatch.setattr(Decoder, "__init__", remember)
    details = {"agents": {"detail": "name"}}
    async with asking() as http:
        for way in WAYS:
            target = target_of(way, "http://127.0.0.1:9", **details)
            load_vendor(vendor_of(way)).connect(target, http, ManualClock())
    monkeypatch.undo()
    return found


def fields(schema: RowSchema[Any]) -> Iterator[tuple[str, Any]]:
    """Yield the fields of a schema and their readers, except those that are the id, without which there is no row."""
    ids = {field.name for field in schema.fields if field.to == "id"}
    yield from ((field.name, field.read) for field in schema.fields if field.name not in ids)


async def test_a_blank_is_absent_and_not_unmapped(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = 0
    for schema in await schemas(monkeypatch):
        decoder = Decoder(schema)
        without = decode(decoder, {})[0]
        for name, reader in fields(schema):
            blanks = (None, "") if isinstance(reader, RowSchema) else BLANKS
            for blank in (*blanks, *(MINUS_ONE if reader in FIGURES else ())):
                row, notes = decode(decoder, {name: blank})
                place = f"{schema.name}.{name} = {blank!r}"
                assert row == without, place
                assert all(isinstance(value, NoValue) for _, value in notes), f"{place}: {notes}"
                tried += 1
    assert tried > 500


def decode(decoder: Decoder[Any], fields: dict[str, object]) -> tuple[object, Notes]:
    notes: Notes = []
    return decoder.decode_one(msgspec.Raw(msgspec.json.encode(fields)), notes, id="7"), notes
