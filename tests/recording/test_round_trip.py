"""A recording of each vendor's simulated contact centre gives the series of the live one, under other names."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import pytest

from exporter.cli.definitions import ExampleClock, target_values
from exporter.metrics.pages import Exposition, Format
from exporter.recording.exchanges import read_all, write
from exporter.recording.exposing import expose
from exporter.recording.recorder import Recorded, record, record_over
from exporter.recording.replay import replay
from exporter.runtime.clock import SystemClock
from exporter.settings import TargetSettings
from exporter.simulator import http_server
from exporter.simulator.default import busy_half_hour
from exporter.simulator.dialects import every_dialect
from exporter.simulator.driver import Driver
from exporter.vendors.base import Vendor, load_vendor, vendor_of
from exporter.vendors.definitions import included
from exporter.vendors.definitions.document import read_definition
from exporter.vendors.definitions.example import Example
from exporter.vendors.definitions.reading import parse
from exporter.vendors.definitions.recorded import RecordedSession
from exporter.vendors.definitions.vendor import read_vendor
from tests.support.exposition import no_process, page_bytes
from tests.support.paths import VENDOR_FIXTURES

# What names something of the contact centre; `reason` also has the reasons of failed polls.
NAMING = {"target", "queue_id", "queue", "trunk_id", "trunk", "port", "agent_id", "agent", "group", "reason"}
# Measured by a clock, at the poll or in the vendor's dates.
PASSING = re.compile(r"poll_duration|last_success|time_in_state|oldest_|data_age")
LABEL = re.compile(r'(\w+)="([^"]*)"')
Series = tuple[str, Mapping[str, str], str]


async def exported(target: TargetSettings, recorded: Recorded, directory: Path) -> tuple[bytes, bytes, str]:
    """Return the live series of a target, those of its recording, and the recording itself."""
    live, replayed = Exposition(no_process), Exposition(no_process)
    recording, polls, _ = recorded
    await expose(target, vendor_of(target), polls, live, SystemClock())
    text = write(recording, directory).read_text()
    [read] = read_all(directory)
    remarks = list((await replay(read, vendor_of(target), replayed)).remarks)
    unmapped = [each for polled in polls.values() if polled.snapshot for each in polled.snapshot.unmapped]
    assert len(remarks) == len(set(unmapped)) + sum(bool(polled.failure) for polled in polls.values())
    return page_bytes(live, Format.TEXT), page_bytes(replayed, Format.TEXT), text


def series(page: bytes) -> Iterator[Series]:
    """Yield each series of a page: its family, labels and value."""
    for line in page.decode().splitlines():
        if not line.startswith("#"):
            sample, _, value = line.rpartition(" ")
            yield sample.partition("{")[0], dict(LABEL.findall(sample)), value


def own(labels: Mapping[str, str]) -> dict[str, str]:
    """Return the labels that name nothing."""
    return {name: value for name, value in labels.items() if name not in NAMING}


def require_equal(live: bytes, replayed: bytes) -> dict[tuple[str, str], str]:
    """Require that the series differ only in names, and return the new name of each label value."""
    renamed: dict[tuple[str, str], str] = {}
    for (family, labels, value), (again, others, same) in zip(series(live), series(replayed), strict=True):
        assert (family, own(labels)) == (again, own(others))
        assert value == same or PASSING.search(family)
        for name in NAMING & labels.keys():
            assert renamed.setdefault((name, labels[name]), others[name]) == others[name]
    # No two have the same pseudonym.
    assert len({(name, new) for (name, _), new in renamed.items()}) == len(renamed)
    return renamed


DEFINED = read_vendor(VENDOR_FIXTURES / "definitions" / "kpn.yml")
VARIANTS: dict[str, tuple[Vendor, dict[str, object]]] = {
    **{dialect.name: (load_vendor(dialect.name), {}) for dialect in every_dialect()},
    "a definition": (DEFINED, {"agents_by_skill": True}),
    "patterns": (load_vendor("kpn"), {"select": {"queues": {"include": ["S*", "Returns"]}}}),
    "few by number": (load_vendor("kpn"), {"select": {"trunks": {"include": ["1", "2"]}}}),
    "a cookie": (load_vendor("sinch"), {"auth": "ecfauth"}),
    "single contacts": (load_vendor("sinch"), {"contacts": {"enabled": True}}),
    "a password in the URL": (load_vendor("axialys"), {"auth": "query"}),
}


def simulated_target(vendor: Vendor, more: Mapping[str, object], url: str) -> TargetSettings:
    """Return a target of a vendor at the simulated contact centre."""
    simulated = vendor.name.removesuffix("-yaml")
    [dialect] = (each for each in every_dialect() if each.name == simulated)
    detailed = {"agents": {"detail": "name"}, "trunks": {"detail": "ports"}}
    return vendor.settings.model_validate(
        {"vendor": vendor.name, **detailed, **dialect.target(f"{url}/{simulated}"), **more}
    )


@pytest.mark.parametrize(("vendor", "more"), VARIANTS.values(), ids=VARIANTS)
async def test_a_replayed_recording_gives_the_live_series(
    vendor: Vendor, more: Mapping[str, object], tmp_path: Path
) -> None:
    simulated = await http_server.start("127.0.0.1", 0, Driver(busy_half_hour(1), SystemClock()))
    try:
        target = simulated_target(vendor, more, simulated.url)
        live, replayed, text = await exported(target, await record(target, SystemClock()), tmp_path)
    finally:
        await simulated.stop()
    renamed = require_equal(live, replayed)
    names = {old for name, old in renamed if name in {"queue", "trunk", "agent", "group"} and len(old) > 3}
    assert names
    assert [name for name in names if name in text] == []
    assert target.name not in text
    assert "127.0.0.1" not in text


FILES = [*included().values(), VENDOR_FIXTURES / "definitions" / "acme.yml"]
EXAMPLES = [
    pytest.param(file, example, id=f"{file.stem}: {example.name}")
    for file in FILES
    for example in parse(read_definition(file), str(file)).definition.examples
]


@pytest.mark.parametrize(("file", "example"), EXAMPLES)
async def test_the_example_of_a_definition_can_be_replayed(file: Path, example: Example, tmp_path: Path) -> None:
    vendor = read_vendor(file)
    target = vendor.settings.model_validate(target_values(vendor, example))
    session = cast("Any", RecordedSession(example, target.url))
    recorded = await record_over(session, target, ExampleClock(example.time.timestamp()))
    live, replayed, _ = await exported(target, recorded, tmp_path)
    require_equal(live, replayed)
