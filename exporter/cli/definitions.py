"""`check --definition`: validate definitions and run their examples."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, cast

from prometheus_client.parser import text_string_to_metric_families

from exporter.errors import ConfigError, PollError
from exporter.metrics import catalog
from exporter.metrics.pages import Exposition, Format
from exporter.model import Failure, Snapshot
from exporter.polling.naming import Directory
from exporter.polling.pattern_use import PatternUse
from exporter.polling.pipeline import Pipeline, Shared
from exporter.polling.selection import wanted_resources
from exporter.redaction import without_secrets
from exporter.settings import TargetSettings
from exporter.settings.loading.layers import Layers
from exporter.settings.loading.problems import Findings
from exporter.settings.loading.validation import check
from exporter.vendors.base import Resource, Vendor
from exporter.vendors.definitions.document import parse_definition, read_definition
from exporter.vendors.definitions.example import Example
from exporter.vendors.definitions.reading import parse
from exporter.vendors.definitions.recorded import RecordedSession, SentRequest
from exporter.vendors.definitions.vendor import vendor_of
from exporter.vendors.toolkit.http import Http

TARGET: Final = "example"
"""The name of the target of an example."""

_EVERYTHING: Final = {"agents": {"detail": "name"}, "trunks": {"detail": "ports"}}
_BODY_BYTES: Final = 1 << 24
# A poll of recorded responses takes no time, so one that takes longer has no end.
_LONGEST_SECONDS: Final = 30.0


class ExampleClock:
    """The clock of an example, which passes only while something sleeps."""

    def __init__(self, time: float) -> None:
        """Start at a time in seconds since the Unix epoch."""
        self._start = time
        self._slept = 0.0

    def time(self) -> float:
        """Return seconds since the Unix epoch."""
        return self._start + self._slept

    def monotonic(self) -> float:
        """Return seconds since the start."""
        return self._slept

    async def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self._slept += max(0.0, seconds)
        await asyncio.sleep(0)


@dataclass(slots=True)
class Result:
    """The result of one example.

    Attributes:
        lines: The series.
        failures: Why polls failed, by resource.
        problems: What is wrong with the recorded responses.
        requests: The requests that were sent.
    """

    lines: list[str] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    requests: list[SentRequest] = field(default_factory=list)


def check_definitions(files: Sequence[Path]) -> tuple[str, bool]:
    """Validate definitions and run their examples.

    Args:
        files: The files.

    Returns:
        A report, and whether all is as expected.
    """
    reports = [_check_file(file) for file in files]
    return without_secrets("".join(text for text, _ in reports)), all(valid for _, valid in reports)


def _check_file(file: Path) -> tuple[str, bool]:
    try:
        text = read_definition(file)
        parsed = parse(text, str(file))
        vendor = vendor_of(parsed)
        targets = _targets(text, file, vendor, parsed.definition.examples)
    except ConfigError as error:
        return f"{error}\n", False
    differences = [
        f"{file}: example {example.name!r} differs:\n{found}"
        for example, target in zip(parsed.definition.examples, targets, strict=True)
        if (found := "".join(differing(example, asyncio.run(run_example(vendor, example, target)))))
    ]
    if differences:
        return "".join(differences), False
    count = len(parsed.definition.examples)
    return f"{file}: {vendor.name}, {count} example{'s' if count != 1 else ''}, no errors\n", True


def _targets(text: str, file: Path, vendor: Vendor, examples: Sequence[Example]) -> Sequence[TargetSettings]:
    """Return the target of each example. Raises ConfigError."""
    findings = Findings(Layers(file=parse_definition(text, str(file))), file.parent)
    targets = [
        check(vendor.settings, target_values(vendor, example), ("examples", index, "settings"), findings)
        for index, example in enumerate(examples)
    ]
    findings.raise_if_any()
    return [target for target in targets if target is not None]


def target_values(vendor: Vendor, example: Example) -> dict[str, Any]:
    """Return the values of an example's target."""
    return _EVERYTHING | {"name": TARGET, "vendor": vendor.name} | example.settings


