"""Definitions against facts of the vendors' machine-readable specifications.

Each fact is a path, a parameter, a field with its type, or a value that a field can have. A definition requests nothing
that the specification lacks, and reads every field that it maps from responses made of the specification.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest

from exporter.cli.definitions import ExampleClock, target_values
from exporter.model import Snapshot
from exporter.vendors.definitions import FOLDER
from exporter.vendors.definitions.document import read_definition
from exporter.vendors.definitions.fields import FieldSpec
from exporter.vendors.definitions.language import Definition
from exporter.vendors.definitions.parsed import ParsedDefinition
from exporter.vendors.definitions.reading import parse
from exporter.vendors.definitions.vendor import vendor_of
from exporter.vendors.toolkit.http import Http
from tests.support.specification import Specification, SpecifiedSession

FACTS = sorted((Path(__file__).parent / "facts").glob("*.json"))


def paging_values(definition: Definition) -> Mapping[str, object]:
    """Return what a single page contains in place of the next page, and as the number of pages and records."""
    requests = (*definition.lists.values(), *definition.resources.values())
    pagings = [each.paging for each in requests if each.paging is not None]
    last = {path: None for each in pagings for path in (each.next, each.token) if path}
    given = last | {path: 1 for each in pagings for path in (each.pages, each.total) if path}
    return {path.replace('"', ""): value for path, value in given.items()}


def poll(file: Path) -> tuple[SpecifiedSession, Specification, ParsedDefinition, dict[str, Snapshot]]:
    """Poll every resource of the definition that a facts file belongs to."""
    source = FOLDER / f"{file.stem}.yml"
    text = read_definition(source)
    parsed = parse(text, str(source))
    vendor = vendor_of(parsed)
    example = parsed.definition.examples[0]
    target = vendor.settings.model_validate(target_values(vendor, example))
    clock = ExampleClock(example.time.timestamp())
    specification = Specification(file)
    session = SpecifiedSession(specification, text, paging_values(parsed.definition), clock.time())
    http = Http(cast("Any", session), clock, body_bytes=1 << 24, answered=lambda _: None)
    client = vendor.connect(target, http, clock)

    async def fetch() -> dict[str, Snapshot]:
        return {each.name: await each.fetch() or Snapshot() for each in client.resources}

    return session, specification, parsed, asyncio.run(fetch())


def rows(snapshot: Snapshot) -> tuple[msgspec.Struct, ...]:
    return (*snapshot.queues, *(snapshot.agents or ()), *snapshot.trunks, *snapshot.numbers)


def is_read(spec: FieldSpec, settings: Mapping[str, object]) -> bool:
    """Return whether a target with these settings has a field; a field may depend on settings."""

    def holds(name: str, values: str | Sequence[str]) -> bool:
        return settings.get(name) in ([values] if isinstance(values, str) else values)

    return any(all(holds(*condition) for condition in form.when.items()) for form in spec.forms)


def without_value(parsed: ParsedDefinition, snapshots: Mapping[str, Snapshot]) -> Iterator[str]:
    """Yield each field of the definition that no row has a value for."""
    settings = parsed.definition.examples[0].settings
    for name, specs in parsed.fields.items():
        for spec in specs:
            if not is_read(spec, settings):
                continue
            field, _, entry = spec.to.partition(".")
            values = [getattr(row, field) for row in rows(snapshots[name])]
            entry = entry.partition(".")[0]
            found = [value.get(entry) if entry and isinstance(value, Mapping) else value for value in values]
            if all(value in (None, "", ()) or value == {} for value in found):
                yield f"{name}: {spec.to}"


@pytest.mark.parametrize("file", FACTS, ids=lambda file: file.stem)
def test_a_definition_requests_and_reads_what_the_specification_has(file: Path) -> None:
    session, specification, parsed, snapshots = poll(file)
    assert session.problems == []
    assert [*without_value(parsed, snapshots)] == []
    assert {name: each.unmapped for name, each in snapshots.items() if each.unmapped} == {}
    assert {each.key for each in specification.operations} - session.requested == set()


def test_a_word_that_the_definition_lacks_is_reported(tmp_path: Path) -> None:
    facts = (FACTS[0].parent / "genesys-cloud.json").read_text(encoding="utf-8")
    changed = tmp_path / "genesys-cloud.json"
    changed.write_text(facts.replace('"IDLE", ', '"IDLE", "DREAMING", ').replace('"video", ', '"video", "hologram", '))
    unmapped = {name: set(each.unmapped) for name, each in poll(changed)[3].items() if each.unmapped}
    assert unmapped == {
        "queues": {("queues.group.mediaType", "hologram"), ("queues.on_queue.statuses", "DREAMING")},
        "totals": {("totals.group.mediaType", "hologram")},
        "handling": {("handling.group.mediaType", "hologram")},
        "users": {("users.routingStatus.status", "DREAMING")},
    }


def test_a_field_that_the_specification_lacks_is_reported(tmp_path: Path) -> None:
    facts = (FACTS[0].parent / "twilio-taskrouter.json").read_text(encoding="utf-8")
    changed = tmp_path / "twilio-taskrouter.json"
    changed.write_text(facts.replace('"tasks_moved"', '"tasks_relocated"').replace('"SplitByWaitTime"', '"SplitBy"'))
    session, _, parsed, snapshots = poll(changed)
    totals = "GET /v1/Workspaces/{}/TaskQueues/{}/CumulativeStatistics"
    assert session.problems == [f"{totals}: no parameter SplitByWaitTime"]
    assert [*without_value(parsed, snapshots)] == ["totals: contacts_overflowed"]