async def run_example(vendor: Vendor, example: Example, target: TargetSettings) -> Result:
    """Poll every resource of an example once."""
    session = RecordedSession(example, target.url)
    clock = ExampleClock(example.time.timestamp())
    http = Http(cast("Any", session), clock, body_bytes=_BODY_BYTES, answered=_ignore)
    resources = wanted_resources(vendor.connect(target, http, clock).resources, target)
    result = Result()
    snapshots: dict[Resource, Snapshot] = {}
    for resource in resources:
        try:
            async with asyncio.timeout(_LONGEST_SECONDS):
                snapshot = await resource.fetch()
        except PollError as error:
            result.failures[resource.name] = f"{error.reason.value}: {error}"
        except TimeoutError:
            result.failures[resource.name] = "the poll does not end"
        else:
            snapshots |= {} if snapshot is None else {resource: snapshot}
    result.lines = list(_lines(vendor, target, resources, snapshots, clock))
    result.requests = session.sent
    result.problems = [*session.problems, *session.unused()]
    return result


def differing(example: Example, result: Result) -> Iterator[str]:
    """Yield what differs from an example's expected series, as lines to paste."""
    try:
        expected = _by_series(example.metrics)
    except ValueError as error:
        yield f"  metrics: {error}\n"
        return
    found = {
        key: value
        for key, value in _by_series("\n".join(result.lines)).items()
        if not _may_be_omitted(key, value, expected)
    }
    if found == expected and not result.problems:
        return
    for problem in result.problems:
        yield f"  {problem}\n"
    for resource, failure in result.failures.items():
        yield f"  # {resource} failed: {failure}\n"
    yield from (f"  - {line}\n" for line in _missing(expected, found, example.metrics.split("\n")))
    yield from (f"  + {line}\n" for line in _missing(found, expected, result.lines))


_Series = dict[tuple[str, frozenset[tuple[str, str]]], float]


def _by_series(text: str) -> _Series:
    """Return the value of each series of an exposition. Raises ValueError."""
    families = text_string_to_metric_families("".join(f"{line.strip()}\n" for line in text.split("\n")))
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value for each in families for sample in each.samples
    }


def _may_be_omitted(key: tuple[str, frozenset[tuple[str, str]]], value: float, expected: _Series) -> bool:
    """Return whether a series may be missing in `metrics`: a state without items."""
    return value == 0 and key not in expected and any(name == "state" for name, _ in key[1])


def _missing(series: _Series, others: _Series, lines: Sequence[str]) -> Iterator[str]:
    """Yield the lines of series that others do not contain with the same value."""
    for line in lines:
        for key, value in _by_series(line).items() if line.strip() else ():
            if key in series and others.get(key) != value:
                yield line.strip()


def _lines(
    vendor: Vendor,
    target: TargetSettings,
    resources: Sequence[Resource],
    snapshots: dict[Resource, Snapshot],
    clock: ExampleClock,
) -> Iterator[str]:
    """Yield the series of the items, then those of the polls."""
    exposition = Exposition(lambda _form: b"")
    names = Directory(target.channels, vendor_returns_channels=vendor.returns_channels)
    shared = Shared(names, PatternUse(target))
    pipelines = {
        each: Pipeline(target, each.name, shared, carries_thresholds=each.carries_thresholds) for each in resources
    }
    limit = target.limits.series_per_target
    for resource, snapshot in snapshots.items():
        block = pipelines[resource].process(snapshot, clock.monotonic(), clock.time(), limit).block
        exposition.put(target.name, resource.name, block)
    for resource in snapshots:
        if pipelines[resource].items:
            exposition.put(target.name, resource.name, pipelines[resource].render_again(limit))
    if snapshots:
        page = b"".join(exposition.page(Format.TEXT, [target.name]).pieces).decode()
        yield from (line for line in page.split("\n") if line and not line.startswith("#"))
    for resource in resources:
        yield f'{catalog.UP.name}{{target="{TARGET}",resource="{resource.name}"}} {int(resource in snapshots)}'
    unmapped: dict[str, int] = {}
    for field_name, value in (each for snapshot in snapshots.values() for each in snapshot.unmapped):
        if not isinstance(value, Failure):
            unmapped[field_name] = unmapped.get(field_name, 0) + 1
    for field_name, count in unmapped.items():
        yield f'{catalog.UNMAPPED_VALUES.name}{{target="{TARGET}",field="{field_name}"}} {count}'


def _ignore(_status: int) -> None:
    """Ignore the status of a response."""
